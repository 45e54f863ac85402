package dbcontents

import (
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
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
	writer          encode.Writer // of q's format, if it has one
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
	p.addItems(items, q)
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

// addItems adds the items to the plan, and to their SQL what makes them ready to be sent.
func (p *plan) addItems(items []*item, q *Query) {
	names, encoders := make([]string, len(items)), make([]encode.Encoder, len(items))
	for i, item := range items {
		column := item.describe()
		if column != item.column {
			p.own += sizeOfColumn + len(column.Name)
		}
		sent, form, encoder := item.send(q)
		p.carries = p.carries || item.converted
		p.columns = append(p.columns, column)
		p.want = append(p.want, sent)
		p.formats = append(p.formats, form)
		names[i], encoders[i] = column.Name, encoder
	}
	if q.Format != "" {
		p.writer = encode.NewWriter(encode.Format(q.Format), encode.Options(q.Output), names, encoders)
	}
}

// send makes the item ready to be sent: it adds to its SQL what the format needs,
// and gives the type that is sent, its form, and how it is written.
func (it *item) send(q *Query) (sent uint32, form int16, encoder encode.Encoder) {
	f, o := encode.Format(q.Format), encode.Options(q.Output)
	toJSON := f == encode.JSON || f == encode.NDJSON
	oid, isJSON := it.oid, it.isJSON
	if function := it.representation(); function != "" && toJSON {
		it.sql = function + "(" + it.sql + ")"
		oid, isJSON, it.converted = pgtype.JSONOID, false, true
	}
	// The server's own conversion knows every type, and the time zone.
	zoned := oid == pgtype.TimestamptzOID && q.TimeZone != "" && f != ""
	sent = oid
	if toJSON && (isJSON || oid == 0 || zoned) {
		after := ")"
		if o.NumbersAsStrings && (oid == pgtype.Int8ArrayOID || oid == pgtype.NumericArrayOID) {
			after = "::pg_catalog.text[])"
		}
		it.sql, sent = "pg_catalog.to_json("+it.sql+after, pgtype.JSONOID
	}
	if o.StripNulls && sent == pgtype.JSONBOID {
		it.sql = "pg_catalog.jsonb_strip_nulls(" + it.sql + ")"
	}
	form, encoder = encode.For(sent, f, o)
	if zoned && sent == oid {
		form, encoder = encode.TextForm, encode.Printed
	}
	return sent, form, encoder
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
