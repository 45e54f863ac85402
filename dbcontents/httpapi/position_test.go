package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// sendWith sends a request with headers, pairs of a name and a value.
func sendWith(h http.Handler, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// With Options.LSN responses tell where they were read, whatever they are, and requests
// say from where on.
func TestPositions(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Functions: []string{"one"}, Aggregates: true},
		"CREATE FUNCTION one() RETURNS TABLE (id int) LANGUAGE sql STABLE AS 'SELECT 1'")
	h := httpapi.New(store, httpapi.Options{LSN: true, Origins: []string{"https://a.example"}})
	// A standby is waited for as long as for a connection.
	hasty, err := dbcontents.Open(dbcontents.Config{Pool: pool, Tables: exposed, Functions: []string{"one"}, Aggregates: true, AcquireTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hasty.Close() })
	soon := httpapi.New(hasty, httpapi.Options{LSN: true, Origins: []string{"https://a.example"}})
	const header = "Dbcontents-Lsn"
	for _, tt := range []struct{ method, target string }{
		{"GET", "/dbcontents"},
		{"HEAD", "/dbcontents"},
		{"HEAD", "/dbcontents?limit=1"},
		{"GET", "/dbcontents?limit=1"},
		{"GET", "/dbcontents/rpc/one"},
		{"GET", "/dbcontents?format=csv"},
		{"GET", "/dbcontents?format=html"},
		{"GET", "/dbcontents?select=count()"},
	} {
		for _, prefer := range []string{"", "count=exact"} {
			response := sendWith(h, tt.method, tt.target, "Prefer", prefer, "Dbcontents-Min-Lsn", "0/1", "Origin", "https://a.example")
			if response.StatusCode/100 != 2 || response.Header.Get(header) == "" || !strings.Contains(response.Header.Get("Access-Control-Expose-Headers"), header) {
				t.Errorf("%s %s: %s, %v", tt.method, tt.target, response.Status, response.Header)
			}
			// The tag is that of the contents, and not of the position.
			tag := response.Header.Get("Etag")
			if tag == "" {
				continue
			}
			change(t, pool, "SELECT pg_logical_emit_message(true, 'test', 'x')")
			again := sendWith(h, tt.method, tt.target, "Prefer", prefer, "If-None-Match", tag)
			if again.StatusCode != 304 || again.Header.Get(header) == "" {
				t.Errorf("%s %s: %s, %v", tt.method, tt.target, again.Status, again.Header)
			}
			// A client that needs more than there is gets no 304.
			behind := sendWith(soon, tt.method, tt.target, "Prefer", prefer, "If-None-Match", tag, "Dbcontents-Min-Lsn", "FFFFFFFF/0")
			if behind.StatusCode != 503 || behind.Header.Get("Retry-After") == "" || behind.Header.Get(header) != "" || behind.Header.Get("Etag") != "" {
				t.Errorf("%s %s: %s, %v", tt.method, tt.target, behind.Status, behind.Header)
			}
		}
	}
	response, body := get(t, soon, "/dbcontents", "Dbcontents-Min-Lsn", "FFFFFFFF/0")
	if p := problemIn(t, response, body); p.Cause != "standby_behind" || response.StatusCode != 503 {
		t.Errorf("%+v", p)
	}
	if response := sendWith(h, "GET", "/dbcontents?offset=10", "Prefer", "count=exact"); response.StatusCode != 416 || response.Header.Get(header) != "" {
		t.Errorf("%s, %v", response.Status, response.Header)
	}
	before := pool.Stat().AcquireCount()
	for _, wrong := range [][]string{{"x"}, {""}, {"0/0", "0/0"}, {"0/0, 0/1"}, {"0/ 0"}} {
		var headers []string
		for _, value := range wrong {
			headers = append(headers, "Dbcontents-Min-Lsn", value)
		}
		if response := sendWith(h, "GET", "/dbcontents", headers...); response.StatusCode != 400 {
			t.Errorf("%q: %s", wrong, response.Status)
		}
	}
	closed := httpapi.New(store, httpapi.Options{})
	response, body = get(t, closed, "/dbcontents", "Dbcontents-Min-Lsn", "0/1")
	if p := problemIn(t, response, body); response.StatusCode != 400 || p.Cause != "min_lsn_invalid" {
		t.Errorf("without the option: %+v", p)
	}
	if pool.Stat().AcquireCount() != before {
		t.Error("a connection was taken for a request that is wrong")
	}
	if response := sendWith(closed, "GET", "/dbcontents"); response.Header.Get(header) != "" {
		t.Errorf("without the option: at %s", response.Header.Get(header))
	}
}
