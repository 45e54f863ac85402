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
	Members []encode.Member   // how the values of a row make the columns
	Types   []uint32          // of the values as they will be sent; 0 is any
	Formats []int16           // of the values, text or binary
	Writer  encode.Writer     // of the Query's format, if it has one
	// HasInput tells that the SQL holds something of the request that the database may
	// refuse, other than names of columns.
	HasInput bool
	// Plain tells that it runs no code but PostgreSQL's own.
	Plain bool
	// Grouped tells that a row is made of many.
	Grouped bool

	limited func(limits int) string     // makes the statement with limits, see Query.limits
	made    [4]atomic.Pointer[string]   // those that were asked for
	texts   [4]atomic.Pointer[planText] // likewise
	count   string                      // the statement that counts, else empty
	explain string                      // the statement that estimates, else empty
	// filters and params are how many parameters the filter has, and the filter
	// and the cursor together; those of the limits follow.
	filters, params int
	order           []int    // the places of the parameters of filters, if that is not their own order
	types           []uint32 // of all parameters
	signature       uint64   // of the tables that are read
	width           int      // how many columns these have
	nested          bool     // related tables are read
	values          int      // in a row, before the keys of the order
	own             int      // bytes of columns that are not the table's
	page            pagePlan
}

func newPlan(t *catalog.Table, types map[string]*catalog.CastType, q *Query) (*Plan, error) {
	nested := q.Embeds()
	if nested {
		q = q.separated()
	}
	p := &Plan{Table: t, nested: nested, signature: t.Signature, width: len(t.Origin().Columns)}
	p.sign(q.Select)
	x := newComposer(t, types, q.fields())
	if nested {
		x.places = q.places()
	}
	from := x.from(q) // first, as the arguments of a call are the first parameters
	items, grouped, err := x.rootItems(q)
	if err != nil {
		return nil, err
	}
	for i := range x.fields {
		if e := x.fields[i].Embed; e != nil && e.Spread && e.Via.ToOne() {
			grouped = grouped || e.groups()
		}
	}
	x.grouped, p.Grouped = grouped, grouped
	conditions, err := x.conditions(q.Mandatory, q.Where)
	if err != nil {
		return nil, err
	}
	p.filters = x.params
	conditions = x.blocks(conditions, q.Blocks)
	keys, err := x.orderKeys(q)
	if err != nil {
		return nil, err
	}
	s := selection{where: strings.Join(conditions, " AND "), order: orderBy(keys)}
	var n nest
	n.addItems(items, q.written())
	if grouped {
		if err := x.nestEmbeds(&n, q.written()); err != nil { // they are what rows are grouped by, too
			return nil, err
		}
		n.grouped = true
		p.filters = x.params
	}
	s.from, s.group = from, strings.Join(n.groups(), ", ")
	joined := s.from + x.joins.String()
	if grouped {
		s.from = joined
	}
	if q.Count != "" {
		p.setCount(q.Count, s, grouped) // what is joined for the order alone changes no count
	}
	s.from = joined
	for i := range n.values {
		s.list = append(s.list, n.values[i].sql)
	}
	if s.entries(keys, n.groups()) > maxSelect {
		return nil, tooManyColumns()
	}
	if nested && !grouped {
		err = p.around(x, &s, &n, q, keys)
	} else {
		err = p.alone(x, &s, &n, q, keys)
	}
	if err == nil && nested && q.Format == encode.Text && len(p.Columns) != 1 {
		err = refuse("query_invalid", "text holds one column; select one, or ask for another format")
	}
	if err != nil {
		return nil, err
	}
	p.order = x.taken
	p.params, p.HasInput = x.params, p.HasInput || x.hasInput || grouped
	p.Plain = t.Plain && !p.HasInput && q.Mandatory == nil && !x.foreign
	p.types = append(make([]uint32, p.params), pgtype.Int8OID, pgtype.Int8OID)
	return p, nil
}

// alone makes the statement of s, which has all values of n in its list.
func (p *Plan) alone(x *composer, s *selection, n *nest, q *Query, keys []orderKey) error {
	p.take(n, q)
	items := len(s.list)
	if q.paged() {
		if err := p.setPage(x, s, q, keys); err != nil {
			return err
		}
	}
	p.limited = p.statements(*s, items, x.statement)
	return nil
}

// take takes over what is selected.
func (p *Plan) take(n *nest, q *Query) {
	p.Columns, p.Members, p.values = n.columns, n.members, len(n.values)
	for i := range n.values {
		v := &n.values[i]
		p.HasInput = p.HasInput || v.converted
		p.Types = append(p.Types, v.oid)
		p.Formats = append(p.Formats, v.form)
	}
	for _, column := range p.Columns {
		if column != p.Table.Column(column.Name) {
			p.own += sizeOfColumn + len(column.Name)
		}
	}
	if q.Format != "" && q.Format != encode.Wire {
		p.Writer = encode.NewWriter(q.Format, q.Output, n.members)
		p.setBare(q)
	}
}

