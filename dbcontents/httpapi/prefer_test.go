package httpapi_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// TestNotToBeCut asks for an answer that is too large to be held back, and that the maximum cuts.
func TestNotToBeCut(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{MaxRows: 100_000})
	for path, whole := range map[string]bool{"/dbcontents/large": false, "/dbcontents/large?limit=50000": true} {
		server := serve(t, handler(store))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Prefer", "max-rows=fail")
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if whole != (err == nil) || response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, then %v", path, response.Status, err)
		}
	}
}

func TestMaxCostIsAProblem(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{MaxCost: 100}, ids, "ANALYZE test_table")
	checkAll(t, handler(store), []rule{
		{name: "cheap", path: "/dbcontents?id=eq.1&select=id", status: 200, body: `[{"id":1}]` + "\n"},
		{name: "costly", path: "/dbcontents/large", status: 400, code: "54001"},
	})
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{MaxRows: 2}, "CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(60)", "CREATE TABLE two AS SELECT 1 AS id UNION SELECT 2")
	slow, err := dbcontents.Open(dbcontents.Config{Pool: poolOf(t, store), Tables: []string{"test_table", "slow", "two"}, MaxRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slow.Close() })
	applied := func(value string) map[string]string { return map[string]string{"Preference-Applied": value} }
	const path = "/dbcontents?limit=1"
	checkAll(t, handler(slow), []rule{
		{name: "none", path: path, status: 200, header: applied("")},
		{name: "unknown ones are ignored", path: path, send: []string{"Prefer", "anything, respond-async"}, status: 200, header: applied("")},
		{name: "lenient", path: path, send: []string{"Prefer", "handling=lenient, anything"}, status: 200, header: applied("handling=lenient")},
		{
			name: "strict", path: path, send: []string{"Prefer", "anything, handling=strict", "Prefer", "something=else"}, status: 400,
			code: "PGRST122", message: "Invalid preferences given with handling=strict", details: "Invalid preferences: anything, something=else", header: applied(""),
		},
		{name: "strict, all known", path: path, send: []string{"Prefer", "handling=strict,return=representation , tx=rollback, missing=default,resolution=merge-duplicates,max-affected=3"}, status: 200, header: applied("handling=strict")},
		{name: "strict, the others that are known", path: path, send: []string{"Prefer", "handling=strict, return=minimal, return=headers-only, tx=commit, missing=null, resolution=ignore-duplicates"}, status: 200, header: applied("handling=strict")},
		{name: "strict, no such count", path: path, send: []string{"Prefer", "handling=strict, count=none"}, status: 400, code: "PGRST122", details: "Invalid preferences: count=none"},
		{name: "all that is applied, in its order", path: path, send: []string{"Prefer", "timezone=UTC, handling=strict", "Prefer", "count=exact"}, status: 206, header: applied("count=exact, handling=strict, timezone=UTC")},
		{name: "the first of a kind", path: path, send: []string{"Prefer", "handling=lenient", "Prefer", "handling=strict, anything"}, status: 200, header: applied("handling=lenient")},
		{name: "exact names", path: path, send: []string{"Prefer", "handling = strict, Handling=strict, anything"}, status: 200, header: applied("")},
		{name: "values of a kind that are unknown", path: path, send: []string{"Prefer", "handling=strict, return=all"}, status: 400, code: "PGRST122", details: "Invalid preferences: return=all"},
		{name: "wait", path: path, send: []string{"Prefer", "wait=20, wait=1"}, status: 200, header: applied("wait=20")},
		{name: "a wait that is none", path: path, send: []string{"Prefer", "wait=soon, wait=0"}, status: 200, header: applied("")},
		{name: "a wait that is none, strictly", path: path, send: []string{"Prefer", "wait=soon, handling=strict"}, status: 400, code: "PGRST122", details: "Invalid preferences: wait=soon"},
		{name: "a wait for ever", path: path, send: []string{"Prefer", "wait=4000000000"}, status: 200, header: applied("wait=86400")},
		{name: "a wait that is over", path: "/dbcontents/slow", send: []string{"Prefer", "wait=1"}, status: 504, code: "57014", header: applied("")},
		{name: "cut at the maximum", path: "/dbcontents", status: 200, header: map[string]string{"Dbcontents-Status": "max-rows", "Dbcontents-Rows": "2"}},
		{name: "not to be cut", path: "/dbcontents", send: []string{"Prefer", "max-rows=fail"}, status: 400, code: "PGRST124", header: applied("")},
		{name: "not to be cut by another number", path: "/dbcontents", send: []string{"Prefer", "max-rows=fail"}, status: 400, code: "PGRST124"},
		{name: "whole", path: "/dbcontents/two", send: []string{"Prefer", "handling=strict, max-rows=fail"}, status: 200, header: applied("handling=strict, max-rows=fail")},
	})
}
