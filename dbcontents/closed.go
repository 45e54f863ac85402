package dbcontents

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// allowLists are the allow-lists of a table or function, all of which apply. It may be asked with
// the name alone.
type allowLists func(*catalog.Table) [][]string

// closing are the lists of the session by which tables can be closed; nil if there are none.
func (s *session) closing() allowLists {
	if s == nil || !s.lists {
		return nil
	}
	return func(t *catalog.Table) [][]string { return [][]string{s.grant(t).Columns} }
}

// relationships are those that lead from t for whoever asks, or of these the pinned one, and the table that they lead from: for a
// function the one whose rows it gives, or, if that does not exist for whoever asks, the function itself, from which none leads.
func (s *Store) relationships(ctx context.Context, a catalog.Asker, e *catalog.Entry, t *catalog.Table,
	pinned *catalog.Relationship, closing allowLists, maxAge time.Duration,
) (from *catalog.Table, known []*catalog.Relationship, err error) {
	x := closer{ctx: ctx, store: s, asker: a, lists: closing, maxAge: maxAge}
	from = t
	if t.Call != nil {
		row := t.Call.Row
		if row.Name == "" || x.closes(row, row, false) {
			return t, nil, x.failed
		}
		if e, from, err = s.catalog.Resolve(ctx, a, row.Schema, row.Name, maxAge); isMissing(err) {
			return t, nil, nil
		} else if err != nil {
			return nil, nil, err
		}
	}
	var open func(*catalog.Relationship) bool
	if closing != nil || pinned != nil {
		// Both come before a function replaces relationships, as it is closed to whoever pinned one of those.
		open = func(r *catalog.Relationship) bool { return (pinned == nil || r.Same(pinned)) && !x.closesWay(from, r) }
	}
	if known, err = s.catalog.Relationships(ctx, a, e, from, maxAge, open); err == nil {
		err = x.failed
	}
	return from, known, err
}

// A closer finds out what allow-lists close: that of which they leave nothing.
type closer struct {
	ctx    context.Context
	store  *Store
	asker  catalog.Asker
	lists  allowLists // nil if nothing can be closed
	maxAge time.Duration
	failed error // why it cannot be found out
}

// closesWay reports whether r leads from a table to one that is closed, or by what is closed.
func (x *closer) closesWay(from *catalog.Table, r *catalog.Relationship) bool {
	return x.closes(r.Target, r.Target, false) ||
		r.Junction != nil && x.closes(r.Junction.Name, r.Junction.Name, false) ||
		r.Function != "" && x.closes(catalog.Name{Schema: from.Schema, Name: r.FunctionName}, r.Target, true)
}

// closes reports whether the lists of name leave nothing of the columns of a relation, which a
// function of that name shares with it. A list of no names closes it whatever its columns are, and
// without a list there is nothing to find out.
func (x *closer) closes(name, relation catalog.Name, call bool) bool {
	if x.lists == nil || x.failed != nil {
		return x.failed != nil
	}
	lists := slices.DeleteFunc(x.lists(catalog.Named(name, call)), func(list []string) bool { return list == nil })
	if len(lists) == 0 {
		return false
	}
	if slices.ContainsFunc(lists, func(list []string) bool { return len(list) == 0 }) {
		return true
	}
	_, t, err := x.store.catalog.Resolve(x.ctx, x.asker, relation.Schema, relation.Name, max(x.maxAge, catalog.Fresh))
	if err != nil {
		if !isMissing(err) {
			x.failed = err
		}
		return true
	}
	return !slices.ContainsFunc(lists[0], func(column string) bool {
		return t.Column(column) != nil && !slices.ContainsFunc(lists[1:], func(list []string) bool { return !slices.Contains(list, column) })
	})
}

// isMissing reports whether err says that there is no such table for whoever asks.
func isMissing(err error) bool {
	var f *diagnosis.Finding
	return errors.As(err, &f) && diagnosis.ByCode(f.Code).Kind == diagnosis.NoTable
}

// openNames leaves out names of tables of which the session grants nothing, as far as that is certain
// without a look-up.
func (s *Store) openNames(names []string) []string {
	if s.session.closing() == nil {
		return names
	}
	empty := map[string]bool{} // whether all grants for a name are of no columns
	for key, g := range s.session.Tables {
		if name, err := catalog.ParseName(key); err == nil {
			before, found := empty[name.Name]
			empty[name.Name] = g.Columns != nil && len(g.Columns) == 0 && (before || !found)
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		if e, t := s.catalog.Known("", name); t != nil {
			_, err := s.narrow(e, t)
			return err != nil
		}
		if name == "" {
			name = s.catalog.Exposure.DefaultTable().Name
		}
		return empty[name]
	})
}
