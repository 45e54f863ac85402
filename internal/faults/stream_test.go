package faults

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
)

// lost is what a read comes to whose connection goes.
var lost = want{cause: "connection_lost", is: dbcontents.ErrInterrupted}

func TestRow39_BackendKilled(t *testing.T) {
	begin(t, 39)
	db, dsn := database(t)
	r := rigOn(t, dsn, "test_table", "endless")
	r.breaksOff("endless", lost, func() { db.Exec(terminateOthers) })
	r.healthy("")
}

func TestRow40_ServerShutDown(t *testing.T) {
	begin(t, 40)
	p := mortal.take(t)
	r := rigOn(t, p.dsn("sslmode=disable"), "test_table", "endless")
	r.breaksOff("endless", lost, p.restart)
	r.healthy("")
}

func TestRow41_NetworkBreaks(t *testing.T) {
	begin(t, 41)
	_, dsn := database(t)
	for name, fault := range map[string]func(*faultproxy.Proxy){
		"reset":           (*faultproxy.Proxy).Reset,
		"half-closed":     (*faultproxy.Proxy).HalfClose,
		"cut after 54321": func(p *faultproxy.Proxy) { p.CutAfter(54321) },
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faultproxy.New(t, dsn)
			r := rigOn(t, proxy.DSN(dsn), "test_table", "endless")
			r.heal = func() { proxy.CutAfter(-1) }
			w := lost
			if name == "reset" {
				w.as = func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
			}
			r.breaksOff("endless", w, func() { fault(proxy) })
			r.healthy("")
		})
	}
}

func TestRow42_ServerFrozen(t *testing.T) {
	begin(t, 42)
	p := mortal.take(t)
	r := build(t, dbcontents.Config{
		ConnString: p.dsn("sslmode=disable"), PoolSize: 2, ConnectTimeout: 2 * patience, QueryTimeout: 6 * patience, FirstRowTimeout: 4 * patience,
		Tables: []string{"test_table", "endless"},
	}, httpapi.Options{})
	r.healthy("")
	before := r.counts()
	d := r.begin("/dbcontents/endless")
	if err := p.Freeze(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Thaw() }) //nolint:errcheck // done below unless the test fails
	r.brokenOff(d, before, "query_timeout")
	// A new read finds the silent connection that is left, or cannot make one.
	a := r.get("/dbcontents")
	if cause := r.problem(a).Cause; !oneOf("first_row_timeout server_silent", cause) || a.StatusCode < 503 {
		t.Errorf("HTTP, while frozen: %s: %s", a.Status, a.body)
	}
	err := r.read("")
	r.note(err)
	if !errors.Is(err, dbcontents.ErrTimeout) && !errors.Is(err, dbcontents.ErrUnavailable) {
		t.Errorf("Go, while frozen: %v", err)
	}
	r.released()
	if err := p.Thaw(); err != nil {
		t.Fatal(err)
	}
	r.healthy("")
}

func TestRow43_SlowNetwork(t *testing.T) {
	begin(t, 43)
	_, dsn := database(t)
	proxy := faultproxy.New(t, dsn)
	proxy.SetLatency(200 * time.Millisecond)
	proxy.SetRate(10 << 10)
	r := build(t, dbcontents.Config{ConnString: proxy.DSN(dsn), Tables: []string{"test_table", "large"}}, httpapi.Options{})
	before := r.counts()
	var rows []struct{ ID int }
	if a := r.get("/dbcontents/large?limit=300"); a.StatusCode != 200 || a.err != nil || json.Unmarshal([]byte(a.body), &rows) != nil || len(rows) != 300 {
		t.Errorf("HTTP: %s, %v, %d rows: %.300s", a.Status, a.err, len(rows), a.body)
	}
	if err := r.read(""); err != nil {
		t.Errorf("Go: %v", err)
	}
	if c := r.counts(); c.errors != before.errors || c.aborted != before.aborted {
		t.Errorf("counters: %+v", c)
	}
	r.healthy("")
}

