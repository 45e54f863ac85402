package compile

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// The name of an embed is the request's to choose, and is taken for nothing else in a shape.
func TestShapeTellsEmbedsApart(t *testing.T) {
	t.Parallel()
	embed := func(alias string, fields ...Field) Field {
		via := &catalog.Relationship{Cardinality: catalog.ManyToOne, Target: catalog.Name{Schema: "public", Name: "pairs"}, Pairs: [][2]string{{"id", "a"}}}
		return Field{Alias: alias, Embed: &Embed{Table: "pairs", Via: via, Of: pairs, Select: fields}}
	}
	seen := map[string]string{}
	for name, fields := range map[string][]Field{
		"a column left out":     {{}, {Column: "title", Omit: true}, embed("x")},
		"an alias with a dash":  {{}, {Column: "title"}, embed("-x")},
		"no alias":              {{}, {Column: "title"}, embed("")},
		"all columns within":    {embed("x", Field{})},
		"an embed within":       {embed("x", embed("*"))},
		"an embed behind":       {embed("x"), embed("*")},
		"an embed called as ID": {embed("x", embed("0"))},
	} {
		q := Query{Select: fields}
		if err := q.Check(true); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shape := string(q.shape(nil))
		if other, ok := seen[shape]; ok {
			t.Errorf("%s has the shape of %s", name, other)
		}
		seen[shape] = name
	}
}
