package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// view makes a view of a table, or of another view, under other names.
func (w *world) view() {
	of := w.relations[w.IntN(len(w.relations))]
	r := &relation{name: w.name(), view: true, base: of.base, shown: map[string]string{}}
	var list []string
	for _, c := range of.columns {
		isKey := slices.Contains(of.key, c.name)
		if !isKey && w.IntN(6) == 0 {
			continue
		}
		shown := c
		if w.IntN(3) == 0 || r.column(c.name) != nil {
			w.names++
			shown.name = fmt.Sprint(awkward[w.IntN(len(awkward))], w.names)
		}
		r.columns = append(r.columns, shown)
		list = append(list, sqlName(c.name)+" AS "+sqlName(shown.name))
		if isKey {
			r.key = append(r.key, shown.name)
		}
		for name, as := range of.shows() {
			if as == c.name {
				r.shown[name] = shown.name
			}
		}
	}
	w.Shuffle(len(list), func(i, j int) {
		list[i], list[j] = list[j], list[i]
		r.columns[i], r.columns[j] = r.columns[j], r.columns[i]
	})
	where := ""
	if w.IntN(3) == 0 {
		where = " WHERE right(" + sqlName(of.key[0]) + "::text, 1) <> '1'"
	}
	word := []string{"VIEW", "MATERIALIZED VIEW"}[w.IntN(4)/3]
	fmt.Fprintf(&w.sql, "CREATE %s %s AS SELECT %s FROM %s%s;\n", word, sqlName(r.name), strings.Join(list, ", "), sqlName(of.name), where)
	w.relations = append(w.relations, r)
}

// shows are the names of the table's columns, and of those that show them.
func (r *relation) shows() map[string]string {
	if r.view {
		return r.shown
	}
	all := map[string]string{}
	for _, c := range r.columns {
		all[c.name] = c.name
	}
	return all
}

// computedColumns makes functions of the rows of r. Some give a value for a row of nulls.
func (w *world) computedColumns(r *relation) {
	for range w.IntN(3) {
		c := r.columns[w.IntN(len(r.columns))]
		body := "$1." + sqlName(c.name)
		if w.IntN(3) == 0 {
			c.kind = &kindsOfColumns[4] // text
			body = "concat('<', " + body + ", '>')"
		}
		w.names++
		c.computed, c.name = c.name, fmt.Sprint("computed ", w.names)
		fmt.Fprintf(&w.sql, "CREATE FUNCTION %s(%s) RETURNS %s STABLE LANGUAGE sql AS $$ SELECT %s $$;\n", sqlName(c.name), sqlName(r.name), c.bare(), body)
		r.computed = append(r.computed, c)
	}
}

// A relationship leads from the rows of a relation to those of another one.
type relationship struct {
	source, target     *relation
	toOne, toMany      bool // by a foreign key from the source, or to it; both for one-to-one and none for many-to-many
	constraint         string
	pairs              [][2]string
	junction           *relation
	fromSource, onward [][2]string // columns of the junction, with those of the source and of the target
	function           string
	set                bool // the function gives a set
}

// one reports whether a row of the source leads to one row at most.
func (r *relationship) one() bool { return r.toOne }

// A side is a relation that shows columns of a table.
type side struct {
	*relation
	columns []string
}

// sides are the relations that show all columns of a table.
func (w *world) sides(table *relation, columns []string) (list []side) {
	for _, r := range w.relations {
		if r.base != table {
			continue
		}
		s := side{relation: r}
		for _, name := range columns {
			if as := r.shows()[name]; as != "" {
				s.columns = append(s.columns, as)
			}
		}
		if len(s.columns) == len(columns) {
			list = append(list, s)
		}
	}
	return list
}

// relate makes the relationships of the foreign keys.
func (w *world) relate() {
	type leg struct {
		key      *foreignKey
		from, to side
	}
	var legs []leg
	for _, k := range w.keys {
		for _, from := range w.sides(k.from, k.fromCols) {
			for _, to := range w.sides(k.to, k.toCols) {
				from.related = append(from.related, &relationship{
					source: from.relation, target: to.relation, toOne: true, toMany: k.unique, constraint: k.name, pairs: zip(from.columns, to.columns),
				})
				to.related = append(to.related, &relationship{
					source: to.relation, target: from.relation, toOne: k.unique, toMany: true, constraint: k.name, pairs: zip(to.columns, from.columns),
				})
				if !k.unique && !slices.ContainsFunc(from.columns, func(name string) bool { return !slices.Contains(from.key, name) }) {
					legs = append(legs, leg{k, from, to})
				}
			}
		}
	}
	for _, a := range legs {
		for _, b := range legs {
			if a.from.relation == b.from.relation && a.key != b.key {
				a.to.related = append(a.to.related, &relationship{
					source: a.to.relation, target: b.to.relation, junction: a.from.relation,
					fromSource: zip(a.from.columns, a.to.columns), onward: zip(b.from.columns, b.to.columns),
				})
			}
		}
	}
}

