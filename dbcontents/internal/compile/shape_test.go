package compile

import "testing"

// The name of an embed is the request's to choose, and is taken for nothing else in a shape.
func TestShapeTellsEmbedsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, fields := range map[string][]Field{
		"a column left out":     {{}, {Column: "title", Omit: true}, pairOf("x")},
		"an alias with a dash":  {{}, {Column: "title"}, pairOf("-x")},
		"no alias":              {{}, {Column: "title"}, pairOf("")},
		"all columns within":    {pairOf("x", Field{})},
		"an embed within":       {pairOf("x", pairOf("*"))},
		"an embed behind":       {pairOf("x"), pairOf("*")},
		"an embed called as ID": {pairOf("x", pairOf("0"))},
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
