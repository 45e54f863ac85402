package dbcontents

import (
	"context"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Table describes an exposed table or view. All who ask for the same table get the
// same Table, until it changes: do not change it. A Table is not changed either
// when the table in the database is; a later look gives another one.
type Table struct {
	Schema, Name string
	// Kind is "table", "view", "materialized view", "foreign table", "partitioned table" or
	// "function".
	Kind string
	// Comment is what COMMENT ON TABLE says, else empty.
	Comment string
	// Columns are the columns that the role may read, in the table's order.
	Columns []Column
	// PrimaryKey are the names of the key's columns, in the key's order; nil without one.
	PrimaryKey []string
	// Parameters are those of a function, in its order.
	Parameters []Parameter
	// Set tells that a function gives any number of rows, and not one. Scalar tells that its
	// rows are single values.
	Set, Scalar bool

	from *catalog.Table        // nil of a Table that was not made by a Store
	via  *catalog.Relationship // that leads to it, of a Related.Target
}

// Column describes a column of a table.
type Column struct {
	Name string
	// Type is the type as SQL writes it, such as "numeric(10,2)" or "text[]"; of
	// a cast it is the name that was asked for, of some aggregates empty. The row type of a table, which is
	// called as the table, is "record", and an array of it "record[]": not everybody may know of the table.
	Type    string
	NotNull bool
	// Comment is what COMMENT ON COLUMN says, else empty.
	Comment string
}

// String is "schema.name", or the name alone if there is no schema, with "()" behind it for a
// function that a Store has described.
func (t *Table) String() string {
	if t.from != nil {
		return t.from.String() // made once
	}
	return catalog.Name{Schema: t.Schema, Name: t.Name}.String()
}

// Has reports whether t has a column or computed column of this name.
func (t *Table) Has(column string) bool {
	if t == nil {
		return false
	}
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == column }) || t.from != nil && t.from.Column(column) != nil
}

// Only returns t as a [Query] sees it whose Allowed is columns: without the
// columns and computed columns that are not in the list, and without a primary
// key that has such a column. A nil list is no list, and t itself is returned.
func (t *Table) Only(columns []string) *Table {
	if t == nil || columns == nil {
		return t
	}
	n := *t
	n.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return !slices.Contains(columns, c.Name) })
	if slices.ContainsFunc(t.PrimaryKey, func(name string) bool { return !slices.Contains(columns, name) }) {
		n.PrimaryKey = nil
	}
	if t.from != nil {
		n.from = t.from.Only(columns)
	}
	return &n
}

// Open reports whether the role sees all rows and all columns of t: it is no view, its rows
// have no policies, and neither column privileges nor Only leave anything out. Then estimates of
// its size tell nothing that is hidden. A session's filter may hide rows all the same.
func (t *Table) Open() bool {
	return t != nil && t.from != nil && t.from.Open && t.from.Origin() == t.from
}

// Pages reports whether rows in this order can be read by pages, see
// [Query.Pages]: t has a primary key, and every column of the order, or the key,
// has values that a later read can be compared with. Those are not of a related table, nor of an anonymous
// record, nor of a type of an extension in a schema that the role may not use.
// What else may be wrong with the order is for the Query to say.
func (t *Table) Pages(order []Order) bool {
	if t == nil || len(t.PrimaryKey) == 0 {
		return false
	}
	if t.from == nil {
		return true
	}
	var names []string
	for _, o := range order {
		if o.Embed != "" {
			return false
		}
		if len(o.Path) == 0 {
			names = append(names, o.Column)
		}
	}
	return t.from.Paged(names)
}

// describe is t for everybody, made once.
func describe(t *catalog.Table) *Table {
	if t == nil {
		return nil
	}
	return t.Memo(func() any {
		d := &Table{Schema: t.Schema, Name: t.Name, Kind: t.Kind, Comment: t.Comment, PrimaryKey: t.PrimaryKey, Parameters: describeParameters(t.Call), from: t}
		if t.Call != nil {
			d.Set, d.Scalar = t.Call.Set, t.Call.Scalar
		}
		for i := range t.Columns {
			d.Columns = append(d.Columns, describeColumn(&t.Columns[i]))
		}
		return d
	}).(*Table)
}

func describeColumn(c *catalog.Column) Column {
	return Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Comment: c.Comment}
}

// Tables lists what is exposed, exists, and may be read by the Store's session, sorted
// by schema (in the order of Config.Schemas) and name. It asks the database each time.
func (s *Store) Tables(ctx context.Context) ([]*Table, error) {
	if err := s.usable("tables"); err != nil {
		return nil, err
	}
	tables, err := s.catalog.Tables(ctx, &s.asker)
	if err != nil {
		return nil, classify("catalog", "", diagnosis.Naming, err)
	}
	described := make([]*Table, 0, len(tables))
	for _, t := range tables {
		columns := s.session.grant(t).Columns
		if t = t.Only(columns); columns == nil || len(t.Columns)+len(t.Computed) > 0 {
			described = append(described, describe(t))
		}
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
	e, t, err := s.catalog.Resolve(ctx, &s.asker, schema, name, catalog.Fresh)
	if err == nil {
		t, err = s.narrow(e, t)
	}
	if err != nil {
		return nil, classify("query", s.tableNamed(name), diagnosis.Naming, err)
	}
	return describe(t), nil
}

// narrow is t with what the session grants of it, or the finding that this is nothing.
func (s *Store) narrow(e *catalog.Entry, t *catalog.Table) (*catalog.Table, error) {
	return e.Narrow(t, s.session.grant(t).Columns)
}

// Known is what Table would return, if that is known already, else nil. It never
// asks the database: use it where waiting is not allowed and nil will do.
func (s *Store) Known(schema, name string) *Table {
	if s.usable("table") != nil {
		return nil
	}
	e, t := s.catalog.Known(schema, name)
	if t == nil {
		return nil
	}
	t, err := s.narrow(e, t)
	if err != nil {
		return nil
	}
	return describe(t)
}

// Names are the names by which tables can be read without naming a schema, at
// most 10,000, those of Config.Tables first. The first one is empty if the
// default table can be read. It asks nobody: the list is as the last look-up of a
// table found it, or, before there was one, what Config.Tables says. Names of tables that the session grants
// no column of are left out once that is certain. Do not change it.
func (s *Store) Names() []string {
	if s.usable("tables") != nil {
		return nil
	}
	return s.openNames(s.catalog.Names())
}

// tableNamed is the name of the table that name means, as far as the caller may know it.
func (s *Store) tableNamed(name string) string {
	if name == "" && (s.session == nil || s.session.Tables == nil) {
		return s.catalog.Exposure.DefaultTable().Name
	}
	return name
}
