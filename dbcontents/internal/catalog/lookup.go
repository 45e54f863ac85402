package catalog

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// lookupSQL lists tables with their columns and computed columns, a row for
// each (or one with nulls for a table without any). $1 are schemas, $2 the
// names or null for all. Names are only ever compared with the catalog, never made SQL.
//
// Functions are written with their schema, and operators are used between
// operands of exactly their types, so that nothing in a search_path can take
// their place.
//
// A computed column is a function of one argument, a row of the table, in the
// table's schema; its privilege is asked for where the table is known, as there
// are thousands of functions of one argument. A domain may have functions as implicit casts, to json for how it
// is written and from text for how it is read; PostgreSQL itself ignores them.
var lookupSQL = `
WITH rel AS (
  SELECT c.oid, c.relname, c.relkind, c.relispartition, c.reltype, n.oid AS schema, n.nspname, ` + plainSQL + ` AS plain,
    c.relkind <> 'v'::"char" AND NOT c.relrowsecurity AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS open
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::text[]::name[]) AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]::name[]))
    AND c.relkind = ANY ('{r,p,v,m,f}'::"char"[])
), item AS (
  SELECT a.attrelid AS rel, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
    pg_catalog.col_description(a.attrelid, a.attnum::int4) AS comment, NULL::text AS function
  FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0::int2 AND NOT a.attisdropped
    AND pg_catalog.has_column_privilege(rel.oid, a.attnum, 'SELECT')
  UNION ALL
  SELECT rel.oid, 32767::int2, p.proname, p.prorettype, -1, false,
    pg_catalog.obj_description(p.oid, 'pg_proc'), pg_catalog.format('%I.%I', rel.nspname, p.proname)
  FROM rel JOIN pg_catalog.pg_proc p ON p.pronamespace = rel.schema AND p.proargtypes[0] = rel.reltype
    AND p.pronargs = 1::int2 AND p.prokind = 'f'::"char" AND NOT p.proretset
    AND pg_catalog.has_function_privilege(CASE WHEN rel.reltype <> 0::oid THEN p.oid END, 'EXECUTE')
), form AS (` + formSQL + `)
SELECT c.nspname::text, c.relname::text, c.relkind::text, c.relispartition,
  coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),
  pg_catalog.has_schema_privilege(c.schema, 'USAGE'),
  pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),
  a.attname::text, ` + typeNameSQL("a.atttypid", "a.atttypmod") + `, a.attnotnull, coalesce(a.comment, ''),
  CASE WHEN pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts
    THEN pg_catalog.array_position(i.indkey::int2[], a.attnum) END,
  i.indnkeyatts::int4, t.oid, a.atttypid, ` + convertsSQL + `,
  coalesce(a.function, ''), coalesce(j.function, ''), coalesce(x.function, ''), c.plain, c.open,` + comparisonSQL + `
FROM rel c
LEFT JOIN item a ON a.rel = c.oid
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
LEFT JOIN LATERAL ` + baseTypeSQL + ` t ON true
LEFT JOIN form j ON j.castsource = a.atttypid AND j.casttarget = 114::oid AND a.atttypid <> t.oid
LEFT JOIN form x ON x.castsource = 25::oid AND x.casttarget = a.atttypid AND a.atttypid <> t.oid
ORDER BY pg_catalog.array_position($1::text[], c.nspname::text), c.relname, a.attnum, a.attname`

const (
	// plainSQL tells a relation whose columns are read without code of others. A
	// view is nothing else; a policy is called for each row; a child may be a foreign
	// table or have its own. Whatever the planner looks at (expressions of indexes and statistics,
	// with constraint_exclusion also constraints) it first simplifies, which calls functions that
	// claim to be immutable. Operators of a type that is not PostgreSQL's own are seen by the column.
	plainSQL = `c.relkind = ANY ('{r,m}'::"char"[]) AND NOT (c.relrowsecurity OR c.relhassubclass OR c.relispartition)
    AND (c.relchecks = 0::int2 OR pg_catalog.current_setting('constraint_exclusion') <> 'on'::text)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext x WHERE x.stxrelid = c.oid)`
	// baseTypeSQL follows a type through domains to the one that is sent.
	baseTypeSQL = `(
  WITH RECURSIVE base AS (
    SELECT * FROM pg_catalog.pg_type WHERE oid = a.atttypid
    UNION ALL
    SELECT u.* FROM base b JOIN pg_catalog.pg_type u ON u.oid = b.typbasetype WHERE b.typtype = 'd'::"char"
  ) SELECT * FROM base WHERE typtype <> 'd'::"char"
)`
	// formSQL lists the functions by which domains are written as json and read from text.
	formSQL = `
  SELECT k.castsource, k.casttarget, pg_catalog.format('%I.%I', s.nspname, p.proname) AS function
  FROM pg_catalog.pg_cast k JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
  WHERE k.castmethod = 'f'::"char" AND k.castcontext = 'i'::"char" AND (k.casttarget = 114::oid OR k.castsource = 25::oid)
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(s.oid, 'USAGE')
`
	// convertsSQL is the rule of to_jsonb (json_categorize_type in PostgreSQL's
	// jsonfuncs.c) for which types are more than their text: true arrays, row
	// types, the anonymous record among them, and types from outside the system (object ids from 16384 on) that
	// have a function cast to json.
	convertsSQL = `(` + isArraySQL + `) OR t.typtype = 'c'::"char" OR t.oid = 2249::oid
    OR (t.oid >= 16384::oid AND t.oid IN (SELECT k.castsource FROM pg_catalog.pg_cast k
      WHERE k.casttarget = 114::oid AND k.castmethod = 'f'::"char"))`
)

