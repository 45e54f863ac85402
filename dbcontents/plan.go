package dbcontents

import (
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgtype"
)

// A plan is how a Query's rows are asked for and turned into bytes. It depends
// on the table and on the shape of the Query, not on its values and limits, and
// is kept: columns are looked at once, not once a row.
type plan struct {
	table   *Table
	limited func(limits int) string   // makes the statement with limits, see Query.limits
	made    [4]atomic.Pointer[string] // those that were asked for
	count   string                    // the statement that counts, else empty
	explain string                    // the statement that estimates, else empty
	// filters and params are how many parameters the filter has, and the filter
	// and the cursor together; those of the limits follow.
	filters, params int
	types           []uint32  // of all parameters
	carries         bool      // see composer
	plain           bool      // it runs no code but PostgreSQL's own
	columns         []*Column // the table's own where they are no other
	own             int       // bytes of those that are another
	want            []uint32  // types of the columns as they will be sent; 0 is any
	formats         []int16
	encode          []encoder
	layout          layout
	separator       byte     // of CSV
	keys            [][]byte // what precedes each value in JSON: {"a": or ,"b":
	header          []byte   // CSV's first line
	page            pagePlan
}

// width is how many columns the table has, of which an allow-list may hide some.
func (p *plan) width() int { return len(p.table.origin().Columns) }

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
	switch q.Format {
	case JSON, NDJSON:
		p.keys = jsonKeys(p.columns)
	case CSV:
		p.header = csvHeader(p.columns, q.Output)
	}
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
	p.limited = p.statements(s, len(items))
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
	column := item.describe()
	if column != item.column {
		p.own += sizeOfColumn + len(column.Name)
	}
	p.columns = append(p.columns, column)
	p.want = append(p.want, sent)
	p.formats = append(p.formats, wire)
	p.encode = append(p.encode, encode)
}

// statements makes the statement of s by its limits, once p is as it will be. In
// most there is but the end to change.
func (p *plan) statements(s selection, items int) func(limits int) string {
	n := p.params
	if len(s.segments) <= 1 && !p.page.back {
		sql := s.limited(0, n)
		return func(limits int) string { return sql + limitSQL(limits, n) }
	}
	return func(limits int) string {
		sql := s.limited(limits, n)
		if p.page.back {
			sql = p.page.forwards(sql, items)
		}
		return sql
	}
}

// sql is the statement with limits. It is the same string each time, as it is
// looked for on connections.
func (p *plan) sql(limits int) string {
	made := p.made[limits].Load()
	if made == nil {
		sql := p.limited(limits)
		made = &sql
		if !p.made[limits].CompareAndSwap(nil, made) {
			made = p.made[limits].Load()
		}
	}
	return *made
}
