package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// held is a handler with a pool of one connection, whose reads of held wait
// until release is called.
func held(t *testing.T, o httpapi.Options) (h *httpapi.Handler, release func()) {
	t.Helper()
	db := pgtest.New(t, seed, "CREATE TABLE held AS SELECT 1 AS id")
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: db.DSN, Tables: append([]string{"held"}, exposed...), PoolSize: 1, LockTimeout: time.Minute, FirstRowTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if report := store.Check(t.Context()); report.Err() != nil {
		t.Fatal(report.Err())
	}
	tx, err := db.Conn().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE held IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	db.Settle()
	release = func() {
		if err := tx.Rollback(context.Background()); err != nil && err != pgx.ErrTxClosed {
			t.Error(err)
		}
	}
	t.Cleanup(release)
	return httpapi.New(store, o), release
}

// behind asks in the background and returns the status and body.
func behind(t *testing.T, ctx context.Context, h http.Handler, path string) <-chan string {
	t.Helper()
	answer := make(chan string, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		answer <- strconv.Itoa(w.Code) + " " + w.Body.String()
	}()
	return answer
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 20 s still not: %s", what)
		}
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	h, release := held(t, httpapi.Options{MaxInFlight: 1, Queue: 2, QueueTimeout: time.Minute})
	first := behind(t, t.Context(), h, "/dbcontents/held")
	await(t, "a request is under way", func() bool { return h.Stats().InFlight == 1 })
	second := behind(t, t.Context(), h, "/dbcontents/held")
	ctx, leave := context.WithCancel(t.Context())
	third := behind(t, ctx, h, "/dbcontents/held")
	await(t, "two wait", func() bool { return h.Stats().Queued == 2 })

	response, body := get(t, h, "/dbcontents/held")
	p := problemIn(t, response, body)
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if response.StatusCode != http.StatusServiceUnavailable || p.Cause != "queue_full" || err != nil || seconds < 1 {
		t.Errorf("the fourth: %s, Retry-After %q, %s", response.Status, response.Header.Get("Retry-After"), body)
	}
	leave()
	if answer := <-third; !strings.HasPrefix(answer, "499 ") {
		t.Errorf("one that left the queue: %s", answer)
	}
	release()
	for _, answer := range []<-chan string{first, second} {
		if got := <-answer; got != "200 [{\"id\":1}]\n" {
			t.Errorf("one that was let in: %s", got)
		}
	}
	await(t, "all have ended", func() bool { return h.Stats().Requests == 4 }) // a moment after their clients have all
	s := h.Stats()
	if s.Requests != 4 || s.Shed != 1 || s.Gone != 1 || s.InFlight != 0 || s.Queued != 0 || s.MaxInFlight != 1 || s.MaxQueued != 2 ||
		s.Causes["queue_full"] != 1 || s.Causes["canceled"] != 1 || len(s.Causes) != 2 || s.Rows != 2 || s.Bytes == 0 {
		t.Errorf("%+v", s)
	}
}

// stuck is a ResponseWriter whose client does not read.
type stuck struct {
	*httptest.ResponseRecorder
	once             sync.Once
	reached, release chan struct{}
}

func (w *stuck) SetWriteDeadline(time.Time) error { return nil }

func (w *stuck) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.reached) })
	<-w.release
	return w.ResponseRecorder.Write(p)
}

// The deadline that a request asks for begins with the request, and its turn has it too.
func TestWaitInTheQueue(t *testing.T) {
	t.Parallel()
	h, _ := held(t, httpapi.Options{MaxInFlight: 1, QueueTimeout: time.Minute})
	ctx, leave := context.WithCancel(t.Context())
	first := behind(t, ctx, h, "/dbcontents/held")
	await(t, "a request is under way", func() bool { return h.Stats().InFlight == 1 })
	response, body := get(t, h, "/dbcontents/test_table", "Prefer", "wait=1")
	if p := problemIn(t, response, body); response.StatusCode != http.StatusGatewayTimeout || p.Cause != "deadline_exceeded" {
		t.Errorf("%s %s", response.Status, body)
	}
	leave()
	<-first
}

// A small answer gives its turn back with its connection, before it is written.
func TestSlowReaderTakesNobodysTurn(t *testing.T) {
	t.Parallel()
	h, _ := held(t, httpapi.Options{MaxInFlight: 1, Queue: 1, QueueTimeout: time.Minute})
	w := &stuck{ResponseRecorder: httptest.NewRecorder(), reached: make(chan struct{}), release: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dbcontents/test_table", nil))
	}()
	<-w.reached
	response, body := get(t, h, "/dbcontents/test_table")
	if response.StatusCode != http.StatusOK {
		t.Errorf("behind one that does not read: %s %s", response.Status, body)
	}
	close(w.release)
	<-done
}

