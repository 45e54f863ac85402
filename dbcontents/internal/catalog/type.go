package catalog

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A CastType is a type that a request has named for a cast.
type CastType struct {
	SQL    string // as it is written in a cast
	OID    uint32 // of the type as it is sent
	IsJSON bool   // as in Column
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

// maxTypes bounds the names of types kept for a table; strangers choose them.
const maxTypes = 200

// CastTypes finds the types that casts name. They are kept with the entry,
// and forgotten with it. The same is said of a type that may not be named and of
// one that does not exist.
func (e *Entry) CastTypes(ctx context.Context, a Asker, t *Table, names []string) (map[string]*CastType, error) {
	if len(names) == 0 {
		return nil, nil
	}
	e.mu.Lock()
	known := e.types
	e.mu.Unlock()
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known[name] != nil })
	if len(missing) == 0 {
		return known, nil
	}
	found, err := e.catalog.lookupTypes(ctx, a, t.Schema, missing)
	if err != nil {
		return nil, err
	}
	for _, name := range missing {
		if found[name] == nil {
			return nil, diagnosis.New("type_unknown", "type "+strconv.Quote(name)+" does not exist", nil)
		}
	}
	types := e.addTypes(found)
	e.catalog.place(e)
	return types, nil
}

func (e *Entry) addTypes(found map[string]*CastType) map[string]*CastType {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.types)+len(found) > maxTypes {
		e.types = nil
	}
	types := maps.Clone(e.types) // the map itself may be in use
	if types == nil {
		types = map[string]*CastType{}
	}
	maps.Copy(types, found)
	e.types = types
	return types
}

// typeSchemas are where a cast's type may be, for a table in schema: in the
// system's own, and in the exposed ones, that of the table first if it is one.
func (x *Exposure) typeSchemas(schema string) []string {
	schemas := []string{"pg_catalog"}
	if slices.Contains(x.Schemas, schema) {
		schemas = append(schemas, schema)
	}
	return append(schemas, x.Schemas...)
}

// lookupTypes reads types from the catalog.
func (c *shared) lookupTypes(ctx context.Context, a Asker, schema string, names []string) (map[string]*CastType, error) {
	var wanted []string
	for _, name := range names {
		name, _ := catalogType(name)
		wanted = append(wanted, name)
	}
	statement := wire.Statement{
		SQL:    typeSQL,
		Params: [][]byte{wire.TextArray(wanted), wire.TextArray(c.Exposure.typeSchemas(schema))},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}
	var byName map[string]CastType
	err := a.Ask(ctx, func(exchange Exchange) error {
		c.Lookups.Add(1)
		byName = map[string]CastType{}
		_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				var name string
				var oid pgtype.Uint32
				var t CastType
				err := scan(&name, &t.SQL, &oid, &t.IsJSON)
				t.OID = oid.Uint32
				byName[name] = t
				return err
			})
		})
		return err
	})
	found := map[string]*CastType{}
	for _, name := range names {
		catalog, length := catalogType(name)
		if t, ok := byName[catalog]; ok {
			t.SQL += length
			found[name] = &t
		}
	}
	return found, err
}
