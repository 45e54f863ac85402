package httpapi_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// The row type of a table is called as the table, which may be hidden. No response names it: neither of a
// column, of an argument nor of a computed column, nor as the element of an array, a field or the base of a domain.
func TestRowTypesHaveNoName(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE SCHEMA vault; CREATE TABLE vault.canary (id int, amount int); CREATE VIEW canary_view AS SELECT 1 AS id; CREATE TABLE canary_part (id int) PARTITION BY LIST (id);
		CREATE DOMAIN over_canary AS vault.canary; CREATE DOMAIN over_canaries AS over_canary[]; CREATE TYPE holder AS (c vault.canary, n int);
		CREATE TABLE shown (id int PRIMARY KEY, p vault.canary, q canary_view[], r canary_part, d over_canary, ds over_canary[], e over_canaries, es over_canaries[], h holder, hs holder[]);
		INSERT INTO shown (id) VALUES (1);
		CREATE FUNCTION extra(shown) RETURNS vault.canary LANGUAGE sql STABLE AS 'SELECT $1.p';
		CREATE FUNCTION pick(x vault.canary) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'; CREATE FUNCTION pick(x canary_view) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION one(x vault.canary) RETURNS vault.canary LANGUAGE sql STABLE AS 'SELECT x';
		CREATE FUNCTION two(OUT a vault.canary, OUT b record) LANGUAGE sql STABLE AS 'SELECT NULL::vault.canary, ROW(1)'`)
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: db.Role("", "GRANT SELECT ON shown TO ROLE", "GRANT USAGE ON SCHEMA vault TO ROLE"), Tables: []string{"shown"}, Functions: []string{"pick", "one", "two"}, Aggregates: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := handler(store)
	queries := []string{"", "?format=html", "?format=html&id=eq.1&~view=row", "?format=openapi", "?select=h,hs", "?select=extra::int4", "?select=p.sum()", "?order=h"}
	for _, column := range []string{"p", "q", "r", "d", "ds", "e", "es", "extra", "h", "hs"} {
		for _, query := range []string{
			"?$=eq.x", "?$=gt.(1,2)", "?$=in.(x,y)", "?$=eq(any).{x,y}", "?$=like.x", "?$=match.x", "?$=is.true", "?$=fts.x", "?$=cs.{x}", "?$=isdistinct.x", "?$=sl.x", "?select=$::int4", "?select=$::text",
			"?select=$.sum()", "?select=$.max()", "?select=$.avg(),id.count()", "?select=$,count()", "?order=$", "?select=$->x", "?$->x=eq.1", "?select=id,$&format=html", "?select=$&format=html",
		} {
			queries = append(queries, strings.ReplaceAll(query, "$", column))
		}
	}
	told := map[string]bool{}
	ask := func(path string) string {
		response, body := get(t, h, path)
		if i := strings.Index(body, "canar"); i >= 0 {
			t.Errorf("%s: %s ...%s...", path, response.Status, body[max(0, i-80):min(len(body), i+60)])
		}
		for header, values := range response.Header {
			if strings.Contains(strings.Join(values, " "), "canar") {
				t.Errorf("%s: %s: %v", path, header, values)
			}
		}
		if response.StatusCode >= 500 {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
		for _, words := range []string{"cannot cast type record to int4", "operator does not exist: record ~~ unknown", "operator does not exist: record[] ~~ unknown", "must be type boolean, not type record", "function sum(record) does not exist", "pick(x => record), public.pick(x => record)"} {
			told[words] = told[words] || strings.Contains(body, words)
		}
		return body
	}
	for _, query := range queries {
		ask("/dbcontents/shown" + query)
	}
	for _, path := range []string{"/dbcontents?format=openapi", "/dbcontents/rpc/pick?x=1", "/dbcontents/rpc/pick?y=1", "/dbcontents/rpc/one?x=1", "/dbcontents/rpc/one?y=1", "/dbcontents/rpc/two", "/dbcontents/rpc/two?format=html"} {
		ask(path)
	}
	for words, ok := range told {
		if !ok {
			t.Errorf("nothing says %q", words)
		}
	}
	if len(told) < 6 {
		t.Error(told)
	}
	if body := ask("/dbcontents/shown?format=html"); !strings.Contains(body, "record[][]") || !strings.Contains(body, "holder") {
		t.Errorf("the view has no types: %.3000s", body)
	}

	d, err := store.Describe(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for sql, typ := range d.Types {
		if strings.Contains(sql+typ.Schema+typ.Name+typ.Element, "canar") || typ.Schema == "vault" {
			t.Errorf("Describe: %q is %+v", sql, typ)
		}
		for _, f := range typ.Fields {
			if strings.Contains(f.Type, "canar") {
				t.Errorf("Describe: %q has %+v", sql, f)
			}
		}
	}
	for _, list := range [2][]*dbcontents.Table{d.Tables, d.Functions} {
		for _, table := range list {
			for _, c := range table.Columns {
				if strings.Contains(c.Type, "canar") || d.Types[c.Type] == nil {
					t.Errorf("%s.%s is %q, %v", table, c.Name, c.Type, d.Types[c.Type])
				}
			}
			for _, p := range table.Parameters {
				if strings.Contains(p.Type, "canar") {
					t.Errorf("%s: %+v", table, p)
				}
			}
		}
	}
	if el := d.Types[d.Types["record[][]"].Element]; el.Element != "record" || d.Types["record"].Name != "" {
		t.Errorf("%+v, %+v", el, d.Types["record"])
	}
}
