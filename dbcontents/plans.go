package dbcontents

import (
	"reflect"
	"sync"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
)

// maxPlanBytes bounds the plans that a Store keeps; strangers choose them.
const maxPlanBytes = 32 << 20

// plans are those of all tables of a Store, those that were used last.
type plans struct {
	mu    sync.Mutex
	cache *cache.LRU[planKey, *plan]
}

type planKey struct {
	table *Table
	shape string
}

func (p *plans) get(t *Table, shape []byte) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	item := p.cache.Items[planKey{t, string(shape)}] // no copy is made of shape
	if item == nil {
		return nil
	}
	return p.cache.Use(item)
}

func (p *plans) put(t *Table, shape []byte, made *plan) {
	key := planKey{t, string(shape)}
	bytes := made.bytes() + len(shape)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache.Put(key, made, bytes)
}

// forget drops the plans of t, which is not what it was.
func (p *plans) forget(t *Table) {
	if t == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.cache.Items {
		if key.table == t {
			p.cache.Drop(key)
		}
	}
}

// size is how many there are, and the bytes that they take.
func (p *plans) size() (n int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.cache.Items), int64(p.cache.Bytes)
}

// plan finds or makes the plan of q for the table t of e.
func (e *entry) plan(t *Table, types map[string]*castType, q *Query, c *cursor) (*plan, error) {
	var buffer [512]byte
	shape := q.shape(buffer[:0], c)
	kept := &e.catalog.plans
	if p := kept.get(t, shape); p != nil {
		return p, nil
	}
	narrowed, err := e.narrow(t, q)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(narrowed, types, q, c)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == t {
		kept.put(t, shape, p)
	}
	return p, nil
}

// Sizes in bytes.
var (
	sizeOfPlan   = int(reflect.TypeFor[cache.Item[planKey, *plan]]().Size() + reflect.TypeFor[plan]().Size())
	sizeOfTable  = int(reflect.TypeFor[Table]().Size())
	sizeOfColumn = int(reflect.TypeFor[Column]().Size())
	sizeOfCast   = int(reflect.TypeFor[castType]().Size()) + 4*sizeOfString // with its place in a map
)

const sizeOfString = 16

// bytes is at most what p takes, but for a table that the catalog keeps.
func (p *plan) bytes() int {
	// The statements of all limits, though most plans are used with one or two.
	n := sizeOfPlan + p.own + 4*len(p.limited(3)) + len(p.count) + len(p.explain) + 4*len(p.types) + p.writer.Bytes()
	if p.page.keys > 0 {
		n += len(p.page.forward) + len(p.limited(0)) // what they are made of
	}
	n += len(p.columns) * (8 + 4 + 2) // a column, its type and format
	if p.table.whole != nil {
		n += p.table.bytes() // it may be this plan alone that keeps it
	}
	return n
}

// bytes is what t takes.
func (t *Table) bytes() int {
	n := sizeOfTable + len(t.Schema) + len(t.Name) + len(t.Comment) + len(t.full)
	for _, columns := range [...][]Column{t.Columns, t.computed} {
		for i := range columns {
			c := &columns[i]
			n += sizeOfColumn + len(c.Name) + len(c.Type) + len(c.Comment) + len(c.function) + len(c.toJSON) + len(c.fromText)
		}
	}
	for _, name := range t.PrimaryKey {
		n += sizeOfString + len(name)
	}
	return n
}
