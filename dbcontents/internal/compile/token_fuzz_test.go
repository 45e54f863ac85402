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
		if !ok || len(token) > maxToken {
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

// A token is as long as its bound at most. What is longer is none.
func TestTokenBound(t *testing.T) {
	t.Parallel()
	longest := 0
	for size := range 3000 {
		c := cursor{values: [][]byte{make([]byte, size), nil}}
		token := c.token()
		if longest = max(longest, len(token)); len(token) > maxToken {
			t.Fatalf("%d bytes make a token of %d", size, len(token))
		}
		if (token == "") != (size > 1135) {
			t.Fatalf("%d bytes make the token %q", size, token)
		}
	}
	if longest != maxToken {
		t.Errorf("the longest token has %d bytes", longest)
	}
}
