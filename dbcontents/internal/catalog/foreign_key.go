package catalog

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A ForeignKey leads from the columns of one table to those of another.
type ForeignKey struct {
	Constraint string
	From, To   Name
	Pairs      [][2]string // the columns that are equal: of From, and of To
	// OneToOne tells that the columns of From are a key of it too.
	OneToOne bool
}

// foreignKeysSQL lists the foreign keys between tables in the schemas $1 of the names $2, or null
// for all. One end at least has one of the names $3, or null for all. Keys of partitions are those of the
// partitioned table. Functions and operators are written as in lookupSQL.
const foreignKeysSQL = `
SELECT k.conname::text, n.nspname::text, c.relname::text, c.relispartition, fn.nspname::text, fc.relname::text, fc.relispartition,
  ` + keyNamesSQL + `, ` + foreignNamesSQL + `,
  EXISTS (SELECT FROM pg_catalog.pg_constraint u WHERE u.conrelid = k.conrelid AND u.contype = ANY ('{p,u}'::"char"[])
    AND u.conkey OPERATOR(pg_catalog.@>) k.conkey AND u.conkey OPERATOR(pg_catalog.<@) k.conkey),
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_schema_privilege(fn.oid, 'USAGE')
    AND (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(k.conrelid, x.num, 'SELECT')) FROM pg_catalog.unnest(k.conkey) x(num))
    AND (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(k.confrelid, x.num, 'SELECT')) FROM pg_catalog.unnest(k.confkey) x(num)), false)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.contype = 'f'::"char" AND k.conparentid = 0::oid
  AND n.nspname = ANY ($1::text[]::name[]) AND fn.nspname = ANY ($1::text[]::name[])
  AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]::name[]) AND fc.relname = ANY ($2::text[]::name[]))
  AND ($3::text[] IS NULL OR c.relname = ANY ($3::text[]::name[]) OR fc.relname = ANY ($3::text[]::name[]))
ORDER BY n.nspname, c.relname, k.conname, k.oid`

// foreignKeysStatement is the look-up of the foreign keys of tables of the given names, nil for all.
func (x *Exposure) foreignKeysStatement(asked []string) wire.Statement {
	schemas, names := x.scope()
	return wire.Statement{
		SQL:    foreignKeysSQL,
		Params: [][]byte{wire.TextArray(schemas), wire.TextArray(names), wire.TextArray(asked)},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID},
	}
}

// receiveForeignKeys takes the result of foreignKeysSQL from statement n of a flight: the keys
// that there are for the caller.
func (c *Catalog) receiveForeignKeys(f *wire.Flight, n int) (keys []*ForeignKey, err error) {
	err = f.ScanEach(n, func(scan func(dest ...any) error) error {
		var (
			k                 ForeignKey
			names, otherNames []string
			partition, other  bool
			readable          bool
		)
		err := scan(&k.Constraint, &k.From.Schema, &k.From.Name, &partition, &k.To.Schema, &k.To.Name, &other, &names, &otherNames, &k.OneToOne, &readable)
		if err != nil || !readable || partition || other || len(names) != len(otherNames) {
			return err
		}
		for _, end := range [2]Name{k.From, k.To} {
			if !c.lists(&Table{Schema: end.Schema, Name: end.Name, usage: true, grant: true}) || !writable(end.Name) {
				return nil
			}
		}
		if !writable(k.Constraint) || !writable(names...) || !writable(otherNames...) {
			return nil
		}
		for i := range names {
			k.Pairs = append(k.Pairs, [2]string{names[i], otherNames[i]})
		}
		keys = append(keys, &k)
		return nil
	})
	return keys, err
}
