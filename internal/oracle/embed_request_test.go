package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A level is one of a request: the table that is read, or a related one. It is what
// the expected SQL is made of.
type level struct {
	*relation
	alias         string // in the expected SQL
	outer         *level
	via           *relationship
	name          string // in the output, and for filters
	inner, spread bool
	grouped       bool
	members       []*member
	unordered     bool // only as a set its rows are what is expected
	cap           int64
	where         func() string
	keys          []sortKey
	limit, offset int64
	request       *dbcontents.Related
}

// A member is what a level selects: a column or what is made of one, or a related table.
type member struct {
	name      string
	sql, typ  string
	aggregate string // the function, with %s for what it is of
	level     *level
}

// A sortKey is SQL to sort by, of the one row of a level below if there is one. In a
// level that is grouped, it is what one of its members is.
type sortKey struct {
	sql, end string
	of       *level
}

// An embedGenerator makes random requests that read related tables.
type embedGenerator struct {
	generator
	world  *world
	levels int
	cap    int64 // Config.MaxRows
}

func newEmbedGenerator(w *world, seed uint64) *embedGenerator {
	return &embedGenerator{generator: generator{Rand: rand.New(rand.NewPCG(seed, 2)), wrong: true}, world: w}
}

// request returns a random request, and its root level.
func (g *embedGenerator) request() (dbcontents.Query, *level) {
	g.levels = 0
	l := g.level(g.world.relations[g.IntN(len(g.world.relations))])
	l.grouped = g.IntN(10) == 0
	r := g.fill(l, 0, map[string]bool{})
	q := dbcontents.Query{Table: l.relation.name, Select: r.Select, Where: r.Where, Order: r.Order, Limit: r.Limit, Offset: r.Offset}
	if l.request.Select == nil {
		q.Select = nil
	}
	q.Format = pick(&g.generator, []dbcontents.Format{dbcontents.JSON, dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV})
	if len(g.flat(l)) == 0 || l.unordered {
		q.Format = dbcontents.JSON
	}
	if q.Format != dbcontents.CSV {
		q.Output.StripNulls, q.Output.NumbersAsStrings = g.IntN(5) == 0, g.IntN(5) == 0
	}
	if g.IntN(4) == 0 {
		q.TimeZone = pick(&g.generator, []string{"Asia/Kathmandu", "America/St_Johns", "UTC"})
	}
	if g.IntN(3) == 0 {
		q.Count = pick(&g.generator, []dbcontents.Count{dbcontents.CountExact, dbcontents.CountExact, dbcontents.CountPlanned, dbcontents.CountEstimated})
	}
	return q, l
}

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

// selects reports whether anything is selected in l or below it.
func (l *level) selects() bool {
	return slices.ContainsFunc(l.members, func(m *member) bool { return m.level == nil || m.level.selects() })
}

func (g *embedGenerator) level(of *relation) *level {
	g.levels++
	return &level{relation: of, alias: fmt.Sprint("q", g.levels), where: fixed("true"), cap: g.cap}
}

func fixed(sql string) func() string { return func() string { return sql } }

// at makes l the table of which the parts of a request are made.
func (g *embedGenerator) at(l *level) {
	g.table = &randomTable{name: l.alias, columns: l.relation.all()}
}

// free is a name for the output that used does not have yet.
func (g *embedGenerator) free(used map[string]bool, name string) string {
	for used[name] {
		name = fmt.Sprint(pick(&g.generator, awkward), g.IntN(1000))
	}
	used[name] = true
	return name
}

// fill makes what a level selects, and the rest of it. The names in used are those that
// the object has already of which the level is a part.
func (g *embedGenerator) fill(l *level, depth int, used map[string]bool) *dbcontents.Related {
	r := &dbcontents.Related{Select: []dbcontents.Field{}}
	l.request = r
	if l.grouped {
		g.groups(l, r, used)
	} else {
		g.items(l, r, used)
	}
	g.embeds(l, r, depth, used)
	if depth == 0 && r.Select != nil && len(r.Select) == 0 {
		r.Select = append(r.Select, dbcontents.Field{Column: l.key[0], Alias: "a key"})
		l.members = append(l.members, &member{name: "a key", sql: l.column(l.key[0]).expression(&randomTable{name: l.alias}), typ: l.column(l.key[0]).sql})
	}
	g.at(l)
	if g.IntN(3) > 0 {
		r.Where, l.where = g.tree(l, 2)
	}
	if l.unordered {
		return r
	}
	g.sort(l, r)
	if g.IntN(4) == 0 {
		l.limit = g.Int64N(5)
		if g.IntN(8) == 0 {
			l.limit = dbcontents.NoRows
		}
	}
	if g.IntN(6) == 0 {
		l.offset = g.Int64N(3)
	}
	r.Limit, r.Offset = l.limit, l.offset
	return r
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

// embeds adds related tables.
func (g *embedGenerator) embeds(l *level, r *dbcontents.Related, depth int, used map[string]bool) {
	if depth >= 3 || r.Select == nil {
		return
	}
	most := 3 - depth
	if depth == 0 {
		most = 4
	}
	names := map[string]bool{}
	for range g.IntN(most) {
		if len(l.related) == 0 {
			return
		}
		via := pick(&g.generator, l.related)
		namings := via.namings()
		if len(namings) == 0 {
			continue
		}
		n := pick(&g.generator, namings)
		child := g.level(via.target)
		child.outer, child.via, child.name = l, via, n.table
		child.inner, child.spread = g.IntN(4) == 0, g.IntN(4) == 0
		f := dbcontents.Field{Embed: &dbcontents.Related{}}
		part := l.grouped && depth == 0 && !child.spread && g.cap == 0 // by whose rows the root is grouped, too
		if l.grouped && !part && (!via.one() || !child.spread) {
			continue
		}
		if !child.spread && (g.IntN(3) == 0 || used[child.name] || names[child.name] || l.column(child.name) != nil) {
			f.Alias = g.free(used, fmt.Sprint(pick(&g.generator, awkward), "alias"))
			child.name = f.Alias
		}
		if names[child.name] || slices.ContainsFunc(l.relation.all(), func(c randomColumn) bool { return c.name == child.name }) {
			continue
		}
		names[child.name] = true
		within := used
		if !child.spread {
			used[child.name] = true
			within = map[string]bool{}
		}
		child.grouped = child.spread && l.grouped || !child.spread && !part && g.IntN(6) == 0
		var made *dbcontents.Related
		if part {
			made = g.onlyKey(child)
			l.unordered = true
		} else {
			made = g.fill(child, depth+1, within)
		}
		if g.IntN(10) == 0 && !child.grouped && !part && len(child.children()) == 0 {
			made.Select, child.members = []dbcontents.Field{}, nil
		}
		made.Table, made.Hint, made.Inner, made.Spread = n.table, n.hint, child.inner, child.spread
		f.Embed = made
		r.Select = append(r.Select, f)
		l.members = append(l.members, &member{name: child.name, level: child})
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

// children are the levels right below l.
func (l *level) children() (list []*level) {
	for _, m := range l.members {
		if m.level != nil {
			list = append(list, m.level)
		}
	}
	return list
}

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

// change gives a request other limits. It has the same statement as before.
func (g *embedGenerator) change(l *level) {
	if l.limit != 0 {
		l.limit = pick(&g.generator, []int64{dbcontents.NoRows, 1, 2, 3})
	}
	if l.offset != 0 {
		l.offset = 1 + g.Int64N(2)
	}
	l.request.Limit, l.request.Offset = l.limit, l.offset
	for _, child := range l.children() {
		g.change(child)
	}
}
