package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// What is wrong with a request is told in PostgREST's codes and statuses, and
// where the database finds it, in the database's words.
func TestLanguageErrors(t *testing.T) {
	t.Parallel()
	h, _ := language(t, `CREATE VIEW veiled AS SELECT id, name::int AS n FROM things WHERE id = 1`, `CREATE TABLE thinking (id int)`,
		`CREATE SCHEMA elsewhere; CREATE FUNCTION elsewhere.far(things) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$`)
	server := serve(t, h)
	for _, tt := range []struct {
		path          string
		status        int
		code          string
		message, hint string // that they hold
	}{
		{"/things?id=noop.1", 400, "PGRST100", `"failed to parse filter (noop.1)" (line 1, column 1)`, "a filter is"},
		{"/things?order=id.ac", 400, "PGRST100", "failed to parse order", `"asc"`},
		{"/things?select=id,", 400, "PGRST100", "failed to parse select parameter", ""},
		{"/things?select=*x", 400, "PGRST100", "failed to parse select parameter", ""},
		{"/things?order=id::text", 400, "PGRST100", "failed to parse order", ""},
		{"/things?order=n.sum()", 400, "PGRST100", "failed to parse order", ""},
		{"/things?select=id::numeric(9,2)", 400, "PGRST100", "failed to parse select parameter", ""},
		{"/things?id=not.not.eq.1", 400, "PGRST100", "failed to parse filter", ""},
		{"/things?id=is.nil", 400, "PGRST100", "failed to parse filter (is.nil)", ""},
		{"/things?id=in.1", 400, "PGRST100", "failed to parse filter", ""},
		{"/things?id=neq(any).{1}", 400, "PGRST100", "failed to parse filter", ""},
		{"/things?or=id.eq.1", 400, "PGRST100", "failed to parse logic tree", ""},
		{"/things?or=(id.eq.1,xor(id.eq.2))", 400, "PGRST100", "failed to parse logic tree", `"or"`},
		{"/things?or=(id.is.nullish)", 400, "PGRST100", "failed to parse logic tree", ""},
		{"/things?id=eq.%FF", 400, "PGRST100", "", "UTF-8"},
		{"/things?or=()", 400, "PGRST100", "failed to parse logic tree", ""},
		{"/things?*=eq.1", 400, "PGRST100", "failed to parse tree path", ""},
		{"/things?limt=10", 400, "PGRST100", "", `"limit"`},
		{"/things?limit=-1", 416, "PGRST103", "Requested range not satisfiable", ""},
		{"/things?rel.id=eq.1", 400, "PGRST108", "'rel' is not an embedded resource in this request", ""},
		{"/things?order=rel(id)", 400, "PGRST108", "", ""},
		{"/things?select=rel(id)", 400, "PGRST200", "Could not find a relationship between 'things' and 'rel' in the schema cache", ""},
		{"/things/1", 404, "PGRST125", "", ""},
		{"/rpc/label", 404, "PGRST202", "Could not find the function public.label without parameters in the schema cache", ""},
		{"/thing", 404, "PGRST205", "thing", `"things"`},
		{"/thinking", 404, "PGRST205", "", ""}, // there, but not exposed
		{"/Things", 404, "PGRST205", "", `"things"`},

		{"/things?nam=eq.x", 400, "42703", "column things.nam does not exist", `"name"`},
		{"/things?select=id,nmae", 400, "42703", "column things.nmae does not exist", `"name"`},
		{"/things?order=idd", 400, "42703", "column things.idd does not exist", `"id"`},
		{"/things?or=(labell.eq.x)", 400, "42703", "column things.labell does not exist", `"label"`},
		{"/things?entirely=eq.x", 400, "42703", "column things.entirely does not exist", "the columns are id, name"},
		{"/things?NAME=eq.x", 400, "42703", "", `"name"`},
		{"/things?select=id::nosuch", 400, "42704", "nosuch", ""},
		{"/things?name=fts(nosuch).x", 400, "42704", `text search configuration "nosuch" does not exist`, ""},
		{"/things?id=eq.x", 400, "22P02", `invalid input syntax for type integer: "x"`, ""},
		{"/things?id=eq.", 400, "22P02", `invalid input syntax for type integer: ""`, ""},
		{"/things?id=in.(1,x)", 400, "22P02", `"x"`, ""},
		{"/things?mood=eq.angry", 400, "22P02", "enum", ""},
		{"/things?doc=cs.{a}", 400, "22P02", "json", ""},
		{"/things?doc=cs." + strings.Repeat("[", 20000), 400, "54001", "stack depth", ""},
		{"/things?tags=cs." + strings.Repeat("{", 20000), 400, "54000", "array dimensions", ""},
		{"/things?tags=cs.a", 400, "22P02", "malformed array literal", ""},
		{"/things?day=eq.someday", 400, "22007", "date", ""},
		{"/things?day=eq.2020-13-45", 400, "22008", "out of range", ""},
		{"/things?id=eq.99999999999", 400, "22003", "out of range", ""},
		{"/things?name=match.(", 400, "2201B", "regular expression", ""},
		{"/things?lexemes=fts.a+b", 400, "42601", "tsquery", ""},
		{"/things?name=eq.%00", 400, "22021", "", ""},
		{"/things?p=eq.(1,x)", 400, "0A000", "anonymous composite", ""},
		{"/things?id=is.true", 400, "42804", "boolean", ""},
		{"/things?select=flag::date", 400, "42846", "cannot cast type boolean to date", ""},
		{"/things?select=name::int", 400, "22P02", "", ""},
		{"/things?id=like.1", 404, "42883", "operator does not exist", ""},
		{"/things?raw=eq.1", 404, "42883", "operator does not exist: json = unknown", ""},
		{"/things?doc->>a->b=eq.1", 404, "42883", "operator does not exist: text -> unknown", "last step"},
		{"/things?select=name.sum()", 404, "42883", "function sum(text) does not exist", ""},
		{"/things?select=count()&order=id", 400, "42803", "GROUP BY", ""},
		{"/things?far=eq.1", 400, "42703", "column things.far does not exist", ""}, // a function of another schema
		{"/things?order=raw", 404, "42883", "", ""},
		{"/things?select=raw,count()", 404, "42883", "", ""},
	} {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents"+strings.ReplaceAll(tt.path, ">", "%3E"))
		p := problemIn(t, response, body)
		if response.StatusCode != tt.status || p.Code != tt.code || !strings.Contains(p.Message, tt.message) || !strings.Contains(p.Hint, tt.hint) {
			t.Errorf("%s: want %d %s %q %q: %d %s", tt.path, tt.status, tt.code, tt.message, tt.hint, response.StatusCode, body)
		}
		if got := response.Header.Get("Proxy-Status"); !strings.HasSuffix(got, "error="+tt.code) {
			t.Errorf("%s: Proxy-Status %q", tt.path, got)
		}
	}
}

