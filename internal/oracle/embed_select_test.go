package oracle

import (
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// flat are the members that a row of l has in the output.
func (g *embedGenerator) flat(l *level) (list []*member) {
	for _, m := range l.members {
		switch {
		case m.level == nil:
			list = append(list, m)
		case m.level.spread:
			list = append(list, g.flat(m.level)...)
		case m.level.selects():
			list = append(list, m)
		}
	}
	return list
}

// items adds columns, and what is made of them.
func (g *embedGenerator) items(l *level, r *dbcontents.Related, used map[string]bool) {
	g.at(l)
	columns := l.relation.columns
	collides := slices.ContainsFunc(columns, func(c randomColumn) bool { return used[c.name] })
	if !collides && g.IntN(3) == 0 {
		r.Select = append(r.Select, dbcontents.Field{})
		omitted := ""
		if g.IntN(4) == 0 {
			r.Select = nil
		}
		if r.Select != nil && g.IntN(3) == 0 && len(columns) > 1 {
			omitted = pick(&g.generator, columns).name
			r.Select = append(r.Select, dbcontents.Field{Column: omitted, Omit: true})
		}
		for _, c := range columns {
			if c.name != omitted {
				used[c.name] = true
				l.members = append(l.members, &member{name: c.name, sql: c.expression(g.table), typ: c.sql})
			}
		}
	}
	for range g.IntN(5) {
		if r.Select == nil {
			return
		}
		c := pick(&g.generator, g.table.columns)
		f := dbcontents.Field{Column: c.name}
		m := &member{sql: c.expression(g.table), typ: c.sql}
		if c.computed != "" {
			m.typ = c.bare()
		}
		name := c.name
		switch g.IntN(5) {
		case 0:
			f.Path, f.Text, m.sql, name = g.path(&c)
			m.typ = "json"
		case 1:
			f.Cast = pick(&g.generator, c.casts)
			m.sql, m.typ = m.sql+"::"+f.Cast, f.Cast
		case 2:
			f.Alias = pick(&g.generator, awkward)
			name = f.Alias
		}
		m.name = g.free(used, name)
		if m.name != name {
			f.Alias = m.name
		}
		r.Select = append(r.Select, f)
		l.members = append(l.members, m)
	}
}

// groups adds columns to group by, and aggregates.
func (g *embedGenerator) groups(l *level, r *dbcontents.Related, used map[string]bool) {
	g.at(l)
	add := func(f dbcontents.Field, m *member, name string) {
		if m.name = g.free(used, name); m.name != name {
			f.Alias = m.name
		}
		r.Select = append(r.Select, f)
		l.members = append(l.members, m)
	}
	for range g.IntN(3) {
		c := pick(&g.generator, g.table.columns)
		if c.kind.sql == "json" {
			continue
		}
		add(dbcontents.Field{Column: c.name}, &member{sql: c.expression(g.table), typ: c.sql}, c.name)
	}
	for range 1 + g.IntN(2) {
		f := dbcontents.Field{Aggregate: dbcontents.AggregateCount}
		m := &member{sql: "true", typ: "bigint", aggregate: "count(%s)"}
		c := pick(&g.generator, g.table.columns)
		switch c.kind.sql {
		case "int", "bigint", "numeric", "amount":
			f.Column, f.Aggregate = c.name, pick(&g.generator, []dbcontents.Aggregate{"sum", "avg", "min", "max", "count"})
		case "text", "date", "timestamptz", "mood", "int[]", "word", "small":
			f.Column, f.Aggregate = c.name, pick(&g.generator, []dbcontents.Aggregate{"min", "max", "count"})
		}
		if f.Column != "" {
			m.sql, m.aggregate = c.expression(g.table), string(f.Aggregate)+"(%s)"
			switch {
			case f.Aggregate == "sum" || f.Aggregate == "avg":
				m.typ = "numeric"
			case f.Aggregate != "count":
				m.typ = c.sql
			}
		}
		if g.IntN(4) == 0 {
			f.AggregateCast, m.typ = "text", "text"
			m.aggregate += "::text"
		}
		name := string(f.Aggregate)
		if f.Column == "" && f.AggregateCast == "" && l.via != nil && !l.spread && l.column("count") == nil && g.IntN(2) == 0 {
			f = dbcontents.Field{Column: "count"} // as it was written before there were aggregates
		}
		add(f, m, name)
	}
}

// onlyKey selects the key of a level.
func (g *embedGenerator) onlyKey(l *level) *dbcontents.Related {
	r := &dbcontents.Related{Select: dbcontents.Columns(l.key...)}
	l.request = r
	for _, name := range l.key {
		c := l.column(name)
		l.members = append(l.members, &member{name: name, sql: c.expression(&randomTable{name: l.alias}), typ: c.sql})
		r.Order = append(r.Order, dbcontents.Order{Column: name})
		l.keys = append(l.keys, sortKey{sql: sqlName(l.alias) + "." + sqlName(name)})
	}
	return r
}
