package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const typed = `
CREATE TABLE typed (id int PRIMARY KEY, big bigint, doc jsonb, word text, raw bytea);
INSERT INTO typed VALUES (1, 9007199254740993, '{"a":null,"b":[null]}', '=1', '\x00ff'), (2, NULL, NULL, NULL, NULL);
`

func TestNegotiation(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"typed", "items"}}, typed, ids)
	const (
		array    = `[{"id":1,"big":9007199254740993}]` + "\n"
		stripped = `[{"id":2}]` + "\n"
		one      = `/dbcontents?select=id,big&order=id&limit=1`
		nulls    = `/dbcontents?select=id,big&order=id&offset=1`
		jsonType = "application/json; charset=utf-8"
		pgrst    = "application/vnd.pgrst."
	)
	is := func(value string) map[string]string { return map[string]string{"Content-Type": value} }
	checkAll(t, handler(store), []rule{
		{name: "no Accept", path: one, status: 200, header: is(jsonType), body: array},
		{name: "*/*", path: one, send: []string{"Accept", "*/*"}, status: 200, header: is(jsonType), body: array},
		{name: "array", path: one, send: []string{"Accept", pgrst + "array"}, status: 200, header: is(jsonType), body: array},
		{name: "array+json", path: one, send: []string{"Accept", pgrst + "array+json"}, status: 200, header: is(jsonType), body: array},
		{
			name: "array, nulls stripped", path: nulls, send: []string{"Accept", pgrst + "array+json;nulls=stripped"}, status: 200,
			header: is(pgrst + "array+json;nulls=stripped; charset=utf-8"), body: stripped,
		},
		{
			name: "nested nulls stripped", path: "/dbcontents?select=doc&order=id", send: []string{"Accept", pgrst + "array;nulls=stripped"}, status: 200,
			header: is(pgrst + "array+json;nulls=stripped; charset=utf-8"), body: `[{"doc":{"b": [null]}},` + "\n{}]\n",
		},
		{name: "nulls of application/json stay", path: nulls, send: []string{"Accept", "application/json;nulls=stripped"}, status: 200, header: is(jsonType), body: `[{"id":2,"big":null}]` + "\n"},
		{
			name: "one object", path: one, send: []string{"Accept", pgrst + "object+json"}, status: 200,
			header: is(pgrst + "object+json; charset=utf-8"), body: `{"id":1,"big":9007199254740993}` + "\n",
		},
		{
			name: "one object, nulls stripped", path: nulls, send: []string{"Accept", pgrst + "object;nulls=stripped"}, status: 200,
			header: is(pgrst + "object+json;nulls=stripped; charset=utf-8"), body: `{"id":2}` + "\n",
		},
		{
			name: "more than one row", path: "/dbcontents", send: []string{"Accept", pgrst + "object+json"}, status: 406,
			code: "PGRST116", message: "Cannot coerce the result to a single JSON object", details: "The result contains 2 rows",
		},
		{
			name: "no row", path: "/dbcontents?limit=0", send: []string{"Accept", pgrst + "object+json"}, status: 406,
			code: "PGRST116", details: "The result contains 0 rows", header: map[string]string{"Content-Location": "", "Preference-Applied": ""},
		},
		{
			name: "many rows", path: "/dbcontents/items", send: []string{"Accept", pgrst + "object"}, status: 406,
			code: "PGRST116", details: "The result contains 15 rows",
		},
		{
			name: "one row comes before the status of the range", path: "/dbcontents/items?offset=99", send: []string{"Accept", pgrst + "object", "Prefer", "count=exact"}, status: 406,
			code: "PGRST116", details: "The result contains 0 rows",
		},
		{name: "HEAD counts too", method: "HEAD", path: "/dbcontents", send: []string{"Accept", pgrst + "object+json"}, status: 406, code: "PGRST116"},
		{
			name: "numbers as strings", path: one, send: []string{"Accept", "application/json;numbers=string"}, status: 200,
			header: is("application/json;numbers=string; charset=utf-8"), body: `[{"id":1,"big":"9007199254740993"}]` + "\n",
		},
		{
			name: "and one object of them", path: one, send: []string{"Accept", pgrst + "object+json; nulls=stripped; numbers=string"}, status: 200,
			header: is(pgrst + "object+json;nulls=stripped;numbers=string; charset=utf-8"), body: `{"id":1,"big":"9007199254740993"}` + "\n",
		},
		{name: "another value of our parameter", path: one, send: []string{"Accept", "application/json;numbers=text"}, status: 406, code: "PGRST107"},
		{name: "csv", path: one, send: []string{"Accept", "text/csv; version=1"}, status: 200, header: is("text/csv; charset=utf-8; header=present"), body: "id,big\r\n1,9007199254740993\r\n"},
		{name: "csv with semicolons", path: one, send: []string{"Accept", `text/csv;separator=";"`}, status: 200, body: "id;big\r\n1;9007199254740993\r\n"},
		{name: "csv with a comma in quotes", path: one, send: []string{"Accept", `text/csv;separator=",", application/json;q=0.5`}, status: 200, body: "id,big\r\n1,9007199254740993\r\n"},
		{name: "csv with tabs", path: one, send: []string{"Accept", `text/csv;separator=tab`}, status: 200, body: "id\tbig\r\n1\t9007199254740993\r\n"},
		{name: "csv with a letter", path: one, send: []string{"Accept", `text/csv;separator=x`}, status: 406, code: "PGRST107"},
		{name: "safe cells", path: "/dbcontents?select=word&limit=1&order=id", send: []string{"Accept", "text/csv;cells=safe"}, status: 200, body: "\"word\"\r\n\"'=1\"\r\n"},
		{name: "ndjson", path: nulls, send: []string{"Accept", "application/x-ndjson;nulls=stripped"}, status: 200, header: is("application/x-ndjson;nulls=stripped; charset=utf-8"), body: "{\"id\":2}\n"},
		{name: "bytes", path: "/dbcontents?select=raw&order=id", send: []string{"Accept", "application/octet-stream"}, status: 200, header: is("application/octet-stream"), body: "\x00\xff"},
		{name: "bytes of more", path: "/dbcontents", send: []string{"Accept", "application/octet-stream"}, status: 406, code: "PGRST107"},
		{
			name: "no such type", path: "/dbcontents", send: []string{"Accept", "image/png, application/xml;q=0.3"}, status: 406,
			code: "PGRST107", message: "None of these media types are available: image/png, application/xml;q=0.3",
		},
		{name: "geo+json", path: one, send: []string{"Accept", "application/geo+json"}, status: 406, code: "PGRST107"},
		{name: "a plan", path: one, send: []string{"Accept", pgrst + "plan+json; for=\"application/json\""}, status: 406, code: "PGRST107"},
		{name: "openapi of a table", path: "/dbcontents/test_table", send: []string{"Accept", "application/openapi+json"}, status: 406, code: "PGRST107"},
		{name: "an error is told as a problem, whatever is asked for", path: "/dbcontents?id=eq.x", send: []string{"Accept", "text/csv"}, status: 400, code: "22P02"},
		{name: "application/* is no range", path: "/dbcontents", send: []string{"Accept", "application/*"}, status: 406, code: "PGRST107"},
		{name: "text/* is no range", path: "/dbcontents", send: []string{"Accept", "text/*"}, status: 406, code: "PGRST107"},
		{name: "q decides", path: one, send: []string{"Accept", "text/csv;q=0.2, application/json;q=0.9"}, status: 200, header: is(jsonType)},
		{name: "q=0 is no", path: one, send: []string{"Accept", "text/csv;q=0"}, status: 406, code: "PGRST107"},
		{name: "a q that is none is 1", path: one, send: []string{"Accept", "text/csv;q=x, application/json;q=0.9"}, status: 200, header: is("text/csv; charset=utf-8; header=present")},
		{name: "parameters before stars", path: one, send: []string{"Accept", "*/*, text/csv"}, status: 200, header: is("text/csv; charset=utf-8; header=present")},
		{name: "more parameters first", path: one, send: []string{"Accept", "text/csv, application/json;version=1"}, status: 200, header: is(jsonType)},
		{name: "then as written", path: one, send: []string{"Accept", "text/csv, application/json"}, status: 200, header: is("text/csv; charset=utf-8; header=present")},
		{name: "the first acceptable one", path: one, send: []string{"Accept", "image/png, text/csv"}, status: 200, header: is("text/csv; charset=utf-8; header=present")},
		{name: "the first line only", path: one, send: []string{"Accept", "text/csv", "Accept", "application/json;v=1"}, status: 200, header: is("text/csv; charset=utf-8; header=present")},
	})
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	sql := "CREATE SCHEMA other; CREATE TABLE other.test_table (word text); INSERT INTO other.test_table VALUES ('other')"
	store, _ := setup(t, dbcontents.Config{Tables: []string{"test_table"}, Schemas: []string{"public", "other"}}, sql)
	profile := func(name string) map[string]string { return map[string]string{"Content-Profile": name} }
	checkAll(t, handler(store), []rule{
		{name: "the first schema", path: "/dbcontents/test_table?select=id&limit=1", status: 200, header: profile("public")},
		{name: "another", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "other"}, status: 200, header: profile("other"), body: `[{"word":"other"}]` + "\n"},
		{name: "of the default table", path: "/dbcontents", send: []string{"Accept-Profile", "other"}, status: 200, header: profile("other"), body: `[{"word":"other"}]` + "\n"},
		{name: "HEAD", method: "HEAD", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "other"}, status: 200, header: profile("other")},
		{name: "OPTIONS", method: "OPTIONS", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "other"}, status: 200, header: map[string]string{"Allow": "OPTIONS,GET,HEAD"}},
		{
			name: "not exposed", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "Other"}, status: 406, code: "PGRST106",
			message: "Invalid schema: Other", hint: "Only the following schemas are exposed: public, other", header: profile(""),
		},
		{name: "not exposed, before the method", method: "POST", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "x"}, status: 406, code: "PGRST106"},
		{name: "not exposed, OPTIONS", method: "OPTIONS", path: "/dbcontents/test_table", send: []string{"Accept-Profile", "x"}, status: 406, code: "PGRST106"},
	})
	one, err := dbcontents.Open(dbcontents.Config{Pool: poolOf(t, store), Tables: []string{"test_table"}})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	checkAll(t, handler(one), []rule{
		{name: "one schema, not asked for", path: "/dbcontents", status: 200, header: profile("")},
		{name: "one schema, asked for", path: "/dbcontents", send: []string{"Accept-Profile", "public"}, status: 200, header: profile("public")},
	})
}
