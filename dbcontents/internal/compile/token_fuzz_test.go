package compile

import (
	"bytes"
	"testing"
)

// A token that is read is the one that is written, and what is none is refused.
func FuzzToken(f *testing.F) {
	whole := cursor{order: [digestSize]byte{1, 2, 3}, back: true, values: [][]byte{[]byte("a"), nil, {}, bytes.Repeat([]byte("x"), 300)}}
	f.Add(whole.token())
	empty := cursor{}
	f.Add(empty.token())
	f.Add("")
	f.Add("AS0AAAAAAAAAAAAAAAD_____AQ")
	f.Add("AS0AAAAAAAAAAAAAAAA\n")
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := parseToken(token)
		if !ok {
			return
		}
		again, ok := parseToken(c.token())
		if !ok || again.back != c.back || again.order != c.order || len(again.values) != len(c.values) {
			t.Fatalf("%q is %+v, which is written and read as %+v", token, c, again)
		}
		for i, v := range c.values {
			if !bytes.Equal(v, again.values[i]) || (v == nil) != (again.values[i] == nil) {
				t.Fatalf("value %d of %q: %q, again %q", i, token, v, again.values[i])
			}
		}
	})
}
