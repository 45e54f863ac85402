package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const seed = `
CREATE TABLE test_table (id bigint PRIMARY KEY, value text);
INSERT INTO test_table VALUES (1, 'one'), (2, '<script>alert("2")</script>'), (3, NULL);
CREATE TABLE empty (id int, value text);
CREATE VIEW large AS SELECT i AS id, repeat('x', 100) AS value FROM generate_series(1, 200000) i;
CREATE VIEW broken AS SELECT i AS id, 1 / (50000 - i) AS value FROM generate_series(1, 100000) i;
CREATE VIEW broken_early AS SELECT i AS id, 1 / (3 - i) AS value FROM generate_series(1, 10) i;
`

var exposed = []string{"test_table", "empty", "large", "broken", "broken_early", "absent"}

// setup is a Store on a borrowed pool, so that a test can see what is taken from it.
func setup(t *testing.T, config dbcontents.Config, sql ...string) (*dbcontents.Store, *pgxpool.Pool) {
	t.Helper()
	db := pgtest.New(t, append([]string{seed}, sql...)...)
	return setupOn(t, config, db, db.DSN)
}

// setupUnpooled is setup past the pooler that may stand between tests and their databases.
func setupUnpooled(t *testing.T, config dbcontents.Config, sql ...string) (*dbcontents.Store, *pgxpool.Pool) {
	t.Helper()
	db := pgtest.New(t, append([]string{seed}, sql...)...)
	return setupOn(t, config, db, db.Unpooled(db.DSN))
}

func setupOn(t *testing.T, config dbcontents.Config, db *pgtest.DB, dsn string) (*dbcontents.Store, *pgxpool.Pool) {
	t.Helper()
	pool := borrow(t, dsn)
	config.Pool = pool
	if len(config.Tables) == 0 && !config.AllTables {
		config.Tables = exposed
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	pools.Store(store, pool)
	databases.Store(pool, db)
	return store, pool
}

func borrow(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

var pools sync.Map // Store -> its pool

// poolOf is the pool on which setup made a Store, for a second Store.
func poolOf(t *testing.T, store *dbcontents.Store) *pgxpool.Pool {
	t.Helper()
	pool, _ := pools.Load(store)
	return pool.(*pgxpool.Pool)
}

var databases sync.Map // pool -> the database that it reads

// change writes into the database that a pool of setup or related reads, which may do nothing but be read.
func change(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	db, _ := databases.Load(pool)
	db.(*pgtest.DB).Exec(sql)
}

// serve starts a server around the handler; wrap may be nil.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// get asks for a path, given raw, and reads the whole answer.
func get(t *testing.T, h http.Handler, path string, header ...string) (*http.Response, string) {
	t.Helper()
	return do(t, h, http.MethodGet, path, header...)
}

func do(t *testing.T, h http.Handler, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	return fetch(t, server, method, path, header...)
}

// fetch asks a running server for a path, given raw, and reads the whole answer.
func fetch(t *testing.T, server *httptest.Server, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.URL.Opaque = "//" + request.URL.Host + path // sent as it is
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

type problem struct {
	Type, Title, Detail, Cause, Code, Message, Hint string
	Status                                          int
	RequestID                                       string `json:"request_id"`
}

// problemIn decodes a problem document and checks what all of them have.
func problemIn(t *testing.T, response *http.Response, body string) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("not a problem: %v: %s", err, body)
	}
	if details := regexp.MustCompile(`"details":(null|"[^"]|\[\{)`); !details.MatchString(body) {
		t.Errorf("details are neither null nor something: %s", body)
	}
	if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if response.Header.Get("Cache-Control") != "no-store" || p.Status != response.StatusCode || p.Cause == "" ||
		!strings.HasSuffix(p.Type, "#"+p.Cause) || p.Title == "" || p.Message == "" || p.Hint == "" || p.Code == "" ||
		p.RequestID != response.Header.Get("X-Request-Id") || response.ContentLength != int64(len(body)) {
		t.Errorf("incomplete problem: %s, header %v", body, response.Header)
	}
	return p
}

func handler(store *dbcontents.Store) *httpapi.Handler {
	return httpapi.New(store, httpapi.Options{})
}
