package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// HEAD has the status and the headers of GET, but for a whole table, whose rows
// it does not read, and a problem's length.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	h, _ := language(t)
	server := serve(t, h)
	for _, tt := range []struct {
		path string
		send []string
		less []string // headers that HEAD does not have
	}{
		{"things?limit=2&order=id", nil, nil},
		{"things?limit=2&offset=1&order=id&select=id,n", []string{"Accept", "text/csv", "Accept-Profile", "public"}, nil},
		{"things?limit=2", []string{"Prefer", "count=exact, handling=strict, timezone=UTC"}, nil},
		{"things?limit=0", []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, nil},
		{"things?id=eq.1&select=id", []string{"Accept", "application/vnd.pgrst.object+json"}, nil},
		{"things?order=id", []string{"Prefer", "count=exact"}, []string{"Content-Length", "Dbcontents-Rows", "Dbcontents-Status", "Etag"}},
		{"things?order=id", nil, []string{"Content-Length", "Content-Range", "Dbcontents-Rows", "Dbcontents-Status", "Etag"}},
		{"things?id=noop.1", nil, []string{"Content-Length"}},
		{"things?id=eq.x", nil, []string{"Content-Length"}},
		{"things?offset=9", []string{"Prefer", "count=exact"}, []string{"Content-Length"}},
		{"things", []string{"Accept", "image/png"}, []string{"Content-Length"}},
		{"things", []string{"Accept", "application/vnd.pgrst.object"}, []string{"Content-Length"}},
		{"nothing", nil, []string{"Content-Length"}},
	} {
		tt.send = append(tt.send, "X-Request-Id", "the-same")
		want, _ := fetch(t, server, http.MethodGet, "/dbcontents/"+tt.path, tt.send...)
		got, body := fetch(t, server, http.MethodHead, "/dbcontents/"+tt.path, tt.send...)
		for _, name := range append(tt.less, "Date") {
			want.Header.Del(name)
			got.Header.Del(name)
		}
		if got.StatusCode != want.StatusCode || body != "" {
			t.Errorf("%s: %s, want %s; %q", tt.path, got.Status, want.Status, body)
		}
		if diff := cmp.Diff(want.Header, got.Header); diff != "" {
			t.Errorf("%s (-GET +HEAD):\n%s", tt.path, diff)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h, _ := language(t)
	allow := map[string]string{"Allow": "OPTIONS,GET,HEAD"}
	rules := []rule{
		{name: "OPTIONS", method: "OPTIONS", path: "/dbcontents/things", status: 200, header: map[string]string{"Allow": "OPTIONS,GET,HEAD", "Content-Length": "0", "Content-Type": ""}},
		{name: "OPTIONS of a view", method: "OPTIONS", path: "/dbcontents/seen", status: 200, header: allow},
		{name: "OPTIONS of nothing", method: "OPTIONS", path: "/dbcontents/nothing", status: 404, code: "PGRST205"},
		{name: "OPTIONS too deep", method: "OPTIONS", path: "/dbcontents/things/1", status: 404, code: "PGRST125"},
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "FETCH", "get"} {
		rules = append(rules, rule{name: method, method: method, path: "/dbcontents/things", status: 405, header: allow, code: "PGRST117", message: "Unsupported HTTP method: " + method})
	}
	checkAll(t, h, rules)
}

// What can be read is a relation of any kind; partitions are the business of
// the table that they are parts of.
func TestRelations(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true},
		`CREATE TABLE whole (id int, word text) PARTITION BY LIST (id);
		CREATE TABLE part_1 PARTITION OF whole FOR VALUES IN (1); CREATE TABLE part_2 PARTITION OF whole FOR VALUES IN (2);
		INSERT INTO whole VALUES (1, 'a'), (2, 'b');
		CREATE VIEW viewed AS SELECT * FROM whole; CREATE MATERIALIZED VIEW kept AS SELECT * FROM whole;
		CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
		CREATE FOREIGN TABLE far (word text) SERVER files OPTIONS (program 'echo afar')`)
	const rows = `[{"id":1,"word":"a"},` + "\n" + `{"id":2,"word":"b"}]` + "\n"
	checkAll(t, handler(store), []rule{
		{name: "a partitioned table", path: "/dbcontents/whole?order=id", status: 200, body: rows},
		{name: "a view", path: "/dbcontents/viewed?order=id", status: 200, body: rows},
		{name: "a materialized view", path: "/dbcontents/kept?order=id", status: 200, body: rows},
		{name: "a foreign table", path: "/dbcontents/far", status: 200, body: `[{"word":"afar"}]` + "\n"},
		{name: "a partition", path: "/dbcontents/part_1", status: 404, code: "PGRST205"},
		{name: "an index", path: "/dbcontents/test_table_pkey", status: 404, code: "PGRST205"},
	})
}

