package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A document is what the tests look at of an OpenAPI document.
type document struct {
	Servers  []struct{ URL string }
	Security []map[string][]string
	Paths    map[string]struct {
		Get struct {
			OperationID string
			Description string
			Parameters  []struct {
				Ref    string `json:"$ref"`
				Name   string
				Schema struct {
					Type       string
					Properties map[string]any
				}
			}
			Responses map[string]any
		}
	}
	Components struct {
		Schemas map[string]struct {
			Description string
			Properties  map[string]map[string]any
			ForeignKeys []map[string]any                 `json:"x-foreign-keys"`
			Related     []struct{ Select, Table string } `json:"x-related"`
		}
		Parameters, Responses, SecuritySchemes map[string]any
	}
}

// describe asks for a document.
func describe(t *testing.T, h http.Handler, path string, header ...string) (document, *http.Response, string) {
	t.Helper()
	response, body := get(t, h, path, header...)
	var d document
	if err := json.Unmarshal([]byte(body), &d); err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/openapi+json; charset=utf-8" {
		t.Fatalf("%s: %s, %v: %.500s", path, response.Status, err, body)
	}
	return d, response, body
}

func names[V any](m map[string]V) []string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

const openAPI = "application/openapi+json"

func TestOpenAPIRequests(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"test_table", "empty"}})
	h := handler(store)
	private := map[string]string{"Cache-Control": "private, no-cache", "Content-Type": openAPI + "; charset=utf-8", "Vary": "Accept, Accept-Profile, Prefer, Range, Origin"}
	checkAll(t, h, []rule{
		{name: "by Accept", path: "/dbcontents", send: []string{"Accept", openAPI}, status: 200, header: private},
		{name: "with a slash", path: "/dbcontents/", send: []string{"Accept", openAPI}, status: 200, header: private},
		{name: "by format", path: "/dbcontents?format=openapi", status: 200, header: private},
		{name: "by format, to a browser", path: "/dbcontents?format=openapi", send: []string{"Accept", "text/html"}, status: 200, header: private},
		{name: "HEAD", method: "HEAD", path: "/dbcontents?format=openapi", status: 200, header: private},
		{name: "OPTIONS", method: "OPTIONS", path: "/dbcontents?format=openapi", status: 200, header: map[string]string{"Allow": "OPTIONS,GET,HEAD"}},
		{name: "another method", method: "POST", path: "/dbcontents?format=openapi", status: 405, code: "PGRST117"},
		{name: "another format wins", path: "/dbcontents?format=csv&limit=0", send: []string{"Accept", openAPI}, status: 200, header: map[string]string{"Content-Type": "text/csv; charset=utf-8; header=present"}},
		{name: "contents are preferred", path: "/dbcontents?limit=0", send: []string{"Accept", "application/json, " + openAPI}, status: 200, body: "[]\n"},
		{name: "of one table", path: "/dbcontents/empty", send: []string{"Accept", openAPI}, status: 406, code: "PGRST107"},
		{name: "of one table, by format", path: "/dbcontents/empty?format=openapi", status: 400},
		{name: "of a function", path: "/dbcontents/rpc/f", send: []string{"Accept", openAPI}, status: 406, code: "PGRST107"},
		{name: "a filter", path: "/dbcontents?format=openapi&id=eq.1", status: 400, code: "PGRST100"},
		{name: "another value", path: "/dbcontents?format=openapi&numbers=roman", status: 400, code: "PGRST100"},
		{name: "a query string that is too long", path: "/dbcontents?format=openapi&tables=" + strings.Repeat("a,", 20_000), status: 414},
		{name: "a table that is not there", path: "/dbcontents?format=openapi&tables=empty,large", status: 404, code: "PGRST205"},
		{name: "a function that is not there", path: "/dbcontents?format=openapi&tables=empty()", status: 404},
		{name: "a name that is none", path: "/dbcontents?format=openapi&tables=" + strings.Repeat("a", 100), status: 400, code: "PGRST100"},
		{name: "a schema that is not exposed", path: "/dbcontents?format=openapi", send: []string{"Accept-Profile", "pg_catalog"}, status: 406, code: "PGRST106"},
	})
	off := httpapi.New(store, httpapi.Options{OpenAPI: httpapi.OpenAPI{Off: true}})
	checkAll(t, off, []rule{
		{name: "off", path: "/dbcontents", send: []string{"Accept", openAPI}, status: 404, code: "PGRST126", header: map[string]string{"Cache-Control": "no-store"}},
		{name: "off, by format", path: "/dbcontents/?format=openapi", status: 404, code: "PGRST126"},
		{name: "off, contents", path: "/dbcontents?limit=0", status: 200},
	})

	all, response, body := describe(t, h, "/dbcontents?format=openapi")
	if got := names(all.Paths); !slices.Equal(got, []string{"/", "/empty", "/test_table"}) || all.Servers[0].URL != "/dbcontents" || all.Security != nil || all.Components.SecuritySchemes != nil {
		t.Errorf("got %q, %v", got, all)
	}
	tag := response.Header.Get("ETag")
	if again, text := get(t, h, "/dbcontents?format=openapi", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || text != "" || again.Header.Get("ETag") != tag || again.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("with the tag: %s %v %.100s", again.Status, again.Header, text)
	}
	if head, _ := do(t, h, http.MethodHead, "/dbcontents?format=openapi"); head.Header.Get("ETag") != tag || head.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: %v, %d of %d", head.Header, head.ContentLength, len(body))
	}
	change(t, pool, "ALTER TABLE empty ADD more int; COMMENT ON TABLE empty IS 'secret'")
	changed, response, _ := describe(t, h, "/dbcontents?format=openapi", "If-None-Match", tag)
	if response.Header.Get("ETag") == tag || changed.Components.Schemas["public.empty"].Properties["more"] == nil || changed.Components.Schemas["public.empty"].Description != "" {
		t.Errorf("after a change: %v", changed)
	}
	commented := httpapi.New(store, httpapi.Options{Prefix: "/", OpenAPI: httpapi.OpenAPI{Comments: true, Bearer: true}})
	one, _, _ := describe(t, commented, "/?format=openapi&tables=empty")
	if got := names(one.Paths); !slices.Equal(got, []string{"/", "/empty"}) || one.Paths["/empty"].Get.Description != "secret" || one.Servers[0].URL != "/" || len(one.Security) != 2 {
		t.Errorf("with comments, at /: %v", one)
	}
	if one, _, _ := describe(t, commented, "/?format=openapi", "Authorization", "Bearer x"); len(one.Security) != 1 || len(one.Components.SecuritySchemes) != 1 {
		t.Errorf("with a token: %v", one.Security)
	}
	if one, _, _ := describe(t, http.StripPrefix("/outer", h), "/outer/dbcontents?format=openapi"); one.Servers[0].URL != "/outer/dbcontents" {
		t.Errorf("below another path: %v", one.Servers)
	}
}

