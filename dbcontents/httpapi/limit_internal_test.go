package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The defaults follow the pool.
func TestLimiterDefaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		options              Options
		pool, turns, streams int
	}{
		{Options{}, 1, 1, 1},
		{Options{}, 2, 2, 1},
		{Options{}, 3, 3, 2},
		{Options{}, 4, 4, 3},
		{Options{}, 10, 10, 7},
		{Options{}, 16, 16, 12},
		{Options{MaxInFlight: 4}, 16, 4, 3},
		{Options{MaxInFlight: 32}, 16, 32, 12},
		{Options{MaxStreams: 5}, 4, 4, 5},
	} {
		var l limiter
		l.init(tt.options, tt.pool)
		if turns, streams := cap(l.turns.rooms), cap(l.streams.rooms); turns != tt.turns || streams != tt.streams {
			t.Errorf("%+v, a pool of %d: %d turns and %d places, want %d and %d", tt.options, tt.pool, turns, streams, tt.turns, tt.streams)
		}
	}
}

// Who may wait depends on how many do, on the memory that takes, and on how fast they are served.
func TestLimiterAdmits(t *testing.T) {
	t.Parallel()
	const some = 1 << 20
	for _, tt := range []struct {
		reason    string
		queue     int
		pace      time.Duration
		known     int64
		n, memory int64
		want      bool
	}{
		{"a burst, before anything is known", 0, 0, 0, 200, some, true},
		{"too many", 0, 0, 0, defaultQueue + 1, some, false},
		{"too much memory", 0, 0, 0, 2, queueMemory + 1, false},
		{"too much memory, though it is fast", 0, time.Microsecond, 1000, 2, queueMemory + 1, false},
		{"slow, but in time", 0, 100 * time.Millisecond, 1000, 200, some, true},
		{"hopeless", 0, 100 * time.Millisecond, 1000, 700, some, false},
		{"it was slow once", 0, 100 * time.Millisecond, 0, 700, some, true},
		{"more than may wait, but fast", 10, time.Millisecond, 1000, 100, some, true},
		{"more than may wait, and slow", 10, 200 * time.Millisecond, 1000, 100, some, false},
		{"nobody may wait", -1, time.Microsecond, 1000, 1, some, false},
	} {
		var l limiter
		l.init(Options{Queue: tt.queue}, 4)
		l.pace.Store(int64(tt.pace))
		l.known.Store(tt.known)
		if got := l.admits(tt.n, tt.memory); got != tt.want {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}

// What a client sends counts.
func TestWeight(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	x := &exchange{r: r}
	before := x.weight()
	r.Header["X-Large"] = []string{strings.Repeat("x", 60_000), "y"}
	r.RequestURI = "/?" + strings.Repeat("x", 30_000)
	if got := x.weight() - before; got < 120_000 || got > 130_000 {
		t.Errorf("90 kB of request weigh %d", got)
	}
	before = x.weight()
	r.URL.RawQuery = "select=" + strings.Repeat("a,", 700) // which takes 108 KB when it is parsed
	if got := x.weight() - before; got < 108_000 {
		t.Errorf("a query of 1.4 kB weighs %d", got)
	}
}

// A large body that is written without a turn needs memory of that set aside; a
// small one, and one that is not sent, do not.
func TestSendReservesMemory(t *testing.T) {
	t.Parallel()
	large := make([]byte, smallHeld+1)
	for _, tt := range []struct {
		method string
		body   []byte
		held   int64
		status int
	}{
		{http.MethodGet, large, 0, http.StatusOK},
		{http.MethodGet, large, heldMost, http.StatusServiceUnavailable},
		{http.MethodHead, large, heldMost, http.StatusOK},
		{http.MethodGet, large[:100:100], heldMost, http.StatusOK},
	} {
		h := &Handler{}
		h.limit.held.Store(tt.held)
		w := httptest.NewRecorder()
		x := &exchange{h: h, w: w, r: httptest.NewRequest(tt.method, "/", nil)}
		x.send(http.StatusOK, "text/html", tt.body)
		if w.Code != tt.status || h.limit.held.Load() != tt.held {
			t.Errorf("%s of %d bytes with %d held: %d, and %d held then; want %d", tt.method, len(tt.body), tt.held, w.Code, h.limit.held.Load(), tt.status)
		}
	}
}
