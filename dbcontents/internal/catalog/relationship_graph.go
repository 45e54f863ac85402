package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A graph is what a look-up of relationships has found around their source.
type graph struct {
	relations   map[uint32]*relation // by object id
	foreignKeys []*foreignKey
	functions   []function
	ruleBytes   int // of the views' rules
}

// A relation of a graph. The origins and columns are those of a view, the rest of what has keys is
// a table's.
type relation struct {
	Name
	oid                       uint32
	view, partition, readable bool
	columns                   []string
	origins                   []origin // of the columns, first as the view's query has them
	traced                    tracing
	keys                      [][]int16 // of primary key and unique constraints, each sorted
	primary                   []int16   // the primary key's
	primaryNames              []string
}

type tracing uint8

// How far origins have been followed through other views to tables.
const (
	untraced tracing = iota
	beingTraced
	fullyTraced
)

// A foreignKey is a constraint, with its columns in the constraint's order.
type foreignKey struct {
	name     string
	from, to keyEnd
}

// A keyEnd is one end of a foreign key: the columns of a table.
type keyEnd struct {
	relation *relation
	nums     []int16
	names    []string
}

// A side is a keyEnd as a table or a view shows it: the columns under their names there.
type side struct {
	relation *relation
	columns  []string
}

type function struct {
	name, sql string
	target    *relation
	toOne     bool
	single    bool // it is no set
}

// relation finds a relation, or makes it, as its row may come later.
func (g *graph) relation(oid uint32) *relation {
	r := g.relations[oid]
	if r == nil {
		r = &relation{oid: oid}
		g.relations[oid] = r
	}
	return r
}

// trace follows the origins of a view's columns through other views to tables. A view that
// has come to read itself, which CREATE OR REPLACE can do, shows nothing.
func (g *graph) trace(r *relation) {
	if r.traced != untraced {
		return
	}
	r.traced = beingTraced
	for i, o := range r.origins {
		from := g.relations[o.rel]
		if from == nil || !from.view {
			continue
		}
		g.trace(from)
		r.origins[i] = origin{}
		if n := int(o.num); from.traced == fullyTraced && 0 < n && n <= len(from.origins) {
			r.origins[i] = from.origins[n-1]
		}
	}
	r.traced = fullyTraced
}

// maxCombinations bounds in how many ways one view can show one key.
const maxCombinations = 64

// sides are the ways in which the columns of an end are shown: by the table itself and by
// each view that has them all, once for each combination if it has one of them more than once.
func (e *keyEnd) sides(views []*relation) (sides []side) {
	sides = append(sides, side{e.relation, e.names})
	for _, v := range views {
		combinations := [][]string{nil}
		for _, num := range e.nums {
			var longer [][]string
			for _, c := range combinations {
				for _, name := range v.shows(origin{e.relation.oid, num}) {
					longer = append(longer, append(slices.Clone(c), name))
				}
			}
			combinations = longer[:min(len(longer), maxCombinations)]
		}
		for _, c := range combinations {
			sides = append(sides, side{v, c})
		}
	}
	return slices.DeleteFunc(sides, func(s side) bool { return s.relation.partition || !writable(s.columns...) })
}

// shows are the names of the view's columns that show a column of a table.
func (r *relation) shows(o origin) (names []string) {
	for i := range min(len(r.origins), len(r.columns)) {
		if r.origins[i] == o {
			names = append(names, r.columns[i])
		}
	}
	return names
}

// writable reports whether a statement can hold all names, see ValidUTF8. In an array what is
// not UTF-8 has already become U+FFFD.
func writable(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError)
	})
}

// key are the columns of r's primary key. Those of a view are the first ones that show the
// key of a table, of each table whose key is shown as a whole.
func (g *graph) key(r *relation) []string {
	if !r.view {
		return r.primaryNames
	}
	var key []string
	done := map[uint32]bool{0: true}
	for _, o := range r.origins {
		table := g.relations[o.rel]
		if done[o.rel] || table == nil {
			continue
		}
		done[o.rel] = true
		var names []string
		for _, num := range table.primary {
			shown := r.shows(origin{table.oid, num})
			if len(shown) == 0 {
				names = nil
				break
			}
			names = append(names, shown[0])
		}
		key = append(key, names...)
	}
	return key
}

// oneToOne reports whether a row refers by k to what no other one does.
func (k *foreignKey) oneToOne() bool {
	nums := slices.Sorted(slices.Values(k.from.nums))
	return slices.ContainsFunc(k.from.relation.keys, func(key []int16) bool { return slices.Equal(key, nums) })
}
