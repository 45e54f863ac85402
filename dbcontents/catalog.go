package dbcontents

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

const (
	// fresh is how long a catalog entry is taken without asking again.
	fresh = 5 * time.Second
	// absent is how long a table is remembered as not being there: long enough
	// for a flood of wrong names, short enough for somebody who just made one.
	absent = time.Second
	// maxAbsent bounds the names remembered that led to nothing, or not yet;
	// strangers choose them under AllTables.
	maxAbsent = 1000
	// maxTableBytes bounds the tables that are remembered, those that were used
	// last. Another one that is asked for is looked up first.
	maxTableBytes = 32 << 20
)

// A catalog remembers the tables that were looked up. Locks are taken in this order:
// its own, that of an entry, that of plans. That of the directory is taken alone.
type catalog struct {
	exposure exposure
	plans    plans
	// directory is of all tables, the entries are of those asked for.
	directory directory

	mu     sync.Mutex
	known  *cache.LRU[tableName, *entry] // of tables, by their bytes
	absent *cache.LRU[tableName, *entry] // of the other names, by their number
}

func newCatalog(exposed exposure) *catalog {
	c := &catalog{
		exposure: exposed,
		plans:    plans{cache: cache.New[planKey, *plan](maxPlanBytes)},
		known:    cache.New[tableName, *entry](maxTableBytes),
		absent:   cache.New[tableName, *entry](maxAbsent),
	}
	c.known.Forgotten = func(_ tableName, e *entry) { e.forget() }
	return c
}

// An entry is what is known of one name asked for.
type entry struct {
	catalog *catalog  // as name and schemas, it never changes
	name    tableName // as it was asked for
	schemas []string  // to look in, in this order

	mu    sync.Mutex
	known bool
	table *Table // nil: not there
	// asOf is when what is known was asked for, or was dropped. An answer to an
	// earlier question, which came late, is not taken.
	asOf  time.Time
	asked time.Time // when a read last carried a look-up
	look  *look     // under way, nil if there is none
	// narrowed are tables made of table by Table.Only, by the allow-list.
	narrowed map[string]*Table
	types    map[string]*castType // named in casts; never changed, only replaced
}

// A look is a look-up that all wait for who miss the same entry.
type look struct {
	asOf  time.Time
	done  chan struct{} // closed when the outcome is there
	table *Table
	err   error
}

// forever is the age up to which a read takes an entry: however old, it serves,
// and the read brings the new one along.
const forever = time.Duration(math.MaxInt64)

// resolve finds the table that a Query names, not older than maxAge. It asks
// the database only if it must, and then once for all who wait.
func (s *Store) resolve(ctx context.Context, schema, name string, maxAge time.Duration) (*entry, *Table, error) {
	e, name, err := s.catalog.find(schema, name)
	if err != nil {
		return nil, nil, err
	}
	for {
		e.mu.Lock()
		if e.serves(maxAge) {
			t := e.table
			e.mu.Unlock()
			return s.catalog.found(e, t, name)
		}
		l := e.look
		mine := l == nil || l.asOf.Before(e.asOf) // what is asked already may have been dropped
		if mine {
			l = &look{asOf: time.Now(), done: make(chan struct{})}
			e.look = l
		}
		e.mu.Unlock()

		if mine {
			tables, err := s.lookup(ctx, e.schemas, []string{name})
			if l.err = err; err == nil {
				l.table = s.catalog.store(e, l.asOf, tables)
			}
			e.mu.Lock()
			if e.look == l {
				e.look = nil
			}
			e.mu.Unlock()
			close(l.done)
		} else if err := s.pool.Probed(); err != nil {
			return nil, nil, classify("query", name, diagnosis.Connecting, err)
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, nil, contextError("query", name, ctx)
		}
		switch {
		case l.err == nil:
			return s.catalog.found(e, l.table, name)
		case mine || !gaveUp(l.err):
			return nil, nil, l.err
		}
		// Who asked has gone without an answer; ask again.
	}
}

