package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// TestCodes is what a request can get wrong, with PostgREST's codes and statuses.
func TestCodes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE TABLE things (id int PRIMARY KEY, word text, born date, doc json, docs jsonb, tags text[]);
		INSERT INTO things VALUES (1, 'one', '2024-01-01', '{"a":1}', '{"a":1}', '{a}');
		CREATE TABLE hidden (id int);
		CREATE SEQUENCE used;
		CREATE VIEW writes AS SELECT nextval('used') AS n;
		CREATE FUNCTION refuse() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
		CREATE VIEW refused AS SELECT refuse() AS n`)
	dsn := db.Role("", "GRANT SELECT ON things, writes, refused TO ROLE", "GRANT USAGE ON SEQUENCE used TO ROLE")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"things", "hidden", "writes", "refused", "absent"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	const path = "/dbcontents/things?"
	for _, tt := range []struct {
		name, method, path string
		status             int
		code               string
	}{
		{"a value that is no number", "", path + "id=eq.x", 400, "22P02"},
		{"a value that is no number, in a list", "", path + "id=in.(1,x)", 400, "22P02"},
		{"a number too large", "", path + "id=eq.99999999999", 400, "22003"},
		{"a date that is none", "", path + "born=gt.2024-13-01", 400, "22008"},
		{"text that is no date", "", path + "born=gt.soon", 400, "22007"},
		{"a regular expression that is none", "", path + "word=match.(", 400, "2201B"},
		{"a pattern that ends in its escape", "", path + "word=like.o\\", 400, "22025"},
		{"an array that is none", "", path + "tags=cs.a", 400, "22P02"},
		{"json that is none", "", path + "docs=cs.a", 400, "22P02"},
		{"a search that is none", "", path + "word=fts.a%20b", 400, "42601"},
		{"a search configuration that is not there", "", path + "word=fts(klingon).a", 400, "42704"},
		{"a type that is not there", "", path + "select=id::nothing", 400, "42704"},
		{"a cast that there is not", "", path + "select=born::int", 400, "42846"},
		{"an operator that the type does not have", "", path + "id=cs.{1}", 404, "42883"},
		{"an order that the type does not have", "", path + "order=doc", 404, "42883"},
		{"truth of a number", "", path + "id=is.true", 400, "42804"},
		{"a column that is not there", "", path + "select=wrod", 400, "42703"},
		{"a filter on one", "", path + "wrod=eq.1", 400, "42703"},
		{"an order by one", "", path + "order=wrod", 400, "42703"},
		{"aggregates, which are off", "", path + "select=id.sum()", 400, "PGRST123"},
		{"a query that does not parse", "", path + "select=id,,", 400, "PGRST100"},
		{"an operator that is not there", "", path + "id=equals.1", 400, "PGRST100"},
		{"a negative limit", "", path + "limit=-1", 416, "PGRST103"},
		{"a filter on what is not embedded", "", path + "other.limit=1", 400, "PGRST108"},
		{"another method", "DELETE", path, 405, "PGRST117"},
		{"a path too deep", "", "/dbcontents/things/1", 404, "PGRST125"},
		{"a relation that is not exposed", "", "/dbcontents/pg_class", 404, "PGRST205"},
		{"a relation that is not there", "", "/dbcontents/absent", 404, "PGRST205"},
		{"OPTIONS of one", "OPTIONS", "/dbcontents/absent", 404, "PGRST205"},
		{"a relation that may not be read", "", "/dbcontents/hidden", 403, "42501"},
		{"a view that writes", "", "/dbcontents/writes", 403, "25006"},
		{"a view that refuses", "", "/dbcontents/refused", 400, "P0001"},
	} {
		response, body := do(t, handler(store), orGet(tt.method), tt.path)
		if response.StatusCode == 200 {
			t.Errorf("%s: %s", tt.name, body)
			continue
		}
		if p := problemIn(t, response, body); response.StatusCode != tt.status || p.Code != tt.code {
			t.Errorf("%s: %d %s, want %d %s: %s", tt.name, response.StatusCode, p.Code, tt.status, tt.code, body)
		}
		if got := response.Header.Get("Proxy-Status"); got != "dbcontents; error="+tt.code {
			t.Errorf("%s: Proxy-Status %q", tt.name, got)
		}
	}
	for name, path := range map[string]string{
		"an empty list": path + "id=in.()", "truth of null": path + "doc=is.null", "a column called like a key": path + "id=eq.1&word=neq.select",
	} {
		if response, body := get(t, handler(store), path); response.StatusCode != 200 {
			t.Errorf("%s: %s", name, body)
		}
	}
}

func orGet(method string) string {
	if method == "" {
		return "GET"
	}
	return method
}
