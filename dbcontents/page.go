package dbcontents

import (
	"strconv"
	"strings"
)

// A pagePlan is what a plan has more when tokens are to lead from its page to
// the neighbours: behind the columns of the result it reads the keys of the
// order, as text, for the tokens.
type pagePlan struct {
	keys  int // how many; 0 if no tokens are wanted
	order [digestSize]byte
	// back: the page ends before the cursor. It is read from there backwards, and put in
	// order again outside; a last column tells how many rows there are.
	back    bool
	forward string // the order of the page
}

// setPage adds to s the keys that tokens are made of, and the cursor.
func (p *plan) setPage(x *composer, s *selection, q *Query, c *cursor, keys []orderKey, grouped bool) error {
	if grouped {
		return invalid(p.table.String(), "query_invalid", "groups have no primary key, so they have no pages")
	}
	if len(keys) > maxKeys {
		return invalid(p.table.String(), "query_invalid", "the order has more than "+strconv.Itoa(maxKeys)+" keys")
	}
	p.page.keys, p.page.order = len(keys), p.table.digest(keys)
	for i := range keys {
		s.list = append(s.list, keys[i].sql)
		p.want = append(p.want, 0)
		p.formats = append(p.formats, textFormat)
	}
	if c == nil {
		return nil
	}
	if err := p.accepts(c); err != nil {
		return err
	}
	if p.page.back = c.back; c.back {
		p.page.forward = outerOrder(keys, len(s.list)-len(keys))
		p.want = append(p.want, 0)
		p.formats = append(p.formats, textFormat)
		keys = reversed(keys)
		s.order = orderBy(keys)
		s.nameList()
	}
	s.segments = x.after(keys, c.values)
	if len(s.segments) > 1 && !c.back {
		s.nameList()
	}
	s.scan = outerOrder(keys, len(s.list)-len(keys))
	return nil
}

// accepts refuses a cursor of another table or order.
func (p *plan) accepts(c *cursor) error {
	if c != nil && (c.order != p.page.order || len(c.values) != p.page.keys) {
		return invalid(p.table.String(), "page_token_invalid", "the token is of another table or order, or the table was altered since")
	}
	return nil
}

// after are conditions of which, for a row after the position at values, one is true:
// all rows for which the first one is come before those for which the second one is.
//
// Where no key can be null and all go the same way it is one comparison of
// rows, which an index serves. Else each key decides where those before it are
// equal; so that an index at least finds the first key, that is said first. Where nulls
// of the first key follow its values, or values its nulls, they are found apart: an index cannot
// find both at once, and would be read from its beginning.
func (c *composer) after(keys []orderKey, values [][]byte) []string {
	params := make([]string, len(keys))
	alike := true
	for i := range keys {
		alike = alike && keys[i].notNull && keys[i].desc == keys[0].desc && values[i] != nil
		if values[i] != nil {
			params[i] = c.param()
		}
	}
	if alike {
		var left []string
		for i := range keys {
			left = append(left, keys[i].sql)
		}
		return []string{"(" + strings.Join(left, ", ") + ") " + keys[0].beyond() + " (" + strings.Join(params, ", ") + ")"}
	}
	rest := keys[len(keys)-1].after(params[len(keys)-1])
	for i := len(keys) - 2; i > 0; i-- {
		rest = "(" + keys[i].after(params[i]) + " OR " + keys[i].same(params[i]) + " AND " + rest + ")"
	}
	if len(keys) == 1 {
		return []string{rest}
	}
	first, param := &keys[0], params[0]
	if param == "" {
		segments := []string{first.sql + " IS NULL AND " + rest}
		if first.nullsFirst {
			segments = append(segments, first.sql+" IS NOT NULL")
		}
		return segments
	}
	segments := []string{first.sql + " " + first.beyond() + "= " + param +
		" AND (" + first.sql + " " + first.beyond() + " " + param + " OR " + rest + ")"}
	if !first.notNull && !first.nullsFirst {
		segments = append(segments, first.sql+" IS NULL")
	}
	return segments
}

// beyond is the operator that leads on in the order.
func (k *orderKey) beyond() string {
	if k.desc {
		return "<"
	}
	return ">"
}

// after is the condition that this key comes after the value of a parameter, "" for null.
func (k *orderKey) after(param string) string {
	switch {
	case param == "" && k.nullsFirst:
		return k.sql + " IS NOT NULL"
	case param == "":
		return "false"
	case k.nullsFirst || k.notNull:
		return k.sql + " " + k.beyond() + " " + param
	}
	return "(" + k.sql + " " + k.beyond() + " " + param + " OR " + k.sql + " IS NULL)"
}

func (k *orderKey) same(param string) string {
	if param == "" {
		return k.sql + " IS NULL"
	}
	return k.sql + " = " + param
}

// outerOrder is the order of keys that are called c1, c2, ... after the first n columns.
func outerOrder(keys []orderKey, n int) string {
	outer := make([]orderKey, len(keys))
	for i, k := range keys {
		k.sql = "c" + strconv.Itoa(n+i+1)
		outer[i] = k
	}
	return orderBy(outer)
}

// forwards puts the rows of a page that was read backwards in order.
func (g *pagePlan) forwards(sql string, items int) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i := range items + g.keys {
		b.WriteString("c" + strconv.Itoa(i+1) + ", ")
	}
	b.WriteString("pg_catalog.count(*) OVER () FROM (" + sql + ") page ORDER BY " + g.forward)
	return b.String()
}

// A page is what a read has learned about its neighbours.
type page struct {
	rows       int64 // on this page, known beforehand if it is read backwards, else 0
	prev, next string
}

// first takes in the first row that the server sent, and reports whether it is
// not of the page: backwards, one row more than the page has is before it.
func (r *Rows) first(values [][]byte) (skip bool) {
	g := &r.plan.page
	if g.back {
		total, _ := strconv.ParseInt(string(values[len(values)-1]), 10, 64)
		if skip = r.max > 0 && total > r.max; skip {
			total--
		}
		r.page.rows = total
		r.more = skip
	}
	return skip
}

// pass takes in a row of the page for its tokens: of the first and of the last
// the neighbours' tokens are made.
func (r *Rows) pass(values [][]byte) {
	g := &r.plan.page
	keys := values[len(r.plan.columns):][:g.keys]
	if r.count == 1 && (r.more || !g.back && (r.cursor != nil || r.query.Offset > 0)) {
		r.page.prev = g.token(keys, true)
	}
	if g.back && r.count == r.page.rows || !g.back && r.count == r.max {
		r.page.next = g.token(keys, false)
	}
}

func (g *pagePlan) token(keys [][]byte, back bool) string {
	c := cursor{order: g.order, back: back, values: keys}
	return c.token()
}

// NextPage is the token of the page after this one, for Query.After. It is
// known after the last row; it is empty before that, if there is no such page, and
// if the Query did not ask for Pages.
func (r *Rows) NextPage() string {
	if r.usable("read") != nil || !r.released || !r.plan.page.back && !r.more {
		return ""
	}
	return r.page.next
}

// PrevPage is the token of the page before this one, for Query.After. It is
// known as soon as Query has returned; it is empty if there is no such page, and if the
// Query did not ask for Pages.
func (r *Rows) PrevPage() string {
	if r.usable("read") != nil {
		return ""
	}
	return r.page.prev
}