// A path into json is not wrapped, so that an index on it serves: a read of the
// whole table would cost more than is allowed.
func TestPathsUseIndexes(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"docs", "raws"}, MaxCost: 300},
		`CREATE TABLE docs AS SELECT i AS id, jsonb_build_object('k', i, 'v', repeat('x', 100)) AS doc FROM generate_series(1, 20000) i;
		CREATE TABLE raws AS SELECT id, doc::json AS doc FROM docs;
		CREATE INDEX ON docs ((doc->>'k')); CREATE INDEX ON docs USING gin (doc); CREATE INDEX ON raws ((doc->>'k'))`, "ANALYZE docs, raws")
	checkAll(t, handler(store), []rule{
		{name: "jsonb", path: "/dbcontents/docs?doc-%3E%3Ek=eq.7&select=id", status: 200, body: `[{"id":7}]` + "\n"},
		{name: "json", path: "/dbcontents/raws?doc-%3E%3Ek=eq.7&select=id", status: 200, body: `[{"id":7}]` + "\n"},
		{name: "an order by a path", path: "/dbcontents/docs?order=doc-%3E%3Ek.desc&limit=1&select=id", status: 200, body: `[{"id":9999}]` + "\n"},
		{name: "what no index serves", path: "/dbcontents/docs?doc-%3E%3Ev=eq.7", status: 400, code: "54001"},
	})
}

// What is wrong with the way to the database has PostgREST's codes.
func TestCodesOfTheConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, "CREATE VIEW slow AS SELECT pg_sleep(60)::text AS x")
	proxy := faultproxy.New(t, db.DSN)
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: proxy.DSN(db.DSN), PoolSize: 1, Tables: []string{"test_table", "slow"},
		AcquireTimeout: 2 * time.Second, FirstRowTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{})
	ask := func(what, code string) {
		t.Helper()
		response, body := get(t, h, "/dbcontents")
		if p := problemIn(t, response, body); response.StatusCode != 503 || p.Code != code || response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, Retry-After %q, %s; want %s", what, response.Status, response.Header.Get("Retry-After"), body, code)
		}
	}
	slow := behind(t, t.Context(), h, "/dbcontents/slow")
	observer := db.Reader()
	asleep := func() (since string) {
		const latest = "SELECT coalesce(max(backend_start)::text, '') FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
		if err := observer.QueryRow(t.Context(), latest).Scan(&since); err != nil {
			t.Fatal(err)
		}
		return since
	}
	await(t, "the query runs", func() bool { return asleep() != "" })
	first := asleep()
	ask("no connection in time", "PGRST003")
	proxy.Reset() // what is lost before its first row is tried a second time
	await(t, "the query runs again", func() bool { now := asleep(); return now != "" && now != first })
	proxy.Reset()
	if got := <-slow; !strings.HasPrefix(got, "503 ") || !strings.Contains(got, `"PGRST001"`) {
		t.Errorf("a connection that is lost: %s", got)
	}
	proxy.Refuse(true)
	proxy.Reset()
	ask("no way to connect", "PGRST000")
}
