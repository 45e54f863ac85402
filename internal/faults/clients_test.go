package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// dial opens a raw connection with a small receive buffer and sends a request.
func dial(t *testing.T, base, request string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// observed waits for the nth request that ends by a cause: it is counted first, and then observed.
func (r *rig) observed(cause string, n int64) (o httpapi.Observation) {
	r.Helper()
	r.eventually(fmt.Sprintf("request %d that ends by %s is observed", n, cause), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		var seen int64
		for _, o = range r.seen {
			if o.Cause == cause {
				if seen++; seen == n {
					return true
				}
			}
		}
		return false
	})
	if counted := r.counts().causes[cause]; counted != n {
		r.Errorf("%d requests that end by %s are counted, want %d", counted, cause, n)
	}
	return o
}

const endlessRequest = "GET /dbcontents/endless?format=csv HTTP/1.1\r\nHost: x\r\n\r\n"

func TestRow47_ClientLeaves(t *testing.T) {
	begin(t, 47)
	_, dsn := database(t, "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(600)::text AS value")
	r := rigOn(t, dsn, "test_table", "endless", "slow")
	r.healthy("")
	for name, leave := range map[string]func(*net.TCPConn) error{
		"closes": (*net.TCPConn).Close, "half-closes": (*net.TCPConn).CloseWrite,
		"resets": func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
	} {
		before := r.counts()
		conn := dial(t, r.url, endlessRequest)
		if _, err := io.ReadFull(conn, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
		if err := leave(conn); err != nil {
			t.Fatal(err)
		}
		if name == "half-closes" {
			go io.Copy(io.Discard, conn) //nolint:errcheck // it goes on reading
		}
		o := r.observed("canceled", before.causes["canceled"]+1)
		if o.Status != 200 || o.Err == nil || r.counts().aborted != before.aborted+1 {
			t.Errorf("%s in the middle: %+v", name, o)
		}
		r.released()

		conn = dial(t, r.url, "GET /dbcontents/slow HTTP/1.1\r\nHost: x\r\n\r\n")
		r.eventually("the query is under way", func() bool { return r.store.Stats().AcquiredConns == 1 })
		before = r.counts()
		if err := leave(conn); err != nil {
			t.Fatal(err)
		}
		if o := r.observed("canceled", before.causes["canceled"]+1); o.Status != 499 || !errors.Is(o.Err, context.Canceled) {
			t.Errorf("%s before the first row: %+v", name, o)
		}
		r.released()
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := r.store.Query(ctx, dbcontents.Query{Table: "endless"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for rows.Next() {
	}
	r.diagnosed(want{cause: "canceled"}, rows.Close())
	if err := rows.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Go: %v", err)
	}
	r.healthy("")
}

func TestRow48_ClientStopsReading(t *testing.T) {
	begin(t, 48)
	_, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, Tables: []string{"test_table", "endless"}}, httpapi.Options{WriteTimeout: patience})
	r.healthy("")
	before := r.counts()
	dial(t, r.url, endlessRequest)
	o := r.observed("slow_client", before.causes["slow_client"]+1)
	if !errors.Is(o.Err, os.ErrDeadlineExceeded) || r.counts().aborted != before.aborted+1 {
		t.Errorf("%+v", o)
	}
	r.healthy("")
}

// One that reads a little now and then is given up as well: at a byte a second
// by the limit on a block, and just above that by the minimum rate.
func TestRow49_ClientTrickles(t *testing.T) {
	begin(t, 49)
	_, dsn := database(t)
	for _, tt := range []struct {
		name    string
		options httpapi.Options
		bytes   int
		pause   time.Duration
	}{
		{"a byte a second", httpapi.Options{WriteTimeout: 2 * patience}, 1, time.Second},
		{"steady but slow", httpapi.Options{MinRate: 16 << 20}, 64 << 10, 200 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, Tables: []string{"test_table", "endless"}}, tt.options)
			before := r.counts()
			conn := dial(t, r.url, endlessRequest)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for {
					if _, err := io.ReadFull(conn, make([]byte, tt.bytes)); err != nil {
						return
					}
					time.Sleep(tt.pause)
				}
			}()
			for end := time.Now().Add(3 * wait); r.counts().causes["slow_client"] == before.causes["slow_client"]; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the client is not given up")
				}
			}
			if o := r.observed("slow_client", before.causes["slow_client"]+1); !o.Aborted || o.Err == nil {
				t.Errorf("%+v", o)
			}
			conn.Close()
			<-ended
			r.healthy("")
		})
	}
}
