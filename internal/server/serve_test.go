package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestServes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	s := serve(t, "DATABASE_URL="+db.DSN)
	for _, path := range []string{"/dbcontents", "/dbcontents/", "/dbcontents/test_table"} {
		response, body := s.get(t, path)
		want := "[{\"id\":1,\"value\":\"one\"},\n{\"id\":2,\"value\":\"two\"},\n{\"id\":3,\"value\":null}]\n"
		if response.StatusCode != 200 || body != want || response.Header.Get("Dbcontents-Version") == "" {
			t.Errorf("%s: %s %s %v", path, response.Status, body, response.Header)
		}
	}
	for path, want := range map[string]string{
		"/livez":   `"ok"`,
		"/readyz":  `"ok"`,
		"/version": `"go":"go`,
		"/":        "/dbcontents/test_table",
	} {
		if response, body := s.get(t, path); response.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
	if response, _ := s.get(t, "/favicon.ico"); response.StatusCode != http.StatusNoContent {
		t.Errorf("the icon: %s", response.Status)
	}
	// The table is seen as it is, not as it was at the start.
	db.Exec("CREATE TABLE later (id int); ALTER TABLE test_table RENAME TO gone; ALTER TABLE later RENAME TO test_table")
	s.eventually(t, "/dbcontents?select=id&limit=0", 200)
}

func TestSettingsReachTheHandler(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, `CREATE SCHEMA s; CREATE TABLE s."a,b" (id int); INSERT INTO s."a,b" VALUES (7)`)
	s := serve(t, "DATABASE_URL="+db.DSN, "DBCONTENTS_PREFIX=/api/data", `DBCONTENTS_TABLES=s."a,b", *`,
		"DBCONTENTS_SCHEMAS=public", "DBCONTENTS_MAX_ROWS=2", "DBCONTENTS_VERBOSE=on", "DBCONTENTS_POOL_SIZE=3", "DBCONTENTS_SERVER_TIMING=on")
	s.URL = strings.TrimSuffix(s.URL, "/api/data")
	if _, body := s.get(t, "/api/data"); body != "[{\"id\":7}]\n" {
		t.Errorf("the first is not the default: %s", body)
	}
	response, body := s.get(t, "/api/data/test_table?format=text")
	if strings.Count(body, "\n") != 2 || response.Header.Get("Dbcontents-Status") != "max-rows" || response.Header.Get("Server-Timing") == "" {
		t.Errorf("all tables, two rows, timed: %q %v", body, response.Header)
	}
	if response, body := s.get(t, "/api/data/broken?offset=49999"); response.StatusCode != 500 || !strings.Contains(body, "division by zero") {
		t.Errorf("verbose: %s %s", response.Status, body)
	}
	line := s.Log.line(t, "serving")
	if line["pool_size"] != 3.0 || line["all_tables"] != true || fmt.Sprint(line["tables"]) != `[s."a,b"]` || fmt.Sprint(line["schemas"]) != "[public]" {
		t.Errorf("first line: %v", line)
	}
}

func TestWrongRequestsSayWhatIsRight(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	proxy := faultproxy.New(t, db.DSN)
	s := serve(t, "DATABASE_URL="+proxy.DSN(db.DSN))
	s.Log.line(t, "checked")
	s.eventually(t, "/dbcontents", 200)
	db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	before := proxy.Connections()
	for _, tt := range []struct {
		path   string
		status string
		says   string
	}{
		{"/get_db_contents", "404", "there are /dbcontents, /dbcontents/test_table"},
		{"/dbcontents?limt=10", "400", `did you mean "limit"`},
		{"/dbcontents/pg_authid", "404", "there are /dbcontents"},
		{"/dbcontents/test_table%00", "400 404", ""},
		{"/dbcontents/" + strings.Repeat("t", 70), "400 404", ""},
		{"/dbcontents/..%2f", "400 404", ""},
		{`/dbcontents/test_table";drop`, "400 404", ""},
		{"/dbcontents/%ff", "400", "UTF-8"},
		{"/metrics/../dbcontents", "404", "there are /dbcontents"},
		{"//", "404", "there are /dbcontents"},
	} {
		response, body := s.get(t, tt.path)
		var problem struct{ Title, Detail, Hint, Cause, Code string }
		if err := json.Unmarshal([]byte(body), &problem); err != nil || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s is no problem document: %s", tt.path, body)
		}
		if !strings.Contains(tt.status, fmt.Sprint(response.StatusCode)) || !strings.Contains(problem.Detail+problem.Hint, tt.says) || problem.Cause == "" {
			t.Errorf("%s: %s %s", tt.path, response.Status, body)
		}
	}
	if n := proxy.Connections() - before; n != 0 {
		t.Errorf("%d connections were made for them", n)
	}
}

func TestHardened(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	s := serve(t, "DATABASE_URL="+db.DSN)
	if response, _ := s.get(t, "/dbcontents", "Cookie", strings.Repeat("c", 100<<10)); response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("huge header: %s", response.Status)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /dbcontents HTTP/1.1\r\nHost: a\r\nX-Slow")
	conn.SetReadDeadline(time.Now().Add(wait))
	start := time.Now()
	line, _ := bufio.NewReader(conn).ReadString('\n')
	if took := time.Since(start); took < 4*time.Second || took > 10*time.Second {
		t.Errorf("half a header was dealt with after %v: %q", took, line)
	}
}
