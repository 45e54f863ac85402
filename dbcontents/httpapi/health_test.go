package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"test_table", "absent"}})
	h := httpapi.New(store, httpapi.Options{Build: httpapi.Build{Version: "v1.2.3", Source: "abc"}})

	before := pool.Stat().AcquireCount()
	if response, body := get(t, http.HandlerFunc(h.Livez), "/livez"); response.StatusCode != 200 || !strings.Contains(body, "ok") {
		t.Errorf("livez: %s %s", response.Status, body)
	}
	if pool.Stat().AcquireCount() != before {
		t.Error("livez asked the database")
	}
	response, body := get(t, http.HandlerFunc(h.Readyz), "/readyz")
	if response.StatusCode != 200 || !strings.Contains(body, `"name":"table","cause":"table_missing"`) || strings.Contains(body, "absent") || strings.Contains(body, "127.0.0.1") {
		t.Errorf("readyz: %s %s", response.Status, body)
	}
	before = pool.Stat().AcquireCount()
	if _, body := get(t, http.HandlerFunc(h.Readyz), "/readyz?verbose"); !strings.Contains(body, "connected to") || !strings.Contains(body, `{"name":"table absent","cause":`) {
		t.Errorf("readyz?verbose: %s", body)
	}
	if pool.Stat().AcquireCount() != before {
		t.Error("a second readyz within two seconds asked the database")
	}
	response, body = get(t, http.HandlerFunc(h.Version), "/version")
	var build httpapi.Build
	if err := json.Unmarshal([]byte(body), &build); err != nil || build.Version != "v1.2.3" || response.Header.Get("Dbcontents-Version") != "v1.2.3" {
		t.Errorf("version: %s, %v", body, err)
	}
	h.Drain()
	if response, body := get(t, http.HandlerFunc(h.Readyz), "/readyz"); response.StatusCode != 503 || !strings.Contains(body, "draining") {
		t.Errorf("draining: %s %s", response.Status, body)
	}
}

