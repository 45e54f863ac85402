package dbcontents

import (
	"context"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Tables lists what is exposed, exists and may be read, sorted by schema (in
// the order of Config.Schemas) and name. It asks the database each time.
func (s *Store) Tables(ctx context.Context) ([]*Table, error) {
	if err := s.usable("tables"); err != nil {
		return nil, err
	}
	tables, err := s.catalog.Tables(ctx, storeAsker{s})
	if err != nil {
		return nil, classify("catalog", "", diagnosis.Naming, err)
	}
	described := make([]*Table, len(tables))
	for i, t := range tables {
		described[i] = describe(t)
	}
	return described, nil
}

// Table describes one exposed table; empty names mean what they mean in a [Query].
func (s *Store) Table(ctx context.Context, schema, name string) (*Table, error) {
	if err := s.usable("table"); err != nil {
		return nil, err
	}
	q := compile.Query{Schema: schema, Table: name}
	if err := q.Check(false); err != nil {
		return nil, classify("query", name, diagnosis.Reading, err)
	}
	_, t, err := s.catalog.Resolve(ctx, storeAsker{s}, schema, name, catalog.Fresh)
	if err != nil {
		return nil, classify("query", s.named(name), diagnosis.Naming, err)
	}
	return describe(t), nil
}

// Schemas are the exposed schemas, in the order in which a name without one is
// looked for. It asks nobody. Do not change them.
func (s *Store) Schemas() []string {
	if s == nil || s.catalog == nil {
		return nil
	}
	return s.catalog.Exposure.Schemas
}

// Known is what Table would return, if that is known already, else nil. It asks nobody.
func (s *Store) Known(schema, name string) *Table {
	if s == nil || s.catalog == nil {
		return nil
	}
	return describe(s.catalog.Known(schema, name))
}

// MaxRows is Config.MaxRows.
func (s *Store) MaxRows() int64 {
	if s == nil {
		return 0
	}
	return s.config.MaxRows
}

// Exposed are the names that may be read, as they were configured, the default
// table first, and whether there are more than these. It asks nobody.
func (s *Store) Exposed() (names []string, more bool) {
	if s == nil || s.catalog == nil {
		return nil, false
	}
	for _, t := range s.catalog.Exposure.Tables {
		names = append(names, t.String())
	}
	return names, s.catalog.Exposure.All
}

// Names are the names by which tables can be read without naming a schema, at
// most 10,000, those of Config.Tables first. The first one is empty if the
// default table can be read. It asks nobody: the list is as the last look-up of a
// table found it, or, before there was one, what Config.Tables says. Do not change it.
func (s *Store) Names() []string {
	if s == nil || s.catalog == nil {
		return nil
	}
	return s.catalog.Names()
}

// named is the name of the table that name means.
func (s *Store) named(name string) string {
	if name == "" {
		return s.catalog.Exposure.DefaultTable().Name
	}
	return name
}