// Every path of the document leads to its table, whatever it is called, everything else is unique and can be found, and
// two databases with the same tables have the same document.
func TestOpenAPINames(t *testing.T) {
	t.Parallel()
	const sql = `
		CREATE SCHEMA other;
		CREATE TABLE "a/b" (id int PRIMARY KEY); CREATE TABLE "{id}" ("{}" int, "select" int, "a.b" int, " x" int, "it's ""quoted""" int, "ü-x" int, "in-order" int); CREATE TABLE "100%?#&" (id int);
		CREATE TABLE "with space" (id int PRIMARY KEY, "a/b" int CONSTRAINT "odd ""name"", (x)" REFERENCES "a/b", up int REFERENCES "with space", other int REFERENCES "a/b");
		CREATE TABLE order_items (id int); CREATE TABLE "orderItems" (id int); CREATE TABLE "order-items" (id int); CREATE TABLE "order_2ditems" (id int); CREATE TABLE "." (id int); CREATE TABLE rpc (id int); CREATE TABLE filter (id int); CREATE TABLE "ünï" (id int);
		CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
		CREATE TABLE pairs (a int, b int, PRIMARY KEY (b, a)); CREATE TABLE halves (x int, y int, FOREIGN KEY (x, y) REFERENCES pairs); CREATE VIEW seen AS SELECT a FROM pairs; CREATE MATERIALIZED VIEW kept AS SELECT a FROM pairs;
		CREATE TABLE other.rpc (id int); CREATE TABLE other.only (id int);
		CREATE FUNCTION "f g"(a int, "b c" int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'; CREATE FUNCTION f(a int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT 1'; CREATE FUNCTION f(b text) RETURNS pairs LANGUAGE sql STABLE AS 'SELECT 1, 2'`
	config := dbcontents.Config{AllTables: true, Schemas: []string{"public", "other"}, Functions: []string{"f g", "f"}}
	store, _ := setup(t, config, sql)
	server := serve(t, handler(store))
	d, _, body := describe(t, server.Config.Handler, "/dbcontents?format=openapi")
	if got := len(d.Paths); got != 25 {
		t.Errorf("%d paths: %q", got, names(d.Paths))
	}
	for _, path := range []string{"/events_1", "/only", "/a%2Fb", "/%7Bid%7D", "/100%25%3F%23&"} {
		if _, ok := d.Paths[path]; ok == (path == "/events_1") {
			t.Errorf("%s: %v", path, ok)
		}
	}
	read := func(path string) {
		t.Helper()
		if response, text := fetch(t, server, http.MethodGet, "/dbcontents"+path); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %.300s", path, response.Status, text)
		}
	}
	operations := map[string]bool{}
	for path, item := range d.Paths {
		id := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(item.Get.OperationID))
		if operations[id] || id == "" {
			t.Errorf("two operations are called like %s", item.Get.OperationID)
		}
		operations[id] = true
		if strings.HasPrefix(path, "/rpc/") {
			read(path + "?a=1&limit=1")
			continue
		}
		read(strings.TrimSuffix(path, "/") + "?limit=1")
		for _, p := range item.Get.Parameters {
			if strings.HasPrefix(path, "/broken") {
				break // whatever it is asked for
			}
			for column := range p.Schema.Properties {
				read(strings.TrimSuffix(path, "/") + "?limit=1&" + url.QueryEscape(column) + "=is.null")
			}
		}
	}
	if got := d.Paths["/%7Bid%7D"].Get.Parameters; !slices.ContainsFunc(got, func(p struct {
		Ref    string `json:"$ref"`
		Name   string
		Schema struct {
			Type       string
			Properties map[string]any
		}
	},
	) bool {
		return slices.Equal(names(p.Schema.Properties), []string{"in-order", "ü-x"})
	}) {
		t.Errorf("filters: %v", got)
	}
	related := 0
	for name, schema := range d.Components.Schemas {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			t.Errorf("a component is called %q", name)
		}
		for _, r := range schema.Related {
			related++
			table := map[string]string{"public.a-2fb": "a%2Fb", "public.with-20space": "with%20space"}[name]
			if table == "" {
				table = strings.TrimPrefix(name, "public.")
			}
			read("/" + table + "?limit=1&select=" + url.QueryEscape(r.Select))
		}
	}
	if related != 8 {
		t.Errorf("%d related tables", related)
	}
	for _, part := range strings.Split(body, `"$ref":"#/components/`)[1:] {
		part, _, _ = strings.Cut(part, `"`)
		kind, name, _ := strings.Cut(part, "/")
		var ok bool
		switch kind {
		case "schemas":
			_, ok = d.Components.Schemas[name]
		case "parameters":
			_, ok = d.Components.Parameters[name]
		case "responses":
			_, ok = d.Components.Responses[name]
		case "headers":
			ok = true
		}
		if !ok {
			t.Errorf("%s is not there", part)
		}
	}
	other, response, _ := describe(t, server.Config.Handler, "/dbcontents?format=openapi", "Accept-Profile", "other")
	if got := names(other.Paths); !slices.Equal(got, []string{"/", "/only", "/rpc"}) || response.Header.Get("Content-Profile") != "other" {
		t.Errorf("another schema: %q, %v", got, response.Header)
	}

	again := pgtest.New(t, seed, "CREATE FUNCTION f(b text) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'; DROP FUNCTION f", sql)
	config.ConnString = again.DSN
	second, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	for range 3 {
		if _, _, text := describe(t, handler(second), "/dbcontents?format=openapi"); text != body {
			t.Error("the same tables have another document")
		}
	}
}
