package compile

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

// paged reports whether tokens are to lead from the page of q, or one leads to it.
func (q *Query) paged() bool { return q.Pages || q.cursor != nil }

// setPage adds to s the keys that tokens are made of, and the cursor.
func (p *Plan) setPage(x *composer, s *selection, q *Query, keys []orderKey) error {
	c := q.cursor
	if x.grouped && !slices.ContainsFunc(q.Select, func(f Field) bool { return f.Aggregate != "" }) {
		return refuse("page_unordered", "the rows are groups by aggregates of a related table, so they have no pages")
	}
	if x.grouped {
		return refuse("query_invalid", "groups have no primary key, so they have no pages")
	}
	if len(keys) > maxKeys {
		return refuse("query_invalid", "the order has more than "+strconv.Itoa(maxKeys)+" keys")
	}
	if len(s.list)+len(keys) >= maxSelect { // a page that is read backwards has one column more
		return refuse("page_unordered", "with the keys of its order, the page would have more than "+strconv.Itoa(maxSelect)+" columns")
	}
	p.page.keys, p.page.order = len(keys), digest(p.Table, keys)
	for i := range keys {
		s.list = append(s.list, keys[i].sql)
		p.addKey()
	}
	if c == nil {
		return nil
	}
	if err := p.Accepts(q); err != nil {
		return err
	}
	if p.page.back = c.back; c.back {
		p.page.forward = outerOrder(keys, len(s.list)-len(keys))
		p.addKey()
		keys = reversed(keys)
		s.order = orderBy(keys)
	}
	s.segments = x.after(keys, c.values)
	if x.guard != "" && slices.ContainsFunc(keys, func(k orderKey) bool { return k.leaks }) {
		for i, segment := range s.segments {
			s.segments[i] = x.guarded(segment)
		}
	}
	if len(s.segments) > 1 || c.back {
		s.nameList()
	}
	s.scan = outerOrder(keys, len(s.list)-len(keys))
	return nil
}

// addKey adds a value to those of a row, as text.
func (p *Plan) addKey() {
	p.Types = append(p.Types, 0)
	p.Formats = append(p.Formats, encode.TextForm)
}

// Accepts refuses a q whose After is of another table or order.
func (p *Plan) Accepts(q *Query) error {
	if c := q.cursor; c != nil && (c.order != p.page.order || len(c.values) != p.page.keys) {
		return refuse("page_token_invalid", "the token is of another table or order, or the table was altered since")
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
			params[i] = keys[i].position(c.param(nil))
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
	b.WriteString("pg_catalog.count(*) OVER () AS c" + strconv.Itoa(items+g.keys+1) + " FROM (" + sql + ") page ORDER BY " + g.forward)
	return b.String()
}

// Paged reports whether rows are read with the keys of their order, for tokens.
func (p *Plan) Paged() bool { return p.page.keys > 0 }

// Back reports whether the page is read backwards and put in order again; the last
// column of each row is then the number of rows that were read.
func (p *Plan) Back() bool { return p.page.back }

// Keys are the keys of the order in a row, which come after the columns.
func (p *Plan) Keys(row [][]byte) [][]byte { return row[p.values:][:p.page.keys] }

// Token leads to the page after the row with these keys, or with back before it. It is empty
// if the keys are too long for one.
func (p *Plan) Token(keys [][]byte, back bool) string {
	c := cursor{order: p.page.order, back: back, values: keys}
	return c.token()
}