// send makes the item ready to be sent: it adds to its SQL what the format needs,
// and gives the type that is sent, its form, and how it is written.
func (it *item) send(w written) (sent uint32, form int16, encoder encode.Encoder) {
	f, o := w.format, w.output
	toJSON := f == encode.JSON || f == encode.NDJSON || f == encode.Wire && it.isJSON && encode.WireJSON(it.oid)
	oid, isJSON := it.oid, it.isJSON
	if function := it.representation(); function != "" && toJSON {
		it.sql = function + "(" + it.sql + ")"
		oid, isJSON, it.converted = pgtype.JSONOID, false, true
	}
	// The server's own conversion knows every type, and the time zone.
	zoned := oid == pgtype.TimestamptzOID && w.zoned && f != "" && f != encode.Wire
	unsent := w.record && encode.InRecord(oid, f, o) == nil
	sent = oid
	if toJSON && (isJSON || oid == 0 || zoned || unsent) {
		after := ")"
		if o.NumbersAsStrings && (oid == pgtype.Int8ArrayOID || oid == pgtype.NumericArrayOID) {
			after = "::pg_catalog.text[])"
		}
		it.sql, sent = "pg_catalog.to_json("+it.sql+after, pgtype.JSONOID
	}
	if w.keyed && sent == pgtype.JSONOID {
		it.sql, sent = "CAST("+it.sql+" AS pg_catalog.jsonb)", pgtype.JSONBOID
	}
	if o.StripNulls && sent == pgtype.JSONBOID {
		it.sql = "pg_catalog.jsonb_strip_nulls(" + it.sql + ")"
	}
	if w.record {
		return sent, encode.BinaryForm, encode.InRecord(sent, f, o)
	}
	form, encoder = encode.For(sent, f, o)
	if zoned && sent == oid {
		form, encoder = encode.TextForm, encode.Printed
	}
	return sent, form, encoder
}

// statements makes the statement of s by its limits, once p is as it will be. In
// most there is but the end to change.
func (p *Plan) statements(s selection, items int, x *statement) func(limits int) string {
	n := x.params
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
	params := limited.limitValues(q.cursor.params(p.filterParams(q)))
	s := p.statement(q, p.sql(limited.limits()), params, p.types[:len(params)])
	s.Formats, s.Want = p.Formats, p.Types
	return s
}

// filterParams are the values of the parameters of filters, and of the limits of embeds.
func (p *Plan) filterParams(q *Query) [][]byte {
	if p.order == nil {
		return q.filterParams()
	}
	var values [][]byte
	q.eachParameter(func(x parameter) { values = append(values, x.value) })
	params := make([][]byte, len(p.order), len(p.order)+maxKeys)
	for i, place := range p.order {
		params[i] = values[place]
	}
	return params
}

// places are where values of q are among all of them, see eachParameter.
func (q *Query) places() map[any]int {
	places, n := map[any]int{}, 0
	q.eachParameter(func(x parameter) { places[x.key] = n; n++ })
	return places
}

// Values is how many values of a row make its columns.
func (p *Plan) Values() int { return p.values }

// Nested reports whether related tables are read.
func (p *Plan) Nested() bool { return p.nested }

// statement is one about the table, for q.
func (p *Plan) statement(q *Query, sql string, params [][]byte, types []uint32) wire.Statement {
	return wire.Statement{SQL: sql, Params: params, Types: types, Signature: p.signature, Width: p.width, Role: q.Role}
}

// sign makes the signature and the width of all tables that are read. An allow-list may hide
// some of their columns.
func (p *Plan) sign(fields []Field) {
	for i := range fields {
		if e := fields[i].Embed; e != nil {
			p.signature = p.signature*31 + e.Of.Signature
			p.width += len(e.Of.Origin().Columns)
			if e.Through != nil {
				p.signature = p.signature*31 + e.Through.Signature
				p.width += len(e.Through.Columns)
			}
			p.sign(e.Select)
		}
	}
}

// SetTimeZone is undone at the end of the transaction; in that of a snapshot
// the next read sets it back, as the server reports it.
const SetTimeZone = "SELECT pg_catalog.set_config('TimeZone', $1, true)"

var textTypes = []uint32{pgtype.TextOID}

// Zone is the statement that sets the time zone.
func Zone(zone string) wire.Statement {
	return wire.Statement{SQL: SetTimeZone, Params: [][]byte{[]byte(zone)}, Types: textTypes}
}
