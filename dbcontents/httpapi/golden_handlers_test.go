package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// goldenSchema has what the golden requests read. Nothing of it may look different on
// another version of PostgreSQL.
const goldenSchema = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (x int, "the y" text);
CREATE TABLE things (
	id int PRIMARY KEY, name text, n int, price numeric, big bigint, f float8, flag bool, mood mood, day date, at timestamptz, local timestamp,
	tags text[], span int4range, doc jsonb, raw json, p pair, bytes bytea, u uuid, "odd name" text
);
COMMENT ON TABLE things IS 'Things of <every> kind';
COMMENT ON COLUMN things.name IS 'what it is called';
INSERT INTO things VALUES
	(1, 'one', 10, 1.10, 9007199254740993, 0.1, true, 'sad', '2020-01-01', '2020-01-01 12:00:00+02', '2020-01-01 12:00', '{a,b}', '[1,5)',
		'{"a": {"b": [10, 20]}, "t": "text"}', '{"a":  [1,2], "b": null}', (1, 'why'), '\x00ff68', '00112233-4455-6677-8899-aabbccddeeff', 'odd'),
	(2, 'two, and "more" <b>', 20, 2.50, 2, 1e300, false, 'ok', 'infinity', '-infinity', '0044-03-15 00:00 BC', '{"x,y",NULL}', 'empty',
		'[1, 2]', '1.50', (2, NULL), '', NULL, ''),
	(3, NULL, NULL, 'NaN', NULL, 'Infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, '=1+1', 20, -0.5, -1, -0.0, true, 'happy', '1999-12-31', '1999-12-31 23:59:59.999999+00', '2000-02-29 23:59:59.5', '{}', '[9,12)',
		'"text"', '"a\u00e9"', (NULL, ''), '\x01', NULL, 'é'),
	(5, E'tab\tand\nline', 30, 1000000000000000000000.000001, 5, 123456789.125, false, 'ok', '2024-02-29', '2024-02-29 00:00:00+00', NULL, '{{1,2},{3,4}}', '(,)',
		'null', 'null', NULL, '\xdead', NULL, '𝄞');
