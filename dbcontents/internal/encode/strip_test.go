package encode

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestWithoutNulls(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`null`: `null`, ` 1 `: `1`, `"null"`: `"null"`, `[null, null]`: `[null,null]`, `{}`: `{}`, `{"a":null}`: `{}`,
		`{"a" : null , "b":1}`: `{"b":1}`, `{"a":1,"b":null}`: `{"a":1}`, `{"a":null,"b":null,"c":null}`: `{}`,
		`{"a":{"b":null},"c":[{"d":null,"e":null},null]}`: `{"a":{},"c":[{},null]}`, `{"a":[],"b":{},"c":null}`: `{"a":[],"b":{}}`,
		`{"null":"null","a":[null],"null":null}`: `{"null":"null","a":[null]}`, `{"a":"\u0000\"\\","b":null}`: `{"a":"\u0000\"\\"}`,
		`{"a:":"{\"","b":null,"c":["[",":"]}`: `{"a:":"{\"","c":["[",":"]}`, `[1,"a",{"b":null},[null]]`: `[1,"a",{},[null]]`, "{\n\"a\":\r\n\tnull\n}": `{}`,
		`"\ud83d"`: `"\ud83d"`, `{"a":-1.5e+3,"b":true,"c":null}`: `{"a":-1.5e+3,"b":true}`,
	} {
		if got := string(withoutNulls([]byte(`x{`), []byte(src))); got != `x{`+want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
	for _, src := range []string{`"`, `{"a`, `"\`, `{"a":"\"`, "\xff"} {
		if got := withoutNulls(nil, []byte(src)); got != nil {
			t.Errorf("%q: %q", src, got)
		}
	}
}

// randomJSON is JSON with many nulls, and space where it may be.
func randomJSON(b *strings.Builder, depth int) {
	space := func() { b.WriteString([]string{"", "", " ", "\n\t"}[rand.IntN(4)]) }
	text := func() { b.WriteString([]string{`"a"`, `"null"`, `""`, `"é\n\"{[:,"`, `"\\"`}[rand.IntN(5)]) }
	space()
	switch n := rand.IntN(8); {
	case n < 2 && depth > 0:
		b.WriteByte('{')
		for i := range rand.IntN(4) {
			b.WriteString([]string{"", ","}[min(i, 1)])
			text()
			space()
			b.WriteByte(':')
			randomJSON(b, depth-1)
		}
		b.WriteByte('}')
	case n < 4 && depth > 0:
		b.WriteByte('[')
		for i := range rand.IntN(4) {
			b.WriteString([]string{"", ","}[min(i, 1)])
			randomJSON(b, depth-1)
		}
		b.WriteByte(']')
	case n < 6:
		b.WriteString("null")
	case n < 7:
		text()
	default:
		fmt.Fprint(b, rand.IntN(100))
	}
	space()
}

// What is left is what the server's own function leaves.
func TestWithoutNullsIsTheServers(t *testing.T) {
	t.Parallel()
	conn := pgtest.New(t).Conn()
	for range 500 {
		var b strings.Builder
		randomJSON(&b, 5)
		var want string
		if err := conn.QueryRow(t.Context(), "SELECT json_strip_nulls($1::json)::text", b.String()).Scan(&want); err != nil {
			t.Fatal(err)
		}
		var one, two any
		got := withoutNulls(nil, []byte(b.String()))
		if err := json.Unmarshal(got, &one); err != nil {
			t.Fatalf("%s: %s, %v", b.String(), got, err)
		}
		if err := json.Unmarshal([]byte(want), &two); err != nil || !reflect.DeepEqual(one, two) {
			t.Errorf("%s: %s, want %s", b.String(), got, want)
		}
	}
}
