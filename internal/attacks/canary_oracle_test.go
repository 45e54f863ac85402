package attacks

import (
	"net/url"
	"strings"
	"testing"
)

// A canaryGuess is a request that names what is hidden, in place of {x}. The response must be
// that to a name that does not exist at all, as like to it as that may be.
type canaryGuess struct{ name, request, hidden string }

func (g canaryGuess) compare(t *testing.T, w *canaryWorld, rig string) {
	t.Helper()
	// Nothing else may be near to one name and not to the other.
	ghost := strings.NewReplacer("canary", "kanari", "pgtest", "pgtesd").Replace(g.hidden)
	answer := func(name string) string {
		method, path, _ := strings.Cut(strings.ReplaceAll(g.request, "{x}", url.QueryEscape(name)), " ")
		a := w.rigs[rig].do(method, path, "Prefer", "count=exact")
		a.Header.Del("Etag") // it is of the answer's address too, in which the name is
		return strings.NewReplacer("canary", "{x}", "kanari", "{x}", "pgtest", "{x}", "pgtesd", "{x}").Replace(a.steady())
	}
	if hidden, absent := answer(g.hidden), answer(ghost); hidden != absent {
		t.Errorf("%s on %s: %s for %s and for what does not exist are\n%s\nand\n%s", g.name, rig, g.request, g.hidden, hidden, absent)
	}
}

// Whether a hidden column or table exists cannot be found out by asking for it.
func TestAttack01_CanaryNamesCannotBeGuessed(t *testing.T) {
	begin(t, 1)
	w := newCanaryWorld(t)
	for _, hidden := range []string{canaryColumn, canaryComputed} {
		for name, request := range map[string]string{
			"select": "select={x}", "alias": "select=y:{x}", "path": "select={x}->a", "cast": "select={x}::text", "beside": "select=id,{x}", "star": "select=*,{x}",
			"filter": "{x}=eq.1", "not": "{x}=not.is.null", "is": "{x}=is.null", "in": "{x}=in.(1,2)", "search": "{x}=fts.a", "path in a filter": "{x}->>a=eq.1", "logic": "or=({x}.eq.1,id.eq.1)", "no logic": "not.and=({x}.gt.0)",
			"order": "order={x}", "order of a page": "order={x}.desc&limit=1", "path in an order": "order={x}->a", "aggregate": "select={x}.max()", "group": "select={x},count()",
			"page": "order={x}&limit=1&after=x", "people": "select={x}&format=html", "CSV": "select={x}&format=csv", "text": "select={x}&format=text", "bytes": "select={x}&format=binary",
			"no rows": "select={x}&limit=0", "behind the end": "order={x}&offset=99", "columns": "columns={x}", "cast to it": "select=id::{x}", "row": "select=t->{x}",
		} {
			for _, rig := range []string{"contents", "aggregates", "star"} {
				canaryGuess{name, "GET /dbcontents/t?" + request, hidden}.compare(t, w, rig)
			}
			canaryGuess{name + ", HEAD", "HEAD /dbcontents/t?" + request, hidden}.compare(t, w, "contents")
		}
	}
	for name, request := range map[string]string{
		"table": "GET /dbcontents/{x}", "table with a query": "GET /dbcontents/{x}?select=id", "HEAD": "HEAD /dbcontents/{x}", "OPTIONS": "OPTIONS /dbcontents/{x}",
		"embedding": "GET /dbcontents/t?select=id,{x}(*)", "as a column": "GET /dbcontents/t?select={x}", "embedded filter": "GET /dbcontents/t?{x}.id=eq.1", "in its schema": "GET /dbcontents/public.{x}",
	} {
		for _, rig := range []string{"contents", "star"} {
			canaryGuess{name, request, canaryTable}.compare(t, w, rig)
		}
	}
}

