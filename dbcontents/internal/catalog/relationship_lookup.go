package catalog

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// relationshipsSQL lists what it takes to know the relationships of the relation $1.$2:
// rows of several kinds, each of which uses some of the columns, see graph.add. $3 are the
// schemas and $4 the names, or null for all, of the views that can be at the other end.
//
// It begins with what the relation's rows come from, which is more than itself if it is a
// view: below. It finds the foreign keys from and to these, and those of the tables that
// refer to these, which may lie between two others. It ends with the views that show
// columns of all these tables. Of them it gives the rules, which say what column shows
// which. pg_depend knows only that a view has something to do with a column.
//
// Functions and operators are written as in lookupSQL.
const relationshipsSQL = `
WITH RECURSIVE self AS (
  SELECT c.oid, c.reltype, n.oid AS schema, n.nspname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1::text::name AND c.relname = $2::text::name AND c.relkind = ANY ('{r,p,v,m,f}'::"char"[])
), below (rel) AS (
  SELECT oid FROM self
  UNION
  SELECT d.refobjid
  FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.rel AND r.ev_type = '1'::"char"
  JOIN pg_catalog.pg_depend d ON d.classid = 2618::oid AND d.objid = r.oid AND d.refclassid = 1259::oid AND d.refobjsubid <> 0
), near AS (
  SELECT k.oid, k.conrelid, k.confrelid IN (SELECT rel FROM below) AS refers
  FROM pg_catalog.pg_constraint k
  WHERE k.contype = 'f'::"char" AND k.conparentid = 0::oid AND (k.conrelid IN (SELECT rel FROM below) OR k.confrelid IN (SELECT rel FROM below))
), fk AS (
  SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey
  FROM pg_catalog.pg_constraint k
  WHERE k.contype = 'f'::"char" AND k.conparentid = 0::oid
    AND (k.oid IN (SELECT oid FROM near) OR k.conrelid IN (SELECT conrelid FROM near WHERE refers))
), base (rel) AS (
  SELECT conrelid FROM fk UNION SELECT confrelid FROM fk
), above (rel, shown) AS (
  SELECT rel, 0::oid FROM base
  UNION
  SELECT r.ev_class, a.rel
  FROM above a JOIN pg_catalog.pg_depend d ON d.refclassid = 1259::oid AND d.refobjid = a.rel AND d.refobjsubid <> 0 AND d.classid = 2618::oid
  JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_type = '1'::"char"
), needed (rels) AS (
  SELECT ARRAY (
    SELECT DISTINCT a.rel
    FROM above a JOIN pg_catalog.pg_class c ON c.oid = a.rel JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE a.shown <> 0::oid AND (a.rel IN (SELECT oid FROM self) OR a.rel IN (SELECT shown FROM above)
      OR n.nspname = ANY ($3::text[]::name[]) AND ($4::text[] IS NULL OR c.relname = ANY ($4::text[]::name[])))
  )
), computed AS (
  SELECT p.proname, c.oid AS target, NOT p.proretset OR p.prorows = 1::float4 AS one, NOT p.proretset AS single, pg_catalog.format('%I.%I', s.nspname, p.proname) AS function
  FROM self s JOIN pg_catalog.pg_proc p ON p.pronamespace = s.schema AND p.proargtypes[0] = s.reltype
    AND p.pronargs = 1::int2 AND p.prokind = 'f'::"char"
    AND pg_catalog.has_function_privilege(CASE WHEN s.reltype <> 0::oid THEN p.oid END, 'EXECUTE')
  JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
  JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relnamespace = s.schema AND c.relkind = ANY ('{r,p,v,m,f}'::"char"[])
)
SELECT 'relation', c.oid, NULL::oid, c.relname::text, n.nspname::text, NULL::int2[], NULL::int2[],
  CASE WHEN c.relkind = ANY ('{v,m}'::"char"[]) THEN ARRAY (
    SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::int2 ORDER BY a.attnum
  ) END, NULL::text[], c.relispartition, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT')), false)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (ARRAY (SELECT oid FROM self UNION SELECT rel FROM base UNION SELECT pg_catalog.unnest(rels) FROM needed UNION SELECT target FROM computed))
UNION ALL
SELECT 'foreign key', k.conrelid, k.confrelid, k.conname::text, NULL, k.conkey, k.confkey, ` + keyNamesSQL + `, ` + foreignNamesSQL + `, NULL, NULL
FROM fk k
UNION ALL
SELECT 'key', k.conrelid, NULL, NULL, NULL, k.conkey, NULL, ` + keyNamesSQL + `, NULL, k.contype = 'p'::"char", NULL
FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY (ARRAY (SELECT conrelid FROM fk)) AND k.contype = ANY ('{p,u}'::"char"[])
UNION ALL
SELECT 'rule', r.ev_class, NULL, NULL, r.ev_action::text, NULL, NULL, NULL, NULL, NULL, NULL
FROM pg_catalog.pg_rewrite r WHERE r.ev_class = ANY ((SELECT rels FROM needed)::oid[]) AND r.ev_type = '1'::"char"
UNION ALL
SELECT 'function', s.oid, c.target, c.proname::text, c.function, NULL, NULL, NULL, NULL, c.one, c.single
FROM computed c CROSS JOIN self s`

