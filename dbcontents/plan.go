package dbcontents

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// A plan is how a Query's rows are asked for and turned into bytes. It depends
// on the table and on the shape of the Query, not on its values and limits, and
// is kept with the catalog entry: columns are looked at once, not once a row.
type plan struct {
	table   *Table
	sql     [4]string // the statement by what limits it has, see limits
	count   string    // the statement that counts, else empty
	explain string    // the statement that estimates, else empty
	// filters and params are how many parameters the filter has, and the filter
	// and the cursor together; those of the limits follow.
	filters, params int
	types           []uint32 // of all parameters
	carries         bool     // see composer
	plain           bool     // it runs no code but PostgreSQL's own
	columns         []Column
	want            []uint32 // types of the columns as they will be sent; 0 is any
	formats         []int16
	encode          []encoder
	layout          layout
	separator       byte     // of CSV
	keys            [][]byte // what precedes each value in JSON: {"a": or ,"b":
	header          []byte   // CSV's first line
	page            pagePlan
}

// maxPlans bounds the shapes kept for a table; strangers choose them.
const maxPlans = 64

// plan finds or makes the plan of q for the table t of e.
func (e *entry) plan(t *Table, types map[string]*castType, q *Query, c *cursor) (*plan, error) {
	var buffer [512]byte
	key := q.shape(buffer[:0], c)
	e.mu.Lock()
	p := e.plans[string(key)]
	e.mu.Unlock()
	if p != nil && p.table.origin() == t {
		return p, nil
	}
	narrowed, err := e.narrow(t, q)
	if err != nil {
		return nil, err
	}
	if p, err = newPlan(narrowed, types, q, c); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == t {
		if e.plans == nil || len(e.plans) >= maxPlans {
			e.plans = map[string]*plan{}
		}
		e.plans[string(key)] = p
	}
	return p, nil
}

func newPlan(t *Table, types map[string]*castType, q *Query, c *cursor) (*plan, error) {
	p := &plan{table: t}
	x := composer{table: t, types: types}
	items, grouped, err := x.items(q)
	if err != nil {
		return nil, err
	}
	where, err := x.where(q.Where.root)
	if err != nil {
		return nil, err
	}
	p.filters = x.params
	keys, err := x.orderKeys(q, c)
	if err != nil {
		return nil, err
	}
	groups := groupBy(items, grouped)
	s := selection{from: fromTable(t), where: where, group: strings.Join(groups, ", "), order: orderBy(keys)}
	for _, item := range items {
		p.addItem(item, q)
	}
	p.layout, p.separator = q.layout(), q.Output.separator()
	p.header = csvHeader(p.columns, q.Output)
	p.keys = jsonKeys(p.columns)
	if q.Count != "" {
		p.setCount(q.Count, s, grouped)
	}
	for i := range items {
		s.list = append(s.list, items[i].sql)
	}
	if s.entries(keys, groups) > maxSelect {
		return nil, tooManyColumns(t)
	}
	if q.Pages || c != nil {
		if err := p.setPage(&x, &s, q, c, keys, grouped); err != nil {
			return nil, err
		}
	}
	p.params, p.carries = x.params, p.carries || x.carries || grouped
	p.plain = t.plain && !p.carries
	p.types = append(make([]uint32, p.params), pgtype.Int8OID, pgtype.Int8OID)
	for i := range p.sql {
		p.sql[i] = s.limited(i, p.params)
		if p.page.back {
			p.sql[i] = p.page.forwards(p.sql[i], len(items))
		}
	}
	return p, nil
}

// addItem adds an item to the plan, and to its SQL what makes it ready to be sent.
func (p *plan) addItem(item *item, q *Query) {
	oid, isJSON := item.oid, item.isJSON
	if function := item.representation(); function != "" && (q.Format == JSON || q.Format == NDJSON) {
		item.sql = function + "(" + item.sql + ")"
		oid, isJSON = pgtype.JSONOID, false
		p.carries = true
	}
	// The server's own conversion knows every type, and the time zone.
	zoned := oid == pgtype.TimestamptzOID && q.TimeZone != "" && q.Format != ""
	before, after, sent, wire, encode := q.column(oid, isJSON || oid == 0 || zoned)
	item.sql = before + item.sql + after
	if zoned && sent == oid {
		wire, encode = textFormat, checked
	}
	p.columns = append(p.columns, item.describe())
	p.want = append(p.want, sent)
	p.formats = append(p.formats, wire)
	p.encode = append(p.encode, encode)
}
