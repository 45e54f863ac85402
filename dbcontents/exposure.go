package dbcontents

import (
	"context"
	"slices"
	"time"
)

// exposure is what may be read, as configured.
type exposure struct {
	schemas []string
	tables  []tableName
	all     bool
}

// defaultTable is the table of a Query that names none.
func (x *exposure) defaultTable() tableName {
	if len(x.tables) > 0 {
		return x.tables[0]
	}
	return tableName{name: "test_table"}
}

// named reports whether schema.name was exposed by name.
func (x *exposure) named(schema, name string) bool {
	return slices.ContainsFunc(x.tables, func(t tableName) bool {
		return t.name == name && (t.schema == schema || t.schema == "" && slices.Contains(x.schemas, schema))
	})
}

// candidates are the schemas in which a table asked for may be, in order; none
// if it is not exposed whatever the database holds.
func (x *exposure) candidates(schema, name string) []string {
	var found []string
	try := func(s string) {
		if (schema == "" || s == schema) && !slices.Contains(found, s) &&
			(x.named(s, name) || x.all && slices.Contains(x.schemas, s)) {
			found = append(found, s)
		}
	}
	for _, s := range x.schemas {
		try(s)
	}
	for _, t := range x.tables {
		if t.schema != "" {
			try(t.schema)
		}
	}
	return found
}

// admits reports whether a table that the catalog holds is exposed. What the
// role may not read is exposed only if it was named, so that the error can say
// why; a partition likewise, as its rows are in the partitioned table.
func (x *exposure) admits(t *Table) bool {
	if x.named(t.Schema, t.Name) {
		return true
	}
	return x.all && slices.Contains(x.schemas, t.Schema) && t.readable() && !t.partition
}

// Tables lists what is exposed, exists and may be read, sorted by schema (in
// the order of Config.Schemas) and name. It asks the database each time.
func (s *Store) Tables(ctx context.Context) ([]*Table, error) {
	if err := s.usable("tables"); err != nil {
		return nil, err
	}
	x, asOf := &s.catalog.exposure, time.Now()
	schemas, names := x.scope()
	tables, err := s.lookup(ctx, schemas, names)
	if err != nil {
		return nil, err
	}
	s.catalog.directory.learn(x, tables, asOf)
	return slices.DeleteFunc(tables, func(t *Table) bool { return !x.admits(t) || !t.readable() }), nil
}

// Table describes one exposed table; empty names mean what they mean in a [Query].
func (s *Store) Table(ctx context.Context, schema, name string) (*Table, error) {
	if err := s.usable("table"); err != nil {
		return nil, err
	}
	if err := (Query{Schema: schema, Table: name}).check(); err != nil {
		return nil, err
	}
	_, t, err := s.resolve(ctx, schema, name, fresh)
	return t, err
}

// Schemas are the exposed schemas, in the order in which a name without one is
// looked for. It asks nobody. Do not change them.
func (s *Store) Schemas() []string {
	if s == nil || s.catalog == nil {
		return nil
	}
	return s.catalog.exposure.schemas
}

// Known is what Table would return, if that is known already, else nil. It asks nobody.
func (s *Store) Known(schema, name string) *Table {
	if s == nil || s.catalog == nil {
		return nil
	}
	e, _, err := s.catalog.find(schema, name)
	if err != nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.table
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
	for _, t := range s.catalog.exposure.tables {
		names = append(names, t.String())
	}
	return names, s.catalog.exposure.all
}
