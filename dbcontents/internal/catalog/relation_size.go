package catalog

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// sizesSQL is how large tables were when PostgreSQL last looked. It opens no file.
const sizesSQL = `
SELECT n.nspname::text, c.relname::text, c.reltuples::int8, c.relpages::int8 * pg_catalog.current_setting('block_size')::int8
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]::name[]) AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]::name[]))
  AND c.relkind = ANY ('{r,p,m}'::"char"[]) AND c.reltuples >= 0::float4 AND (c.relpages > 0::int4 OR c.relkind = 'p'::"char")
LIMIT 10000`

// Size is about how large a table is.
type Size struct{ Rows, Bytes int64 }

// Sizes are those of exposed tables, as far as they are known.
func (c *Catalog) Sizes(ctx context.Context, a Asker) (map[Name]Size, error) {
	schemas, names := c.Exposure.scope()
	statement := wire.Statement{
		SQL: sizesSQL, Params: [][]byte{wire.TextArray(schemas), wire.TextArray(names)},
		Types: []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID}, Sync: true,
	}
	sizes := map[Name]Size{}
	err := a.Ask(ctx, func(exchange Exchange) error {
		clear(sizes)
		_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				var name Name
				var s Size
				err := scan(&name.Schema, &name.Name, &s.Rows, &s.Bytes)
				sizes[name] = s
				return err
			})
		})
		return err
	})
	return sizes, err
}
