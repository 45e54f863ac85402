package compile

import (
	"strconv"
	"strings"
)

// An orderKey is one expression to sort by.
type orderKey struct {
	expression
	desc       bool
	nullsFirst bool
	written    string // as the request has it
	leaks      bool   // a comparison with it may tell something of a row
}

// orderKeys are what q sorts by; for pages, with the primary key as the last.
func (c *composer) orderKeys(q *Query) ([]orderKey, error) {
	var keys []orderKey
	for i := range q.Order {
		o := &q.Order[i]
		x, err := c.field(o.Column, o.Path, o.Text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, orderKey{
			expression: x.sortKey(), desc: o.Desc, written: o.Nulls, leaks: c.leaky(o.Column, o.Path, "<"),
			nullsFirst: o.Nulls == NullsFirst || o.Nulls == "" && o.Desc,
		})
	}
	if !q.Pages && q.cursor == nil {
		return keys, nil
	}
	if len(c.table.PrimaryKey) == 0 {
		return nil, refuse("page_unordered", c.table.String()+" has no primary key, so its rows have no order in which pages could follow each other")
	}
	desc := len(keys) > 0 && keys[len(keys)-1].desc // so that one index can have the whole order
	for _, name := range c.table.PrimaryKey {
		x, err := c.column(name)
		if err != nil {
			return nil, err
		}
		if x = x.sortKey(); !hasKey(keys, x.sql) {
			keys = append(keys, orderKey{expression: x, desc: desc, nullsFirst: desc, leaks: c.leaky(name, nil, "<")})
		}
	}
	for i := range keys {
		if k := &keys[i]; k.column != nil && !k.column.Paged() {
			return nil, refuse("page_unordered", "column "+strconv.Quote(shorten(k.column.Name))+" has values with which no other can be compared safely, so that no page can begin at one")
		}
	}
	return keys, nil
}

func hasKey(keys []orderKey, sql string) bool {
	for i := range keys {
		if keys[i].sql == sql {
			return true
		}
	}
	return false
}

// orderBy is the ORDER BY of keys.
func orderBy(keys []orderKey) string {
	var b strings.Builder
	for i := range keys {
		k := &keys[i]
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.sql)
		if k.desc {
			b.WriteString(" DESC")
		}
		switch k.written {
		case NullsFirst:
			b.WriteString(" NULLS FIRST")
		case NullsLast:
			b.WriteString(" NULLS LAST")
		}
	}
	return b.String()
}

// reversed is the same order from its end.
func reversed(keys []orderKey) []orderKey {
	back := make([]orderKey, len(keys))
	for i, k := range keys {
		k.desc, k.nullsFirst = !k.desc, !k.nullsFirst
		if k.written = NullsLast; k.nullsFirst {
			k.written = NullsFirst
		}
		back[i] = k
	}
	return back
}
