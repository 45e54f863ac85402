package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	const (
		jsonBody = `[{"id":1,"value":"one"},` + "\n" + `{"id":2,"value":"<script>alert(\"2\")</script>"},` + "\n" + `{"id":3,"value":null}]` + "\n"
		csvBody  = "id,value\r\n1,one\r\n2,\"<script>alert(\"\"2\"\")</script>\"\r\n3,\r\n"
		textBody = "one\n<script>alert(\"2\")</script>\n\n"
	)
	for _, tt := range []struct{ reason, path, accept, contentType, body string }{
		{"no Accept", "/dbcontents", "", "application/json; charset=utf-8", jsonBody},
		{"a trailing slash is the same", "/dbcontents/", "*/*", "application/json; charset=utf-8", jsonBody},
		{"by name", "/dbcontents/test_table", "application/json", "application/json; charset=utf-8", jsonBody},
		{"csv", "/dbcontents", "text/csv", "text/csv; charset=utf-8; header=present", csvBody},
		{"ndjson", "/dbcontents?limit=1", "application/x-ndjson", "application/x-ndjson; charset=utf-8", `{"id":1,"value":"one"}` + "\n"},
		{"text: the second column, a line per row", "/dbcontents", "text/plain", "text/plain; charset=utf-8", textBody},
		{"text: the only column selected", "/dbcontents?select=id", "text/plain", "text/plain; charset=utf-8", "1\n2\n3\n"},
		{"format wins over Accept", "/dbcontents?format=text", "text/csv", "text/plain; charset=utf-8", textBody},
		{"quality decides", "/dbcontents", "text/csv;q=0.5, text/plain;q=0.9, */*;q=0.1", "text/plain; charset=utf-8", textBody},
		{"a type wins over a star", "/dbcontents", "*/*, text/plain", "text/plain; charset=utf-8", textBody},
		{"columns, order, limit, offset", "/dbcontents?select=value,id&order=id.desc.nullslast&limit=1&offset=1", "text/csv", "text/csv; charset=utf-8; header=present", "value,id\r\n\"<script>alert(\"\"2\"\")</script>\",2\r\n"},
		{"nulls first", "/dbcontents?select=id&order=value.asc.nullsfirst&limit=1", "text/plain", "text/plain; charset=utf-8", "3\n"},
		{"no rows by limit", "/dbcontents?limit=0", "", "application/json; charset=utf-8", "[]\n"},
		{"no rows", "/dbcontents/empty", "", "application/json; charset=utf-8", "[]\n"},
		{"header of no rows", "/dbcontents/empty", "text/csv", "text/csv; charset=utf-8; header=present", "id,value\r\n"},
		{"empty parts of the query", "/dbcontents?&;select=;limit=1", "text/plain", "text/plain; charset=utf-8", "one\n"},
	} {
		header := []string{}
		if tt.accept != "" {
			header = []string{"Accept", tt.accept}
		}
		response, body := get(t, handler(store), tt.path, header...)
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != tt.contentType {
			t.Errorf("%s: %s %q", tt.reason, response.Status, response.Header.Get("Content-Type"))
		}
		if diff := cmp.Diff(tt.body, body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		if response.ContentLength != int64(len(body)) || response.Header.Get("Cache-Control") != "private, no-cache" ||
			!strings.Contains(response.Header.Get("Vary"), "Accept") || response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: length %d, header %v", tt.reason, response.ContentLength, response.Header)
		}
	}
}

