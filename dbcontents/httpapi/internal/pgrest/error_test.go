package pgrest_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// An error names the parameter and the position, says what was expected, and
// what was probably meant. Messages and codes are PostgREST's.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, code, message, details, hint string }{
		{"id=noop.0", "PGRST100", `"failed to parse filter (noop.0)" (line 1, column 1)`, `unexpected "noop" after "id=", expecting "not" or operator (eq, gt, ...)`, "a filter is column=operator.value"},
		{"id=eqq.0", "PGRST100", "", `"eqq"`, `did you mean "eq"?`},
		{"id=not.isnt.null", "PGRST100", "column 5)", `after "id=not."`, ""},
		{"id=5", "PGRST100", "(5)", "operator", "id=eq.1"},
		{"id=", "PGRST100", "filter ()", "end of input", ""},
		{"id=eq", "PGRST100", "column 3)", `end of input after "id=eq", expecting delimiter (.)`, ""},
		{"id=neq(any).{1}", "PGRST100", "column 4)", `unexpected "("`, ""},
		{"id=is(any).null", "PGRST100", "column 3)", "", ""},
		{"id=eq(some).{1}", "PGRST100", "column 4)", `expecting "any" or "all"`, ""},
		{"id=eq().1", "PGRST100", "", "", ""},
		{"id=eq(any.{1}", "PGRST100", "", `expecting ")"`, ""},
		{"id=fts().x", "PGRST100", "", "configuration", ""},
		{"id=is.nil", "PGRST100", "column 4)", "null, not_null, true, false or unknown", ""},
		{"id=is.ture", "PGRST100", "", "", `did you mean "true"?`},
		{"id=in.1,2", "PGRST100", "column 4)", `expecting "("`, ""},
		{"id=in.(1,2", "PGRST100", "column 8)", `expecting "," or ")"`, ""},
		{"id=not.not.eq.1", "PGRST100", "column 5)", "", ""}, // one not only
		{"*=eq.1", "PGRST100", `"failed to parse tree path (*)" (line 1, column 1)`, "field name", ""},
		{`"id=eq.1`, "PGRST100", "tree path", "closing quote", ""},
		{"=eq.1", "PGRST100", "tree path ()", "end of input", ""},
		{"%ff=eq.1", "PGRST100", "", "UTF-8", ""},
		{"id=eq.%ff", "PGRST100", "", "UTF-8", ""},

		{"limt=10", "PGRST100", "filter (10)", "", `did you mean "limit"?`},
		{"oder=id", "PGRST100", "", "", `did you mean "order"?`},
		{"format=xml", "PGRST100", "", "", "json, ndjson, csv, text, html"},
		{"limit=-1", "PGRST103", "Requested range not satisfiable", "Limit should be greater than or equal to zero.", ""},
		{"limit=ten", "PGRST100", `"failed to parse limit (ten)" (line 1, column 1)`, `unexpected "ten" after "limit=", expecting a whole number`, "0 for none"},
		{"limit=eq.5", "PGRST100", "limit", "", "and=(limit.eq.1)"},
		{"limit=+%2B5", "PGRST100", "limit", `"+"`, ""},
		{"limit=ten&limit=2", "PGRST100", "limit (ten)", "", ""},
		{"offset=1.5", "PGRST100", "offset (1.5)", "a whole number", "how many rows to skip"},
		{"rel.limit=1", "PGRST108", "'rel' is not an embedded resource in this request", "", "Verify that 'rel' is included in the 'select' query parameter."},
		{"rel.id=eq.1", "PGRST108", "'rel'", "", "double quotes"},
		{"not.id=eq.1", "PGRST108", "'not'", "", "column=not.eq.value"},
		{"rel.or=(id.eq.1)", "PGRST108", "'rel'", "", ""},
		{"rel.not.and=(id.eq.1)", "PGRST108", "'rel'", "", ""},
		{"order=rel(id)", "PGRST108", "'rel'", "", ""},

		{"select=a,,b", "PGRST100", "column 3)", `unexpected "," after "select=a,"`, ""},
		{"select=a,", "PGRST100", "column 3)", "end of input", ""},
		{"select=a b.c", "PGRST100", "", `unexpected "c"`, "double quotes"},
		{"select=a.summ()", "PGRST100", "", "", `did you mean "sum"?`},
		{"select=a.sum", "PGRST100", "", `expecting "()"`, ""},
		{"select=a::numeric(9,2)", "PGRST100", "", `unexpected "("`, ""},
		{"select=a::text[]", "PGRST100", "", `unexpected "["`, ""},
		{"select=a::", "PGRST100", "", "name of a type", ""},
		{"select=*x", "PGRST100", "column 2)", "", ""},
		{"select=a)b", "PGRST100", "column 2)", "", ""},
		{"select=a->", "PGRST100", "column 4)", "any non reserved character", ""},
		{"select=a->>-78xy", "PGRST100", "column 5)", "", ""},
		{"select=a->99999999999", "PGRST100", "", "an index of an array", ""},
		{"select=a->>b->c", "42883", "operator does not exist: text -> unknown", "", "last step"},
		{"select=a-", "PGRST100", "column 3)", "field name", ""},
		{`select="a`, "PGRST100", "", "closing quote", ""},
		{"select=" + strings.Repeat("a,", 900) + "a", "PGRST100", "", "at most 800 items", ""},
		{"select=a" + strings.Repeat("->b", 101), "PGRST100", "", "at most 100 steps", ""},

		{"order=", "PGRST100", "order ()", "field name", ""},
		{"order=id.ac", "PGRST100", `"failed to parse order (id.ac)" (line 1, column 4)`, `"asc", "desc", "nullsfirst" or "nullslast"`, `did you mean "asc"?`},
		{"order=id.asc.nulsfirst", "PGRST100", "column 8)", `"nullsfirst" or "nullslast"`, `did you mean "nullsfirst"?`},
		{"order=id.descc", "PGRST100", "", "", `did you mean "desc"?`},
		{"order=id.nullslast.desc", "PGRST100", "column 13)", "", ""},
		{"order=id.asc.desc", "PGRST100", "", "", ""},
		{"order=a&order=b.up", "PGRST100", "", "", ""}, // the second does not count, but is read
		{"order=a::text", "PGRST100", "", "", ""},

		{"or=()", "PGRST100", `"failed to parse logic tree (())" (line 1, column 4)`, `unexpected ")" after "or=(", expecting field name`, ""},
		{"or=)(", "PGRST100", `"failed to parse logic tree ()()" (line 1, column 3)`, `expecting "("`, ""},
		{"or=(id.in.1,2,id.eq.3)", "PGRST100", "column 10)", `unexpected "1" after "or=(id.in."`, ""},
		{"and=(ord(id.eq.1,id.eq.1),id.eq.2)", "PGRST100", "column 5)", "logic operator (and, or)", `did you mean "or"?`},
		{"or=(id.eq.1,not.xor(id.eq.2,id.eq.3))", "PGRST100", "column 16)", "logic operator (and, or)", ""},
		{"or=(id.eq.1", "PGRST100", "", `expecting "," or ")"`, ""},
		{"or=(id.eq.1,)", "PGRST100", "", "field name", ""},
		{"or=(id)", "PGRST100", "", "delimiter (.)", ""},
		{"or=(id.is.nullish)", "PGRST100", "", `unexpected "ish"`, ""},
		{"or=(id.cs.{1}x)", "PGRST100", "", "", ""},
		{"or=" + strings.Repeat("(and", 50) + "(", "PGRST100", "", "at most 40 lists", ""},
	} {
		_, bad := pgrest.Parse(tt.raw)
		status := map[string]int{"42883": 404, "PGRST103": 416}[tt.code]
		if status == 0 {
			status = 400
		}
		if bad == nil || bad.Code != tt.code || bad.Status != status || bad.Cause == "" || bad.Hint == "" ||
			!strings.Contains(bad.Message, tt.message) || !strings.Contains(bad.Details, tt.details) || !strings.Contains(bad.Hint, tt.hint) {
			t.Errorf("%.60s: %+v", tt.raw, bad)
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	longest := "a=eq." + strings.Repeat("x", pgrest.MaxBytes-5)
	if _, bad := pgrest.Parse(longest); bad != nil {
		t.Error(bad)
	}
	if _, bad := pgrest.Parse(longest + "x"); bad == nil || bad.Status != 414 {
		t.Error(bad)
	}
}

// What strangers sent is not repeated to them at length.
func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"a=" + strings.Repeat("é", 9000), strings.Repeat("é", 9000) + "=x", "or=(" + strings.Repeat("x", 20000), "select=" + strings.Repeat("x,", 10000)} {
		if _, bad := pgrest.Parse(raw); bad == nil || len(bad.Message)+len(bad.Details)+len(bad.Hint) > 1500 {
			t.Errorf("%.20s: %d bytes: %v", raw, len(bad.Message)+len(bad.Details)+len(bad.Hint), bad)
		}
	}
}

// The hint for an unknown operator lists those that there are.
func TestHintListsOperators(t *testing.T) {
	t.Parallel()
	_, bad := pgrest.Parse("id=x")
	_, list, _ := strings.Cut(bad.Hint, "the operators are ")
	names := strings.Split(list, ", ")
	if len(names) != 25 {
		t.Errorf("%d operators: %s", len(names), bad.Hint)
	}
	for _, name := range names {
		if _, bad := pgrest.Parse("id=" + name + ".null"); bad != nil && strings.Contains(bad.Message, "column 1)") {
			t.Errorf("%s is none: %v", name, bad)
		}
	}
}
