package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// operatorsSQL lists the operators of the types $1, in pairs of the usual name and
// the SQL. It is a statement apart from the look-up of tables, as it takes as long
// to plan, and few tables have such types. As with ORDER BY, the operator class may be
// that of a type with the same bytes. The other operators are found by
// the type on their left. They are the system's or the type's own: anybody may make another one somewhere, and it would run as our role.
const operatorsSQL = `
SELECT t.oid, ARRAY (
  SELECT DISTINCT ON (found.word) found.word || ' '::text || pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
  FROM (
    SELECT 1 AS rank, named.word, named.opr
    FROM (SELECT k.opcfamily, k.opcintype FROM pg_catalog.pg_opclass k JOIN pg_catalog.pg_type u ON u.oid = k.opcintype
      WHERE k.opcmethod = 403::oid AND k.opcdefault AND (k.opcintype = t.oid OR k.opcintype IN (SELECT b.casttarget FROM pg_catalog.pg_cast b
        WHERE b.castsource = t.oid AND b.castmethod = 'b'::"char" AND b.castcontext = 'i'::"char"))
      ORDER BY k.opcintype = t.oid DESC, u.typispreferred DESC LIMIT 1) k
    JOIN pg_catalog.pg_amop m ON m.amopfamily = k.opcfamily AND m.amoplefttype = k.opcintype AND m.amoprighttype = k.opcintype
    JOIN pg_catalog.pg_operator p ON p.oid = m.amopopr
    CROSS JOIN LATERAL (VALUES ((ARRAY['<', '<=', '=', '>=', '>'])[m.amopstrategy::int4], p.oid),
      (CASE WHEN m.amopstrategy = 3::int2 THEN '<>' END, p.oprnegate)) named (word, opr)
    UNION ALL
    SELECT 2, p.oprname::text, p.oid FROM pg_catalog.pg_operator p
    WHERE p.oprname = ANY ('{<,<=,=,>=,>,<>,~,~*,~~,~~*,@>,<@,&&,<<,>>,&<,&>,-|-}'::name[]) AND p.oprleft = t.oid AND p.oprright <> 0::oid
      AND (p.oprnamespace = t.typnamespace OR p.oprnamespace = 11::oid OR p.oprowner = t.typowner)
  ) found
  JOIN pg_catalog.pg_operator o ON o.oid = found.opr
  JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace AND pg_catalog.has_schema_privilege(s.oid, 'USAGE')
  WHERE found.word IS NOT NULL
  ORDER BY found.word, found.rank, o.oprright = t.oid DESC, o.oprnamespace = t.typnamespace DESC, o.oid
)
FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::oid[])`

// typeOperators are the operators of types, as in Comparison.Operators.
type typeOperators map[uint32]map[string]string

// foreignTypes are the types of t's columns that bring operators of their own: base
// types from outside the system. Operators of arrays, enums, ranges and composites are the system's.
func (t *Table) foreignTypes() (oids []uint32) {
	for _, o := range t.overloads {
		oids = append(oids, o.foreignTypes()...)
	}
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			if c := &columns[i]; c.foreign() && !slices.Contains(oids, c.OID) {
				oids = append(oids, c.OID)
			}
		}
	}
	return oids
}

func (c *Column) foreign() bool { return c.Comparison.Kind == BaseKind && c.OID >= FirstNormalOID }

// operatorsStatement asks for the operators of types; it is part of the
// transaction of the statement after it.
func operatorsStatement(oids []uint32) wire.Statement {
	return wire.Statement{SQL: operatorsSQL, Params: [][]byte{oidArray(oids)}, Types: []uint32{pgtype.OIDArrayOID}}
}

// receiveOperators takes the result of operatorsSQL from statement n of a flight.
func receiveOperators(f *wire.Flight, n int) (typeOperators, error) {
	found := typeOperators{}
	err := f.ScanEach(n, func(scan func(dest ...any) error) error {
		var oid pgtype.Uint32
		var pairs []string
		if err := scan(&oid, &pairs); err != nil {
			return err
		}
		operators := map[string]string{}
		for _, pair := range pairs {
			if name, sql, ok := strings.Cut(pair, " "); ok && utf8.ValidString(sql) {
				operators[name] = sql
			}
		}
		found[oid.Uint32] = operators
		return nil
	})
	return found, err
}

// give gives the columns of t their operators, and reports whether all types were asked for.
func (o typeOperators) give(t *Table, asked []uint32) (complete bool) {
	complete = true
	for _, of := range t.overloads {
		complete = o.give(of, asked) && complete
	}
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			if c := &columns[i]; c.foreign() {
				c.Comparison.Operators = o[c.OID]
				complete = complete && slices.Contains(asked, c.OID)
			}
		}
	}
	return complete
}

// giveOperators asks for the operators of tables' types, if there are any to ask for.
func giveOperators(exchange Exchange, tables []*Table) error {
	var foreign []uint32
	for _, t := range tables {
		foreign = append(foreign, t.foreignTypes()...)
	}
	if len(foreign) == 0 {
		return nil
	}
	statement := operatorsStatement(foreign)
	statement.Sync = true
	_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) error {
		found, err := receiveOperators(f, first)
		for _, t := range tables {
			found.give(t, foreign)
		}
		return err
	})
	return err
}
