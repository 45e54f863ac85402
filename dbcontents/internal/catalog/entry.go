package catalog

import (
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// serves reports whether what is known will do. That a table cannot be read is
// remembered for a short time only, since no read refreshes it. What is asked for to refuse a
// query, a table that cannot be read or the columns that it has, is not remembered at all
// if it may be so for one caller alone.
func (e *Entry) serves(maxAge time.Duration, perCaller bool) bool {
	if e.table == nil || !e.table.Readable() {
		maxAge = Absent
	}
	if perCaller && maxAge <= Absent {
		maxAge = 0
	}
	return e.known && time.Since(e.asOf) < maxAge
}

// store keeps what the database said when it was asked at asOf, and returns
// the best that is known now.
func (c *shared) store(e *Entry, asOf time.Time, tables []*Table) *Table {
	return c.answer(e, asOf, tables, false)
}

// answer is store for who asked. If callers may see different things, that is what the
// database said to this one, and not what another one has learnt since.
func (c *shared) answer(e *Entry, asOf time.Time, tables []*Table, perCaller bool) *Table {
	found := c.choose(e, tables)
	best := e.learn(found, asOf)
	c.place(e)
	if perCaller && (found == nil || !found.same(best)) {
		return found
	}
	return best
}

// learn takes what the database said when it was asked at asOf, and gives the
// best that is known now.
func (e *Entry) learn(found *Table, asOf time.Time) *Table {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case asOf.Before(e.asOf) && e.known:
		return e.table
	case asOf.Before(e.asOf):
		return found
	case found != nil && found.same(e.table):
		found = e.table // so that what others keep for it stays valid
	default:
		e.catalog.drop(e.table)
		e.types, e.narrowed, e.related = nil, nil, nil
	}
	e.known, e.table, e.asOf = true, found, asOf
	return found
}

// choose finds the table that e's name means, nil if it is none of tables.
func (c *shared) choose(e *Entry, tables []*Table) *Table {
	if e.key.call {
		return overloading(e.schemas[0], e.key.Name.Name, slices.DeleteFunc(slices.Clone(tables), func(t *Table) bool {
			return !slices.Contains(e.schemas, t.Schema)
		}))
	}
	for _, s := range e.schemas {
		for _, t := range tables {
			if t.Schema == s && c.Exposure.Admits(t) {
				return t
			}
		}
	}
	return nil
}

// refreshDue returns the present time if a read should carry a look-up, else zero.
func (e *Entry) refreshDue() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	// Not by who is at it: that read may be slow, and the others must not wait.
	if now.Sub(e.asOf) < Fresh || now.Sub(e.asked) < Fresh {
		return time.Time{}
	}
	e.asked = now
	return now
}

// notRefreshed ends a refresh that brought nothing; the next read tries again.
func (e *Entry) notRefreshed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = time.Time{}
}

// Drop forgets t, after the database has contradicted it.
func (e *Entry) Drop(t *Table) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table.has(t) {
		e.clear()
	}
}

// forget drops what is known, for want of room.
func (e *Entry) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clear()
}

// clear is for whoever has locked e.
func (e *Entry) clear() {
	e.catalog.drop(e.table)
	e.known, e.table, e.types, e.narrowed, e.related, e.asOf = false, nil, nil, nil, nil, time.Now()
}

// remembered finds an entry. The lock is held.
func (c *shared) remembered(key entryKey) *Entry {
	e, ok := c.known.Get(key)
	if !ok {
		e, _ = c.absent.Get(key)
	}
	return e
}

func (c *shared) entry(key entryKey, schemas []string) *Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.remembered(key); e != nil {
		return e
	}
	e := &Entry{catalog: c, key: key, schemas: schemas}
	c.absent.Put(key, e, 1)
	return e
}

// place remembers e by what it takes now. A name that leads to nothing does not
// take the place of a table.
func (c *shared) place(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes, there := e.bytes()
	if there {
		c.absent.Drop(e.key)
		c.known.Put(e.key, e, bytes)
	} else {
		c.known.Drop(e.key)
		c.absent.Put(e.key, e, 1)
	}
}

// seenAt returns what is known if it will do for a look at the state at asOf: if it is
// of that state, is a table that was found later, or is not older than maxAge.
func (e *Entry) seenAt(asOf time.Time, maxAge time.Duration, perCaller bool) (t *Table, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	readable := e.table != nil && e.table.Readable()
	ok = e.known && (e.asOf.Equal(asOf) || readable && e.asOf.After(asOf)) || e.serves(maxAge, perCaller)
	return e.table, ok
}

// Holds reports whether t is what is known.
func (e *Entry) Holds(t *Table) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.table.has(t)
}

// drop tells that t is not what is known any more.
func (c *shared) drop(t *Table) {
	c.forgotten(t)
	if t != nil {
		for _, o := range t.overloads {
			c.forgotten(o)
		}
	}
}

// whole is what e knows, if t is a function and so a part of it, and else t.
func (e *Entry) whole(t *Table) *Table {
	if t.Call == nil {
		return t
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == nil {
		return t
	}
	return e.table
}

// statement is the look-up of e's name.
func (e *Entry) statement() wire.Statement {
	if e.key.call {
		return e.catalog.Exposure.functionsStatement(e.key.Name.Name)
	}
	return tablesStatement(e.schemas, []string{e.key.Name.Name})
}

// receive takes the result of e's statement, which is statement n of a flight. asked is when
// the present state was asked for, zero if an older one was.
func (e *Entry) receive(f *wire.Flight, n int, asked time.Time) (tables []*Table, err error) {
	if !e.key.call {
		return receiveTables(f, n)
	}
	tables, names, err := e.catalog.Exposure.receiveFunctions(f, n, e.key.Name.Name)
	if err == nil && !asked.IsZero() {
		e.catalog.learnFunctions(e.key.role, names, asked)
	}
	return tables, err
}
