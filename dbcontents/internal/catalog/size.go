package catalog

import (
	"reflect"
	"time"
)

// forget drops what is known, for want of room.
func (e *Entry) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clear()
}

// clear is for whoever has locked e.
func (e *Entry) clear() {
	e.catalog.forgotten(e.table)
	e.known, e.table, e.types, e.narrowed, e.asOf = false, nil, nil, nil, time.Now()
}

// remembered finds an entry. The lock is held.
func (c *Catalog) remembered(name Name) *Entry {
	e, ok := c.known.Get(name)
	if !ok {
		e, _ = c.absent.Get(name)
	}
	return e
}

func (c *Catalog) entry(name Name, schemas []string) *Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.remembered(name); e != nil {
		return e
	}
	e := &Entry{catalog: c, name: name, schemas: schemas}
	c.absent.Put(name, e, 1)
	return e
}

// place remembers e by what it takes now. A name that leads to nothing does not
// take the place of a table.
func (c *Catalog) place(e *Entry) {
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

// Size is how many tables are remembered, and the bytes that they take.
func (c *Catalog) Size() (tables int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known.Items), int64(c.known.Bytes)
}

// bytes is what e takes, if there is a table.
func (e *Entry) bytes() (n int, there bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == nil {
		return 0, false
	}
	n = e.table.Bytes()
	for name, t := range e.types {
		n += sizeOfCast + len(name) + len(t.SQL)
	}
	for list, t := range e.narrowed {
		n += len(list) + t.Bytes()
	}
	return n, true
}

// Sizes in bytes.
var (
	sizeOfTable  = int(reflect.TypeFor[Table]().Size())
	sizeOfColumn = int(reflect.TypeFor[Column]().Size()) + sizeOfDescription
	sizeOfCast   = int(reflect.TypeFor[CastType]().Size()) + 4*sizeOfString // with its place in a map
)

const (
	sizeOfString = 16
	// sizeOfDescription is what describes a column to the outside, see Memo.
	sizeOfDescription = 4 * sizeOfString
)

// Bytes is what t takes.
func (t *Table) Bytes() int {
	n := sizeOfTable + len(t.Schema) + len(t.Name) + len(t.Comment) + len(t.full)
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			c := &columns[i]
			n += sizeOfColumn + len(c.Name) + len(c.Type) + len(c.Comment) + len(c.Function) + len(c.ToJSON) + len(c.FromText)
		}
	}
	for _, name := range t.PrimaryKey {
		n += sizeOfString + len(name)
	}
	return n
}
