package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// functions are of every kind of result, and such as cannot be called.
const functions = `
CREATE TABLE books (id int PRIMARY KEY, title text, year int, q text);
INSERT INTO books VALUES (1, 'Emma', 1815, 'eq.x'), (2, 'Persuasion', 1817, 'b'), (3, 'Ulysses', 1922, 'c');
CREATE FUNCTION since(y int) RETURNS SETOF books LANGUAGE sql STABLE AS $$ SELECT * FROM books WHERE year >= y $$;
CREATE FUNCTION filtered(id int) RETURNS SETOF books LANGUAGE sql STABLE AS $$ SELECT * FROM books WHERE books.id >= filtered.id $$;
CREATE FUNCTION find(q text, n int DEFAULT 10) RETURNS TABLE (asked text, title text) LANGUAGE sql STABLE AS $$ SELECT $1, title FROM books ORDER BY id LIMIT $2 $$;
CREATE FUNCTION mixed(q text DEFAULT 'none') RETURNS SETOF books LANGUAGE sql STABLE AS $$ SELECT id, title, year, $1 FROM books ORDER BY id $$;
CREATE FUNCTION one(i int) RETURNS books LANGUAGE sql STABLE AS $$ SELECT * FROM books WHERE id = i $$;
CREATE FUNCTION numbers(n int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS $$ SELECT generate_series(1, n) $$;
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT a + b $$;
CREATE FUNCTION hello(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'Hello, ' || name $$;
CREATE FUNCTION doc() RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT '{"a": [1]}'::json $$;
CREATE FUNCTION ends(OUT first int, OUT last int) LANGUAGE sql STABLE AS $$ SELECT min(year), max(year) FROM books $$;
CREATE FUNCTION many(VARIADIC v text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$ SELECT unnest(v) $$;
CREATE FUNCTION listed(v int[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT sum(x) FROM unnest(v) x $$;
CREATE FUNCTION bits(c character, b bit) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT c || b::text $$;
CREATE FUNCTION after(after text, format text, "limit" int DEFAULT 0) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT after || format $$;
CREATE FUNCTION over(a int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION over(a int, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'ab' $$;
CREATE FUNCTION same(a int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
CREATE FUNCTION same(a text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 $$;
CREATE FUNCTION "odd name/?"("x y" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT "x y" $$;
CREATE FUNCTION fails(state text) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'no way' USING ERRCODE = state, DETAIL = 'd', HINT = 'h'; END $$;
CREATE FUNCTION do_write() RETURNS int LANGUAGE sql AS $$ INSERT INTO books VALUES (9) RETURNING 1 $$;
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN do_write(); END $$;
CREATE FUNCTION large(n int) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$ SELECT repeat('x', 99) FROM generate_series(1, n) $$;
CREATE FUNCTION gives_void() RETURNS void LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE PROCEDURE a_procedure() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION unexposed() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE SCHEMA second;
CREATE FUNCTION second.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 100 $$;
CREATE TABLE rpc (id int); INSERT INTO rpc VALUES (7);
`

var functionNames = []string{
	"since", "filtered", "find", "mixed", "one", "numbers", "add", "hello", "doc", "ends", "many", "listed", "bits", "after", "over", "same", `"odd name/?"`,
	"fails", "do_write", "writes", "large", "gives_void", "a_procedure",
}

// library is a server of functions.
func library(t *testing.T, o httpapi.Options) http.Handler {
	t.Helper()
	store, _ := setup(t, dbcontents.Config{
		Tables: []string{"books", "rpc"}, Functions: functionNames, Schemas: []string{"public", "second"}, Aggregates: true,
	}, functions)
	return httpapi.New(store, o)
}