CREATE FUNCTION label(things) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.id || ':' || coalesce($1.name, '-') $$;
CREATE TABLE test_table (id bigint PRIMARY KEY, value text);
INSERT INTO test_table VALUES (1, 'one'), (2, 'two'), (3, NULL);
CREATE TABLE empty (id int PRIMARY KEY, value text);
CREATE TABLE many (id int PRIMARY KEY, value text);
INSERT INTO many SELECT i, repeat('x', 200) FROM generate_series(1, 9000) i;
CREATE TABLE keyless AS SELECT i AS id, i % 3 AS m FROM generate_series(1, 9) i;
CREATE TABLE locked (id int);
CREATE TABLE denied (id int);
CREATE TABLE hidden (id int, secret text);
CREATE TABLE "odd table/ü" (id int, "a.b" text);
INSERT INTO "odd table/ü" VALUES (1, 'x');
CREATE VIEW broken AS SELECT i AS id, 1 / (9000 - i) AS value FROM generate_series(1, 90000) i;
CREATE VIEW broken_early AS SELECT i AS id, 1 / (3 - i) AS value FROM generate_series(1, 10) i;
CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(60);
CREATE SEQUENCE counter;
CREATE VIEW writes AS SELECT nextval('counter') AS n;
CREATE FUNCTION refuse(state text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no %', 'way' USING ERRCODE = state, DETAIL = 'the detail', HINT = 'the hint'; END $$;
CREATE VIEW teapot AS SELECT refuse('PT418') AS n;
CREATE VIEW raised AS SELECT refuse('P0001') AS n;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS id WITH NO DATA;
CREATE SCHEMA other;
CREATE TABLE other.things AS SELECT 7 AS id, 'seven' AS name;
CREATE TABLE other.only AS SELECT 8 AS id;
ANALYZE;
`

// goldenTables are exposed by most of the handlers.
var goldenTables = []string{
	"test_table", "things", "empty", "many", "keyless", "locked", "denied", "absent", `"odd table/ü"`, "broken", "broken_early", "slow", "writes",
	"teapot", "raised", "unfilled",
}

// goldenServers are the handlers by their names, each a server.
func goldenServers(t *testing.T, db *pgtest.DB) map[string]*httptest.Server {
	t.Helper()
	role := db.Role("", "GRANT USAGE ON SCHEMA other TO ROLE", "GRANT SELECT ON ALL TABLES IN SCHEMA public, other TO ROLE", "GRANT USAGE ON SEQUENCE counter TO ROLE", "REVOKE SELECT ON denied, hidden FROM ROLE")
	lock := db.Conn()
	if _, err := lock.Exec(t.Context(), "BEGIN; LOCK TABLE locked"); err != nil {
		t.Fatal(err)
	}
	db.Settle()
	build := httpapi.Build{Version: "v1.2.3", Revision: "abc", Time: "2024-01-01T00:00:00Z", Go: "go1"}
	servers := map[string]*httptest.Server{}
	add := func(name string, c dbcontents.Config, o httpapi.Options, choose func(*httpapi.Handler) http.HandlerFunc) {
		if c.ConnString == "" {
			c.ConnString = role
		}
		if c.Tables == nil && !c.AllTables {
			c.Tables = goldenTables
		}
		c.PoolSize, c.LockTimeout = 2, 50*time.Millisecond
		store, err := dbcontents.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		if choose == nil && c.ConnString == role && c.FirstRowTimeout == 0 {
			// The first look-up brings the names that hints list, whichever request comes first.
			if _, err := store.Table(t.Context(), "", "things"); err != nil {
				t.Fatal(err)
			}
		}
		h := httpapi.New(store, o)
		var handle http.Handler = h
		if choose != nil {
			handle = choose(h)
		}
		servers[name] = httptest.NewServer(handle)
		t.Cleanup(servers[name].Close)
	}
	index := func(h *httpapi.Handler) http.HandlerFunc { return h.Index }
	health := func(h *httpapi.Handler) http.HandlerFunc {
		mux := http.NewServeMux()
		mux.HandleFunc("/livez", h.Livez)
		mux.HandleFunc("/readyz", h.Readyz)
		mux.HandleFunc("/version", h.Version)
		return mux.ServeHTTP
	}
	few := []string{"test_table", "things", "absent", "denied"}
	away := dbcontents.Config{ConnString: "host=/nonexistent user=nobody dbname=nowhere"}

	add("plain", dbcontents.Config{}, httpapi.Options{}, nil)
	add("impatient", dbcontents.Config{FirstRowTimeout: 50 * time.Millisecond}, httpapi.Options{}, nil)
	add("aggregates", dbcontents.Config{Aggregates: true}, httpapi.Options{}, nil)
	add("most", dbcontents.Config{MaxRows: 2}, httpapi.Options{}, nil)
	add("cheap", dbcontents.Config{MaxCost: 10}, httpapi.Options{}, nil)
	add("schemas", dbcontents.Config{Schemas: []string{"public", "other"}}, httpapi.Options{}, nil)
	add("star", dbcontents.Config{AllTables: true}, httpapi.Options{}, nil)
	add("verbose", dbcontents.Config{}, httpapi.Options{Verbose: true}, nil)
	add("built", dbcontents.Config{}, httpapi.Options{Prefix: "/api/data", Build: build, ServerTiming: true}, nil)
	add("origins", dbcontents.Config{}, httpapi.Options{Origins: []string{"https://friend.example"}}, nil)
	add("any origin", dbcontents.Config{}, httpapi.Options{Origins: []string{"*"}}, nil)
	add("narrow", dbcontents.Config{}, httpapi.Options{Access: map[string]httpapi.Access{"things": {
		Columns: []string{"id", "name", "n"}, Filters: []string{"id"}, Orders: []string{"id", "n"}, Operators: []dbcontents.Op{"eq", "gt"},
	}}}, nil)
	add("away", away, httpapi.Options{}, nil)
	add("away, verbose", away, httpapi.Options{Verbose: true}, nil)
	add("index", dbcontents.Config{Tables: few}, httpapi.Options{}, index)
	add("index away", away, httpapi.Options{}, index)
	add("health", dbcontents.Config{Tables: few}, httpapi.Options{Build: build}, health)
	add("health away", away, httpapi.Options{}, health)
	add("health stopping", dbcontents.Config{Tables: few}, httpapi.Options{}, func(h *httpapi.Handler) http.HandlerFunc { h.Drain(); return health(h) })
	add("stripped", dbcontents.Config{}, httpapi.Options{}, func(h *httpapi.Handler) http.HandlerFunc { return http.StripPrefix("/v1", h).ServeHTTP })
	return servers
}