// bigRows is how many rows of a kilobyte the buffers between a database in a
// container and a client do not hold.
const bigRows = 70_000

func TestRow44_TableChangedWhileStreaming(t *testing.T) {
	begin(t, 44)
	for _, change := range []string{"DROP TABLE big", "TRUNCATE big", "ALTER TABLE big ADD extra int"} {
		t.Run(change, func(t *testing.T) {
			db, dsn := database(t, "CREATE TABLE big AS SELECT * FROM endless LIMIT 70000")
			r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, LockTimeout: patience / 2, Tables: []string{"test_table", "big"}}, httpapi.Options{})
			r.healthy("")
			d := r.begin("/dbcontents/big?format=ndjson")
			conn := db.Conn()
			changed := make(chan error, 1)
			go func() {
				_, err := conn.Exec(context.Background(), change)
				changed <- err
			}()
			watcher := db.Conn()
			r.eventually("the change waits for the stream", func() bool {
				var n int
				err := watcher.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() AND NOT granted AND mode = 'AccessExclusiveLock'").Scan(&n)
				return err == nil && n > 0
			})
			r.fails(want{path: "big?limit=1", status: 503, cause: "table_locked", is: dbcontents.ErrBusy, state: "55P03", held: 1})
			if lines, err := d.lines(); err != nil || lines != bigRows || d.Trailer.Get("Dbcontents-Status") != "complete" {
				t.Errorf("the stream has %d of %d rows: %v", lines, bigRows, err)
			}
			if err := <-changed; err != nil {
				t.Errorf("%s: %v", change, err)
			}
			r.healthy("")
		})
	}
}

func TestRow45_OwnDeadline(t *testing.T) {
	begin(t, 45)
	_, dsn := database(t, "CREATE VIEW slow AS SELECT i AS id, repeat('x', 9000) || pg_sleep(0.02) AS value FROM generate_series(1, 100000) AS i")
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, QueryTimeout: 6 * patience, Tables: []string{"test_table", "slow"}}, httpapi.Options{})
	r.healthy("")
	r.breaksOff("slow", want{cause: "query_timeout", is: dbcontents.ErrTimeout}, nil)

	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	rows, err := r.store.Query(ctx, dbcontents.Query{Table: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	err = rows.Close()
	r.diagnosed(want{cause: "deadline_exceeded", is: dbcontents.ErrTimeout}, err)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Go: %v, want the context's own error", err)
	}
	r.healthy("")
}

// The real program, and a real signal.
func TestRow46_StoppedWhileStreaming(t *testing.T) {
	begin(t, 46)
	_, dsn := database(t)
	for _, tt := range []struct {
		grace  string
		path   string
		whole  bool
		reason string
	}{
		{"20s", "/dbcontents/large?format=ndjson", true, "there is time for it to end"},
		{"300ms", "/dbcontents/endless?format=ndjson", false, "it takes too long"},
	} {
		s := start(t, "DATABASE_URL="+dsn, "DBCONTENTS_TABLES=test_table,large,endless", "DBCONTENTS_DRAIN=0s", "DBCONTENTS_SHUTDOWN="+tt.grace)
		r := &rig{T: t, url: s.url}
		d := r.begin(tt.path)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			s.stop()
		}()
		eventually(t, "it stops", func() bool { return strings.Contains(s.log.String(), `"msg":"stopping"`) })
		body, err := d.rest()
		if whole := err == nil && d.Trailer.Get("Dbcontents-Status") == "complete"; whole != tt.whole {
			t.Errorf("%s: whole is %v after %d bytes: %v", tt.reason, whole, len(body), err)
		}
		<-stopped
		password, _ := parse(t, dsn).User.Password()
		if text := s.log.String(); strings.Contains(text, password) || strings.Contains(text, `"aborted":true`) == tt.whole {
			t.Errorf("%s: the log is\n%s", tt.reason, text)
		}
	}
	rigOn(t, dsn).healthy("")
}
