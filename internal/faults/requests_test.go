package faults

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func TestRow50_Slowloris(t *testing.T) {
	begin(t, 50)
	_, dsn := database(t)
	s := serve(t, "DATABASE_URL="+dsn)
	start := time.Now()
	conn := dial(t, s.url, "GET /dbcontents HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	conn.SetReadDeadline(start.Add(wait))
	reply, err := io.ReadAll(conn)
	if took := time.Since(start); err != nil || took < 2*time.Second || took > wait-time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if text := string(reply); text != "" && !strings.Contains(text, " 400 ") && !strings.Contains(text, " 408 ") {
		t.Errorf("%s", text)
	}
	if status, body := s.get("/dbcontents"); status != 200 {
		t.Errorf("%d: %s", status, body)
	}
}

func TestRow51_HugeRequests(t *testing.T) {
	begin(t, 51)
	_, dsn := database(t)
	s := serve(t, "DATABASE_URL="+dsn)
	for request, status := range map[string]string{
		"GET /dbcontents?select=" + strings.Repeat("a", 40<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n":          "414",
		"GET /dbcontents?select=" + strings.Repeat("a", 200<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n":         "431",
		"GET /dbcontents HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("a", 200<<10) + "\r\n\r\n":      "431",
		"GET /dbcontents HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: a\r\n", 20_000) + "\r\n":      "431",
		"GET /dbcontents/" + strings.Repeat("a", 30<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n":                 "400",
		"GET /dbcontents?limit=1&" + strings.Repeat("&", 20<<10) + "offset=0 HTTP/1.1\r\nHost: x\r\n\r\n": "200",
	} {
		if got := statusLine(t, s.url, request); !strings.HasPrefix(got, "HTTP/1.1 "+status) {
			t.Errorf("%.60s, %d bytes: %s, want %s", request, len(request), got, status)
		}
	}
	if status, body := s.get("/dbcontents"); status != 200 {
		t.Errorf("%d: %s", status, body)
	}
}

// statusLine sends a request while it reads, as its sender may be cut off.
func statusLine(t *testing.T, base, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, request) //nolint:errcheck // the answer says it
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Errorf("%.60s: %v", request, err)
	}
	return line
}

func TestRow52_HostileNames(t *testing.T) {
	begin(t, 52)
	_, dsn := database(t, `CREATE TABLE other (note text); INSERT INTO other VALUES ('treasure')`)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, Tables: []string{"test_table"}}, httpapi.Options{})
	long := strings.Repeat("t", 64)
	for _, path := range []string{
		"/test_table%00", "/%00", "/%ff", "/test_table%ff", "/" + long, "/test_table%22", "/%22test_table%22", "/..", "/../other", "/..%2fother", "/%2e%2e%2fother",
		"/other", "/other;", "/test_table;select", "/test_table%3bselect", "/test_table--", "/public.other", "/public.test_table", "/pg_catalog.pg_authid", "/pg_authid",
		`/test_table%22,%22other`, "/test_table%20", "/TEST_TABLE", "/test_table%0a", "/(select%201)", "/t%65st_table%27", "/%F0%9F%98%80",
	} {
		if a := r.hostile(path); a.StatusCode != 400 && a.StatusCode != 404 {
			t.Errorf("%s: %s: %s", path, a.Status, a.body)
		}
	}
	if s := r.store.Stats(); s.Conns != 0 || s.Lookups != 0 {
		t.Errorf("a connection was taken for a name that is not exposed: %+v", s)
	}
	for _, query := range []string{
		"select=%00", "select=%ff", "select=id;drop", "order=id;drop", "select=note%20from%20other", "select=id,note%20from%20other--", "order=id%22", "limit=1;2", "limit=0x1", "offset=-1", "select=" + long,
		"order=(select%20note%20from%20other)", "format=..", "limit=99999999999999999999", "select=other(*)", "select=*,other(note)", "id=eq.1%20or%201=1", "id=in.(select%20note%20from%20other)", "or=(id.eq.1;--)",
		"select=id::text%20from%20other", "select=id,value-%3E%3E'x'%20from%20other", "other.note=eq.x", "%00=1", "%ff=%ff", "select=id%00", "value=like.*%00*",
	} {
		if a := r.hostile("?" + query); a.StatusCode >= 500 {
			t.Errorf("%s: %s: %s", query, a.Status, a.body)
		}
	}
	for _, name := range []string{"test_table\x00", "\xff", long} {
		r.diagnosed(want{cause: "name_invalid", is: dbcontents.ErrInvalid}, r.read(name))
	}
	r.healthy("")
}

