package dbcontents

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

const (
	// readyLimit bounds the look at the default table. It is shorter than what health
	// checks wait, and longer than the default LockTimeout.
	readyLimit = 2500 * time.Millisecond
	// othersLimit bounds the looks at all other tables, and lookLimit one of them.
	othersLimit = 500 * time.Millisecond
	lookLimit   = 250 * time.Millisecond
	// lookAgain is when a table that could be read is looked at again. One that could not
	// is looked at each time.
	lookAgain = 30 * time.Second
	// listAgain is when the tables exposed by Config.AllTables are listed again.
	listAgain = time.Minute
)

// looks are what is remembered of tables other than the default one.
type looks struct {
	mu     sync.Mutex
	all    map[catalog.Name]Step // the last look at each
	found  []catalog.Name        // exposed by Config.AllTables
	listed time.Time             // when they were
}

// Ready is [Store.Check] for a probe that comes again and again. It walks the same
// layers, but of the tables only the default one, which decides, has to be waited
// for: at most 2.5 s. The other tables are looked at in turn, for half a second in
// all, those first that have not been looked at for longest; the others are
// reported as of their last look (see Step.AsOf). Ready is safe for concurrent use.
func (s *Store) Ready(ctx context.Context) Report {
	c, ok := s.newCheckup(ctx)
	if !ok {
		return c.report
	}
	if c.connect(ctx) && c.defaultTable(ctx) {
		c.others(ctx)
		c.hosts(ctx)
		c.pool()
	} else {
		c.rest()
	}
	return c.report
}

// defaultTable reads one row of the default table, and reports whether the
// database can be used.
func (c *checkup) defaultTable(ctx context.Context) (usable bool) {
	name := c.configuredTables()[0]
	reader, err := c.look(ctx, name, readyLimit)
	if x := &c.store.catalog.Exposure; x.All && len(x.Tables) == 0 && errors.Is(err, ErrNoTable) {
		if failed := c.list(ctx, readyLimit); failed != nil {
			err = failed
		} else if len(c.otherNames()) > 0 {
			return true // there is no default table, and nobody has named one
		}
	}
	return c.add(name, reader, err)
}

// others looks at the other tables as long as it may, and reports all of them.
func (c *checkup) others(ctx context.Context) {
	began := time.Now()
	end := began.Add(othersLimit)
	usable := true
	if c.store.catalog.Exposure.All {
		usable = c.list(ctx, othersLimit) == nil
	}
	names, l := c.otherNames(), &c.store.looks
	last := make(map[catalog.Name]Step, len(names))
	l.mu.Lock()
	for _, n := range names {
		last[n] = l.all[n]
	}
	l.mu.Unlock()
	for _, n := range due(names, last) {
		left := time.Until(end)
		if !usable || left < lookLimit/4 || ctx.Err() != nil {
			break
		}
		last[n], usable = c.lookAt(ctx, n, min(left, lookLimit))
	}
	for _, n := range names {
		step := last[n]
		switch {
		case step.Name == "":
			step = Step{Name: "table " + n.String(), Detail: "not looked at yet"}
		case step.AsOf.After(began):
			step.AsOf = time.Time{}
		}
		c.report.Steps = append(c.report.Steps, step)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = last // and nothing of tables that are not there any more
}

// lookAt is a look at a table other than the default one, and whether the database can
// be used. That there was no time for it says nothing about the table.
func (c *checkup) lookAt(ctx context.Context, name catalog.Name, limit time.Duration) (step Step, usable bool) {
	reader, err := c.look(ctx, name, limit)
	var e *Error
	if errors.As(err, &e) && e.Op == "check" && e.Code == "first_row_timeout" {
		step, usable = Step{Name: "table " + name.String(), Detail: e.Detail + "; it is locked, or slow to begin"}, true
	} else {
		one := checkup{store: c.store}
		usable = one.add(name, reader, err)
		step = one.report.Steps[0]
	}
	step.AsOf = time.Now()
	return step, usable
}

// due are the tables to look at, the one first whose last look was first.
func due(names []catalog.Name, last map[catalog.Name]Step) []catalog.Name {
	now := time.Now()
	list := slices.DeleteFunc(slices.Clone(names), func(n catalog.Name) bool {
		return last[n].OK && now.Sub(last[n].AsOf) < lookAgain
	})
	slices.SortStableFunc(list, func(a, b catalog.Name) int { return last[a].AsOf.Compare(last[b].AsOf) })
	return list
}

// otherNames are the tables that are exposed beside the default one, as far as they are known.
func (c *checkup) otherNames() []catalog.Name {
	l := &c.store.looks
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(c.withFound(l.found), c.isDefault)
}

// list remembers which tables Config.AllTables exposes. It asks for them within limit.
func (c *checkup) list(ctx context.Context, limit time.Duration) error {
	l := &c.store.looks
	l.mu.Lock()
	fresh := time.Since(l.listed) < listAgain && len(l.found) > 0
	l.mu.Unlock()
	if fresh {
		return nil
	}
	var found []catalog.Name
	err := c.within(ctx, limit, "first_row_timeout", "", func(ctx context.Context) (err error) {
		found, err = c.found(ctx, readyLimit)
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found, l.listed = found, time.Now()
	return nil
}
