package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func serve2(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// An HTTP/2 server resets the stream when a deadline passes, also between two
// writes. It must be that of a client that is slow, not of a slow query.
func TestSlowQueryOverHTTP2(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"trickle"}},
		`CREATE VIEW trickle AS SELECT i AS id, repeat('x', 10000) || pg_sleep(0.4)::text AS value FROM generate_series(1, 8) i`)
	if err := store.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := serve2(t, httpapi.New(store, httpapi.Options{WriteTimeout: 100 * time.Millisecond}))
	response, err := server.Client().Get(server.URL + "/dbcontents/trickle?format=ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if response.ProtoMajor != 2 || response.ContentLength >= 0 || err != nil || response.Trailer.Get("Dbcontents-Rows") != "8" {
		t.Errorf("%s, %d bytes, %v, trailer %v", response.Proto, n, err, response.Trailer)
	}
}

// A response that waits for its place among the streams has not begun, so no
// deadline of a write may end it.
func TestWaitForAPlaceOverHTTP2(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	server := serve2(t, httpapi.New(store, httpapi.Options{WriteTimeout: 2 * time.Second, MaxInFlight: 2, MaxStreams: 1}))
	first, err := server.Client().Get(server.URL + "/dbcontents/large")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Body.Close()
	done := make(chan string, 1)
	go func() {
		response, err := server.Client().Get(server.URL + "/dbcontents/large")
		if err != nil {
			done <- err.Error()
			return
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			done <- err.Error()
			return
		}
		done <- response.Trailer.Get("Dbcontents-Rows")
	}()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := io.CopyN(io.Discard, first.Body, 600_000); err != nil {
			break
		}
	}
	if _, err := io.Copy(io.Discard, first.Body); err != nil {
		t.Error(err)
	}
	if got := <-done; got != "200000" {
		t.Errorf("the second: %s", got)
	}
}

func TestSlowClientOverHTTP2(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	seen := make(chan httpapi.Observation, 1)
	h := httpapi.New(store, httpapi.Options{
		WriteTimeout: 300 * time.Millisecond,
		Observe:      func(_ *http.Request, o httpapi.Observation) { seen <- o },
	})
	server := serve2(t, h)
	response, err := server.Client().Get(server.URL + "/dbcontents/large")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() // and never reads before
	if o := <-seen; !o.Aborted || o.Cause != "slow_client" || !errors.Is(o.Err, os.ErrDeadlineExceeded) || h.Stats().SlowClients != 1 {
		t.Errorf("%+v", o)
	}
	if n, err := io.Copy(io.Discard, response.Body); err == nil || response.Trailer.Get("Dbcontents-Status") != "" {
		t.Errorf("%d bytes look complete: %v", n, response.Trailer)
	}
	settled(t, store, 2*time.Second)
}
