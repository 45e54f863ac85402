package catalog

import "strings"

// rowTypeName is how the row type of a table is written, whatever table that is: PostgreSQL's
// word for a row whose columns are not known.
const rowTypeName = "record"

// typeNameSQL writes the type that oid is SQL for, with its modifier, as format_type does. The row
// type of a table, view or foreign table has the name of the table, which the caller may not know
// of, so it is written as rowTypeName, as is a domain over it, and an array of it has
// brackets behind that. Composite types that were made as such have names of their own. The
// system's tables are no secret.
//
// This is where types get their names: descriptions, pages, messages and hints all have them from here.
func typeNameSQL(oid, modifier string) string {
	return `coalesce(CASE WHEN ` + oid + ` >= 16384::oid THEN (
  WITH RECURSIVE part AS (
    SELECT y.typtype, y.typrelid, y.typelem, y.typbasetype, y.typsubscript FROM pg_catalog.pg_type y WHERE y.oid = ` + oid + `
    UNION ALL
    SELECT y.typtype, y.typrelid, y.typelem, y.typbasetype, y.typsubscript
    FROM part z JOIN pg_catalog.pg_type y ON y.oid = CASE WHEN z.typtype = 'd'::"char" THEN z.typbasetype ELSE z.typelem END
  )
  SELECT '` + rowTypeName + `'::text || pg_catalog.repeat('[]'::text, pg_catalog.count(*) FILTER (
    WHERE z.typelem <> 0::oid AND z.typsubscript = 'pg_catalog.array_subscript_handler'::regproc)::int4)
  FROM part z LEFT JOIN pg_catalog.pg_class w ON w.oid = z.typrelid
  HAVING pg_catalog.bool_or(w.relkind <> 'c'::"char")
) END, pg_catalog.format_type(` + oid + `, ` + modifier + `))`
}

// isRowType reports whether a type is written as the row type of a table, or an array of it.
func isRowType(name string) bool { return strings.TrimRight(name, "[]") == rowTypeName }
