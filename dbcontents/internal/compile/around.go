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
	var b strings.Builder
	b.WriteString("CAST(")
	catalog.QuoteName(&b, c.alias)
	b.WriteString(".* AS " + fromTable(c.table) + ")")
	return b.String()
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
