package dbcontents

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A castType is a type that a request has named for a cast.
type castType struct {
	sql    string // as it is written in a cast
	oid    uint32 // of the type as it is sent
	isJSON bool   // as in Column
}

// typeSQL finds the types called $1 to which a request may cast, in the schemas
// $2, the earlier ones first. A type that may not be named is no row, as is one
// that does not exist.
//
// Of the system those in plainTypes may be named: not those that turn names
// into object identifiers and back (regclass, regrole, aclitem), pseudo-types,
// and the row types of its tables. Of the database's own those that are not
// row types, which would tell the columns of tables. That holds too for what
// an array, a domain or a range is made of.
const typeSQL = `
SELECT DISTINCT ON (q.name) q.name, pg_catalog.format('%I.%I', q.nspname, a.typname), t.oid, ` + convertsSQL + `
FROM (
  WITH RECURSIVE named AS (
    SELECT q.name, n.nspname, a.oid
    FROM pg_catalog.unnest($1::text[]) q(name)
    CROSS JOIN pg_catalog.pg_namespace n JOIN pg_catalog.pg_type a ON a.typname = q.name::name AND a.typnamespace = n.oid
    WHERE n.nspname = ANY ($2::text[]::name[]) AND a.typtype = ANY ('{b,d,e,r,m}'::"char"[])
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  ), part AS (
    SELECT oid AS whole, oid FROM named
    UNION
    SELECT p.whole, x.oid
    FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid CROSS JOIN LATERAL (
      SELECT t.typelem UNION ALL SELECT t.typbasetype
      UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
    ) x(oid)
    WHERE x.oid <> 0::oid
  ), refused AS (
    SELECT p.whole
    FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid
    WHERE NOT (t.typtype = 'd'::"char"
      OR CASE WHEN t.oid >= 16384::oid THEN t.typtype = ANY ('{b,e,r,m}'::"char"[])
        ELSE t.typname = ANY ('{` + plainTypes + `}'::name[]) OR (t.typelem <> 0::oid AND t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc) END)
  )
  SELECT * FROM named WHERE oid NOT IN (SELECT whole FROM refused)
) q
JOIN (SELECT *, oid AS atttypid FROM pg_catalog.pg_type) a ON a.oid = q.oid
JOIN LATERAL ` + baseTypeSQL + ` t ON true
ORDER BY q.name, pg_catalog.array_position($2::text[], q.nspname::text)`

// plainTypes are the system's types whose text says nothing of the database:
// neither reading nor writing it looks a name up.
const plainTypes = `bool,bytea,char,name,int8,int2,int4,text,oid,tid,xid,xid8,cid,json,xml,jsonb,jsonpath,` +
	`point,lseg,path,box,polygon,line,circle,float4,float8,numeric,money,macaddr,macaddr8,inet,cidr,` +
	`bpchar,varchar,bit,varbit,date,time,timetz,timestamp,timestamptz,interval,uuid,tsvector,tsquery,` +
	`int4range,int8range,numrange,tsrange,tstzrange,daterange,` +
	`int4multirange,int8multirange,nummultirange,tsmultirange,tstzmultirange,datemultirange,` +
	`int2vector,oidvector,pg_lsn,pg_snapshot,txid_snapshot,refcursor`

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

// castTypes finds the types that q's casts name. They are kept with the entry,
// and forgotten with it. The same is said of a type that may not be named and of
// one that does not exist.
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

// typeSchemas are where a cast's type may be, for a table in schema: in the
// system's own, and in the exposed ones, that of the table first if it is one.
func (x *exposure) typeSchemas(schema string) []string {
	schemas := []string{"pg_catalog"}
	if slices.Contains(x.schemas, schema) {
		schemas = append(schemas, schema)
	}
	return append(schemas, x.schemas...)
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
	var catalog []string
	for _, name := range names {
		c, _ := catalogType(name)
		catalog = append(catalog, c)
	}
	f := wire.Flight{Statements: []wire.Statement{{
		SQL:    typeSQL,
		Params: [][]byte{wire.TextArray(catalog), wire.TextArray(s.catalog.exposure.typeSchemas(schema))},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}}}
	byName := map[string]castType{}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() error {
		return f.ScanEach(0, func(scan func(dest ...any) error) error {
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
