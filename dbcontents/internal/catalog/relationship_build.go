package catalog

import (
	"cmp"
	"maps"
	"slices"
)

// maxRelationships bounds what is remembered of one table. Many views of many tables that
// refer to each other multiply.
const maxRelationships = 10_000

// relationships are those of the source whose target is exposed to the role, and the
// junction too.
func (g *graph) relationships(x *Exposure, source Name) (list []*Relationship) {
	b := builder{graph: g, exposure: x, source: source, exposed: map[*relation]bool{}, legs: map[*relation][]leg{}}
	for _, r := range g.relations {
		if r.view {
			g.trace(r)
			b.views = append(b.views, r)
		}
		b.exposed[r] = r.Name.Name != "" && !r.partition && writable(r.Name.Name) &&
			x.Admits(&Table{Schema: r.Schema, Name: r.Name.Name, usage: r.readable, grant: r.readable})
		if r.Name == source && r.partition {
			return nil
		}
	}
	slices.SortFunc(b.views, func(v, w *relation) int { return compareNames(v.Name, w.Name) })
	for _, k := range g.foreignKeys {
		if writable(k.name) {
			b.foreignKey(k)
		}
	}
	b.junctions()
	for _, f := range g.functions {
		if b.target(f.target) && writable(f.name, f.sql) {
			b.add(&Relationship{
				Cardinality: map[bool]Cardinality{true: ManyToOne, false: OneToMany}[f.toOne],
				Target:      f.target.Name, View: f.target.view, Function: f.sql, FunctionName: f.name, Single: f.single,
			})
		}
	}
	slices.SortStableFunc(b.list, (*Relationship).compare)
	return b.list
}

// A builder makes the relationships of a source.
type builder struct {
	*graph
	exposure *Exposure
	source   Name
	exposed  map[*relation]bool
	views    []*relation
	list     []*Relationship
	legs     map[*relation][]leg // of what may be a junction
}

// A leg is what a foreign key makes many-to-one relationships of, as one half of
// many-to-many ones. Of tos, toSource are those that the source shows.
type leg struct {
	constraint    *foreignKey
	from          side
	tos, toSource []side
}

func (b *builder) add(r *Relationship) {
	if len(b.list) < maxRelationships {
		b.list = append(b.list, r)
	}
}

// target reports whether a relationship of the source may lead to r.
func (b *builder) target(r *relation) bool { return b.exposed[r] && r.Schema == b.source.Schema }

// foreignKey adds what k makes of the source, and collects the legs of junctions.
func (b *builder) foreignKey(k *foreignKey) {
	direct, inverse := ManyToOne, OneToMany
	if k.oneToOne() {
		direct, inverse = OneToOne, OneToOne
	}
	froms, tos := k.from.sides(b.views), k.to.sides(b.views)
	fromSource, toSource := b.ofSource(froms), b.ofSource(tos)
	for _, from := range fromSource {
		for _, to := range tos {
			if b.target(to.relation) {
				b.add(&Relationship{
					Cardinality: direct, Target: to.relation.Name, View: to.relation.view,
					Constraint: k.name, Pairs: pairs(from, to),
				})
			}
		}
	}
	for _, from := range froms {
		for _, to := range toSource {
			if b.target(from.relation) {
				b.add(&Relationship{
					Cardinality: inverse, Target: from.relation.Name, View: from.relation.view,
					Constraint: k.name, Pairs: pairs(to, from), Inverse: true,
				})
			}
		}
		if direct == ManyToOne && b.exposed[from.relation] {
			b.legs[from.relation] = append(b.legs[from.relation], leg{k, from, tos, toSource})
		}
	}
}

// ofSource are the sides that the source shows.
func (b *builder) ofSource(sides []side) (list []side) {
	for _, s := range sides {
		if s.relation.Name == b.source {
			list = append(list, s)
		}
	}
	return list
}

// junctions adds the many-to-many relationships: by two foreign keys whose columns are
// all in the primary key of what has them.
func (b *builder) junctions() {
	byName := func(r, s *relation) int { return compareNames(r.Name, s.Name) }
	for _, junction := range slices.SortedFunc(maps.Keys(b.legs), byName) {
		key := b.key(junction)
		legs := slices.DeleteFunc(b.legs[junction], func(l leg) bool {
			return slices.ContainsFunc(l.from.columns, func(name string) bool { return !slices.Contains(key, name) })
		})
		for _, first := range legs {
			if len(first.toSource) == 0 {
				continue
			}
			for _, second := range legs {
				if len(b.list) == maxRelationships {
					return
				}
				if first.constraint != second.constraint {
					b.junction(junction.Name, first, second)
				}
			}
		}
	}
}

// junction adds the ways from the source over one leg and to a target over the other.
func (b *builder) junction(name Name, first, second leg) {
	for _, source := range first.toSource {
		for _, target := range second.tos {
			if b.target(target.relation) {
				b.add(&Relationship{
					Cardinality: ManyToMany, Target: target.relation.Name, View: target.relation.view,
					Junction: &Junction{
						Name:             name,
						SourceConstraint: first.constraint.name, SourcePairs: pairs(first.from, source),
						TargetConstraint: second.constraint.name, TargetPairs: pairs(second.from, target),
					},
				})
			}
		}
	}
}

func pairs(a, b side) [][2]string {
	list := make([][2]string, len(a.columns))
	for i := range list {
		list[i] = [2]string{a.columns[i], b.columns[i]}
	}
	return list
}

func compareNames(a, b Name) int {
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
}

// compare is PostgREST's order of relationships with the same source.
func (r *Relationship) compare(s *Relationship) int {
	order := func(r *Relationship) int {
		return slices.Index([]Cardinality{OneToMany, ManyToOne, OneToOne, ManyToMany}, r.Cardinality)
	}
	c := cmp.Or(compareNames(r.Target, s.Target), cmp.Compare(r.FunctionName, s.FunctionName), cmp.Compare(order(r), order(s)),
		cmp.Compare(r.Constraint, s.Constraint), comparePairs(r.Pairs, s.Pairs))
	if c == 0 && r.Junction != nil && s.Junction != nil {
		a, b := r.Junction, s.Junction
		c = cmp.Or(compareNames(a.Name, b.Name), cmp.Compare(a.SourceConstraint, b.SourceConstraint), cmp.Compare(a.TargetConstraint, b.TargetConstraint),
			comparePairs(a.SourcePairs, b.SourcePairs), comparePairs(a.TargetPairs, b.TargetPairs))
	}
	return c
}

// Same reports whether r and s, which have the same source, lead the same way.
func (r *Relationship) Same(s *Relationship) bool { return r.compare(s) == 0 }

func comparePairs(a, b [][2]string) int {
	return slices.CompareFunc(a, b, func(p, q [2]string) int { return slices.Compare(p[:], q[:]) })
}
