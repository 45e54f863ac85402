package oracle

import (
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// sort adds an order to a level that only one order of its rows has.
func (g *embedGenerator) sort(l *level, r *dbcontents.Related) {
	g.at(l)
	if l.grouped {
		g.sortGroups(l, r)
		return
	}
	for range g.IntN(3) {
		columns, of, name := g.table.columns, l, ""
		if children := l.children(); len(children) > 0 && g.IntN(2) == 0 {
			if child := pick(&g.generator, children); child.via.one() && !child.grouped {
				columns, of, name = child.relation.all(), child, child.name
			}
		}
		c := pick(&g.generator, columns)
		if c.kind.sql == "json" {
			continue
		}
		sql := c.expression(&randomTable{name: of.alias})
		if of == l {
			of = nil
		}
		g.sortBy(l, r, dbcontents.Order{Column: c.name, Embed: name}, sortKey{sql: sql, of: of})
	}
	if l.via != nil && l.via.one() && g.IntN(2) == 0 {
		return // there is one row at most
	}
	for _, name := range l.key {
		r.Order = append(r.Order, dbcontents.Order{Column: name})
		l.keys = append(l.keys, sortKey{sql: sqlName(l.alias) + "." + sqlName(name)})
	}
}

func (g *embedGenerator) sortBy(l *level, r *dbcontents.Related, o dbcontents.Order, k sortKey) {
	o.Desc, o.Nulls = g.IntN(2) == 0, pick(&g.generator, []dbcontents.Nulls{"", dbcontents.NullsFirst, dbcontents.NullsLast})
	if o.Desc {
		k.end = " DESC"
	}
	k.end += map[dbcontents.Nulls]string{"": "", dbcontents.NullsFirst: " NULLS FIRST", dbcontents.NullsLast: " NULLS LAST"}[o.Nulls]
	r.Order, l.keys = append(r.Order, o), append(l.keys, k)
}

// sortGroups sorts by all that rows are grouped by.
func (g *embedGenerator) sortGroups(l *level, r *dbcontents.Related) {
	if l.spread {
		return
	}
	for i, f := range r.Select {
		switch m := l.members[i]; {
		case m.level != nil:
			for j, f := range f.Embed.Select {
				if n := m.level.members[j]; n.level == nil && n.aggregate == "" {
					g.sortBy(l, r, dbcontents.Order{Column: f.Column, Embed: m.name}, sortKey{sql: n.sql})
				}
			}
		case m.aggregate != "":
			isColumn := slices.ContainsFunc(l.relation.all(), func(c randomColumn) bool { return c.name == m.name })
			if !isColumn && f.Column != "count" && g.IntN(3) == 0 {
				g.sortBy(l, r, dbcontents.Order{Column: m.name}, sortKey{sql: m.name})
			}
		default:
			g.sortBy(l, r, dbcontents.Order{Column: f.Column}, sortKey{sql: m.sql})
		}
	}
}
