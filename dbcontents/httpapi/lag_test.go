package httpapi_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A standby that is too far behind is a 503 that says so and when to come back, also to probes. It is served again after
// it has caught up.
func TestALaggingStandby(t *testing.T) {
	t.Parallel()
	start := pgtest.Keep(t)
	primary := start(pgtest.Private(t.Context()))
	exec := func(s *pgtest.Server, sql string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(primary, "CREATE TABLE test_table AS SELECT 1 AS id")
	exec(primary, "CREATE TABLE beat (n int)")
	ctx, stop := context.WithCancel(context.Background())
	var beats sync.WaitGroup
	t.Cleanup(beats.Wait)
	t.Cleanup(stop)
	conn, err := pgx.Connect(t.Context(), primary.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	beats.Go(func() { // so that there is always a commit that is young
		defer conn.Close(context.Background())
		for ctx.Err() == nil {
			if _, err := conn.Exec(context.Background(), "SET synchronous_commit TO on; INSERT INTO beat VALUES (1)"); err != nil {
				t.Error(err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	standby := start(primary.Standby(t.Context()))
	u, err := url.Parse(standby.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := dbcontents.Open(dbcontents.Config{ConnString: u.String(), Tables: []string{"test_table"}, MaxLag: 700 * time.Millisecond, AcquireTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{})
	until := func(what string, path string, h http.Handler, reached func(*http.Response, string) bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			response, body := get(t, h, path)
			if reached(response, body) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %s, %s", what, response.Status, body)
			}
		}
	}
	ok := func(response *http.Response, _ string) bool { return response.StatusCode == 200 }
	until("at the beginning", "/dbcontents", h, ok)
	exec(standby, "SELECT pg_wal_replay_pause()")
	exec(primary, "INSERT INTO test_table VALUES (2)")
	until("paused", "/dbcontents", h, func(response *http.Response, body string) bool {
		if response.StatusCode == 200 {
			return false
		}
		if p := problemIn(t, response, body); p.Cause != "standby_lagging" || response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
			t.Errorf("%+v, %v", p, response.Header)
		}
		return true
	})
	until("paused", "/readyz?verbose", http.HandlerFunc(h.Readyz), func(response *http.Response, body string) bool {
		return response.StatusCode == 503 && strings.Contains(body, "standby_lagging") && strings.Contains(body, u.Host)
	})
	exec(standby, "SELECT pg_wal_replay_resume()")
	until("resumed", "/dbcontents", h, func(response *http.Response, body string) bool {
		return response.StatusCode == 200 && strings.Contains(body, "2")
	})
	until("resumed", "/readyz?verbose", http.HandlerFunc(h.Readyz), func(response *http.Response, body string) bool {
		return response.StatusCode == 200 && strings.Contains(body, " standby up, last replayed commit ")
	})
}