// hostile asks for what is not there to be had, and wants no word of it.
func (r *rig) hostile(path string) answer {
	r.Helper()
	a := r.raw("GET /dbcontents" + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if strings.Contains(a.body, "treasure") || !json.Valid([]byte(a.body)) || a.StatusCode == 200 && !strings.Contains(a.body, `"id":`) && a.body != "[]\n" {
		r.Errorf("%s: %s: %s", path, a.Status, a.body)
	}
	return a
}

// raw sends a request as it is.
func (r *rig) raw(request string) answer {
	r.Helper()
	conn := dial(r.T, r.url, request)
	defer conn.Close()
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: strings.SplitN(request, " ", 2)[0]})
	if err != nil {
		r.Fatalf("%.100q: %v", request, err)
	}
	body, err := io.ReadAll(response.Body)
	r.Write(body) //nolint:errcheck // a buffer
	return answer{response, string(body), err}
}

func TestRow53_HTTP10(t *testing.T) {
	begin(t, 53)
	_, dsn := database(t, "CREATE VIEW broken AS SELECT i AS id, repeat('x', 100 / (5000 - i) + 100) AS value FROM generate_series(1, 10000) AS i")
	r := rigOn(t, dsn, "test_table", "large", "broken")
	for path, status := range map[string]int{
		"": 200, "/large?limit=5000": 200, "/large": 505, "/large?format=csv": 505, "/broken": 500, "/broken?format=ndjson": 500,
	} {
		a := r.raw("GET /dbcontents" + path + " HTTP/1.0\r\n\r\n")
		if a.err != nil || a.StatusCode != status || a.ContentLength != int64(len(a.body)) {
			t.Errorf("%s: %s, length %d of %d, %v", path, a.Status, a.ContentLength, len(a.body), a.err)
		}
	}
	r.healthy("")
}

func TestRow54_OtherMethods(t *testing.T) {
	begin(t, 54)
	_, dsn := database(t)
	r := rigOn(t, dsn, "test_table", "absent")
	for _, tt := range []struct {
		method, path string
		status       int
		allow        bool
	}{
		{"POST", "", 405, true},
		{"PUT", "/test_table", 405, true},
		{"PATCH", "", 405, true},
		{"DELETE", "/absent", 405, true},
		{"TRACE", "", 405, true},
		{"CONNECT", "", 405, true},
		{"BREW", "", 405, true},
		{"HEAD", "/nothing/here", 404, false},
	} {
		a := r.raw(tt.method + " /dbcontents" + tt.path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		if a.StatusCode != tt.status || (a.Header.Get("Allow") != "") != tt.allow {
			t.Errorf("%s %s: %s, Allow %q", tt.method, tt.path, a.Status, a.Header.Get("Allow"))
		}
	}
	if s := r.store.Stats(); s.Conns != 0 || s.Reads != 0 {
		t.Errorf("a connection was taken: %+v", s)
	}
	if a := r.do("OPTIONS", "/dbcontents"); a.StatusCode != 200 || a.Header.Get("Allow") == "" || a.body != "" {
		t.Errorf("OPTIONS: %s, %v, %q", a.Status, a.Header, a.body)
	}
	a := r.do("HEAD", "/dbcontents/test_table")
	if a.StatusCode != 200 || a.body != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("HEAD: %s, %v, %q", a.Status, a.Header, a.body)
	}
	if a := r.do("HEAD", "/dbcontents/absent"); a.StatusCode != 404 || a.body != "" {
		t.Errorf("HEAD of what is absent: %s, %q", a.Status, a.body)
	}
	r.healthy("")
}
