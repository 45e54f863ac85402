package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// related is what is remembered of a table's relationships. It is never changed.
type related struct {
	all     []*Relationship // exposed to the role, whoever the caller is
	visible []*Relationship // to a caller without an allow-list
	asOf    time.Time       // when they were asked for
	bytes   int
}

func newRelated(all []*Relationship, asOf time.Time) *related {
	r := &related{all: all, visible: override(all), asOf: asOf, bytes: sizeOfRelated}
	for _, rel := range all {
		r.bytes += rel.bytes()
	}
	return r
}

// Relationships are those that lead from t, the table of e, to a target that there is for
// the caller, as if nothing else existed. They are not older than maxAge. The list is not
// to be changed.
//
// What a look-up finds depends on the role. If it may depend on the caller too, it is not
// remembered. In a snapshot what is remembered serves, as for casts, but what the
// snapshot sees is of no use to others.
func (c *Catalog) Relationships(ctx context.Context, a Asker, e *Entry, t *Table, maxAge time.Duration) ([]*Relationship, error) {
	t = t.Origin()
	own := a.PerCaller()
	if known := e.relatedTo(t, maxAge); known != nil && !own {
		return c.visible(known), nil
	}
	source := Name{t.Schema, t.Name}
	statement := c.Exposure.relationshipsStatement(source)
	statement.Sync = true
	asOf := time.Now()
	var all []*Relationship
	err := a.Ask(ctx, func(exchange Exchange) error {
		c.Lookups.Add(1)
		_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) (err error) {
			all, err = c.Exposure.receiveRelationships(f, first, source)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	found := newRelated(all, asOf)
	if !own && a.AsOf().IsZero() {
		c.keepRelationships(e, t, found)
	}
	return c.visible(found), nil
}

// visible are the relationships that there are for the caller.
func (c *Catalog) visible(r *related) []*Relationship {
	if c.caller.Grants == nil {
		return r.visible
	}
	return override(slices.DeleteFunc(slices.Clone(r.all), func(rel *Relationship) bool {
		return !c.caller.grants(rel.Target.Schema, rel.Target.Name) ||
			rel.Junction != nil && !c.caller.grants(rel.Junction.Schema, rel.Junction.Name.Name)
	}))
}

// override leaves out what is replaced: a function named like a table replaces the other
// relationships with that table.
func override(list []*Relationship) []*Relationship {
	functions := map[string]bool{}
	for _, r := range list {
		if r.Function != "" {
			functions[r.FunctionName] = true
		}
	}
	if len(functions) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(r *Relationship) bool { return r.Function == "" && functions[r.Target.Name] })
}

// relatedTo returns what is remembered of t's relationships if it is not older than maxAge.
func (e *Entry) relatedTo(t *Table, maxAge time.Duration) *related {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table != t || e.related == nil || time.Since(e.related.asOf) >= maxAge {
		return nil
	}
	return e.related
}

// remembersRelationships reports whether a refresh should bring them up to date.
func (e *Entry) remembersRelationships() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.related != nil
}

// keepRelationships remembers those of t, unless t is not what is known any more or newer ones are.
func (c *shared) keepRelationships(e *Entry, t *Table, r *related) {
	e.mu.Lock()
	keep := e.table == t && (e.related == nil || e.related.asOf.Before(r.asOf))
	if keep {
		e.related = r
	}
	e.mu.Unlock()
	if keep {
		c.place(e)
	}
}
