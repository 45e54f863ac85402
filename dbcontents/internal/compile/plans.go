package compile

import (
	"reflect"
	"strconv"
	"sync"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// maxPlanBytes bounds the plans that are kept; strangers choose them.
const maxPlanBytes = 32 << 20

// Plans are plans for tables, those that were used last. They are safe for concurrent use.
type Plans struct {
	maxRowBytes int // of a row as it is written

	mu    sync.Mutex
	cache *cache.LRU[planKey, *Plan]
	// shapes are those of the plans of a table, which are forgotten together.
	shapes map[*catalog.Table]map[string]bool
}

// NewPlans makes an empty one, for rows that are written with at most so many bytes each; 0 is no limit.
func NewPlans(maxRowBytes int) *Plans {
	p := &Plans{maxRowBytes: maxRowBytes, cache: cache.New[planKey, *Plan](maxPlanBytes), shapes: map[*catalog.Table]map[string]bool{}}
	p.cache.Forgotten = func(key planKey, _ *Plan) { p.unlist(key) }
	return p
}

// unlist takes a plan that is dropped off the list of its table. The lock is held.
func (p *Plans) unlist(key planKey) {
	of := p.shapes[key.table]
	if delete(of, key.shape); len(of) == 0 {
		delete(p.shapes, key.table)
	}
}

type planKey struct {
	table *catalog.Table
	shape string
}

func (p *Plans) get(t *catalog.Table, shape []byte) *Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	item := p.cache.Items[planKey{t, string(shape)}] // no copy is made of shape
	if item == nil {
		return nil
	}
	return p.cache.Use(item)
}

func (p *Plans) put(t *catalog.Table, shape []byte, made *Plan) {
	key := planKey{t, string(shape)}
	bytes := made.bytes() + len(shape)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache.Put(key, made, bytes)
	if p.cache.Items[key] == nil { // it is too large
		p.unlist(key)
		return
	}
	if p.shapes[t] == nil {
		p.shapes[t] = map[string]bool{}
	}
	p.shapes[t][key.shape] = true
}

// Forget drops the plans of t, which is not what it was.
func (p *Plans) Forget(t *catalog.Table) {
	if t == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for shape := range p.shapes[t] {
		p.cache.Drop(planKey{t, shape})
	}
	delete(p.shapes, t)
}

// Size is how many there are, and the bytes that they take.
func (p *Plans) Size() (n int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.cache.Items), int64(p.cache.Bytes)
}

// Plan finds or makes the plan of q for the table t of e.
func (p *Plans) Plan(e *catalog.Entry, t *catalog.Table, types map[string]*catalog.CastType, q *Query) (*Plan, error) {
	var buffer [512]byte
	shape := q.shape(buffer[:0])
	if kept := p.get(t, shape); kept != nil {
		return kept, nil
	}
	narrowed, err := e.Narrow(t, q.Allowed)
	if err != nil {
		return nil, err
	}
	made, err := newPlan(narrowed, types, q)
	if err != nil {
		return nil, err
	}
	made.Writer.Most = p.maxRowBytes
	if e.Holds(t) {
		p.put(t, shape, made)
		if !e.Holds(t) {
			p.Forget(t)
		}
	}
	return made, nil
}

// Sizes in bytes.
var (
	sizeOfText   = int(reflect.TypeFor[planText]().Size())
	sizeOfPlan   = int(reflect.TypeFor[cache.Item[planKey, *Plan]]().Size() + reflect.TypeFor[Plan]().Size())
	sizeOfMember = int(reflect.TypeFor[encode.Member]().Size())
	sizeOfColumn = int(reflect.TypeFor[catalog.Column]().Size())
)

