package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// The defaults follow the pool. This needs no database: Open does not connect.
func TestDefaultLimitsFollowThePool(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		options              httpapi.Options
		pool, turns, streams int
	}{
		{httpapi.Options{}, 1, 1, 1},
		{httpapi.Options{}, 2, 2, 1},
		{httpapi.Options{}, 3, 3, 2},
		{httpapi.Options{}, 4, 4, 3},
		{httpapi.Options{}, 10, 10, 7},
		{httpapi.Options{}, 16, 16, 12},
		{httpapi.Options{MaxInFlight: 4}, 16, 4, 3},
		{httpapi.Options{MaxInFlight: 32}, 16, 32, 12},
		{httpapi.Options{MaxStreams: 5}, 4, 4, 5},
	} {
		store, err := dbcontents.Open(dbcontents.Config{ConnString: "postgres://nobody@127.0.0.1:1/none", AllTables: true, PoolSize: tt.pool})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		s := httpapi.New(store, tt.options).Stats()
		if s.MaxInFlight != tt.turns || s.MaxStreams != tt.streams || s.MaxQueued != 2500 || s.MaxHeld != 64<<20 {
			t.Errorf("%+v, a pool of %d: %+v, want %d turns and %d streams", tt.options, tt.pool, s, tt.turns, tt.streams)
		}
	}
}

// What waits may take 64 MiB. What a client sends counts, and a byte of the query
// string counts for what it becomes when it is parsed.
func TestWaitingMemoryCountsTheRequest(t *testing.T) {
	t.Parallel()
	h, release := held(t, httpapi.Options{MaxInFlight: 1, QueueTimeout: time.Minute})
	var all sync.WaitGroup
	ask := func(path string, header int, want string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header["X-Large"] = []string{strings.Repeat("x", header)}
		w := answerOf(h, r)
		if got := w.Body.String(); !strings.Contains(got, want) {
			t.Errorf("%.40s: %d %.200s", path, w.Code, got)
		}
	}
	const rows = `[{"id":1}]`
	all.Go(func() { ask("/dbcontents/held", 0, rows) })
	await(t, "a request is under way", func() bool { return h.Stats().InFlight == 1 })
	all.Go(func() { ask("/dbcontents/held", 62<<20, rows) })
	await(t, "one waits", func() bool { return h.Stats().Queued == 1 })
	ask("/dbcontents/held", 2<<20, `"queue_full"`)
	ask("/dbcontents/held?id=in.(1"+strings.Repeat(",1", 14_000)+")", 0, `"queue_full"`) // 28 kB count for 2.2 MB
	all.Go(func() { ask("/dbcontents/held?id=in.(1)", 1<<20, rows) })
	await(t, "two wait", func() bool { return h.Stats().Queued == 2 })
	release()
	all.Wait()
}

// Bodies that are written without a turn share 64 MiB. A large one that finds none
// left is a 503. A small one, and one that is not sent, need none.
func TestLargeBodiesShareMemory(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"wide", "test_table"}},
		`CREATE TABLE wide AS SELECT i AS id, repeat('a', 490) AS a, repeat('b', 490) AS b, repeat('c', 490) AS c, repeat('d', 490) AS d FROM generate_series(1, 1000) i`)
	h := httpapi.New(store, httpapi.Options{})
	const view = "/dbcontents/wide?format=html&limit=300" // almost 1 MB
	release := make(chan struct{})
	var all sync.WaitGroup
	last := &stuck{ResponseRecorder: httptest.NewRecorder()}
	for last.Code == http.StatusOK {
		w := &stuck{ResponseRecorder: httptest.NewRecorder(), reached: make(chan struct{}), release: release}
		all.Go(func() { h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, view, nil)) })
		<-w.reached
		if last = w; h.Stats().Held > h.Stats().MaxHeld {
			t.Fatalf("%d bytes are held", h.Stats().Held)
		}
	}
	if s := h.Stats(); last.Code != http.StatusServiceUnavailable || last.Header().Get("Retry-After") == "" || s.Held < s.MaxHeld*9/10 {
		t.Errorf("%d, %v, with %+v", last.Code, last.Header(), s)
	}
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{http.MethodHead, view, http.StatusOK},
		{http.MethodGet, "/dbcontents/test_table?format=html", http.StatusOK},
		{http.MethodGet, "/dbcontents/test_table", http.StatusOK},
	} {
		if w := answerOf(h, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil)); w.Code != tt.status {
			t.Errorf("%s %s: %d, want %d: %.200s", tt.method, tt.path, w.Code, tt.status, w.Body)
		}
	}
	close(release)
	all.Wait()
	if s := h.Stats(); s.Held != 0 || s.InFlight != 0 {
		t.Errorf("%+v", s)
	}
}