func TestCall(t *testing.T) {
	t.Parallel()
	server := serve(t, library(t, httpapi.Options{}))
	for _, tt := range []struct{ reason, path, accept, want string }{
		{"a set of rows", "since?y=1817&select=id", "", `[{"id":2},{"id":3}]`},
		{"with filters, order and limit", "since?y=1800&year=lt.1900&order=id.desc&limit=1&select=title", "", `[{"title":"Persuasion"}]`},
		{"filters on columns that are not selected", "since?y=1800&select=title&or=(id.eq.1,id.eq.3)&year=gt.1900", "", `[{"title":"Ulysses"}]`},
		{"an aggregate", "since?y=1800&select=count()", "", `[{"count":3}]`},
		{"TABLE", "find?q=x&n=1", "", `[{"asked":"x","title":"Emma"}]`},
		{"a value that reads like a filter, of a name that is no column", "find?q=eq.x&n=1&select=asked", "", `[{"asked":"eq.x"}]`},
		{"another one", "find?q=in.(a)&n=1&select=asked", "", `[{"asked":"in.(a)"}]`},
		{"and not.is.null", "find?q=not.is.null&n=1&select=asked", "", `[{"asked":"not.is.null"}]`},
		{"beside a filter", "find?q=eq.x&title=eq.Emma", "", `[{"asked":"eq.x","title":"Emma"}]`},
		{"a name that is a parameter and a column: an argument", "mixed?q=x&title=eq.Emma&select=q,title", "", `[{"q":"x","title":"Emma"}]`},
		{"a name that is a parameter and a column: a filter", "mixed?q=eq.x", "", `[]`},
		{"a name that is a parameter and a column: both", "filtered?id=2&id=gt.2&select=id", "", `[{"id":3}]`},
		{"the same, with the default", "mixed?q=eq.none&limit=1&select=q", "", `[{"q":"none"}]`},
		{"of a repeated argument the last one counts", "add?a=1&b=2&a=5", "", `7`},
		{"VARIADIC", "many?v=b&v=a&v={c}", "", `["b","a","{c}"]`},
		{"VARIADIC, once", "many?v=hi", "", `["hi"]`},
		{"VARIADIC, a value that reads like a filter", "many?v=eq.1&v=x", "", `["eq.1","x"]`},
		{"VARIADIC left out", "many", "", `[]`},
		{"an array", "listed?v={1,2}", "", `3`},
		{"char and bit are not cut", "bits?c=abc&b=101", "", `"abc101"`},
		{"an empty text", "hello?name=", "", `"Hello, "`},
		{"a plus, a space and what is encoded", "hello?name=a+b%20%26%2B", "", `"Hello, a b &+"`},
		{"a value", "add?a=1&b=2", "", `3`},
		{"json", "doc", "", `{"a": [1]}`},
		{"OUT", "ends?", "", `{"first":1815,"last":1922}`},
		{"one row", "one?i=1&select=id", "", `{"id":1}`},
		{"no row", "one?i=1&id=eq.2", "", `null`},
		{"a set of values", "numbers?n=3", "", `[1,2,3]`},
		{"a set of values, ordered and cut", "numbers?n=3&order=numbers.desc&limit=2", "", `[3,2]`},
		{"overloads", "over?a=1", "", `"a"`},
		{"overloads, by names only", "over?b=1&a=1", "", `"ab"`},
		{"overloads, with a value that reads like a filter", "over?b=eq.1&a=1", "", `"ab"`},
		{"names that are keys with other values", "after?after=x&format=y", "", `"xy"`},
		{"keys that are never arguments", "after?after=x&format=y&limit=1", "", `"xy"`},
		{"an odd name", "odd%20name%2F%3F?x+y=1", "", `"1"`},
		{"CSV", "since?y=1900&select=id,title", "text/csv", "id,title\r\n3,Ulysses\r\n"},
		{"CSV of values", "numbers?n=2", "text/csv", "pgrst_scalar\r\n1\r\n2\r\n"},
		{"NDJSON", "numbers?n=2&format=ndjson", "", "1\n2\n"},
		{"text", "hello?name=x&format=text", "", "Hello, x\n"},
		{"one object", "since?y=1900&select=id", "application/vnd.pgrst.object+json", `{"id":3}`},
		{"one value", "add?a=1&b=2", "application/vnd.pgrst.object+json", `3`},
		{"a table called rpc", "", "", `[{"id":7}]`},
	} {
		path := "/dbcontents/rpc/" + tt.path
		if tt.path == "" {
			path = "/dbcontents/rpc"
		}
		for range 2 {
			response, body := fetch(t, server, http.MethodGet, path, "Accept", tt.accept)
			if strings.Contains(response.Header.Get("Content-Type"), "json") && !strings.Contains(tt.want, " ") && !strings.Contains(tt.path, "ndjson") {
				body = compact(t, body)
			}
			if response.StatusCode != http.StatusOK || strings.TrimSuffix(body, "\n") != strings.TrimSuffix(tt.want, "\n") {
				t.Errorf("%s: %s: %d %s, want %s", tt.reason, path, response.StatusCode, body, tt.want)
			}
		}
	}
}

