package faults

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// Whatever a middleware does with panics and with the writer, half an answer
// does not look like a whole one.
func TestRow56_Middleware(t *testing.T) {
	begin(t, 56)
	_, dsn := database(t, "CREATE VIEW broken AS SELECT i AS id, repeat('x', 100 / (20000 - i) + 100) AS value FROM generate_series(1, 40000) AS i")
	r := rigOn(t, dsn, "test_table", "broken", "large")
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"a naive recover": naiveRecover, "gzip without Unwrap": gzipped, "gzip in a naive recover": func(h http.Handler) http.Handler { return naiveRecover(gzipped(h)) },
		"http.TimeoutHandler": func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") },
	} {
		server := httptest.NewServer(wrap(r.handler))
		for _, format := range []string{"json", "ndjson", "csv", "text"} {
			response, err := http.Get(server.URL + "/dbcontents/broken?format=" + format)
			if err != nil {
				continue // nothing at all is not half an answer
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode == 200 && err == nil {
				t.Errorf("%s, %s: %d bytes look whole", name, format, len(body))
			}
		}
		response, err := http.Get(server.URL + "/dbcontents/test_table")
		if err != nil {
			t.Fatal(err)
		}
		var rows []json.RawMessage
		if err := json.NewDecoder(response.Body).Decode(&rows); err != nil || len(rows) != 3 {
			t.Errorf("%s: %d rows of a small answer, %v", name, len(rows), err)
		}
		response.Body.Close()
		server.Close()
	}
	r.mu.Lock()
	warnings := strings.Count(r.told.String(), "needs an Unwrap method")
	r.mu.Unlock()
	if warnings != 1 {
		t.Errorf("warned %d times", warnings)
	}
	r.healthy("")
}

func naiveRecover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { recover() }() //nolint:errcheck // naive
		next.ServeHTTP(w, r)
	})
}

// gzipped compresses like many a middleware: it knows nothing but Write, and
// ends the stream neatly whatever happens.
func gzipped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		next.ServeHTTP(&gzipWriter{w, z}, r)
	})
}

type gzipWriter struct {
	inner http.ResponseWriter
	z     *gzip.Writer
}

func (w *gzipWriter) Header() http.Header         { return w.inner.Header() }
func (w *gzipWriter) Write(p []byte) (int, error) { return w.z.Write(p) }
func (w *gzipWriter) WriteHeader(status int) {
	w.inner.Header().Del("Content-Length")
	w.inner.WriteHeader(status)
}

// 500 clients at once, and a pool of four: each is served whole, or turned away
// as it should be.
func TestRow55_Flood(t *testing.T) {
	begin(t, 55)
	_, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 4, Tables: []string{"test_table", "large"}},
		httpapi.Options{Queue: 100, QueueTimeout: time.Second})
	r.healthy("")
	whole := r.get("/dbcontents/large?limit=2000").body
	before := r.counts()
	const clients = 500
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range clients {
		group.Go(func() {
			response, err := client.Get(r.url + "/dbcontents/large?limit=2000")
			if err != nil {
				t.Errorf("neither served nor turned away: %v", err)
				return
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			mu.Lock()
			defer mu.Unlock()
			statuses[response.StatusCode]++
			switch {
			case response.StatusCode == 200 && (err != nil || string(body) != whole):
				t.Errorf("200 with %d bytes: %v", len(body), err)
			case response.StatusCode == 503 && response.Header.Get("Retry-After") == "", response.StatusCode != 200 && response.StatusCode != 503:
				t.Errorf("%s: %s", response.Status, body)
			}
		})
	}
	group.Wait()
	after := r.counts()
	shed := after.causes["queue_full"] + after.causes["queue_timeout"] + after.causes["pool_busy"]
	if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503] != clients || shed != int64(statuses[503]) {
		t.Errorf("%v, counted %+v, before %+v", statuses, after, before)
	}
	t.Logf("%v, %+v", statuses, after.causes)
	r.healthy("")
}
