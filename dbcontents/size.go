package dbcontents

import (
	"context"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Size is about how large a table is: as it was when PostgreSQL last analyzed or vacuumed it.
type Size struct {
	Rows  int64
	Bytes int64 // without its indexes, and without values that are stored apart
}

// Sizes are the sizes of some of these tables, by Table.String: of those that are Open and that PostgreSQL
// has looked at. A Store for a session gives none. It asks the database each time, for all of them at once.
func (s *Store) Sizes(ctx context.Context, tables []*Table) (map[string]Size, error) {
	if err := s.usable("tables"); err != nil || s.session != nil {
		return nil, err
	}
	found, err := s.catalog.Sizes(ctx, &s.asker)
	if err != nil {
		return nil, classify("catalog", "", diagnosis.Naming, err)
	}
	sizes := map[string]Size{}
	for _, t := range tables {
		if size, ok := found[catalog.Name{Schema: t.Schema, Name: t.Name}]; ok && t.Open() {
			sizes[t.String()] = Size(size)
		}
	}
	return sizes, nil
}
