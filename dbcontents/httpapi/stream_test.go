package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestLargeAnswerIsStreamedWithTrailers(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	h, after := handler(store), make(chan http.Header, 1)
	around := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		after <- w.Header().Clone()
	})
	response, body := get(t, around, "/dbcontents/large", "Accept", "text/csv")
	if n := strings.Count(body, "\n"); n != 200001 || response.ContentLength != -1 {
		t.Errorf("%d lines, length %d", n, response.ContentLength)
	}
	if response.Trailer.Get("Dbcontents-Status") != "complete" || response.Trailer.Get("Dbcontents-Rows") != "200000" {
		t.Errorf("trailers %v", response.Trailer)
	}
	if sent, seen := response.Header.Get("Content-Location"), (<-after).Get("Content-Location"); seen != sent || sent == "" {
		t.Errorf("a middleware sees the Content-Location %q, and %q was sent", seen, sent)
	}
}

// naiveRecover is a middleware that swallows every panic, even those that net/http means.
func naiveRecover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { recover() }()
		next.ServeHTTP(w, r)
	})
}

// opaque hides everything but the three methods of a ResponseWriter.
func opaque(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
}

// A read that fails after half of its rows must never look like a whole
// answer, in any format, whatever stands around the handler.
func TestInterruptedAnswerNeverEndsCleanly(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for _, tt := range []struct {
		reason string
		wrap   func(http.Handler) http.Handler
		status int // 200: broken off; else a problem
	}{
		{"bare", func(h http.Handler) http.Handler { return h }, 200},
		{"a naive recover", naiveRecover, 200},
		{"a writer without Unwrap", opaque, 500},
		{"both", func(h http.Handler) http.Handler { return naiveRecover(opaque(h)) }, 500},
		{"http.TimeoutHandler", func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") }, 500},
		{"http.TimeoutHandler and a naive recover", func(h http.Handler) http.Handler { return naiveRecover(http.TimeoutHandler(h, time.Minute, "late")) }, 500},
	} {
		for _, format := range []string{"json", "ndjson", "csv", "text"} {
			for _, version := range []string{"1.1", "2"} {
				server := httptest.NewUnstartedServer(tt.wrap(handler(store)))
				server.EnableHTTP2 = version == "2"
				server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
				server.StartTLS()
				response, err := server.Client().Get(server.URL + "/dbcontents/broken?format=" + format)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				server.Close()
				// A failure within the first block is a real status.
				if response.StatusCode == 200 && (err == nil || tt.status != 200) || response.StatusCode != 200 && response.StatusCode != 500 {
					t.Errorf("%s, %s, HTTP/%s: %s, %d bytes, %v", tt.reason, format, version, response.Status, len(body), err)
				}
			}
		}
	}
}

func TestWriterWithoutDeadlines(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	var log bytes.Buffer
	h := opaque(httpapi.New(store, httpapi.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}))
	for range 2 {
		response, body := get(t, h, "/dbcontents/large")
		if p := problemIn(t, response, body); p.Cause != "cannot_stream" || p.Code != "PGRSTX00" {
			t.Errorf("large: %s", body)
		}
		if response, _ := get(t, h, "/dbcontents/large?limit=5000"); response.StatusCode != 200 || response.ContentLength < 500_000 {
			t.Errorf("half a megabyte: %s, length %d", response.Status, response.ContentLength)
		}
	}
	if n := strings.Count(log.String(), "Unwrap"); n != 1 {
		t.Errorf("warned %d times: %s", n, log.String())
	}
}

// ask sends a request by hand and returns the connection.
func ask(t *testing.T, server *httptest.Server, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestHTTP10(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	server := serve(t, handler(store))
	for path, status := range map[string]int{
		"/dbcontents":                    200,
		"/dbcontents/large?limit=5000":   200, // half a megabyte
		"/dbcontents/large":              505,
		"/dbcontents/broken?format=csv":  500, // complete-looking halves are impossible
		"/dbcontents/broken?limit=20000": 200,
	} {
		conn := ask(t, server, "GET "+path+" HTTP/1.0\r\n\r\n")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != status || response.ContentLength != int64(len(body)) {
			t.Errorf("%s: %s, length %d, %d bytes, %v", path, response.Status, response.ContentLength, len(body), err)
		}
	}
}

// settled waits until no connection is in use.
func settled(t *testing.T, store *dbcontents.Store, within time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(within); store.Stats().AcquiredConns > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %v still in use: %+v", within, store.Stats())
		}
	}
}

// A client that asks for a small answer and never reads it must hold nothing.
func TestSmallAnswerReleasesItsConnectionBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	blocked := make(chan struct{})
	release := sync.OnceFunc(func() { close(blocked) })
	wrote := make(chan int, 1)
	h := handler(store)
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&blockingWriter{ResponseWriter: w, before: func() {
			wrote <- store.Stats().AcquiredConns
			<-blocked
		}}, r)
	}))
	t.Cleanup(release)
	ask(t, server, "GET /dbcontents HTTP/1.1\r\nHost: x\r\n\r\n")
	if n := <-wrote; n != 0 {
		t.Errorf("%d connections in use when the first byte was written", n)
	}
	release()
}

