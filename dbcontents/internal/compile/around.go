package compile

import (
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// The rows of the table that is read are selected first, with their filters, order and
// limits, and what they embed is put around them. Nothing is read of a related table for a row that
// a limit or an offset leaves out.

// outerName is what the rows of the table are called around them.
const outerName = "t"

// around is the level of the table as it is seen from outside of the SELECT of its rows, which
// has the columns c1, c2 and so on. A column that is needed outside is added to s.
func (c *composer) around(s *selection) *composer {
	outer := &composer{table: c.table, alias: outerName, fields: c.fields, statement: c.statement}
	added := map[string]string{}
	outer.refer = func(column string) string {
		if added[column] == "" {
			sql := c.quoted(column)
			if column == "" {
				sql = c.typedRow()
			}
			added[column] = s.add(sql)
		}
		return added[column]
	}
	return outer
}

// add adds a column to the list, and gives its name outside.
func (s *selection) add(sql string) string {
	s.list = append(s.list, sql)
	return outerColumn(len(s.list))
}

func outerColumn(n int) string { return outerName + ".c" + strconv.Itoa(n) }

// typedRow is the row of the level as a value of the table's row type.
func (c *composer) typedRow() string {
	row := c.table
	if call := row.Call; call != nil && call.Row.Name != "" {
		row = &catalog.Table{Schema: call.Row.Schema, Name: call.Row.Name}
	}
	return "CAST(" + c.quotedAlias() + ".* AS " + fromTable(row) + ")"
}

// outside are keys by the names that they have outside, after the first n columns.
func outside(keys []orderKey, n int) []orderKey {
	outer := make([]orderKey, len(keys))
	for i, k := range keys {
		k.sql = outerColumn(n + i + 1)
		outer[i] = k
	}
	return outer
}

// around makes the statement: that of s, with what is embedded around it.
func (p *Plan) around(x *composer, s *selection, n *nest, q *Query, keys []orderKey) error {
	for i := range n.values {
		n.values[i].sql = outerColumn(i + 1)
	}
	outer := x.around(s)
	if err := outer.nestEmbeds(n, q.written()); err != nil {
		return err
	}
	p.take(n, q)
	paged := q.paged()
	var order []orderKey
	if !paged {
		order = outside(keys, len(s.list))
		for i := range keys {
			s.add(keys[i].sql)
		}
	}
	items := len(s.list)
	if paged {
		if err := p.setPage(x, s, q, keys); err != nil {
			return err
		}
		order = outside(keys, items)
	}
	list := make([]string, 0, len(p.Types))
	for i := range n.values {
		list = append(list, n.values[i].sql)
	}
	for len(list) < len(p.Types) {
		items++
		list = append(list, outerColumn(items))
	}
	if len(s.list) >= maxSelect || len(list) > maxSelect {
		return tooManyColumns()
	}
	s.nameList()
	before, after := "SELECT "+strings.Join(list, ", ")+" FROM (", ") AS "+outerName+outer.joins.String()
	if len(order) > 0 {
		after += " ORDER BY " + orderBy(order)
	}
	unordered := *s
	unordered.order = ""
	items = len(s.list) - p.page.keys
	all, limited := p.statements(unordered, items, x.statement), p.statements(*s, items, x.statement)
	p.limited = func(limits int) string {
		if limits == 0 && !paged {
			return before + all(0) + after
		}
		return before + limited(limits) + after
	}
	return nil
}
