package compile

import (
	"slices"
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
		level, err := c.ordering(o)
		if err != nil {
			return nil, err
		}
		k := orderKey{desc: o.Desc, written: o.Nulls, nullsFirst: o.Nulls == NullsFirst || o.Nulls == "" && o.Desc}
		it, err := level.output(o)
		if err != nil {
			return nil, err
		}
		if it != nil {
			k.expression = it.expression
		} else {
			x, err := level.field(o.Column, o.Path, o.Text)
			if err != nil {
				return nil, err
			}
			k.expression, k.leaks = x.sortKey(), level.leaky(o.Column, o.Path, "<")
		}
		keys = append(keys, k)
	}
	if !q.paged() {
		return keys, nil
	}
	if slices.ContainsFunc(q.Order, func(o Order) bool { return o.Embed != "" }) {
		return nil, refuse("page_unordered", "rows that are sorted by a column of another table have no order in which pages could follow each other")
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

// ordering is the level of which o is a column.
func (c *composer) ordering(o *Order) (*composer, error) {
	if o.Embed == "" {
		return c, nil
	}
	e := c.embedCalled(o.Embed)
	switch {
	case e == nil:
		return nil, unknownEmbed(o.Embed)
	case !e.Via.ToOne():
		f := refuse("related_order", "A related order on '"+shorten(o.Embed)+"' is not possible")
		f.Addition = "'" + c.table.Name + "' and '" + shorten(o.Embed) + "' do not form a many-to-one or one-to-one relationship"
		return nil, f
	}
	return c.join(e)
}

// output is the aggregate that the output calls by the name of o's column, or nil. It may be
// one of a spread.
func (c *composer) output(o *Order) (*item, error) {
	if !c.grouped || len(o.Path) > 0 {
		return nil, nil
	}
	if slices.ContainsFunc(c.fields, func(f Field) bool {
		return f.Embed == nil && f.Aggregate == "" && f.Column == o.Column && f.Column != "count"
	}) {
		return nil, nil
	}
	return c.aggregateCalled(o.Column)
}

// aggregateCalled is the aggregate with this name in the output, or nil.
func (c *composer) aggregateCalled(name string) (*item, error) {
	for i := range c.fields {
		f := &c.fields[i]
		if e := f.Embed; e != nil {
			if !e.Spread || !e.Via.ToOne() || !e.groups() {
				continue
			}
			child, err := c.join(e)
			if err != nil {
				return nil, err
			}
			if it, err := child.aggregateCalled(name); it != nil || err != nil {
				return it, err
			}
		} else if f.key() == name && (f.Aggregate != "" || c.embed != nil && f.countsRows(c.table)) {
			return c.item(f)
		}
	}
	return nil, nil
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