// resolve is Store.resolve on the snapshot's own connection: with another one,
// a pool of one connection would wait for itself. What it learns is as old as
// the snapshot; asking twice brings nothing new.
func (n *Snapshot) resolve(ctx context.Context, schema, name string, maxAge time.Duration) (*entry, *Table, error) {
	e, name, err := n.store.catalog.find(schema, name)
	if err != nil {
		return nil, nil, err
	}
	e.mu.Lock()
	t, serves := e.table, e.serves(max(time.Since(n.began), min(maxAge, fresh)))
	e.mu.Unlock()
	if !serves {
		tables, err := n.lookup(ctx, e.schemas, []string{name})
		if err != nil {
			return nil, nil, err
		}
		t = n.store.catalog.store(e, n.began, tables)
	}
	return n.store.catalog.found(e, t, name)
}

// gaveUp tells the end of the caller's own patience from a failure.
func gaveUp(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == "canceled" || e.Code == "deadline_exceeded")
}

// find returns the entry of a name, and the name, which may be the default table's.
func (c *catalog) find(schema, name string) (*entry, string, error) {
	if name == "" {
		t := c.exposure.defaultTable()
		name = t.name
		if schema == "" {
			schema = t.schema
		}
	}
	key := tableName{schema, name}
	c.mu.Lock()
	e := c.remembered(key)
	c.mu.Unlock()
	if e != nil {
		return e, name, nil
	}
	candidates := c.exposure.candidates(schema, name)
	if len(candidates) == 0 {
		return nil, name, newError("query", name, "table_not_exposed", "table "+quoted(name)+" is not exposed", nil)
	}
	return c.entry(key, candidates), name, nil
}

// found returns t, or the error if it is nil.
func (c *catalog) found(e *entry, t *Table, name string) (*entry, *Table, error) {
	switch {
	case t != nil:
		return e, t, nil
	case c.exposure.all:
		return nil, nil, newError("query", name, "table_not_exposed", "there is no table "+quoted(name)+" that the role may read in the exposed schemas", nil)
	}
	return nil, nil, newError("query", name, "table_missing", "table "+quoted(name)+" is exposed but does not exist in the database", nil)
}

// serves reports whether what is known will do. That a table cannot be read is
// remembered for a short time only, since no read brings the news.
func (e *entry) serves(maxAge time.Duration) bool {
	if e.table == nil || !e.table.readable() {
		maxAge = absent
	}
	return e.known && time.Since(e.asOf) < maxAge
}

// store keeps what the database said when it was asked at asOf, and returns
// the best that is known now.
func (c *catalog) store(e *entry, asOf time.Time, tables []*Table) *Table {
	found := e.learn(c.choose(e, tables), asOf)
	c.place(e)
	return found
}

// learn takes what the database said when it was asked at asOf, and gives the
// best that is known now.
func (e *entry) learn(found *Table, asOf time.Time) *Table {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case asOf.Before(e.asOf) && e.known:
		return e.table
	case asOf.Before(e.asOf):
		return found
	case found != nil && found.same(e.table):
		found = e.table // with its plans
	default:
		e.catalog.plans.forget(e.table)
		e.types, e.narrowed = nil, nil
	}
	e.known, e.table, e.asOf = true, found, asOf
	return found
}

// choose finds the table that e's name means, nil if it is none of tables.
func (c *catalog) choose(e *entry, tables []*Table) *Table {
	for _, s := range e.schemas {
		for _, t := range tables {
			if t.Schema == s && c.exposure.admits(t) {
				return t
			}
		}
	}
	return nil
}

// refreshDue returns the present time if a read should carry a look-up, else zero.
func (e *entry) refreshDue() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	// Not by who is at it: that read may be slow, and the others must not wait.
	if now.Sub(e.asOf) < fresh || now.Sub(e.asked) < fresh {
		return time.Time{}
	}
	e.asked = now
	return now
}

// notRefreshed ends a refresh that brought nothing; the next read tries again.
func (e *entry) notRefreshed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = time.Time{}
}

// drop forgets t, after the database has contradicted it.
func (e *entry) drop(t *Table) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == t {
		e.clear()
	}
}