// bytes is at most what p takes, but for a table that the catalog keeps.
func (p *Plan) bytes() int {
	// The statements of all limits, though most plans are used with one or two, and their
	// texts, which are the statements themselves if these have no constants.
	statement := p.limited(3)
	perLimit := len(statement) + sizeOfText
	if text := redacted(statement); text != statement {
		perLimit += len(text)
	}
	n := sizeOfPlan + p.own + 4*perLimit + len(p.count) + len(p.explain) + 4*len(p.types) + p.Writer.Bytes()
	if p.page.keys > 0 {
		n += len(p.page.forward) + len(p.limited(0)) // what they are made of
	}
	if p.nested {
		n += 2 * len(p.limited(0)) // likewise
	}
	for i := range p.Members {
		n += p.Members[i].Bytes()
	}
	n += len(p.Columns)*(8+sizeOfMember) + len(p.Types)*(4+2) + 8*len(p.order)
	if p.Table.Narrowed() {
		n += p.Table.Bytes() // it may be this plan alone that keeps it
	}
	return n
}

// shape appends to dst the parts of q that determine its plan. Values and limits are
// left out, so that queries that differ only in them share one plan and one statement. Names, keys and the like
// hold no NUL, which therefore separates them.
func (q *Query) shape(dst []byte) []byte {
	c := q.cursor
	dst = append(shapeText(dst, string(q.Format)), q.Output.Shape()...)
	dst = shapeAllowed(dst, q.Allowed)
	dst = q.shapeArgs(dst)
	if len(q.Select) == 0 && len(q.Order) == 0 && q.Where == nil && q.Mandatory == nil && q.Count == "" && q.TimeZone == "" && !q.Pages && c == nil && q.Blocks == nil {
		return dst
	}
	dst = shapeText(dst, q.Count)
	dst = append(dst, shapeBool(q.TimeZone != ""), shapeBool(q.Pages), shapeBool(q.Blocks != nil))
	dst = c.shape(dst)
	dst = shapeFields(dst, q.Select)
	dst = shapeOrder(dst, q.Order)
	if q.Mandatory != nil {
		dst = q.Mandatory.shape(append(dst, 'm'))
	}
	return q.Where.shape(append(dst, 'w'))
}

func shapeFields(dst []byte, fields []Field) []byte {
	for i := range fields {
		f := &fields[i]
		if e := f.Embed; e != nil {
			dst = e.shapeBegin(shapeText(append(dst, 'r'), f.Alias))
			dst = e.shapeEnd(shapeFields(dst, e.Select))
			continue
		}
		dst = shapeField(append(dst, 's'), f.Column, f.Path, f.Text)
		for _, text := range [...]string{f.Cast, f.Aggregate, f.AggregateCast, f.Alias} {
			dst = shapeText(dst, text)
		}
		dst = append(dst, shapeBool(f.Omit))
	}
	return dst
}

func shapeOrder(dst []byte, order []Order) []byte {
	for i := range order {
		o := &order[i]
		dst = shapeField(append(dst, 'o'), o.Column, o.Path, o.Text)
		dst = shapeText(append(dst, shapeBool(o.Desc)), o.Nulls)
		if o.Embed != "" {
			dst = shapeText(append(dst, 'e'), o.Embed)
		}
	}
	return dst
}

func shapeField(dst []byte, column string, path []any, text bool) []byte {
	dst = append(shapeText(dst, column), shapeBool(text))
	for _, step := range path {
		switch step := step.(type) {
		case int:
			dst = append(strconv.AppendInt(append(dst, 'i'), int64(step), 10), 0)
		case string:
			dst = shapeText(append(dst, 'k'), step)
		}
	}
	return append(dst, 0)
}

func shapeText(dst []byte, s string) []byte { return append(append(dst, s...), 0) }

func shapeBool(b bool) byte {
	if b {
		return '+'
	}
	return '-'
}

// shapeAllowed appends the allow-list to the shape of a Query. A list that is
// not nil is told from none, and its end from what follows.
func shapeAllowed(dst []byte, allowed []string) []byte {
	if allowed == nil {
		return dst
	}
	dst = append(dst, 'a', 0)
	for _, name := range allowed {
		dst = shapeText(dst, name)
	}
	return append(dst, 0)
}
