package dbcontents

import (
	"context"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// A Relationship leads by a foreign key from the rows of one table to those of another.
type Relationship struct {
	// Table is the table that it leads to.
	Table *Table
	// Constraint is the name of the foreign key. It belongs to Table if Inverse is true.
	Constraint string
	Inverse    bool
	// ToOne tells that a row leads to one row at most.
	ToOne bool
	// Columns are the columns that are equal: of the table itself first, and of Table second.
	Columns [][2]string
}

// Relationships lists the foreign keys of t and those that lead to it, as far as the
// session may read both tables and all columns of the key. Others do not exist: see
// [Related], which can do without the columns. Views have the relationships of the tables
// whose columns they show, and a function those of the table whose rows it gives.
func (s *Store) Relationships(ctx context.Context, t *Table) ([]Relationship, error) {
	if err := s.usable("table"); err != nil {
		return nil, err
	}
	if t == nil {
		return nil, newError("catalog", "", "query_invalid", "there is no table", nil)
	}
	source := catalog.Name{Schema: t.Schema, Name: t.Name}
	if t.from != nil && t.from.Call != nil {
		if source = t.from.Call.Row; source.Name == "" {
			return nil, nil
		}
	}
	e, from, err := s.catalog.Resolve(ctx, &s.asker, source.Schema, source.Name, catalog.Fresh)
	if err != nil {
		if t.from != nil && t.from.Call != nil {
			return nil, nil // the table is not exposed, and so it has none
		}
		return nil, classify("query", t.String(), diagnosis.Naming, err)
	}
	granted, err := s.narrow(e, from) // t may have been described to another session
	if err != nil && t.from != nil && t.from.Call != nil {
		return nil, nil // the session's lists close the table
	} else if err != nil {
		return nil, classify("query", t.String(), diagnosis.Naming, err)
	}
	_, known, err := s.relationships(ctx, &s.asker, e, from, nil, s.session.closing(), catalog.Fresh)
	if err != nil {
		return nil, classify("catalog", t.String(), diagnosis.Naming, err)
	}
	var list []Relationship
	for _, r := range known {
		if r.Constraint == "" || len(r.Pairs) == 0 {
			continue
		}
		e, target, err := s.catalog.Resolve(ctx, &s.asker, r.Target.Schema, r.Target.Name, catalog.Forever) // as for an embed
		if err == nil && target.Readable() {
			target, err = s.narrow(e, target)
		}
		if err != nil || !target.Readable() {
			continue // it is gone by now, or may not be read
		}
		to := describe(target)
		if sees(t, to, r.Pairs) && sees(describe(granted), to, r.Pairs) {
			list = append(list, Relationship{Table: to, Constraint: r.Constraint, Inverse: r.Inverse, ToOne: r.ToOne(), Columns: r.Pairs})
		}
	}
	return list, nil
}

// sees reports whether both tables have the columns of all pairs.
func sees(from, to *Table, pairs [][2]string) bool {
	for _, pair := range pairs {
		if !from.Has(pair[0]) || !to.Has(pair[1]) {
			return false
		}
	}
	return true
}
