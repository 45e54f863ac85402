package attacks

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const heldSQL = `CREATE TABLE small (id int PRIMARY KEY, value text);
	INSERT INTO small VALUES (1, 'one'), (2, 'two');
	CREATE TABLE wide AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 2000) i;
	CREATE VIEW sleepy AS SELECT 1 AS id, pg_sleep(60)::text AS value`

// The query of a client that hangs up ends at the server, whatever body the request has.
func TestAttack14_HangUpBehindABody(t *testing.T) {
	begin(t, 14)
	r := build(t, pgtest.New(t, heldSQL), dbcontents.Config{Tables: []string{"small", "sleepy"}, FirstRowTimeout: 50 * time.Second}, httpapi.Options{})
	for name, rest := range map[string]string{
		"no body":                "\r\n",
		"a body with a length":   "Content-Length: 2\r\n\r\n{}",
		"a chunked body":         "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"an empty chunked body":  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a chunked body, HEAD":   "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"a body that is waiting": "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
	} {
		conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		method := "GET"
		if strings.Contains(name, "HEAD") {
			method = "HEAD"
		}
		if _, err := io.WriteString(conn, method+" /dbcontents/sleepy HTTP/1.1\r\nHost: x\r\n"+rest); err != nil {
			t.Fatal(err)
		}
		await13(t, "the query runs", func() bool { return r.store.Stats().AcquiredConns == 1 && r.handler.Stats().InFlight == 1 })
		conn.Close()
		start := time.Now()
		for r.store.Stats().AcquiredConns > 0 {
			if time.Since(start) > 10*time.Second {
				t.Fatalf("%s: the query goes on %v after its client has left", name, time.Since(start))
			}
			time.Sleep(time.Millisecond)
		}
		t.Logf("%s: over after %v", name, time.Since(start))
	}
}

// A body that is not one to be read, or does not come, is refused in time, and takes nobody's turn.
func TestAttack14_BodiesThatAreNone(t *testing.T) {
	begin(t, 14)
	r := build(t, pgtest.New(t, heldSQL), dbcontents.Config{Tables: []string{"small"}, PoolSize: 1}, httpapi.Options{})
	for name, tt := range map[string]struct{ rest, status, cause string }{
		"one that is large":       {"Content-Length: 1000000\r\n\r\n" + strings.Repeat("x", 200_000), "413 ", "body_too_large"},
		"one that is no chunk":    {"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400 ", "body_incomplete"},
		"one that does not come":  {"Content-Length: 5\r\n\r\nab", "400 ", "body_incomplete"},
		"one that is just a body": {"Content-Length: 5\r\n\r\nabcde", "200 ", ""},
	} {
		conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go io.WriteString(conn, "GET /dbcontents/small HTTP/1.1\r\nHost: x\r\n"+tt.rest)
		conn.SetReadDeadline(time.Now().Add(wait))
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, _ := io.ReadAll(answer.Body)
		if !strings.HasPrefix(answer.Status, tt.status) || !strings.Contains(string(body), tt.cause) {
			t.Errorf("%s: %s %s, want %s%s", name, answer.Status, body, tt.status, tt.cause)
		}
	}
}

// A client14 is the writer of a client that reads nothing until it is released.
type client14 struct {
	*httptest.ResponseRecorder
	stuck   func()
	release <-chan struct{}
	once    sync.Once

	deadlines int
	writes    []int
	fresh     bool // a deadline was set since the last write
	stale     int  // writes without one
}

func (c *client14) SetWriteDeadline(time.Time) error {
	c.deadlines++
	c.fresh = true
	return nil
}

func (c *client14) Write(p []byte) (int, error) {
	if c.stuck != nil {
		c.once.Do(c.stuck)
		<-c.release
	}
	if !c.fresh {
		c.stale++
	}
	c.fresh = false
	c.writes = append(c.writes, len(p))
	return c.ResponseRecorder.Write(p)
}