func TestCallHeaders(t *testing.T) {
	t.Parallel()
	var seen httpapi.Observation
	h := library(t, httpapi.Options{Observe: func(_ *http.Request, o httpapi.Observation) { seen = o }})
	for _, tt := range []struct {
		reason, method, path string
		header               []string
		status               int
		want                 map[string]string
	}{
		{"a range", "GET", "since?y=1800&order=id", []string{"Range", "0-1", "Prefer", "count=exact"}, 206, map[string]string{
			"Content-Range": "0-1/3", "Content-Location": "/dbcontents/rpc/since?order=id&y=1800", "Link": "",
		}},
		{"a limit", "GET", "since?y=1800&limit=2", nil, 200, map[string]string{"Content-Range": "0-1/*", "Link": ""}},
		{"the count of a row", "GET", "one?i=1", []string{"Prefer", "count=exact"}, 200, map[string]string{"Content-Range": "0-0/1"}},
		{"the count of a value", "GET", "add?a=1&b=2", []string{"Prefer", "count=exact"}, 200, map[string]string{"Content-Range": "0-0/1"}},
		{"HEAD", "HEAD", "since?y=1800", []string{"Prefer", "count=exact"}, 200, map[string]string{"Content-Range": "0-2/3"}},
		{"a range beyond", "GET", "since?y=1800&offset=9", []string{"Prefer", "count=exact"}, 416, map[string]string{"Content-Range": "*/3"}},
		{"OPTIONS", "OPTIONS", "since", nil, 200, map[string]string{"Allow": "OPTIONS,GET,HEAD"}},
		{"OPTIONS of none", "OPTIONS", "nope", nil, 404, nil},
		{"POST", "POST", "since", nil, 405, map[string]string{"Allow": "OPTIONS,GET,HEAD"}},
		{"a schema", "GET", "add?a=1&b=2", []string{"Accept-Profile", "public"}, 200, map[string]string{"Content-Profile": "public"}},
		{"a schema without it", "GET", "hello?name=x", []string{"Accept-Profile", "second"}, 404, nil},
		{"a file's name", "GET", "numbers?n=1", []string{"Accept", "text/csv"}, 200, map[string]string{
			"Content-Disposition": `attachment; filename="numbers.csv"; filename*=UTF-8''numbers.csv`,
		}},
	} {
		response, body := do(t, h, tt.method, "/dbcontents/rpc/"+tt.path, tt.header...)
		if response.StatusCode != tt.status {
			t.Errorf("%s: %d %s", tt.reason, response.StatusCode, body)
		}
		for name, want := range tt.want {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", tt.reason, name, got, want)
			}
		}
		if seen.Route != "/dbcontents/rpc/{function}" || tt.status < 300 && tt.method == "GET" && !strings.HasSuffix(seen.Table, "()") {
			t.Errorf("%s: %+v", tt.reason, seen)
		}
	}
	if _, body := do(t, h, "GET", "/dbcontents/rpc/add?a=1&b=2", "Accept-Profile", "second"); body != "100\n" {
		t.Error(body)
	}
	if response, body := do(t, h, "GET", "/dbcontents/rpc/numbers?n=3", "Accept", "text/html"); response.StatusCode != 200 || !strings.Contains(body, "<td") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, body := do(t, h, "GET", "/dbcontents/rpc/large?n=20000"); response.StatusCode != 200 || len(body) != 20000*103+1 {
		t.Errorf("%d, %d bytes", response.StatusCode, len(body))
	}
	for _, path := range []string{"rpc/", "rpc/a/b", "rpc//"} {
		if response, _ := do(t, h, "GET", "/dbcontents/"+path); response.StatusCode != 404 {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

func TestCallErrors(t *testing.T) {
	t.Parallel()
	h := library(t, httpapi.Options{})
	for _, tt := range []struct {
		reason, path        string
		status              int
		code, message, hint string
		details             string
	}{
		{
			"no such function", "nope", 404, "PGRST202", "Could not find the function public.nope without parameters in the schema cache", "",
			"Searched for the function public.nope without parameters, but no matches were found in the schema cache.",
		},
		{
			"a name that is near", "sinse?y=1", 404, "PGRST202", "Could not find the function public.sinse(y) in the schema cache", "Perhaps you meant to call the function public.since",
			"Searched for the function public.sinse with parameter y, but no matches were found in the schema cache.",
		},
		{
			"an argument that is unknown", "add?a=1&b=2&z=3", 404, "PGRST202", "Could not find the function public.add(a, b, z) in the schema cache", "Perhaps you meant to call the function public.add(a, b)",
			"Searched for the function public.add with parameters a, b, z, but no matches were found in the schema cache.",
		},
		{"an argument left out", "add?a=1", 404, "PGRST202", "Could not find the function public.add(a) in the schema cache", "Perhaps you meant to call the function public.add(a, b)", ""},
		{"a filter that is none", "since?y=1&id=5", 404, "PGRST202", "Could not find the function public.since(id, y) in the schema cache", "Perhaps you meant to call the function public.since(y)", ""},
		{"not exposed", "unexposed", 404, "PGRST202", "Could not find the function public.unexposed without parameters in the schema cache", "", ""},
		{"VOLATILE", "do_write", 404, "PGRST202", "Could not find the function public.do_write without parameters in the schema cache", "", ""},
		{"void", "gives_void", 404, "PGRST202", "Could not find the function public.gives_void without parameters in the schema cache", "", ""},
		{"a procedure", "a_procedure", 404, "PGRST202", "Could not find the function public.a_procedure without parameters in the schema cache", "", ""},
		{"a table", "books", 404, "PGRST202", "Could not find the function public.books without parameters in the schema cache", "", ""},
		{
			"overloads that the names do not tell apart", "same?a=1", 300, "PGRST203", "Could not choose the best candidate function between: public.same(a => integer), public.same(a => text)",
			"Try renaming the parameters or the function itself in the database so function overloading can be resolved", "",
		},
		{"a value that is no number", "add?a=x&b=1", 400, "22P02", `invalid input syntax for type integer: "x"`, "", ""},
		{"a filter on what is no column", "since?y=1&nope=eq.1", 400, "42703", "column since.nope does not exist", "", ""},
		{"a filter on a value's column that is none", "add?a=1&b=2&c=eq.1", 400, "42703", "column add.c does not exist", "", ""},
		{"a filter on an embedded table", "since?y=1&rel.id=eq.1", 400, "PGRST108", "'rel' is not an embedded resource in this request", "", ""},
		{"a status that it chooses", "fails?state=PT418", 418, "PT418", "no way", "h", "d"},
		{"an exception", "fails?state=P0001", 400, "P0001", "", "", ""},
		{"it writes", "writes", 403, "25006", "", "", ""},
		{"a select that cannot be read", "since?y=1&select=a,,b", 400, "PGRST100", "", "", ""},
		{"a key without a name", "since?y=1&=x", 400, "PGRST100", "", "", ""},
		{"a name that none can have", "add?a=1&" + strings.Repeat("b", 64) + "=1", 400, "", "", "", ""},
		{"more names than a function can have", "add?" + strings.Repeat("a=1&", 200) + "b=1", 200, "", "", "", ""},
	} {
		response, body := get(t, h, "/dbcontents/rpc/"+tt.path)
		if response.StatusCode != tt.status {
			t.Errorf("%s: %d %s", tt.reason, response.StatusCode, body)
		}
		if tt.status < 300 || tt.status == 418 && tt.code == "" {
			continue
		}
		p := problemIn(t, response, body)
		if tt.code != "" && p.Code != tt.code || tt.message != "" && p.Message != tt.message || tt.hint != "" && p.Hint != tt.hint || tt.details != "" && !strings.Contains(body, `"details":"`+tt.details+`"`) {
			t.Errorf("%s: %s", tt.reason, body)
		}
	}
	response, body := do(t, h, "PUT", "/dbcontents/rpc/add")
	if p := problemIn(t, response, body); p.Code != "PGRST101" || p.Message != "Cannot use the PUT method on RPC" {
		t.Error(body)
	}
}

// An Access of a function limits its result, and no other one does.
func TestAccessToFunctions(t *testing.T) {
	t.Parallel()
	h := library(t, httpapi.Options{Access: map[string]httpapi.Access{
		"since()":           {Columns: []string{"id", "year"}, Filters: []string{"id"}, Orders: []string{}},
		"public.filtered()": {Columns: []string{"title"}},
		"books":             {Columns: []string{"title"}},
		"numbers()":         {Columns: []string{}},
	}})
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"since?y=1900", 200, `[{"id":3,"year":1922}]`},
		{"since?y=1900&id=gt.1&select=id", 200, `[{"id":3}]`},
		{"since?y=1900&year=gt.1", 403, ""},
		{"since?y=1900&order=id", 403, ""},
		{"since?y=1900&title=eq.x", 400, ""},
		{"since?y=1900&select=title", 400, ""},
		{"filtered?id=3", 200, `[{"title":"Ulysses"}]`},
		{"filtered?id=gt.3", 400, ""}, // id is no column for this request, and so an argument
		{"one?i=1&select=id", 200, `{"id":1}`},
		{"numbers?n=1", 403, ""},
	} {
		response, body := get(t, h, "/dbcontents/rpc/"+tt.path)
		if response.StatusCode != tt.status || tt.want != "" && compact(t, body) != tt.want {
			t.Errorf("%s: %d %s", tt.path, response.StatusCode, body)
		}
	}
	store, _ := setup(t, dbcontents.Config{Functions: []string{"f"}, AllTables: true})
	for _, key := range []string{"g()", "()", "other.f()"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the key %q is taken", key)
				}
			}()
			httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{key: {}}})
		}()
	}
}

// Names of arguments do not become SQL.
func TestCallInjection(t *testing.T) {
	t.Parallel()
	h := library(t, httpapi.Options{})
	for _, name := range []string{`a%22%20=>%201)%20--`, `%22a%22`, `a)%20--`, `a%3B%20DROP%20TABLE%20books`, `a%00`, `%ff`, `a->b`, `"a"`} {
		for _, value := range []string{"1", "eq.1"} {
			response, body := get(t, h, "/dbcontents/rpc/add?b=1&"+name+"="+value)
			if response.StatusCode != 400 && response.StatusCode != 404 {
				t.Errorf("%s=%s: %d %s", name, value, response.StatusCode, body)
			}
		}
	}
	if response, body := get(t, h, "/dbcontents/books?select=count()"); response.StatusCode != 200 || compact(t, body) != `[{"count":3}]` {
		t.Error(body)
	}
}