func zip(a, b []string) (pairs [][2]string) {
	for i := range a {
		pairs = append(pairs, [2]string{a[i], b[i]})
	}
	return pairs
}

// computedRelationship makes a function from rows of a relation to rows of another one.
func (w *world) computedRelationship() {
	source, target := w.relations[w.IntN(len(w.relations))], w.relations[w.IntN(len(w.relations))]
	w.names++
	r := &relationship{source: source, target: target, function: fmt.Sprint(awkward[w.IntN(len(awkward))], w.names), set: true, toOne: w.IntN(2) == 0}
	returns := "SETOF " + sqlName(target.name)
	end := " LIMIT 4"
	if r.toOne {
		end = " LIMIT 1"
		if w.IntN(2) == 0 {
			returns, r.set = sqlName(target.name), false
		}
	}
	rows := ""
	if r.toOne && r.set {
		rows = " ROWS 1"
	}
	var order []string
	for _, name := range target.key {
		order = append(order, "x."+sqlName(name))
	}
	fmt.Fprintf(&w.sql, "CREATE FUNCTION %s(%s) RETURNS %s STABLE%s LANGUAGE sql AS $$ SELECT x FROM %s x WHERE right(x.%s::text, 1) >= coalesce(right($1.%s::text, 1), '0') ORDER BY %s%s $$;\n",
		sqlName(r.function), sqlName(source.name), returns, rows, sqlName(target.name), sqlName(target.key[0]), sqlName(source.key[0]), strings.Join(order, ", "), end)
	source.related = append(source.related, r)
}

// session makes a session that may not read all rows and columns of all relations.
func (g *embedGenerator) session() dbcontents.Session {
	tables := map[string]dbcontents.Grant{}
	for _, r := range g.world.relations {
		name := r.name
		if strings.ContainsAny(name, `."`) {
			name = sqlName(name)
		}
		var grant dbcontents.Grant
		if g.IntN(2) == 0 {
			g.table = &randomTable{name: "allowed", columns: r.columns}
			grant.Where, r.allowed = g.test()
		}
		if g.IntN(2) == 0 {
			hidden := func(c randomColumn) bool { return !slices.Contains(r.key, c.name) && g.IntN(3) == 0 }
			r.columns, r.computed = slices.DeleteFunc(r.columns, hidden), slices.DeleteFunc(r.computed, hidden)
			for _, c := range r.all() {
				grant.Columns = append(grant.Columns, c.name)
			}
		}
		tables[name] = grant
	}
	return dbcontents.Session{Tables: tables}
}

// A naming is how a request calls a related table.
type naming struct{ table, hint string }

// means reports whether n names r, as the documentation of PostgREST has it.
func (r *relationship) means(n naming) bool {
	single := func(end int, name string) bool { return len(r.pairs) == 1 && r.pairs[0][end] == name }
	named, children, parent := n.table == r.target.name, r.toMany && !r.toOne, r.toOne && !r.toMany
	switch {
	case r.function != "":
		return n.table == r.function
	case r.source == r.target && n.hint == "":
		return named && children || parent && single(0, n.table)
	case r.source == r.target:
		return named && children && single(1, n.hint)
	case n.hint == "":
		return named || !r.target.view && (r.constraint != "" && r.constraint == n.table || single(0, n.table))
	}
	return named && (r.constraint == n.hint || single(0, n.hint) || single(1, n.hint) || r.junction != nil && r.junction.name == n.hint)
}

// namings are all names that mean r and no other relationship.
func (r *relationship) namings() (list []naming) {
	candidates := []naming{{table: r.target.name}}
	hints := []string{r.constraint}
	if len(r.pairs) == 1 {
		for end, of := range []*relation{r.source, r.target} {
			if name := r.pairs[0][end]; of.column(name) != nil { // else a session may not see it
				hints = append(hints, name)
			}
		}
	}
	if r.junction != nil {
		hints = append(hints, r.junction.name)
	}
	for _, hint := range hints {
		if hint != "" {
			candidates = append(candidates, naming{table: hint}, naming{r.target.name, hint})
		}
	}
	if r.function != "" {
		candidates = []naming{{table: r.function}}
	}
	for _, n := range candidates {
		var meant []*relationship
		for _, other := range r.source.related {
			if other.means(n) {
				meant = append(meant, other)
			}
		}
		if len(meant) == 1 && meant[0] == r {
			list = append(list, n)
		}
	}
	return list
}
