package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// related is what a look-up has found of a table's relationships. It is never changed.
type related struct {
	all     []*Relationship // exposed to the role, whoever the caller is
	visible []*Relationship // to a caller without an allow-list
	asOf    time.Time       // when they were asked for
	bytes   int
	// spared is how long this look-up serves because it was expensive.
	spared time.Duration
}

const (
	// sparedPerMiB is related.spared for each MiB of rules of views, which PostgreSQL sends and
	// we parse. A view has some 10 KiB, so that it takes a hundred views to make a difference.
	sparedPerMiB = time.Second
	maxSpared    = time.Minute
)

func newRelated(g *graph, x *Exposure, source Name, asOf time.Time) *related {
	r := &related{all: g.relationships(x, source), asOf: asOf, bytes: sizeOfRelated}
	r.visible = override(r.all)
	for _, rel := range r.all {
		r.bytes += rel.bytes()
	}
	r.spared = min(time.Duration(g.ruleBytes>>20)*sparedPerMiB, maxSpared)
	return r
}

// serves reports whether r is not older than maxAge, or has cost too much to ask again.
func (r *related) serves(maxAge time.Duration) bool {
	return time.Since(r.asOf) < max(maxAge, r.spared)
}

// A relatedLook is a look-up of the relationships of a table.
type relatedLook struct {
	*look[*related]
	table *Table
}

// Relationships are those that lead from t, the table of e, to a target that there is for
// the caller, as if nothing else existed. They are not older than maxAge, unless they cost
// very much. The list is not to be changed. If open is not nil, it tells which of them there are
// for the caller beside that.
//
// What a look-up finds depends on the role. If it may depend on the caller too, it is not
// remembered. In a snapshot what is remembered serves, as for casts, but what the
// snapshot sees is of no use to others.
func (c *Catalog) Relationships(ctx context.Context, a Asker, e *Entry, t *Table, maxAge time.Duration, open func(*Relationship) bool) ([]*Relationship, error) {
	t = t.Origin()
	if a.PerCaller() || !a.AsOf().IsZero() {
		found := e.relatedTo(t)
		if found == nil || a.PerCaller() || !found.serves(maxAge) {
			var err error
			if found, err = c.lookUpRelationships(ctx, a, t, time.Now()); err != nil {
				return nil, err
			}
		}
		return c.visible(found, open), nil
	}
	for {
		if found := e.relatedTo(t); found != nil && found.serves(maxAge) {
			return c.visible(found, open), nil
		}
		l, mine := e.relatedLook(t, maxAge)
		if mine {
			c.lookForRelationships(ctx, a, e, l)
		} else if err := a.Probed(); err != nil {
			return nil, err
		}
		found, again, err := l.wait(ctx, mine)
		switch {
		case err == nil:
			return c.visible(found, open), nil
		case !again:
			return nil, err
		}
	}
}

// relatedLook returns the look-up that is under way for t, or a new one, which is the caller's to make.
func (e *Entry) relatedLook(t *Table, maxAge time.Duration) (l *relatedLook, mine bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l = e.lookRelated; l != nil && l.table == t && time.Since(l.asOf) < maxAge {
		return l, false
	}
	l = &relatedLook{newLook[*related](), t}
	e.lookRelated = l
	return l, true
}

// lookForRelationships makes the look-up l of e.
func (c *Catalog) lookForRelationships(ctx context.Context, a Asker, e *Entry, l *relatedLook) {
	found, err := c.lookUpRelationships(ctx, a, l.table, l.asOf)
	if l.found = found; err == nil {
		c.keepRelationships(e, l.table, found)
	}
	e.mu.Lock()
	if e.lookRelated == l {
		e.lookRelated = nil
	}
	e.mu.Unlock()
	l.end(ctx, err)
}

// lookUpRelationships asks the database.
func (c *Catalog) lookUpRelationships(ctx context.Context, a Asker, t *Table, asOf time.Time) (found *related, err error) {
	source := Name{t.Schema, t.Name}
	statement := c.Exposure.relationshipsStatement(source)
	statement.Sync = true
	err = a.Ask(ctx, func(exchange Exchange) error {
		c.Lookups.Add(1)
		_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) (err error) {
			found, err = c.Exposure.receiveRelationships(f, first, source, asOf)
			return err
		})
		return err
	})
	return found, err
}

// visible are the relationships that there are for the caller.
func (c *Catalog) visible(r *related, open func(*Relationship) bool) []*Relationship {
	if c.caller.Grants == nil && open == nil {
		return r.visible
	}
	return override(slices.DeleteFunc(slices.Clone(r.all), func(rel *Relationship) bool {
		return !c.caller.grants(rel.Target.Schema, rel.Target.Name) ||
			rel.Junction != nil && !c.caller.grants(rel.Junction.Schema, rel.Junction.Name.Name) ||
			open != nil && !open(rel)
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

// relatedTo returns what is remembered of t's relationships, nil if nothing is.
func (e *Entry) relatedTo(t *Table) *related {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table != t {
		return nil
	}
	return e.related
}

// relatedDue reports whether a refresh should bring relationships up to date.
func (e *Entry) relatedDue() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.related != nil && !e.related.serves(0)
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
