package pgrest_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

func TestEmbedErrors(t *testing.T) {
	t.Parallel()
	const syntax, unknown = "PGRST100", "PGRST108"
	many := func(item string, n int) string { return strings.Repeat(item+",", n-1) + item }
	for _, tt := range []struct{ reason, raw, code, message, details string }{
		{"no end", "select=rel(a", syntax, `"failed to parse select parameter (rel(a)" (line 1, column 6)`, `expecting "->>", "->", "::", ".", "," or ")"`},
		{"no end after an embed", "select=rel(a(b)", syntax, "column 9)", `expecting "," or ")"`},
		{"one end too many", "select=rel(a))", syntax, "column 7)", `expecting "," or end of input`},
		{"no item", "select=rel(a,)", syntax, "column 7)", "field name"},
		{"no item at all", "select=rel(,)", syntax, "column 5)", "field name"},
		{"a path", "select=rel->a(*)", syntax, "column 7)", ""},
		{"a path and a hint", "select=rel->a.b!h(*)", syntax, "", ""},
		{"a cast", "select=rel(*)::text", syntax, "column 7)", `expecting "," or end of input`},
		{"an aggregate", "select=rel(*).sum()", syntax, "column 7)", `unexpected "."`},
		{"a path after it", "select=rel(*)->a", syntax, "", ""},
		{"both joins", "select=rel!inner!left(*)", syntax, "column 11)", "one of !inner and !left"},
		{"a join twice", "select=rel!inner!inner(*)", syntax, "column 11)", "one of !inner and !left"},
		{"two hints", "select=rel!a!b(*)", syntax, "column 7)", "one hint"},
		{"an empty hint", `select=rel!""(*)`, syntax, "column 5)", "one hint"},
		{"no hint", "select=rel!(*)", syntax, "column 5)", "field name"},
		{"no list", "select=rel!inner", syntax, "column 10)", `expecting "!" or "("`},
		{"a spread column", "select=...rel", syntax, "column 7)", `expecting "!" or "("`},
		{"a spread without a name", "select=...(*)", syntax, "column 4)", "field name"},
		{"an alias of a spread", "select=x:...rel(*)", syntax, "column 3)", "field name"},
		{"an alias in a spread", "select=...x:rel(*)", syntax, "column 5)", `expecting "!" or "("`},
		{"count of columns", "select=count(id)", syntax, "column 6)", "a table called count needs double quotes"},
		{"count of a hint", "select=x:count!h(id)", syntax, "", "a table called count needs double quotes"},
		{"too deep", "select=" + nested(9), syntax, "", "at most 8 embeds within another"},
		{"too many", "select=" + many("r()", 33), syntax, "", "at most 32 embeds in a request"},
		{"too many below", "select=" + many("r(s(),t())", 11), syntax, "", "at most 32 embeds in a request"},
		{"too many items", "select=r(" + many("a", 400) + "),s(" + many("a", 399) + ")", syntax, "", "at most 800 items"},

		{"an alias of an omission", "select=x:-a", syntax, "column 3)", "field name"},
		{"an omission with an alias", "select=*,-a:b", syntax, "column 5)", `expecting "," or end of input`},
		{"an omission with a cast", "select=*,-a::text", syntax, "column 5)", `expecting "," or end of input`},
		{"an omission with a path", "select=*,-a->b", syntax, "column 5)", `expecting "," or end of input`},
		{"an omission with an aggregate", "select=*,-a.sum()", syntax, "column 5)", ""},
		{"an omission of all", "select=-*", syntax, "column 2)", "field name"},
		{"an omission of an embed", "select=-rel(*)", syntax, "column 5)", ""},
		{"an omission of nothing", `select=-""`, syntax, "column 2)", "the name of a column"},
		{"two dashes", "select=--a", syntax, "column 2)", "field name"},

		{"an unknown filter", "select=rel(*)&other.a=eq.1", unknown, "'other'", ""},
		{"an unknown filter below", "select=rel(*)&rel.other.a=eq.1", unknown, "'other'", ""},
		{"an embed of another level", "select=a(b(*))&b.c=eq.1", unknown, "'b'", ""},
		{"an unknown tree", "select=rel(*)&other.or=(a.eq.1)", unknown, "'other'", ""},
		{"an unknown tree below", "select=rel(*)&rel.other.not.and=(a.eq.1)", unknown, "'other'", ""},
		{"an unknown order", "select=rel(*)&other.order=a", unknown, "'other'", ""},
		{"an unknown limit", "select=rel(*)&other.limit=1", unknown, "'other'", ""},
		{"an unknown offset below", "select=rel(*)&rel.other.offset=1", unknown, "'other'", ""},
		{"an unknown number of rows", "select=rel(*)&a.rel.count()=eq.1", unknown, "'a'", ""},
		{"an unknown order by an embed", "select=rel(*)&order=other(a)", unknown, "'other'", ""},
		{"an unknown order by an embed below", "select=rel(*),b(*)&rel.order=b(a)", unknown, "'b'", ""},
		{"without select", "rel.a=eq.1", unknown, "'rel'", ""},
		{"a column", "select=rel&rel.a=eq.1", unknown, "'rel'", ""},
		{"an empty name", `select=rel(*)&"".a=eq.1`, unknown, "''", ""},
		{"the first of several", "select=rel(*)&x.a=eq.1&y.a=eq.1&order=z(a)", unknown, "'x'", ""},
		{"after mistakes of syntax", "select=rel(*)&x.a=eq.1&y.a=eqq.1", syntax, "", ""},

		{"a key without a name", ".order=a", syntax, "tree path (.order)", "field name"},
		{"a key with an empty name", "select=rel(*)&rel..limit=1", syntax, "column 5)", "field name"},
		{"a path in a key", "select=rel(*)&rel->a.limit=1", syntax, "column 4)", "delimiter (.)"},
		{"a key without its quote", `"rel.order=a`, syntax, "tree path", "closing quote"},
		{"a filter", "select=rel(*)&rel.a=eqq.1", syntax, "filter (eqq.1)", `after "rel.a="`},
		{"a tree", "select=rel(*)&rel.or=(a.eq.1", syntax, "logic tree", ""},
		{"an order", "select=rel(*)&rel.order=a.up", syntax, "order (a.up)", `after "rel.order=a."`},
		{"a limit", "select=rel(*)&rel.limit=ten", syntax, "limit (ten)", `after "rel.limit="`},
		{"an order by nothing", "select=rel(*)&order=rel()", syntax, "column 5)", "field name"},
		{"an order by two", "select=rel(*)&order=rel(a,b)", syntax, "column 6)", `expecting "->>", "->" or ")"`},
		{"an order by a path", "select=rel(*)&order=rel->a(b)", syntax, "", ""},
		{"an order by no embed", `select=rel(*)&order=""(b)`, syntax, "", "name of an embed"},
		{"a number of rows that is no test", "select=rel(*)&or=(rel.count())", syntax, "", "delimiter (.)"},
		{"a number of rows of a path", "select=rel(*)&or=(rel->a.count().gt.5)", syntax, "", ""},

		{"a negative limit", "select=rel(*)&rel.limit=-1", "PGRST103", "Requested range not satisfiable", "greater than or equal to zero"},
		{"a negative limit before what is unknown", "select=rel(*)&x.limit=1&rel.limit=-1", "PGRST103", "", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			_, bad := pgrest.Parse(tt.raw)
			status := 400
			if tt.code == "PGRST103" {
				status = 416
			}
			if bad == nil || bad.Code != tt.code || bad.Status != status || bad.Cause == "" || bad.Hint == "" || bad.Parameter == "" ||
				!strings.Contains(bad.Message, tt.message) || !strings.Contains(bad.Details, tt.details) {
				t.Fatalf("%.80s: %+v", tt.raw, bad)
			}
			if bad.Code == unknown {
				name, _, _ := strings.Cut(bad.Message, " ")
				if bad.Message != name+" is not an embedded resource in this request" || bad.Details != "" ||
					!strings.HasPrefix(bad.Hint, "Verify that "+name+" is included in the 'select' query parameter.") {
					t.Errorf("%s: %+v", tt.raw, bad)
				}
			}
		})
	}
}

// The parameter that an error names is the one that is wrong.
func TestEmbedErrorParameter(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"select=rel(*)&other.a=eq.1": "other.a", "select=rel(*)&rel.order=x(a)": "rel.order", "select=rel(*)&rel.limit=-1": "rel.limit",
		"order=x(a)&order=y(a)": "order", "select=rel(": "select",
	} {
		if _, bad := pgrest.Parse(raw); bad == nil || bad.Parameter != want {
			t.Errorf("%s: %+v, want %s", raw, bad, want)
		}
	}
}