// A stored value cannot be found out by guessing it, wherever the guess is put.
func TestAttack02_CanaryValueCannotBeGuessed(t *testing.T) {
	begin(t, 2)
	w := newCanaryWorld(t)
	for _, table := range []string{"failing", "failing_at_once", "failing_inside", "failing_json", "failing_range", "raising", "raising_as_a_value", "raising_in_german", "raising_as_a_column", "raising_as_a_conflict", "raising_as_a_denial"} {
		for name, request := range map[string]string{
			"without effect": "on_conflict={x}", "without effect, beside a value": "id=gt.0&on_conflict={x}", "without effect, beside a cast": "select=n::text&on_conflict={x}",
			"without effect, beside a path": "select=n,x:id->0&on_conflict={x}", "without a sign, beside a value": "id=gt.0&{x}", "in a key, beside a value": "id=gt.0&on_conflict=1&columns={x}", "columns": "columns={x}", "an alias": "select={x}:n", "a value that has no effect": "or=(id.eq.{x},id.gt.0)", "a key of a path": "select=id,n,x:id->{x}",
			"behind a semicolon": "select=n;on_conflict={x}", "a longer text": "on_conflict=before{x}after", "quoted": `on_conflict="{x}"`, "a filter": "n=eq.{x}", "a pattern": "n=like.{x}",
		} {
			canaryGuess{name + " of " + table, "GET /dbcontents/" + table + "?" + request, canaryValue}.compare(t, w, "contents")
		}
	}
}

// Nor can the names of what is inside the database.
func TestAttack03_CanaryNamesCannotBeGuessed(t *testing.T) {
	begin(t, 3)
	w := newCanaryWorld(t)
	for _, hidden := range []string{canaryType, canarySchema, canaryFunction, canaryTable, "canary_table[]", canarySchema + "." + canaryType, "_" + canaryTable, w.role, w.db.Name} {
		for name, request := range map[string]string{
			"a cast": "GET /dbcontents/t?select=id::{x}", "a cast of text": "GET /dbcontents/t?select=shown::{x}", "a cast of JSON": "GET /dbcontents/t?select=doc::{x}", "a cast of an aggregate": "GET /dbcontents/t?select=id.max()::{x}",
			"a search": "GET /dbcontents/t?shown=fts({x}).a", "a column": "GET /dbcontents/t?select={x}", "a function": "GET /dbcontents/rpc/{x}", "a count": "GET /dbcontents/t?limit=1&select={x}.count()",
		} {
			for _, rig := range []string{"contents", "aggregates", "star"} {
				canaryGuess{name, request, hidden}.compare(t, w, rig)
			}
		}
		for name, value := range map[string]string{"a class": "regclass", "a role": "regrole", "a type": "regtype", "a function": "regproc", "a schema": "regnamespace"} {
			canaryGuess{name + " as a value", "GET /dbcontents/t?select=shown::" + value + "&shown=neq.{x}", hidden}.compare(t, w, "contents")
		}
	}
}

// Nothing that can be seen depends on a hidden value: neither what is shown, nor how
// long it is, nor its tag.
func TestAttack02_CanaryValueHasNoInfluence(t *testing.T) {
	begin(t, 2)
	w := newCanaryWorld(t)
	var surfaces []canarySurface
	for _, s := range canarySurfaces() {
		if rig := strings.TrimPrefix(s.on, "health of "); rig == "contents" || rig == "aggregates" || rig == "star" {
			if !strings.Contains(s.name, "verbose") && !strings.Contains(s.request, "locked") { // times, and a wait
				surfaces = append(surfaces, s)
			}
		}
	}
	before := make([]string, len(surfaces))
	for range 2 { // hints list a table with an allow-list once it is known
		for i, s := range surfaces {
			before[i] = w.of(s).steady()
		}
	}
	// Still no number, no JSON and no time, but another text of another length.
	w.db.Exec(`UPDATE t SET canary_column = 'something else altogether'`)
	w.db.Exec(`UPDATE large SET canary_column = 'something else altogether'`)
	w.db.Exec(`UPDATE keyed SET canary_column = 'z' || id`)
	w.db.Exec(`UPDATE only_hidden SET canary_column = 'something else altogether'`)
	w.db.Exec(`UPDATE canary_table SET canary_field = 'something else altogether'`)
	w.db.Exec(`COMMENT ON COLUMN t.canary_column IS 'something else altogether'`)
	for i, s := range surfaces {
		if after := w.of(s).steady(); after != before[i] {
			t.Errorf("%s: %s depends on a hidden value:\n%s\nand\n%s", s.name, s.request, before[i], after)
		}
	}
}
