package dbcontents

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
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
	if len(s.list)+len(keys) >= maxSelect { // a page that is read backwards has one column more
		return invalid(p.table.String(), "page_unordered", "with the keys of its order, the page would have more than "+strconv.Itoa(maxSelect)+" columns")
	}
	p.page.keys, p.page.order = len(keys), p.table.digest(keys)
	for i := range keys {
		s.list = append(s.list, keys[i].sql)
		p.want = append(p.want, 0)
		p.formats = append(p.formats, encode.TextForm)
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
		p.formats = append(p.formats, encode.TextForm)
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

// after are conditions of which, for a row after the position at values, one is
// true: all rows for which the first one is come before those for which the second is, and so on.
//
// Where the keys are alike it is one comparison of
// rows, which an index serves. Else rows with the same first key, those beyond it and those
// where it is null are found apart: an index begins at each of them, but would
// be read from its beginning, or through all rows with the same first key, for all in one.
func (c *composer) after(keys []orderKey, values [][]byte) []string {
	params := make([]string, len(keys))
	for i := range keys {
		if values[i] != nil {
			params[i] = keys[i].position(c.param())
		}
	}
	if alike(keys) || len(keys) == 1 {
		return []string{afterAll(keys, params)}
	}
	first, param := &keys[0], params[0]
	segments := []string{first.same(param) + " AND " + afterAll(keys[1:], params[1:])}
	if param != "" {
		segments = append(segments, first.sql+" "+first.beyond()+" "+param)
	}
	switch {
	case param == "" && first.nullsFirst:
		segments = append(segments, first.isNotNull())
	case param != "" && !first.nullsFirst && !first.notNull:
		segments = append(segments, first.isNull())
	}
	return segments
}

// alike reports whether no key can be null, and all go the same way by one
// operator: a comparison of rows has one name for the operators of all columns.
func alike(keys []orderKey) bool {
	for i := range keys {
		if !keys[i].notNull || keys[i].desc != keys[0].desc || keys[i].beyond() != keys[0].beyond() {
			return false
		}
	}
	return true
}

// afterAll is the condition that a row comes after a position, in one piece.
func afterAll(keys []orderKey, params []string) string {
	if len(keys) == 1 {
		return keys[0].after(params[0])
	}
	if alike(keys) && !slices.Contains(params, "") {
		left := make([]string, len(keys))
		for i := range keys {
			left[i] = keys[i].sql
		}
		return "(" + strings.Join(left, ", ") + ") " + keys[0].beyond() + " (" + strings.Join(params, ", ") + ")"
	}
	return "(" + keys[0].after(params[0]) + " OR " + keys[0].same(params[0]) + " AND " + afterAll(keys[1:], params[1:]) + ")"
}

// beyond is the operator that leads on in the order.
func (k *orderKey) beyond() string {
	if k.desc {
		return k.operator("<")
	}
	return k.operator(">")
}

// after is the condition that this key comes after the value of a parameter, "" for null.
func (k *orderKey) after(param string) string {
	switch {
	case param == "" && k.nullsFirst:
		return k.isNotNull()
	case param == "":
		return "false"
	case k.nullsFirst || k.notNull:
		return k.sql + " " + k.beyond() + " " + param
	}
	return "(" + k.sql + " " + k.beyond() + " " + param + " OR " + k.isNull() + ")"
}

func (k *orderKey) same(param string) string {
	if param == "" {
		return k.isNull()
	}
	return k.sql + " " + k.operator("=") + " " + param
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
