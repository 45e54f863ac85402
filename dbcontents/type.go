package dbcontents

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A castType is a type that a request has named for a cast.
type castType struct {
	sql    string // as it is written in a cast
	oid    uint32 // of the type as it is sent
	isJSON bool   // as in Column
}

// typeSQL finds the types called $1 in the system's schema, else in $2, else in public.
const typeSQL = `
SELECT DISTINCT ON (q.name) q.name, pg_catalog.format('%I.%I', n.nspname, a.typname), t.oid, ` + convertsSQL + `
FROM pg_catalog.unnest($1::text[]) q(name)
JOIN (SELECT *, oid AS atttypid FROM pg_catalog.pg_type) a ON a.typname = q.name::name
JOIN pg_catalog.pg_namespace n ON n.oid = a.typnamespace
JOIN LATERAL ` + baseTypeSQL + ` t ON true
WHERE n.nspname = ANY (ARRAY['pg_catalog', $2, 'public']::name[])
ORDER BY q.name, pg_catalog.array_position(ARRAY['pg_catalog', $2, 'public']::text[], n.nspname::text)`

// sqlTypes are SQL's own words for types, which the catalog calls otherwise.
// The grammar adds the length 1 to char and bit.
var sqlTypes = map[string]string{
	"boolean": "bool", "smallint": "int2", "int": "int4", "integer": "int4", "bigint": "int8",
	"real": "float4", "float": "float8", "double precision": "float8", "decimal": "numeric", "dec": "numeric",
	"char": "bpchar", "character": "bpchar", "nchar": "bpchar", "national char": "bpchar", "national character": "bpchar",
	"character varying": "varchar", "char varying": "varchar", "nchar varying": "varchar",
	"national char varying": "varchar", "national character varying": "varchar", "bit varying": "varbit",
	"time without time zone": "time", "time with time zone": "timetz",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
}

// catalogType is the name in the catalog of what SQL calls name, and the length that SQL implies.
func catalogType(name string) (catalog, length string) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	catalog = name
	if c, ok := sqlTypes[name]; ok {
		catalog = c
	}
	if name == "bit" || catalog == "bpchar" && name != "bpchar" {
		length = "(1)"
	}
	return catalog, length
}

// casts are the names of types in q.
func (q *Query) casts() []string {
	var names []string
	for i := range q.Select {
		for _, name := range [...]string{q.Select[i].Cast, q.Select[i].AggregateCast} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// maxTypes bounds the names of types kept for a table; strangers choose them.
const maxTypes = 200

// castTypes finds the types that q's casts name, in the table's schema, then
// in public. They are kept with the entry, and forgotten with it.
func (e *entry) castTypes(ctx context.Context, t *Table, q *Query, f finder) (map[string]*castType, error) {
	names := q.casts()
	if len(names) == 0 {
		return nil, nil
	}
	e.mu.Lock()
	known := e.types
	e.mu.Unlock()
	missing := slices.DeleteFunc(names, func(name string) bool { return known[name] != nil })
	if len(missing) == 0 {
		return known, nil
	}
	found, err := f.lookupTypes(ctx, t.Schema, missing)
	if err != nil {
		return nil, err
	}
	for _, name := range missing {
		if found[name] == nil {
			return nil, invalid(t.String(), "type_unknown", "type "+quoted(name)+" does not exist")
		}
	}
	types := e.addTypes(found)
	e.catalog.place(e)
	return types, nil
}

func (e *entry) addTypes(found map[string]*castType) map[string]*castType {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.types)+len(found) > maxTypes {
		e.types = nil
	}
	types := maps.Clone(e.types) // the map itself may be in use
	if types == nil {
		types = map[string]*castType{}
	}
	maps.Copy(types, found)
	e.types = types
	return types
}

// lookupTypes reads types from the catalog, on a connection of its own.
func (s *Store) lookupTypes(ctx context.Context, schema string, names []string) (found map[string]*castType, err error) {
	err = s.ask(ctx, "catalog", func(conn *pgxpool.Conn, r *reader) (usable bool, err error) {
		found, usable, err = s.lookupTypesOn(ctx, conn, r, schema, names)
		return usable, err
	})
	return found, err
}

// lookupTypes reads types on the snapshot's own connection.
func (n *Snapshot) lookupTypes(ctx context.Context, schema string, names []string) (map[string]*castType, error) {
	found, usable, err := n.store.lookupTypesOn(ctx, n.conn, &n.reader, schema, names)
	n.done(usable)
	return found, err
}

func (s *Store) lookupTypesOn(ctx context.Context, conn *pgxpool.Conn, r *reader, schema string, names []string) (found map[string]*castType, usable bool, err error) {
	s.counters.lookups.Add(1)
	types := memoryOf(conn.Conn().PgConn()).typeMap()
	var catalog []string
	for _, name := range names {
		c, _ := catalogType(name)
		catalog = append(catalog, c)
	}
	f := flight{statements: []statement{{
		sql:    typeSQL,
		params: [][]byte{textArray(catalog), []byte(schema)},
		types:  []uint32{pgtype.TextArrayOID, pgtype.TextOID},
		sync:   true,
	}}}
	byName := map[string]castType{}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() error {
		return receiveEach(&f, 0, types, func(scan func(dest ...any) error) error {
			var name string
			var oid pgtype.Uint32
			var t castType
			err := scan(&name, &t.sql, &oid, &t.isJSON)
			t.oid = oid.Uint32
			byName[name] = t
			return err
		})
	})
	found = map[string]*castType{}
	for _, name := range names {
		c, length := catalogType(name)
		if t, ok := byName[c]; ok {
			t.sql += length
			found[name] = &t
		}
	}
	return found, usable, err
}
