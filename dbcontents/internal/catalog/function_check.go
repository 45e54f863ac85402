package catalog

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// functionStateSQL is what keeps functions of the name $2 in the schemas $1 from being called: a
// row for each, those that are functions first.
const functionStateSQL = `
SELECT p.prokind = 'f'::"char", p.provolatile <> 'v'::"char",
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), false)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::text[]::name[]) AND p.proname = $2::text::name
ORDER BY 1 DESC, 2 DESC, 3 DESC LIMIT 1`

// WhyNotCalled says in words why a function that is exposed cannot be called.
func (c *Catalog) WhyNotCalled(ctx context.Context, a Asker, name Name) (words string, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		words = "it does not exist"
		_, err := exchange([]wire.Statement{{
			SQL: functionStateSQL, Params: [][]byte{wire.TextArray(c.callable(name.Schema, name.Name)), []byte(name.Name)},
			Types: []uint32{pgtype.TextArrayOID, pgtype.TextOID}, Sync: true,
		}}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				var function, stable, granted bool
				err := scan(&function, &stable, &granted)
				words = whyNotCalled(function, stable, granted)
				return err
			})
		})
		return err
	})
	return words, err
}

func whyNotCalled(function, stable, granted bool) string {
	switch {
	case !function:
		return "it is a procedure, an aggregate or a window function, and not a function"
	case !stable:
		return "it is VOLATILE; a function that changes nothing can be declared STABLE"
	case !granted:
		return "the role has no EXECUTE on it, or no USAGE on its schema"
	}
	return "a parameter has no name or a type that the role cannot name, or the columns of the result are not known beforehand"
}
