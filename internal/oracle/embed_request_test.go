package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"

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

// selects reports whether anything is selected in l or below it.
func (l *level) selects() bool {
	return slices.ContainsFunc(l.members, func(m *member) bool { return m.level == nil || m.level.selects() })
}

func (g *embedGenerator) level(of *relation) *level {
	g.levels++
	return &level{relation: of, alias: fmt.Sprint("q", g.levels), where: fixed("true"), cap: g.cap}
}

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

// children are the levels right below l.
func (l *level) children() (list []*level) {
	for _, m := range l.members {
		if m.level != nil {
			list = append(list, m.level)
		}
	}
	return list
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