// Every part of an answer, whatever way it goes, has a deadline of its own.
func TestAttack14_DeadlineForEachPart(t *testing.T) {
	begin(t, 14)
	r := build(t, pgtest.New(t, heldSQL), dbcontents.Config{Tables: []string{"small", "wide"}}, httpapi.Options{})
	const most = 256 << 10
	for _, path := range []string{
		"/dbcontents/wide?limit=900", // held back as a whole, 900 kB
		"/dbcontents/wide",           // streamed
		"/dbcontents/wide?select=value,a:value,b:value,c:value,d:value,e:value,f:value,g:value&format=html&limit=1000", // a page for people
	} {
		c := &client14{ResponseRecorder: httptest.NewRecorder()}
		r.handler.ServeHTTP(c, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if c.Code != http.StatusOK || c.Body.Len() < 2*most {
			t.Errorf("%s: %d, %d bytes", path, c.Code, c.Body.Len())
		}
		for _, n := range c.writes {
			if n > most {
				t.Errorf("%s: %d bytes are written within one deadline", path, n)
			}
		}
		if c.stale > 0 {
			t.Errorf("%s: %d of %d parts had no deadline of their own", path, c.stale, len(c.writes))
		}
	}
}

// Clients that do not read take a bounded amount of memory with answers that are held
// back, and leave small reads alone.
func TestAttack14_HeldAnswersAreBounded(t *testing.T) {
	begin(t, 14)
	r := build(t, pgtest.New(t, heldSQL), dbcontents.Config{Tables: []string{"small", "wide"}, PoolSize: 4}, httpapi.Options{})
	const clients, size, bound = 90, 900_000, 64 << 20
	release := make(chan struct{})
	var stuck atomic.Int64
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			c := &client14{ResponseRecorder: httptest.NewRecorder(), release: release}
			c.stuck = func() {
				if c.Code == http.StatusOK {
					stuck.Add(1)
				} else {
					stuck.Add(1000)
				}
			}
			r.handler.ServeHTTP(c, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dbcontents/wide?limit=900", nil))
		})
	}
	defer all.Wait()
	defer close(release)
	await13(t, "all clients are written to", func() bool { n := stuck.Load(); return n/1000+n%1000 == clients })
	held := stuck.Load() % 1000
	if held*size > bound+4*size {
		t.Errorf("%d answers of %d bytes are held in memory for clients that do not read", held, size)
	}
	if held < 10 {
		t.Errorf("only %d of %d clients are served", held, clients)
	}
	for range 20 {
		if a := r.get("/dbcontents/small"); a.StatusCode != http.StatusOK {
			t.Fatalf("a small read: %s %s", a.Status, a.body)
		}
	}
	if s := r.store.Stats(); s.AcquiredConns != 0 {
		t.Errorf("%+v", s)
	}
}

// Who does not read what is sent takes neither a turn nor a connection, whatever it is.
func TestAttack14_WhoDoesNotReadTakesNoTurn(t *testing.T) {
	begin(t, 14)
	r := build(t, pgtest.New(t, heldSQL), dbcontents.Config{Tables: []string{"small"}, PoolSize: 1}, httpapi.Options{MaxInFlight: 1})
	for _, tt := range []struct {
		path, prefer string
		handler      http.HandlerFunc
	}{
		{path: "/dbcontents/small"},
		{path: "/dbcontents/small?id=eq.x"},
		{path: "/dbcontents/small?offset=5", prefer: "count=exact"},
		{path: "/dbcontents/small?format=html"},
		{path: "/", handler: r.handler.Index},
	} {
		if tt.handler == nil {
			tt.handler = r.handler.ServeHTTP
		}
		reached, release := make(chan struct{}), make(chan struct{})
		c := &client14{ResponseRecorder: httptest.NewRecorder(), stuck: func() { close(reached) }, release: release}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, nil)
		request.Header.Set("Prefer", tt.prefer)
		done := make(chan struct{})
		go func() {
			defer close(done)
			tt.handler(c, request)
		}()
		<-reached
		if n, s := r.store.Stats().AcquiredConns, r.handler.Stats(); n != 0 || s.InFlight != 0 {
			t.Errorf("%s: while its client does not read %d connections and %d turns are taken", tt.path, n, s.InFlight)
		}
		close(release)
		<-done
	}
}