func TestBadRequestsTakeNoConnection(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"test_table"}})
	before := pool.Stat().AcquireCount()
	for _, tt := range []struct {
		method, path string
		status       []int
		cause, says  string
	}{
		{"GET", "/get_db_contents", []int{404}, "path_unknown", "/dbcontents/test_table"},
		{"GET", "/", []int{404}, "path_unknown", "/dbcontents"},
		{"GET", "/dbcontents/a/b", []int{404}, "path_unknown", "/dbcontents"},
		{"GET", "/dbcontentsx", []int{404}, "path_unknown", "/dbcontents"},
		{"GET", "/dbcontents?limt=10", []int{400}, "key_unknown", `"limit"`},
		{"GET", "/dbcontents?id=ten", []int{400}, "query_invalid", "operator"},
		{"GET", "/dbcontents?limit=-1", []int{416}, "range_invalid", "limit"},
		{"GET", "/dbcontents?order=", []int{400}, "query_invalid", "order"},
		{"GET", "/dbcontents?format=xml", []int{400}, "query_invalid", "ndjson"},
		{"GET", "/dbcontents?order=id.up", []int{400}, "query_invalid", "asc"},
		{"GET", "/dbcontents?select=id,,value", []int{400}, "query_invalid", "column 4"},
		{"GET", `/dbcontents?select=%22id`, []int{400}, "query_invalid", "quote"},
		{"GET", "/dbcontents?select=%zz", []int{400}, "query_invalid", "column 1"},
		{"GET", "/dbcontents?select=%ff", []int{400}, "query_invalid", "UTF-8"},
		{"GET", "/dbcontents?select=%22%00%22", []int{400}, "name_invalid", "NUL"},
		{"GET", "/dbcontents/pg_authid", []int{404}, "table_not_exposed", "/dbcontents/test_table"},
		{"GET", "/dbcontents/test_table%00", []int{400, 404}, "", ""},
		{"GET", "/dbcontents/" + strings.Repeat("t", 70), []int{400, 404}, "", ""},
		{"GET", "/dbcontents/..%2f", []int{404}, "table_not_exposed", ""},
		{"GET", `/dbcontents/test_table%22;drop`, []int{404}, "table_not_exposed", ""},
		{"GET", `/dbcontents/test_table";drop`, []int{404}, "table_not_exposed", ""},
		{"GET", "/dbcontents/%ff", []int{400}, "name_invalid", "UTF-8"},
		{"GET", "/dbcontents?select=" + strings.Repeat("a", 33<<10), []int{414}, "query_too_long", "32768"},
		{"POST", "/dbcontents", []int{405}, "method_not_allowed", "GET"},
		{"TRACE", "/dbcontents", []int{405}, "method_not_allowed", "GET"},
	} {
		response, body := do(t, handler(store), tt.method, tt.path)
		p := problemIn(t, response, body)
		if !slices.Contains(tt.status, response.StatusCode) || tt.cause != "" && p.Cause != tt.cause || !strings.Contains(p.Message+" "+p.Hint, tt.says) {
			t.Errorf("%s %.60s: %d %s", tt.method, tt.path, response.StatusCode, body)
		}
	}
	response, body := get(t, handler(store), "/dbcontents", "Accept", "image/png")
	if p := problemIn(t, response, body); response.StatusCode != 406 || !strings.Contains(p.Hint, "text/csv") {
		t.Errorf("406: %s", body)
	}
	if got := pool.Stat().AcquireCount(); got != before {
		t.Errorf("%d connections were taken", got-before)
	}
	response, _ = do(t, handler(store), "OPTIONS", "/dbcontents")
	if response.StatusCode != 200 || response.Header.Get("Allow") != "OPTIONS,GET,HEAD" {
		t.Errorf("OPTIONS: %s %v", response.Status, response.Header)
	}
}

func TestErrorsOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, `CREATE TABLE secret (id int)`)
	dsn := db.Role("", "GRANT SELECT ON test_table, broken_early TO ROLE")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"test_table", "broken_early", "secret", "absent"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	for _, tt := range []struct {
		path   string
		status int
		cause  string
		code   string
	}{
		{"/dbcontents/absent", 404, "table_missing", "PGRST205"},
		{"/dbcontents/secret", 403, "select_denied", ""},
		{"/dbcontents/broken_early", 500, "value_failed", "22012"},
		{"/dbcontents?select=ident", 400, "column_unknown", "42703"},
	} {
		response, body := get(t, handler(store), tt.path)
		p := problemIn(t, response, body)
		if response.StatusCode != tt.status || p.Cause != tt.cause || tt.code != "" && p.Code != tt.code {
			t.Errorf("%s: %d %s", tt.path, response.StatusCode, body)
		}
		if strings.Contains(body, "role_") || strings.Contains(body, "division by zero") || strings.Contains(body, "127.0.0.1") {
			t.Errorf("%s: the inside shows: %s", tt.path, body)
		}
	}
	verbose := httpapi.New(store, httpapi.Options{Verbose: true})
	if _, body := get(t, verbose, "/dbcontents/broken_early"); !strings.Contains(body, "division by zero") {
		t.Errorf("verbose: %s", body)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for path, status := range map[string]int{"/dbcontents": 200, "/dbcontents/large": 200, "/dbcontents/absent": 404} {
		response, body := do(t, handler(store), "HEAD", path, "Accept", "text/csv")
		if response.StatusCode != status || body != "" {
			t.Errorf("%s: %s %q", path, response.Status, body)
		}
	}
}

func TestMaxRowsIsNeverSilent(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{MaxRows: 2})
	response, body := get(t, handler(store), "/dbcontents?order=id", "Accept", "text/plain")
	if strings.Count(body, "\n") != 2 || response.Header.Get("Dbcontents-Status") != "max-rows" || response.Header.Get("Dbcontents-Rows") != "2" {
		t.Errorf("%q, %v", body, response.Header)
	}
	response, _ = get(t, handler(store), "/dbcontents?order=id&limit=2", "Accept", "text/plain")
	if response.Header.Get("Dbcontents-Status") != "complete" {
		t.Errorf("the client's own limit: %v", response.Header)
	}
}

func TestMountedUnderAPrefix(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	h := httpapi.New(store, httpapi.Options{Prefix: "/api/v1/data"})
	mux := http.NewServeMux()
	mux.Handle("/api/v1/data", h)
	mux.Handle("/api/v1/data/", h)
	for _, path := range []string{"/api/v1/data", "/api/v1/data/", "/api/v1/data/test_table"} {
		if response, body := get(t, mux, path+"?select=id&format=text"); response.StatusCode != 200 || body != "1\n2\n3\n" {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
	stripped := http.StripPrefix("/inner", handler(store))
	if response, _ := get(t, stripped, "/inner/dbcontents"); response.StatusCode != 200 {
		t.Errorf("stripped: %s", response.Status)
	}
}