func TestSmallAnswerIsObservedWhenItIsWritten(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	received := make(chan struct{})
	h := httpapi.New(store, httpapi.Options{Observe: func(*http.Request, httpapi.Observation) {
		select {
		case <-received:
		case <-time.After(10 * time.Second):
			t.Error("the answer waits for what is done after it")
		}
	}})
	fetch(t, serve(t, h), http.MethodGet, "/dbcontents")
	close(received)
}

type blockingWriter struct {
	http.ResponseWriter
	before func()
}

func (w *blockingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w *blockingWriter) Write(p []byte) (int, error) {
	w.before()
	return w.ResponseWriter.Write(p)
}

func TestSlowAndVanishingClients(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{}, `CREATE VIEW huge AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 3000000) i`)
	store2, err := dbcontents.Open(dbcontents.Config{Pool: poolOf(t, store), Tables: []string{"huge"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store2.Close() })
	seen := make(chan httpapi.Observation, 2)
	h := httpapi.New(store2, httpapi.Options{
		WriteTimeout: 300 * time.Millisecond,
		Observe:      func(_ *http.Request, o httpapi.Observation) { seen <- o },
	})
	server := serve(t, h)
	const request = "GET /dbcontents/huge?format=csv HTTP/1.1\r\nHost: x\r\n\r\n"

	ask(t, server, request) // and never reads
	o := <-seen
	if !o.Aborted || o.Status != 200 || o.Err == nil || o.Table != "public.huge" || o.Route != "/dbcontents/{table}" {
		t.Errorf("slow: %+v", o)
	}
	if s := h.Stats(); s.SlowClients != 1 || s.Aborted != 1 || s.Causes["slow_client"] != 1 {
		t.Errorf("slow: %+v", s)
	}
	settled(t, store2, 2*time.Second)

	conn := ask(t, server, request)
	if _, err := io.ReadFull(conn, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if o := <-seen; !o.Aborted || o.Err == nil {
		t.Errorf("vanished: %+v", o)
	}
	if s := h.Stats(); s.SlowClients != 1 || s.Aborted != 2 || s.Causes["canceled"] != 1 || s.Gone != 0 || s.InFlight != 0 {
		t.Errorf("vanished: %+v", s)
	}
	settled(t, store2, 2*time.Second)
}

// A slow query's rows are sent when a second has passed, not kept until they fill a block.
func TestSlowQueryIsSentAsItComes(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"trickle"}},
		`CREATE VIEW trickle AS SELECT i AS id, repeat('x', 10000) || pg_sleep(0.4)::text AS value FROM generate_series(1, 12) i`)
	if err := store.Ping(t.Context()); err != nil { // on a busy machine connecting takes longer than the query
		t.Fatal(err)
	}
	server := serve(t, handler(store))
	start := time.Now()
	response, err := http.Get(server.URL + "/dbcontents/trickle?format=ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := time.Since(start)
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	if whole := time.Since(start); first > whole/2+500*time.Millisecond {
		t.Errorf("first byte after %v of %v", first, whole)
	}
}

func TestCancelledRequestIsNoError(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"sleep"}}, `CREATE VIEW sleep AS SELECT 1 AS id, pg_sleep(60)::text AS value`)
	seen := make(chan httpapi.Observation, 1)
	server := serve(t, httpapi.New(store, httpapi.Options{Observe: func(_ *http.Request, o httpapi.Observation) { seen <- o }}))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/dbcontents/sleep", nil)
	if _, err := http.DefaultClient.Do(request); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if o := <-seen; o.Status != 499 || !errors.Is(o.Err, context.Canceled) {
		t.Errorf("got %+v", o)
	}
	settled(t, store, 2*time.Second)
}

// The memory of a stream does not depend on its length: the blocks of a large
// answer come from one buffer.
func TestConcurrentStreamsAreComplete(t *testing.T) {
	t.Parallel()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: pgtest.New(t, seed).DSN, PoolSize: 8, Tables: exposed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	server := serve(t, handler(store))
	var wg sync.WaitGroup
	sizes := make([]string, 8)
	for i := range sizes {
		wg.Go(func() {
			response, err := http.Get(server.URL + "/dbcontents/large?format=ndjson&order=id")
			if err != nil {
				sizes[i] = err.Error()
				return
			}
			defer response.Body.Close()
			n, err := io.Copy(io.Discard, response.Body)
			sizes[i] = fmt.Sprint(n, err, response.Trailer.Get("Dbcontents-Rows"))
		})
	}
	wg.Wait()
	for _, s := range sizes {
		if s != sizes[0] || !strings.HasSuffix(s, "200000") {
			t.Errorf("got %q, first was %q", s, sizes[0])
		}
	}
}
