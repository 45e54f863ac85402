package oracle

import (
	"fmt"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// expression is the column in SQL.
func (c *randomColumn) expression(t *randomTable) string {
	if c.computed != "" {
		return sqlName(c.name) + "(" + sqlName(t.name) + ".*)" // without .* the name could be a column's
	}
	return sqlName(t.name) + "." + sqlName(c.name)
}

// path returns a random JSON path into a column, its SQL, and the key of its value.
func (g *generator) path(c *randomColumn) (path []any, text bool, sql, key string) {
	sql, key = c.expression(g.table), c.name
	if c.computed != "" || c.kind.sql != "json" && c.kind.sql != "jsonb" {
		sql = "to_jsonb(" + sql + ")"
	}
	n := 1 + g.IntN(3)
	for i := range n {
		arrow := "->"
		if text = i == n-1 && g.IntN(2) == 0; text {
			arrow = "->>"
		}
		if g.IntN(3) == 0 {
			index := g.IntN(4) - 1
			path = append(path, index)
			sql += fmt.Sprintf("%s(%d)", arrow, index)
		} else {
			key = pick(g, []string{"a", "b", "c", "k s", "n", `'"\`})
			path = append(path, key)
			sql += arrow + sqlText(key)
		}
	}
	return path, text, "(" + sql + ")", key
}

// list adds what is selected to the query and returns it in SQL.
func (g *generator) list(q *dbcontents.Query) string {
	var list []string
	for range g.IntN(6) {
		c := pick(g, g.table.columns)
		f := dbcontents.Field{Column: c.name}
		sql, key := c.expression(g.table), c.name
		switch g.IntN(5) {
		case 0:
			f.Path, f.Text, sql, key = g.path(&c)
		case 1:
			f.Cast = pick(g, c.casts)
			sql += "::" + f.Cast
		case 2:
			f.Alias = pick(g, awkward)
			key = f.Alias
		case 3:
			if len(list) < 3 {
				q.Select = append(q.Select, dbcontents.Field{})
				list = append(list, sqlName(g.table.name)+".*")
			}
		}
		q.Select = append(q.Select, f)
		list = append(list, sql+" AS "+sqlName(key))
	}
	if len(list) == 0 {
		return "*"
	}
	return strings.Join(list, ", ")
}

// order adds a sort order to the query and returns it in SQL. It ends with the
// id, so that only one order of the rows is right.
func (g *generator) order(q *dbcontents.Query) string {
	var list []string
	for range g.IntN(3) {
		c := pick(g, g.table.columns)
		if c.kind.sql == "json" {
			continue
		}
		o := dbcontents.Order{Column: c.name, Desc: g.IntN(2) == 0, Nulls: pick(g, []dbcontents.Nulls{"", dbcontents.NullsFirst, dbcontents.NullsLast})}
		sql := c.expression(g.table)
		if c.kind.sql == "jsonb" && g.IntN(2) == 0 {
			o.Path, o.Text, sql, _ = g.path(&c)
		}
		if o.Desc {
			sql += " DESC"
		}
		q.Order = append(q.Order, o)
		list = append(list, sql+map[dbcontents.Nulls]string{"": "", dbcontents.NullsFirst: " NULLS FIRST", dbcontents.NullsLast: " NULLS LAST"}[o.Nulls])
	}
	q.Order = append(q.Order, dbcontents.Order{Column: "id"})
	return strings.Join(append(list, sqlName(g.table.name)+".id"), ", ")
}

// aggregates adds one column to group by, and aggregates of others, to the query.
func (g *generator) aggregates(q *dbcontents.Query) (list, group, order string) {
	by := pick(g, g.table.columns)
	for by.kind.sql == "json" {
		by = pick(g, g.table.columns)
	}
	group = by.expression(g.table)
	q.Select = []dbcontents.Field{{Column: by.name}, {Aggregate: "count"}}
	q.Order = []dbcontents.Order{{Column: by.name}}
	list = group + " AS " + sqlName(by.name) + ", count(*) AS count"
	for range g.IntN(4) {
		f := dbcontents.Field{Column: "id", Aggregate: pick(g, []dbcontents.Aggregate{"sum", "avg", "min", "max", "count"})}
		arg := sqlName(g.table.name) + ".id"
		c := pick(g, g.table.columns)
		switch c.kind.sql {
		case "int", "bigint", "numeric", "interval", "amount":
			f.Column, arg = c.name, c.expression(g.table)
		case "text", "varchar(12)", "date", "timestamptz", "inet", "mood", "text[]", "int[]":
			f.Column, arg = c.name, c.expression(g.table)
			f.Aggregate = pick(g, []dbcontents.Aggregate{"min", "max", "count"})
		}
		key := string(f.Aggregate)
		sql := key + "(" + arg + ")"
		if g.IntN(3) == 0 {
			f.AggregateCast = "text"
			sql += "::text"
		}
		if g.IntN(2) == 0 {
			f.Alias = pick(g, awkward)
			key = f.Alias
		}
		q.Select = append(q.Select, f)
		list += ", " + sql + " AS " + sqlName(key)
	}
	return list, group, group
}