// Whoever may read nothing is not told at /readyz which tables there are: neither those that are
// denied, missing or never filled, nor, while the default one is broken, that one.
func TestReadyzNamesNoTable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE TABLE people (id int); CREATE TABLE canary_denied (id int); CREATE TABLE canary_too (id int);
		CREATE MATERIALIZED VIEW canary_unfilled AS SELECT 1 AS a WITH NO DATA; CREATE MATERIALIZED VIEW canary_neither AS SELECT 1 AS a WITH NO DATA`)
	dsn := db.Role("", "GRANT SELECT ON people, canary_unfilled, canary_neither TO ROLE")
	for _, tt := range []struct {
		reason string
		config dbcontents.Config
		status int
		want   []string // the name and cause of each broken step
	}{
		{"all tables", dbcontents.Config{AllTables: true, Tables: []string{"people"}}, 200, []string{"table not_populated"}},
		{"by name", dbcontents.Config{Tables: []string{"people", "canary_denied", "canary_too", "canary_gone", "canary_unfilled", "canary_neither"}}, 200, []string{"table select_denied", "table table_missing", "table not_populated"}},
		{"the default table", dbcontents.Config{Tables: []string{"canary_denied"}}, 503, []string{"table select_denied"}},
	} {
		tt.config.ConnString = dsn
		store, err := dbcontents.Open(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		h := httpapi.New(store, httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, &httpapi.Refusal{} }})
		response, body := get(t, http.HandlerFunc(h.Readyz), "/readyz")
		var found struct {
			Broken []struct{ Name, Cause, Hint string }
		}
		if err := json.Unmarshal([]byte(body), &found); err != nil {
			t.Fatal(err)
		}
		var broken []string
		for _, b := range found.Broken {
			broken = append(broken, b.Name+" "+b.Cause)
		}
		if response.StatusCode != tt.status || !slices.Equal(broken, tt.want) || strings.Contains(body, "canary") {
			t.Errorf("%s: %s %q, want %q: %s", tt.reason, response.Status, broken, tt.want, body)
		}
	}
}

func TestReadyzNamesTheCause(t *testing.T) {
	t.Parallel()
	for cause, config := range map[string]dbcontents.Config{
		"connection_refused": {ConnString: "postgres://nobody:canary@127.0.0.1:1/none"},
		"dns_not_found":      {ConnString: "postgres://nobody:canary@no-such-host.invalid/none"},
	} {
		config.Tables = []string{"test_table"}
		store, err := dbcontents.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		h := handler(store)
		response, body := get(t, http.HandlerFunc(h.Readyz), "/readyz?verbose")
		// In a container a refused loopback has its own name.
		if response.StatusCode != 503 || !strings.Contains(body, cause) && !strings.Contains(body, "loopback_in_container") || strings.Contains(body, "canary") {
			t.Errorf("%s: %s %s", cause, response.Status, body)
		}
		response, body = get(t, h, "/dbcontents")
		if p := problemIn(t, response, body); response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || strings.Contains(body, "nobody") {
			t.Errorf("%s: %s %+v", cause, response.Status, p)
		}
	}
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestPage(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{}, `
		CREATE TABLE "we<ird" ("a<b>" text, raw bytea, at timestamptz, doc jsonb, f float8, yes bool);
		COMMENT ON TABLE "we<ird" IS '</title><script>alert(1)</script>';
		INSERT INTO "we<ird" VALUES ('<img src=x onerror=alert(1)>', '\xff00', 'infinity', '{"a": "<b>"}', 'NaN', true), (NULL, NULL, '2020-01-02 03:04:05Z', NULL, 1.5, false), (repeat('é', 10000), NULL, NULL, NULL, NULL, NULL)`)
	store2, err := dbcontents.Open(dbcontents.Config{Pool: poolOf(t, store), Tables: []string{`"we<ird"`, "large"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store2.Close() })
	response, body := get(t, handler(store2), "/dbcontents", "Accept", browser)
	if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%s %s", response.Status, body)
	}
	for _, bad := range []string{"<script>alert", "<img", "a<b>", "we<ird"} {
		if strings.Contains(body, bad) {
			t.Errorf("not escaped: %s", bad)
		}
	}
	for _, want := range []string{"rows 1 to 3", "infinity", `\xff00`, "2020-01-02 03:04:05", "(cut)", "null"} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %q in %s", want, body)
		}
	}
	_, style, _ := strings.Cut(body, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
		t.Errorf("the style sheet is not the one that the policy allows: %s", policy)
	}
	_, body = get(t, handler(store2), "/dbcontents/large?order=id&offset=100", "Accept", browser)
	if !strings.Contains(body, "rows 101 to 200") || !strings.Contains(body, "offset=200") || !strings.Contains(body, `offset=0" rel="prev"`) {
		t.Errorf("pages: %.2000s", body)
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"test_table", "absent"}})
	h := http.HandlerFunc(handler(store).Index)
	_, body := get(t, h, "/")
	var index struct {
		Tables []struct{ Table, URL string }
		Try    []string
	}
	if err := json.Unmarshal([]byte(body), &index); err != nil || len(index.Tables) != 1 || index.Tables[0].URL != "/dbcontents/test_table" || len(index.Try) == 0 {
		t.Errorf("%s, %v", body, err)
	}
	if response, body := get(t, h, "/", "Accept", browser); !strings.Contains(body, `<a href="/dbcontents/test_table" dir="auto">test_table</a>`) || response.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("page: %s", body)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	if response, _ := get(t, handler(store), "/nothing", "X-Request-Id", "abc-1"); response.Header.Get("X-Request-Id") != "abc-1" {
		t.Errorf("not kept: %v", response.Header)
	}
	for _, bad := range []string{"a b", strings.Repeat("a", 65), "<x>"} {
		if response, _ := get(t, handler(store), "/nothing", "X-Request-Id", bad); response.Header.Get("X-Request-Id") == bad || response.Header.Get("X-Request-Id") == "" {
			t.Errorf("%q: %v", bad, response.Header)
		}
	}
}
