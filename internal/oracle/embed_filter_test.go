package oracle

import (
	"fmt"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func fixed(sql string) func() string { return func() string { return sql } }

// tree returns a random filter of a level, and its SQL.
func (g *embedGenerator) tree(l *level, depth int) (dbcontents.Filter, func() string) {
	if depth == 0 || g.IntN(2) == 0 {
		if children := l.children(); len(children) > 0 && g.IntN(3) == 0 {
			return g.relatedTest(pick(&g.generator, children))
		}
		f, sql := g.test()
		return f, fixed(sql)
	}
	if g.IntN(4) == 0 {
		f, sql := g.tree(l, depth-1)
		return dbcontents.Not(f), func() string { return "NOT (" + sql() + ")" }
	}
	var parts []dbcontents.Filter
	var list []func() string
	for range 1 + g.IntN(3) {
		f, sql := g.tree(l, depth-1)
		parts, list = append(parts, f), append(list, sql)
	}
	joined := func(word string) func() string {
		return func() string {
			var b strings.Builder
			for i, sql := range list {
				b.WriteString([]string{"(", word + "("}[min(i, 1)] + sql() + ")")
			}
			return b.String()
		}
	}
	if g.IntN(3) == 0 {
		return dbcontents.And(parts...), joined(" AND ")
	}
	return dbcontents.Or(parts...), joined(" OR ")
}

// relatedTest returns a filter on whether there are related rows, or how many.
func (g *embedGenerator) relatedTest(child *level) (dbcontents.Filter, func() string) {
	if g.IntN(2) == 0 {
		if g.IntN(2) == 0 {
			return dbcontents.Where(child.name, dbcontents.OpIs, nil), func() string { return "NOT " + child.exists() }
		}
		return dbcontents.Where(child.name, dbcontents.OpIs, "not_null"), child.exists
	}
	f := dbcontents.Field{Column: child.name, Aggregate: dbcontents.AggregateCount}
	if g.IntN(4) == 0 {
		return dbcontents.Where(f, dbcontents.OpIn, []int{0, 2, 3}), func() string { return child.number() + " IN (0, 2, 3)" }
	}
	op := pick(&g.generator, []dbcontents.Op{"eq", "neq", "gt", "gte", "lt", "lte"})
	n := g.IntN(4)
	return dbcontents.Where(f, op, n), func() string { return fmt.Sprint(child.number(), " ", signs[string(op)], " ", n) }
}