// receiveTables takes the result of lookupSQL from statement n of a flight.
func receiveTables(f *wire.Flight, n int) ([]*Table, error) {
	var list tableList
	if err := f.ScanEach(n, list.add); err != nil {
		return nil, err
	}
	return list.finish(), nil
}

// tableList puts the rows of lookupSQL together into tables.
type tableList struct {
	tables []*Table
	keys   [][]string // for each table, its primary key by position; "" is a column that the role may not read
}

func (l *tableList) add(scan func(dest ...any) error) error {
	var (
		t               Table
		c               Column
		name, typ       *string
		notNull, isJSON *bool
		position, keys  *int32
		oid, declared   pgtype.Uint32
		relkind         string
		usage, grant    *bool
		open            *bool
		kind            *TypeKind
		row             *string
	)
	err := scan(&t.Schema, &t.Name, &relkind, &t.partition, &t.Comment, &usage, &grant,
		&name, &typ, &notNull, &c.Comment, &position, &keys, &oid, &declared, &isJSON, &c.Function, &c.ToJSON, &c.FromText, &t.Plain, &open, &kind, &row)
	if err != nil {
		return err
	}
	if usage == nil || grant == nil {
		return nil // dropped since the state that the look-up sees
	}
	if !utf8.ValidString(t.Name) {
		return nil // no request can name it
	}
	t.Comment = ValidUTF8(t.Comment)
	t.usage, t.grant, t.Open = *usage, *grant, open != nil && *open
	if n := len(l.tables); n == 0 || l.tables[n-1].Schema != t.Schema || l.tables[n-1].Name != t.Name {
		t.full, t.Kind, t.memo = t.Schema+"."+t.Name, kinds[relkind], newMemo()
		l.tables = append(l.tables, &t)
		l.keys = append(l.keys, nil)
		if keys != nil {
			if *keys < 0 || *keys > maxKeyColumns {
				return unexpected("a primary key of so many columns")
			}
			l.keys[n] = make([]string, *keys)
		}
	}
	if name == nil || !utf8.ValidString(*name) {
		return nil
	}
	if typ == nil || notNull == nil || kind == nil || row == nil {
		return unexpected("a column without a type")
	}
	last := len(l.tables) - 1
	into := &l.tables[last].Columns
	if c.Function != "" {
		into = &l.tables[last].Computed
	}
	c.Name, c.Type, c.Comment, c.NotNull, c.OID, c.IsJSON = *name, ValidUTF8(*typ), ValidUTF8(c.Comment), *notNull, oid.Uint32, isJSON != nil && *isJSON
	c.Declared = declared.Uint32
	c.Comparison = Comparison{Kind: *kind, Row: *row}
	c.dropUnwritable()
	*into = append(*into, c)
	if position != nil {
		if *position < 0 || int(*position) >= len(l.keys[last]) {
			return unexpected("a column beyond its key")
		}
		l.keys[last][*position] = *name
	}
	return nil
}

// maxKeyColumns is a number of columns that no key of PostgreSQL has: INDEX_MAX_KEYS is mostly 32.
const maxKeyColumns = 1 << 11

// unexpected is the error for an answer that no PostgreSQL gives to our question.
func unexpected(what string) error { return fmt.Errorf("%w: %s", wire.ErrMisplaced, what) }

// ValidUTF8 is text for people to read. Bytes that are no UTF-8 come from a
// database in SQL_ASCII.
func ValidUTF8(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// dropUnwritable forgets names that no statement can hold, see ValidUTF8. The
// column is read all the same, as if it had no such function.
func (c *Column) dropUnwritable() {
	for _, sql := range [...]*string{&c.ToJSON, &c.FromText, &c.Comparison.Row} {
		if !utf8.ValidString(*sql) {
			*sql = ""
		}
	}
}

func (l *tableList) finish() []*Table {
	for i, t := range l.tables {
		t.sign()
		t.Plain = t.Plain && !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.OID >= FirstNormalOID })
		// A key with a column that the role may not read is of no use to it.
		if !slices.Contains(l.keys[i], "") {
			t.PrimaryKey = l.keys[i]
		}
	}
	return l.tables
}