// A queue that moves fast has room for more than Queue, and one that does not has none.
func TestFastQueue(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"test_table", "sleepy"}}, "CREATE VIEW sleepy AS SELECT pg_sleep(0.5)::text AS id")
	crowd := func(h *httpapi.Handler, path string, clients, requests int) (shed int64) {
		before := h.Stats().Shed
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for range requests {
					answerOf(h, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
				}
			})
		}
		all.Wait()
		return h.Stats().Shed - before
	}
	h := httpapi.New(store, httpapi.Options{MaxInFlight: 2, Queue: 2, QueueTimeout: 10 * time.Second})
	crowd(h, "/dbcontents/test_table", 4, 20) // as many as have room anyway: now the pace is known
	if shed := crowd(h, "/dbcontents/test_table", 20, 20); shed != 0 {
		t.Errorf("%d of 400 short requests were turned away", shed)
	}
	slow := httpapi.New(store, httpapi.Options{MaxInFlight: 2, Queue: 2, QueueTimeout: time.Second})
	crowd(slow, "/dbcontents/sleepy", 4, 2)
	if shed := crowd(slow, "/dbcontents/sleepy", 40, 1); shed < 10 { // a busy machine takes a while to begin 40
		t.Errorf("only %d of 40 slow requests were turned away: two are served in half a second, and two may wait", shed)
	}
}

func TestQueueTimeout(t *testing.T) {
	t.Parallel()
	h, release := held(t, httpapi.Options{MaxInFlight: 1, QueueTimeout: 50 * time.Millisecond})
	first := behind(t, t.Context(), h, "/dbcontents/held")
	await(t, "a request is under way", func() bool { return h.Stats().InFlight == 1 })
	response, body := get(t, h, "/dbcontents/held")
	if p := problemIn(t, response, body); response.StatusCode != 503 || p.Cause != "queue_timeout" {
		t.Errorf("%s %s", response.Status, body)
	}
	release()
	if got := <-first; !strings.HasPrefix(got, "200 ") {
		t.Error(got)
	}
	if s := h.Stats(); s.Shed != 1 || s.MaxQueued != 2500 {
		t.Errorf("%+v", s)
	}
}

// What is wrong with a request is said, and health checks are answered, while
// every connection and every slot is taken and the queue is long.
func TestNobodyWaitsInVain(t *testing.T) {
	t.Parallel()
	h, release := held(t, httpapi.Options{MaxInFlight: 1, QueueTimeout: time.Minute})
	first := behind(t, t.Context(), h, "/dbcontents/held")
	await(t, "the connection is taken", func() bool { return h.Stats().InFlight == 1 })
	second := behind(t, t.Context(), h, "/dbcontents/held")
	await(t, "one waits", func() bool { return h.Stats().Queued == 1 })
	for _, tt := range []struct {
		method, path, accept string
		status               int
	}{
		{"GET", "/dbcontents/nowhere", "", 404},
		{"GET", "/nowhere", "", 404},
		{"GET", "/dbcontents/" + strings.Repeat("x", 64), "", 400},
		{"GET", "/dbcontents/%00", "", 400},
		{"GET", "/dbcontents/held?id=x", "", 400},
		{"GET", "/dbcontents/held", "image/png", 406},
		{"GET", "/dbcontents/held?select=" + strings.Repeat("x", 40_000), "", 414},
		{"POST", "/dbcontents/held", "", 405},
	} {
		header := []string{}
		if tt.accept != "" {
			header = append(header, "Accept", tt.accept)
		}
		if response, body := do(t, h, tt.method, tt.path, header...); response.StatusCode != tt.status {
			t.Errorf("%s %.40s: %s, want %d: %s", tt.method, tt.path, response.Status, tt.status, body)
		}
	}
	if s := h.Stats(); s.InFlight != 1 || s.Queued != 1 || s.Shed != 0 {
		t.Errorf("%+v", s)
	}
	release()
	for _, answer := range []<-chan string{first, second} {
		if got := <-answer; !strings.HasPrefix(got, "200 ") {
			t.Error(got)
		}
	}
}

// Retry-After says when the Store tries again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, tt := range []struct {
		dsn         string
		least, most int
	}{
		{"postgres://nobody@127.0.0.1:1/none", 1, 3},
		{strings.Replace(db.DSN, "/"+db.Name, "/nowhere", 1), 3, 6}, // people must mend it
	} {
		store, err := dbcontents.Open(dbcontents.Config{ConnString: tt.dsn, Tables: exposed})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		h := handler(store)
		for range 2 {
			response, body := get(t, h, "/dbcontents")
			seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
			if response.StatusCode != 503 || err != nil || seconds < tt.least || seconds > tt.most {
				t.Errorf("%s, Retry-After %q: %s", response.Status, response.Header.Get("Retry-After"), body)
			}
		}
	}
}