// A message may quote what was sent, and nothing else: what a view computes on
// the way is not the client's to know.
func TestMessagesQuoteTheRequestOnly(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"veiled"}},
		`CREATE TABLE secrets AS SELECT 1 AS id, 'hunter2' AS word`, `CREATE VIEW veiled AS SELECT id, word::int AS n FROM secrets`)
	for _, path := range []string{"/dbcontents", "/dbcontents?n=eq.1", "/dbcontents?n=gt.1&select=id", "/dbcontents?select=n::text"} {
		if _, body := get(t, handler(store), path); strings.Contains(body, "hunter2") {
			t.Errorf("%s: %s", path, body)
		}
	}
	if _, body := get(t, handler(store), "/dbcontents?id=eq.hunter3"); !strings.Contains(body, "hunter3") {
		t.Errorf("what was sent may be quoted: %s", body)
	}
}

func TestAggregatesAreOffByDefault(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for _, query := range []string{"select=count()", "select=id.sum()", "select=value,n:id.max()::text"} {
		response, body := get(t, handler(store), "/dbcontents?"+query)
		if p := problemIn(t, response, body); response.StatusCode != 400 || p.Code != "PGRST123" {
			t.Errorf("%s: %d %s", query, response.StatusCode, body)
		}
	}
}

// A table's name is the rest of the path, percent-decoded once.
func TestLanguageOfPaths(t *testing.T) {
	t.Parallel()
	names := map[string]string{
		"odd table":  "odd%20table",
		"a/b":        "a%2Fb",
		"a;b":        "a;b",
		"a?b#c":      "a%3Fb%23c",
		"Ünï":        "%C3%9Cn%C3%AF",
		"UPPER":      "UPPER",
		"upper":      "upper",
		"100%41":     "100%2541",
		"plus+":      "plus+",
		"..":         "%2E%2E",
		"select":     "select",
		`quote"d`:    "quote%22d",
		"it's":       "it's",
		"tab\ttable": "tab%09table",
	}
	config := dbcontents.Config{}
	var sql []string
	for name := range names {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		config.Tables = append(config.Tables, quoted)
		sql = append(sql, "CREATE TABLE "+quoted+" AS SELECT '"+strings.ReplaceAll(name, "'", "''")+"' AS name")
	}
	store, _ := setupUnpooled(t, config, sql...) // pgpool-II does not escape quotation marks in names
	server := serve(t, httpapi.New(store, httpapi.Options{}))
	for name, path := range names {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+path+"?select=name&format=text")
		if response.StatusCode != 200 || body != name+"\n" {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
}
