package catalog

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// Find finds the one relationship that a request means by a name and a hint, which may be
// empty, by PostgREST's rules. rels are all that the source has for the caller. The
// findings are PostgREST's, in its words.
func Find(rels []*Relationship, source Name, table, hint string) (*Relationship, error) {
	var matches []*Relationship
	for _, r := range rels {
		if r.means(source, table, hint) {
			matches = append(matches, r)
		}
	}
	switch len(matches) {
	case 0:
		return nil, noRelationship(rels, source, table, hint)
	case 1:
		return matches[0], nil
	}
	return nil, ambiguous(matches, source, table)
}

// means reports whether a request that names table, with a hint or none, means r.
func (r *Relationship) means(source Name, table, hint string) bool {
	switch named := table == r.Target.Name; {
	case r.Function != "":
		return table == r.FunctionName
	case r.Target == source && hint == "":
		return named && r.Cardinality == OneToMany || r.Cardinality == ManyToOne && r.single(0, table)
	case r.Target == source:
		return named && r.Cardinality == OneToMany && r.single(1, hint)
	case hint == "":
		return named || !r.View && (r.constrained(table) || r.single(0, table))
	default:
		return named && (r.constrained(hint) || r.single(0, hint) || r.single(1, hint) || r.Junction != nil && r.Junction.Name.Name == hint)
	}
}

// single reports whether name is that of the only column at an end: 0 is the source.
func (r *Relationship) single(end int, name string) bool {
	return len(r.Pairs) == 1 && r.Pairs[0][end] == name
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
func ambiguous(matches []*Relationship, source Name, table string) *diagnosis.Finding {
	matches = slices.SortedStableFunc(slices.Values(matches), (*Relationship).compare)
	type choice struct {
		Cardinality  Cardinality `json:"cardinality"`
		Embedding    string      `json:"embedding"`
		Relationship string      `json:"relationship"`
	}
	var choices []choice
	var hints []string
	for _, r := range matches {
		choices = append(choices, choice{r.Cardinality, source.Name + " with " + r.Target.Name, r.describe(source)})
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

// describe says by what r relates, as PostgREST does.
func (r *Relationship) describe(source Name) string {
	columns := func(pairs [][2]string, end int) string {
		names := make([]string, len(pairs))
		for i := range pairs {
			names[i] = pairs[i][end]
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	switch j := r.Junction; {
	case r.Function != "":
		return r.FunctionName
	case j != nil:
		return j.Name.Name + " using " + j.SourceConstraint + columns(j.SourcePairs, 0) + " and " + j.TargetConstraint + columns(j.TargetPairs, 0)
	}
	return r.Constraint + " using " + source.Name + columns(r.Pairs, 0) + " and " + r.Target.Name + columns(r.Pairs, 1)
}
