package attacks

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// downloadsSQL is a table that is large for a client and a small one.
const downloadsSQL = `CREATE TABLE small (id int PRIMARY KEY, value text);
	INSERT INTO small VALUES (1, 'one'), (2, 'two');
	CREATE VIEW big AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 100000) i;
	CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(0.3)::text AS value`

// download asks for a path over a connection of its own and reads nothing but the
// status line, which comes on the channel.
func download(r *rig, path string) (net.Conn, <-chan string) {
	r.Helper()
	conn, err := net.Dial("tcp", r.server.Listener.Addr().String())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { conn.Close() })
	conn.(*net.TCPConn).SetReadBuffer(4096)
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		r.Fatal(err)
	}
	status := make(chan string, 1)
	go func() {
		line := make([]byte, len("HTTP/1.1 200"))
		io.ReadFull(conn, line)
		status <- string(line)
	}()
	return conn, status
}

// begun waits for so many downloads that have begun.
func begun(r *rig, n int, downloads ...<-chan string) {
	r.Helper()
	line, stop := make(chan string), make(chan struct{})
	defer close(stop)
	for _, d := range downloads {
		go func() {
			select {
			case line <- <-d:
			case <-stop:
			}
		}()
	}
	late := time.After(wait)
	for range n {
		select {
		case got := <-line:
			if got != "HTTP/1.1 200" {
				r.Fatalf("a download began with %q", got)
			}
		case <-late:
			r.Fatalf("after %v there are not %d downloads under way", wait, n)
		}
	}
}

// Small reads go on beside more downloads, by clients that do not read, than the pool has connections.
func TestAttack13_SlowDownloadsLeaveSmallReads(t *testing.T) {
	begin(t, 13)
	r := build(t, pgtest.New(t, downloadsSQL), dbcontents.Config{Tables: []string{"small", "big"}, PoolSize: 4}, httpapi.Options{})
	var statuses []<-chan string
	for range 8 {
		_, status := download(r, "/dbcontents/big")
		statuses = append(statuses, status)
	}
	begun(r, 3, statuses...)
	var slowest time.Duration
	for i := range 20 {
		start := time.Now()
		if a := r.get("/dbcontents/small"); a.StatusCode != http.StatusOK {
			t.Fatalf("small read %d beside slow downloads: %s %s", i, a.Status, a.body)
		}
		slowest = max(slowest, time.Since(start))
	}
	if slowest > wait { // on a machine that does much else; on a quiet one it is some milliseconds
		t.Errorf("the slowest of 20 small reads took %v", slowest)
	}
	t.Logf("the slowest of 20 small reads took %v", slowest)
}

// A download that finds no place waits for one without a connection, and is then a whole one.
func TestAttack13_DownloadWaitsForItsPlace(t *testing.T) {
	begin(t, 13)
	r := build(t, pgtest.New(t, downloadsSQL), dbcontents.Config{Tables: []string{"small", "big"}, PoolSize: 4}, httpapi.Options{})
	var conns []net.Conn
	var statuses []<-chan string
	for range 3 {
		conn, status := download(r, "/dbcontents/big")
		conns, statuses = append(conns, conn), append(statuses, status)
	}
	begun(r, 3, statuses...)
	done := make(chan response, 1)
	go func() { done <- r.get("/dbcontents/big?format=csv&select=id") }() // 600 kB: held back, needs no place
	if a := <-done; a.StatusCode != http.StatusOK {
		t.Errorf("an answer that is not large: %s %s", a.Status, a.body)
	}
	go func() { done <- r.get("/dbcontents/big?format=csv") }()
	await13(t, "the fourth waits for a place, and three connections are in use", func() bool {
		return r.handler.Stats().Queued == 1 && r.store.Stats().AcquiredConns == 3
	})
	conns[0].Close()
	if a := <-done; a.StatusCode != http.StatusOK || a.Trailer.Get("Dbcontents-Rows") != "100000" || strings.Count(a.body, "\n") != 100001 {
		t.Errorf("the fourth: %s, %d bytes, trailers %v", a.Status, len(a.body), a.Trailer)
	}
}

// One that waits too long for a place is a 503 that says so, before a byte was sent.
func TestAttack13_StreamsFull(t *testing.T) {
	begin(t, 13)
	r := build(t, pgtest.New(t, downloadsSQL), dbcontents.Config{Tables: []string{"small", "big"}, PoolSize: 4},
		httpapi.Options{QueueTimeout: 300 * time.Millisecond})
	var statuses []<-chan string
	for range 3 {
		_, status := download(r, "/dbcontents/big")
		statuses = append(statuses, status)
	}
	begun(r, 3, statuses...)
	a := r.get("/dbcontents/big")
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if p := r.problem(a); a.StatusCode != http.StatusServiceUnavailable || p.Cause != "streams_full" || err != nil || seconds < 1 {
		t.Errorf("%s, Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.body)
	}
	await13(t, "its connection is free", func() bool { return r.store.Stats().AcquiredConns == 3 })
	if s := r.handler.Stats(); s.Causes["streams_full"] != 1 || s.Shed != 1 {
		t.Errorf("%+v", s)
	}
}

// A burst of slow queries is served by the defaults, as it is by others' servers.
func TestAttack13_BurstOfSlowQueries(t *testing.T) {
	begin(t, 13)
	r := build(t, pgtest.New(t, downloadsSQL), dbcontents.Config{Tables: []string{"small", "slow"}, PoolSize: 4}, httpapi.Options{})
	r.get("/dbcontents/small")
	var all sync.WaitGroup
	for range 40 { // 40 * 0.3 s / 4 = 3 s
		all.Go(func() {
			if a := r.get("/dbcontents/slow"); a.StatusCode != http.StatusOK {
				t.Errorf("%s %s", a.Status, a.body)
			}
		})
	}
	all.Wait()
}

// A client that does not read is given up sooner while others wait for its connection.
func TestAttack13_SlowClientIsGivenUpSooner(t *testing.T) {
	begin(t, 13)
	const writeTimeout = 16 * time.Second
	r := build(t, pgtest.New(t, downloadsSQL), dbcontents.Config{Tables: []string{"small", "big"}, PoolSize: 1},
		httpapi.Options{WriteTimeout: writeTimeout, QueueTimeout: time.Minute})
	start := time.Now()
	_, status := download(r, "/dbcontents/big")
	begun(r, 1, status)
	if a := r.get("/dbcontents/small"); a.StatusCode != http.StatusOK {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if took := time.Since(start); took > writeTimeout-2*time.Second {
		t.Errorf("the only connection was free after %v", took)
	}
	if s := r.handler.Stats(); s.SlowClients != 1 {
		t.Errorf("%+v", s)
	}
}

func await13(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", wait, what)
		}
	}
}
