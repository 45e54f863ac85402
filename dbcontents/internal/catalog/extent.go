package catalog

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// extentSQL is how many blocks the files have that hold the rows of the table $1.$2: its own, and those of its
// partitions and of what inherits from it, at all depths. The third column tells whether all of them have
// blocks by which rows can be found, as those of the heap have; a foreign table has none. The last one is whether
// the role may read the places of rows, for which rights to single columns are not enough.
const extentSQL = `
WITH RECURSIVE tree AS (
  SELECT c.oid, pg_catalog.has_table_privilege(c.oid, 'SELECT') AS whole
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1::text::name AND c.relname = $2::text::name
  UNION
  SELECT i.inhrelid, t.whole FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), file AS (
  SELECT c.relkind, a.amname, t.whole,
    CASE WHEN a.amname = 'heap'::name THEN pg_catalog.pg_relation_size(c.oid::regclass, 'main') / pg_catalog.current_setting('block_size')::int8 END AS blocks
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
)
SELECT coalesce(pg_catalog.max(blocks), 0::int8), coalesce(pg_catalog.sum(blocks)::int8, 0::int8),
  coalesce(pg_catalog.bool_and(amname = 'heap'::name OR relkind = 'p'::"char"), false), coalesce(pg_catalog.bool_and(whole), false)
FROM file`

// An Extent is where the rows of a table lie.
type Extent struct {
	Blocks int64 // of the longest file
	All    int64 // of all files together
	Heap   bool  // every row can be found by its block
	Whole  bool  // the role may read the table, and not only some columns of it
}

// Extent asks for that of a table. As seen from a state of the database that is older than the
// question, no row lies beyond it.
func (c *Catalog) Extent(ctx context.Context, a Asker, name Name) (x Extent, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		_, err := exchange([]wire.Statement{{
			SQL: extentSQL, Params: [][]byte{[]byte(name.Schema), []byte(name.Name)}, Types: []uint32{pgtype.TextOID, pgtype.TextOID}, Sync: true,
		}}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				return scan(&x.Blocks, &x.All, &x.Heap, &x.Whole)
			})
		})
		return err
	})
	return x, err
}
