package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	sql := `CREATE TABLE people (id int PRIMARY KEY, name text, secret text, born date);
		INSERT INTO people VALUES (1, 'Ann', 'x', '2000-01-01'), (2, 'Bob', 'y', '2001-01-01');
		CREATE TABLE keyed (id int PRIMARY KEY, word text); INSERT INTO keyed VALUES (1, 'a'), (2, 'a');
		CREATE SCHEMA other; CREATE TABLE other.people AS SELECT * FROM people`
	store, _ := setup(t, dbcontents.Config{Tables: []string{"people", "other.people", "test_table", "keyed", "empty"}}, sql)
	h := httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{
		"people":       {Columns: []string{"name", "born", "id"}, Filters: []string{"id"}, Orders: []string{"id", "born"}},
		"other.people": {Filters: []string{}},
		"keyed":        {Columns: []string{"word"}},
		"test_table":   {Operators: []dbcontents.Op{"eq", "in", "fts"}},
		"empty":        {Operators: []dbcontents.Op{}},
	}})
	const missing = "column people.secret does not exist"
	checkAll(t, h, []rule{
		{name: "all columns that may be read", path: "/dbcontents/people?limit=1&order=id", status: 200, body: `[{"id":1,"name":"Ann","born":"2000-01-01"}]` + "\n"},
		{name: "of the default table", path: "/dbcontents?limit=1&order=id", status: 200, body: `[{"id":1,"name":"Ann","born":"2000-01-01"}]` + "\n"},
		{name: "as text", path: "/dbcontents/people?order=id&format=text", status: 200, body: "Ann\nBob\n"},
		{name: "one that may be read", path: "/dbcontents/people?select=name&order=id.desc&limit=1", status: 200, body: `[{"name":"Bob"}]` + "\n"},
		{name: "one that may not", path: "/dbcontents/people?select=name,secret", status: 400, code: "42703", message: missing},
		{name: "one that is not there", path: "/dbcontents/people?select=nothing", status: 400, code: "42703", message: "column people.nothing does not exist"},
		{name: "sorting by one that may not be read", path: "/dbcontents/people?order=secret", status: 400, code: "42703", message: missing},
		{name: "sorting by one that may not be sorted by", path: "/dbcontents/people?order=name", status: 403, code: "42501", message: "sorting by name is not allowed"},
		{name: "filtering", path: "/dbcontents/people?select=name&id=eq.2", status: 200, body: `[{"name":"Bob"}]` + "\n"},
		{name: "filtering by one that may not be filtered by", path: "/dbcontents/people?or=(id.eq.1,not.and(id.gt.5,name.eq.Bob))", status: 403, code: "42501", message: "filtering by name is not allowed"},
		{name: "filtering by one that may not be read", path: "/dbcontents/people?secret->>a=eq.x", status: 400, code: "42703", message: missing},
		{name: "a page whose key may be read", path: "/dbcontents/people?limit=1", status: 200, header: map[string]string{"Content-Range": "0-0/*"}},
		{name: "no page by a hidden key", path: "/dbcontents/keyed?limit=1", status: 200, header: map[string]string{"Link": ""}, body: `[{"word":"a"}]` + "\n"},
		{name: "no token of a hidden key", path: "/dbcontents/keyed?limit=1&after=AQ", status: 400, code: "PGRST100", message: "the token is not one that this package has given"},
		{name: "an operator", path: "/dbcontents/test_table?or=(id.in.(1,2),value.fts(english).x)&id=not.eq(any).{2}", status: 200, body: `[{"id":1,"value":"one"}]` + "\n"},
		{name: "an operator that is kept out", path: "/dbcontents/test_table?value=match.^(o*)*$", status: 403, code: "42501", message: "filtering with match is not allowed"},
		{name: "in a list, with all", path: "/dbcontents/test_table?id=eq.1&and=(id.in.(1),or(value.not.like(all).{a*}))", status: 403, code: "42501", message: "filtering with like is not allowed"},
		{name: "no operator at all", path: "/dbcontents/empty?id=is.null", status: 403, code: "42501", message: "filtering with is is not allowed"},
		{name: "another table", path: "/dbcontents/test_table?order=value&limit=0", status: 200},
		{name: "no such table", path: "/dbcontents/nothing", status: 404, code: "PGRST205"},
	})
	if _, body := get(t, h, "/dbcontents/test_table?id=gt.1"); !strings.Contains(body, "filtering with these is possible: eq, in, fts") {
		t.Errorf("the hint lists no operators: %s", body)
	}
	for _, path := range []string{"/dbcontents?format=html", "/dbcontents/people?select=secret", "/dbcontents/people?order=secret"} {
		if _, body := get(t, h, path); strings.Contains(body, ">secret") || strings.Contains(body, "id, name, secret") {
			t.Errorf("%s names the column: %s", path, body)
		}
	}
	if w := answerOf(http.HandlerFunc(h.Index), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)); !strings.Contains(w.Body.String(), `"name",`) || strings.Count(w.Body.String(), "secret") != 1 { // that of other.people
		t.Errorf("the index: %s", w.Body)
	}
}
