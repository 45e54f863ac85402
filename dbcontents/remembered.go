package dbcontents

import "time"

// forget drops what is known, for want of room.
func (e *entry) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clear()
}

// clear is for whoever has locked e.
func (e *entry) clear() {
	e.catalog.plans.forget(e.table)
	e.known, e.table, e.types, e.narrowed, e.asOf = false, nil, nil, nil, time.Now()
}

// remembered finds an entry. The lock is held.
func (c *catalog) remembered(name tableName) *entry {
	e, ok := c.known.Get(name)
	if !ok {
		e, _ = c.absent.Get(name)
	}
	return e
}

func (c *catalog) entry(name tableName, schemas []string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.remembered(name); e != nil {
		return e
	}
	e := &entry{catalog: c, name: name, schemas: schemas}
	c.absent.Put(name, e, 1)
	return e
}

// place remembers e by what it takes now. A name that leads to nothing does not
// take the place of a table.
func (c *catalog) place(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes, there := e.bytes()
	if there {
		c.absent.Drop(e.name)
		c.known.Put(e.name, e, bytes)
	} else {
		c.known.Drop(e.name)
		c.absent.Put(e.name, e, 1)
	}
}

// size is how many tables are remembered, and the bytes that they take.
func (c *catalog) size() (tables int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known.Items), int64(c.known.Bytes)
}

// bytes is what e takes, if there is a table.
func (e *entry) bytes() (n int, there bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == nil {
		return 0, false
	}
	n = e.table.bytes()
	for name, t := range e.types {
		n += sizeOfCast + len(name) + len(t.sql)
	}
	for list, t := range e.narrowed {
		n += len(list) + t.bytes()
	}
	return n, true
}
