package dbcontents

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Table describes an exposed table or view. The Store keeps it: do not change it.
type Table struct {
	Schema, Name string
	// Kind is "table", "view", "materialized view", "foreign table" or "partitioned table".
	Kind string
	// Comment is what COMMENT ON TABLE says, else empty.
	Comment string
	// Columns are the columns that the role may read, in the table's order.
	Columns []Column
	// PrimaryKey are the names of the key's columns, in the key's order; nil without one.
	PrimaryKey []string

	full      string // "schema.name"
	partition bool
	usage     bool // the role may use the schema
	grant     bool // the role may read the table or at least one column
}

// Column describes a column of a table.
type Column struct {
	Name string
	// Type is the type as SQL writes it, such as "numeric(10,2)" or "text[]".
	Type    string
	NotNull bool
	// Comment is what COMMENT ON COLUMN says, else empty.
	Comment string

	oid    uint32 // of the type as it is sent: domains are sent as their base type
	isJSON bool   // in JSON the server converts it: an array, a composite, or a type with a cast to json
}

// String is "schema.name".
func (t *Table) String() string { return t.full }

func (t *Table) readable() bool { return t.usage && t.grant }

func (t *Table) same(old *Table) bool { return old != nil && reflect.DeepEqual(t, old) }

func (t *Table) column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// lookupSQL lists tables with their columns, a row for each column (or one
// with nulls for a table without any). $1 are schemas, $2 the names or null
// for all. Names are only ever compared with the catalog, never made SQL.
//
// Functions are written with their schema, and operators are used between
// operands of exactly their types, so that nothing in a search_path can take
// their place. Types are followed through domains to the one that is sent;
// "converts" is the rule of to_jsonb (json_categorize_type in PostgreSQL's
// jsonfuncs.c): true arrays, row types, and types from outside the system
// (object ids from 16384 on) that have a function cast to json.
const lookupSQL = `
SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relispartition,
  coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),
  pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
  pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),
  a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  coalesce(pg_catalog.col_description(c.oid, a.attnum::int4), ''),
  CASE WHEN pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts
    THEN pg_catalog.array_position(i.indkey::int2[], a.attnum) END,
  i.indnkeyatts::int4,
  t.oid,
  (t.typelem <> 0::oid AND t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc) OR t.typtype = 'c'
    OR (t.oid >= 16384::oid AND EXISTS (SELECT FROM pg_catalog.pg_cast k
      WHERE k.castsource = t.oid AND k.casttarget = 114::oid AND k.castmethod = 'f'))
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0::int2 AND NOT a.attisdropped
  AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
LEFT JOIN LATERAL (
  WITH RECURSIVE base AS (
    SELECT * FROM pg_catalog.pg_type WHERE oid = a.atttypid
    UNION ALL
    SELECT u.* FROM base b JOIN pg_catalog.pg_type u ON u.oid = b.typbasetype WHERE b.typtype = 'd'
  ) SELECT * FROM base WHERE typtype <> 'd'
) t ON true
WHERE n.nspname = ANY ($1::text[]::name[]) AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]::name[]))
  AND c.relkind = ANY ('{r,p,v,m,f}'::"char"[])
ORDER BY pg_catalog.array_position($1::text[], n.nspname::text), c.relname, a.attnum`

// receiveTables takes the result of lookupSQL from statement n of a flight.
func receiveTables(f *flight, n int, types *pgtype.Map) ([]*Table, error) {
	var list tableList
	for {
		values, err := f.row(n)
		if err != nil {
			return nil, err
		}
		if values == nil {
			return list.finish(), nil
		}
		err = list.add(func(dest ...any) error {
			return pgx.ScanRow(types, f.prepared[n].fields, values, dest...)
		})
		if err != nil {
			return nil, err
		}
	}
}

// tableList puts the rows of lookupSQL together into tables.
type tableList struct {
	tables []*Table
	keys   [][]string // for each table, its primary key by position; "" is a column that the role may not read
}

func (l *tableList) add(scan func(dest ...any) error) error {
	var (
		t               Table
		name, typ       *string
		notNull, isJSON *bool
		comment         string
		position, keys  *int32
		oid             pgtype.Uint32
		relkind         string
		usage, grant    *bool
	)
	err := scan(&t.Schema, &t.Name, &relkind, &t.partition, &t.Comment, &usage, &grant,
		&name, &typ, &notNull, &comment, &position, &keys, &oid, &isJSON)
	if err != nil {
		return err
	}
	if usage == nil || grant == nil {
		return nil // dropped since the state that the look-up sees
	}
	t.usage, t.grant = *usage, *grant
	if n := len(l.tables); n == 0 || l.tables[n-1].Schema != t.Schema || l.tables[n-1].Name != t.Name {
		t.full, t.Kind = t.Schema+"."+t.Name, kinds[relkind]
		l.tables = append(l.tables, &t)
		l.keys = append(l.keys, nil)
		if keys != nil {
			l.keys[n] = make([]string, *keys)
		}
	}
	if name == nil {
		return nil
	}
	last := len(l.tables) - 1
	l.tables[last].Columns = append(l.tables[last].Columns, Column{
		Name: *name, Type: *typ, NotNull: *notNull, Comment: comment, oid: oid.Uint32, isJSON: *isJSON,
	})
	if position != nil {
		l.keys[last][*position] = *name
	}
	return nil
}

func (l *tableList) finish() []*Table {
	for i, t := range l.tables {
		// A key with a column that the role may not read is of no use to it.
		if !slices.Contains(l.keys[i], "") {
			t.PrimaryKey = l.keys[i]
		}
	}
	return l.tables
}

var kinds = map[string]string{
	"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table",
}

func quoted(name string) string { return strconv.Quote(name) }
