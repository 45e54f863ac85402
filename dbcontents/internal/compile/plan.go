package compile

import (
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A Plan is how a Query's rows are asked for and turned into bytes. It depends
// on the table and on the shape of the Query, not on its values and limits, and
// is kept: columns are looked at once, not once a row. It is safe for concurrent use.
type Plan struct {
	Table   *catalog.Table    // with what the Query allows
	Columns []*catalog.Column // of the result; the table's own where they are no other
	Types   []uint32          // of the columns as they will be sent; 0 is any
	Formats []int16           // of the columns, text or binary
	Writer  encode.Writer     // of the Query's format, if it has one
	// HasInput tells that the SQL holds something of the request that the database may
	// refuse, other than names of columns.
	HasInput bool
	// Plain tells that it runs no code but PostgreSQL's own.
	Plain bool

	limited func(limits int) string   // makes the statement with limits, see Query.limits
	made    [4]atomic.Pointer[string] // those that were asked for
	count   string                    // the statement that counts, else empty
	explain string                    // the statement that estimates, else empty
	// filters and params are how many parameters the filter has, and the filter
	// and the cursor together; those of the limits follow.
	filters, params int
	types           []uint32 // of all parameters
	own             int      // bytes of columns that are not the table's
	page            pagePlan
}

func newPlan(t *catalog.Table, types map[string]*catalog.CastType, q *Query) (*Plan, error) {
	p := &Plan{Table: t}
	x := composer{table: t, types: types}
	from := x.from(q) // first, as the arguments of a call are the first parameters
	items, grouped, err := x.items(q)
	if err != nil {
		return nil, err
	}
	where, err := x.filter(q)
	if err != nil {
		return nil, err
	}
	p.filters = x.params
	keys, err := x.orderKeys(q)
	if err != nil {
		return nil, err
	}
	groups := groupBy(items, grouped)
	s := selection{from: from, where: where, group: strings.Join(groups, ", "), order: orderBy(keys)}
	p.addItems(items, q)
	if q.Count != "" {
		p.setCount(q.Count, s, grouped)
	}
	for i := range items {
		s.list = append(s.list, items[i].sql)
	}
	if s.entries(keys, groups) > maxSelect {
		return nil, tooManyColumns()
	}
	if q.Pages || q.cursor != nil {
		if err := p.setPage(&x, &s, q, keys, grouped); err != nil {
			return nil, err
		}
	}
	p.params, p.HasInput = x.params, p.HasInput || x.hasInput || grouped
	p.Plain = t.Plain && !p.HasInput && q.Mandatory == nil
	p.types = append(make([]uint32, p.params), pgtype.Int8OID, pgtype.Int8OID)
	p.limited = p.statements(s, len(items))
	return p, nil
}

// addItems adds the items to the plan, and to their SQL what makes them ready to be sent.
func (p *Plan) addItems(items []*item, q *Query) {
	names, encoders := make([]string, len(items)), make([]encode.Encoder, len(items))
	for i, item := range items {
		column := item.describe()
		if column != item.column {
			p.own += sizeOfColumn + len(column.Name)
		}
		sent, form, encoder := item.send(q)
		p.HasInput = p.HasInput || item.converted
		p.Columns = append(p.Columns, column)
		p.Types = append(p.Types, sent)
		p.Formats = append(p.Formats, form)
		names[i], encoders[i] = column.Name, encoder
	}
	if q.Format != "" {
		p.Writer = encode.NewWriter(q.Format, q.Output, names, encoders)
		p.setBare(q)
	}
}

// send makes the item ready to be sent: it adds to its SQL what the format needs,
// and gives the type that is sent, its form, and how it is written.
func (it *item) send(q *Query) (sent uint32, form int16, encoder encode.Encoder) {
	f, o := q.Format, q.Output
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
func (p *Plan) statements(s selection, items int) func(limits int) string {
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
func (p *Plan) sql(limits int) string {
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

// Read is the statement that reads the rows of q, at most limit of them, or all if
// it is 0; a negative limit is none at all.
func (p *Plan) Read(q *Query, limit int64) wire.Statement {
	limited := Query{Limit: limit, Offset: q.Offset}
	params := limited.limitValues(q.cursor.params(q.filterParams()))
	s := p.statement(q, p.sql(limited.limits()), params, p.types[:len(params)])
	s.Formats, s.Want = p.Formats, p.Types
	return s
}

// statement is one about the table, for q.
func (p *Plan) statement(q *Query, sql string, params [][]byte, types []uint32) wire.Statement {
	return wire.Statement{SQL: sql, Params: params, Types: types, Signature: p.Table.Signature, Width: p.width(), Role: q.Role}
}

// width is how many columns the table has, of which an allow-list may hide some.
func (p *Plan) width() int { return len(p.Table.Origin().Columns) }

// SetTimeZone is undone at the end of the transaction; in that of a snapshot
// the next read sets it back, as the server reports it.
const SetTimeZone = "SELECT pg_catalog.set_config('TimeZone', $1, true)"

var textTypes = []uint32{pgtype.TextOID}

// Zone is the statement that sets the time zone.
func Zone(zone string) wire.Statement {
	return wire.Statement{SQL: SetTimeZone, Params: [][]byte{[]byte(zone)}, Types: textTypes}
}
