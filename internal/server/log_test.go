package server_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestFirstLine(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	first, _, _ := strings.Cut(s.Log.String(), "\n")
	for _, want := range []string{`"msg":"serving"`, `"url":"http://127.0.0.1:`, `"tables":["test_table"]`, `"pool_size":`, `"version":"`, `"go":"go1.`} {
		if !strings.Contains(first, want) {
			t.Errorf("the first line lacks %s: %s", want, first)
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,broken,large,absent")
	for _, tt := range []struct {
		path, level, route, table string
		status, rows              float64
		cause, says               string
	}{
		{"/dbcontents", "INFO", "/dbcontents", "public.test_table", 200, 3, "", ""},
		{"/dbcontents/test_table?limit=1", "INFO", "/dbcontents/{table}", "public.test_table", 200, 1, "", ""},
		{"/dbcontents/absent", "INFO", "/dbcontents/{table}", "", 404, 0, "table_missing", "absent"},
		{"/dbcontents?limt=1", "INFO", "/dbcontents", "", 400, 0, "key_unknown", "limt"},
		{"/get_db_contents", "INFO", "*", "", 404, 0, "path_unknown", "/get_db_contents"},
		{"/dbcontents/broken?offset=49999", "ERROR", "/dbcontents/{table}", "", 500, 0, "value_failed", "division by zero"},
		{"/livez", "DEBUG", "/livez", "", 200, 0, "", ""},
		{"/readyz", "DEBUG", "/readyz", "", 200, 0, "", ""},
	} {
		id := "test-" + strings.NewReplacer("/", ".", "?", ".", "=", ".", "&", ".").Replace(tt.path)
		s.get(t, tt.path, "X-Request-Id", id)
		line := s.request(t, id)
		for _, key := range []string{"time", "bytes", "duration_us", "wait_us", "remote"} {
			if line[key] == nil {
				t.Errorf("%s: no %s in %v", tt.path, key, line)
			}
		}
		table, _ := line["table"].(string)
		cause, _ := line["cause"].(string)
		text, _ := line["error"].(string)
		if line["level"] != tt.level || line["method"] != "GET" || line["route"] != tt.route || line["status"] != tt.status ||
			line["rows"] != tt.rows || tt.table != "" && table != tt.table || cause != tt.cause || !strings.Contains(text, tt.says) || (text == "") != (tt.status < 400) {
			t.Errorf("%s: %v", tt.path, line)
		}
	}
}

// request is the line about the request with the id.
func (s *running) request(t *testing.T, id string) map[string]any {
	t.Helper()
	s.Log.line(t, "request")
	var found []map[string]any
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); { // the line is written after the response
		found = slices.DeleteFunc(s.Log.lines(t, "request"), func(line map[string]any) bool { return line["request_id"] != id })
		if len(found) > 0 {
			break
		}
		s.get(t, "/livez")
	}
	if len(found) != 1 {
		t.Fatalf("%d lines about %s", len(found), id)
	}
	return found[0]
}

func TestAccessLogOfABrokenTransfer(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=broken")
	response, err := http.Get(s.URL + "/dbcontents")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || err == nil {
		t.Errorf("%s, %v: a failure midway must break the transfer", response.Status, err)
	}
	line := s.request(t, response.Header.Get("X-Request-Id"))
	if line["level"] != "WARN" || line["aborted"] != true || line["cause"] != "value_failed" || line["status"] != 200.0 {
		t.Errorf("%v", line)
	}

	ctx, cancel := context.WithCancel(t.Context())
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/dbcontents", nil)
	if response, err = http.DefaultClient.Do(request); err != nil {
		t.Fatal(err)
	}
	cancel()
	response.Body.Close()
	if line := s.request(t, response.Header.Get("X-Request-Id")); line["aborted"] != true {
		t.Errorf("the client left: %v", line)
	}
}