const (
	// keyNamesSQL and foreignNamesSQL are the names of a constraint's columns, in its order.
	keyNamesSQL = `ARRAY (SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY x(num, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.num ORDER BY x.place)`
	foreignNamesSQL = `ARRAY (SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY x(num, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.num ORDER BY x.place)`
)

// relationshipsStatement is the look-up of the relationships of a table.
func (x *Exposure) relationshipsStatement(source Name) wire.Statement {
	schemas, names := x.scope()
	return wire.Statement{
		SQL:    relationshipsSQL,
		Params: [][]byte{[]byte(source.Schema), []byte(source.Name), wire.TextArray(schemas), wire.TextArray(names)},
		Types:  []uint32{pgtype.TextOID, pgtype.TextOID, pgtype.TextArrayOID, pgtype.TextArrayOID},
	}
}

// receiveRelationships takes the result of relationshipsSQL from statement n of a flight.
func (x *Exposure) receiveRelationships(f *wire.Flight, n int, source Name, asOf time.Time) (*related, error) {
	g := graph{relations: map[uint32]*relation{}}
	if err := f.ScanEach(n, g.add); err != nil {
		return nil, err
	}
	return newRelated(&g, x, source, asOf), nil
}

// add takes in a row of relationshipsSQL.
func (g *graph) add(scan func(dest ...any) error) error {
	var (
		what              string
		oid, other        pgtype.Uint32
		name, detail      pgtype.Text
		nums, otherNums   []int16
		names, otherNames []string
		// The first tells a partition, a primary key or a function of one row at most. The second
		// tells what is readable, and a function that is no set.
		first, second pgtype.Bool
	)
	if err := scan(&what, &oid, &other, &name, &detail, &nums, &otherNums, &names, &otherNames, &first, &second); err != nil {
		return err
	}
	r := g.relation(oid.Uint32)
	switch what {
	case "relation":
		r.Name = Name{detail.String, name.String}
		r.columns, r.view, r.partition, r.readable = names, names != nil, first.Bool, second.Bool
	case "foreign key":
		if len(names) == len(nums) && len(otherNames) == len(nums) { // else a column was dropped since the state that the look-up sees
			g.foreignKeys = append(g.foreignKeys, &foreignKey{
				name: name.String, from: keyEnd{r, nums, names}, to: keyEnd{g.relation(other.Uint32), otherNums, otherNames},
			})
		}
	case "key":
		if first.Bool {
			r.primary, r.primaryNames = nums, names
		}
		r.keys = append(r.keys, slices.Sorted(slices.Values(nums)))
	case "rule":
		r.origins = viewColumns(detail.String)
		g.ruleBytes += len(detail.String)
	case "function":
		g.functions = append(g.functions, function{name.String, detail.String, g.relation(other.Uint32), first.Bool, second.Bool})
	}
	return nil
}
