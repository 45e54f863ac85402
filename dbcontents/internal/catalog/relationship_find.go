package catalog

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// An End is where a relationship has columns.
type End uint8

// The ends of a relationship, and the junction on the way.
const (
	AtSource End = iota
	AtTarget
	AtJunction
)

// Sees reports whether the caller may know of a column of what is at an end. Rows are joined
// by columns that it does not see, but these name no relationship. Nil sees all.
type Sees func(at End, relation Name, column string) bool

// Find finds the one relationship that a request means by a name and a hint, which may be
// empty, by PostgREST's rules. rels are all that the source has for the caller. The
// findings are PostgREST's, in its words.
func Find(rels []*Relationship, source Name, table, hint string, sees Sees) (*Relationship, error) {
	if sees == nil {
		sees = func(End, Name, string) bool { return true }
	}
	var matches []*Relationship
	for _, r := range rels {
		if r.means(source, table, hint, sees) {
			matches = append(matches, r)
		}
	}
	switch len(matches) {
	case 0:
		return nil, noRelationship(rels, source, table, hint)
	case 1:
		return matches[0], nil
	}
	return nil, ambiguous(matches, source, table, sees)
}

// means reports whether a request that names table, with a hint or none, means r.
func (r *Relationship) means(source Name, table, hint string, sees Sees) bool {
	single := func(at End, name string) bool {
		relation := source
		if at == AtTarget {
			relation = r.Target
		}
		return len(r.Pairs) == 1 && r.Pairs[0][at] == name && sees(at, relation, name)
	}
	switch named := table == r.Target.Name; {
	case r.Function != "":
		return table == r.FunctionName
	case r.Target == source && hint == "":
		return named && r.Cardinality == OneToMany || r.Cardinality == ManyToOne && single(AtSource, table)
	case r.Target == source:
		return named && r.Cardinality == OneToMany && single(AtTarget, hint)
	case hint == "":
		return named || !r.View && (r.constrained(table) || single(AtSource, table))
	default:
		return named && (r.constrained(hint) || single(AtSource, hint) || single(AtTarget, hint) || r.Junction != nil && r.Junction.Name.Name == hint)
	}
}

func (r *Relationship) constrained(name string) bool {
	return r.Constraint != "" && r.Constraint == name
}

// noRelationship is the finding that none is meant. Its hint is made of what there is for the caller.
func noRelationship(rels []*Relationship, source Name, table, hint string) *diagnosis.Finding {
	between := "between '" + source.Name + "' and '" + table + "'"
	f := diagnosis.New("relationship_missing", "Could not find a relationship "+between+" in the schema cache", nil)
	using := ""
	if hint != "" {
		using = " using the hint '" + hint + "'"
	}
	f.Addition = "Searched for a foreign key relationship " + between + using + " in the schema '" + source.Schema + "', but no matches were found."
	targets := make([]string, len(rels))
	for i, r := range rels {
		targets[i] = r.Target.Name
	}
	if slices.Contains(targets, table) {
		return f // it is the hint that is wrong
	}
	if meant := nearest.Of(table, targets...); meant != "" {
		f.Hint = "Perhaps you meant '" + meant + "' instead of '" + table + "'."
	}
	return f
}

// ambiguous is the finding that several are meant.
func ambiguous(matches []*Relationship, source Name, table string, sees Sees) *diagnosis.Finding {
	matches = slices.SortedStableFunc(slices.Values(matches), (*Relationship).compare)
	type choice struct {
		Cardinality  Cardinality `json:"cardinality"`
		Embedding    string      `json:"embedding"`
		Relationship string      `json:"relationship"`
	}
	var choices []choice
	var hints []string
	for _, r := range matches {
		choices = append(choices, choice{r.Cardinality, source.Name + " with " + r.Target.Name, r.describe(source, sees)})
		hint := r.Constraint
		if r.Junction != nil {
			hint = r.Junction.Name.Name
		}
		if hint != "" {
			hints = append(hints, "'"+r.Target.Name+"!"+hint+"'")
		}
	}
	f := diagnosis.New("relationship_ambiguous",
		"Could not embed because more than one relationship was found for '"+source.Name+"' and '"+table+"'", nil)
	var details strings.Builder
	encoder := json.NewEncoder(&details)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(choices) == nil { // strings can always be encoded
		f.Addition = strings.TrimSuffix(details.String(), "\n")
	}
	f.Hint = "Try changing '" + table + "' to one of the following: " + strings.Join(hints, ", ") +
		". Find the desired relationship in the 'details' key."
	return f
}

// describe says by what r relates, as PostgREST does, without columns that the caller does not see.
func (r *Relationship) describe(source Name, sees Sees) string {
	columns := func(pairs [][2]string, n int, at End, relation Name) string {
		var names []string
		for i := range pairs {
			if name := pairs[i][n]; sees(at, relation, name) {
				names = append(names, name)
			}
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	switch j := r.Junction; {
	case r.Function != "":
		return r.FunctionName
	case j != nil:
		return j.Name.Name + " using " + j.SourceConstraint + columns(j.SourcePairs, 0, AtJunction, j.Name) +
			" and " + j.TargetConstraint + columns(j.TargetPairs, 0, AtJunction, j.Name)
	}
	return r.Constraint + " using " + source.Name + columns(r.Pairs, 0, AtSource, source) + " and " + r.Target.Name + columns(r.Pairs, 1, AtTarget, r.Target)
}
