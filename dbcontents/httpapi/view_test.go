package httpapi_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// A form of the view leads to the address that it stands for.
func TestViewForms(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	server := serve(t, handler(store))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for sent, want := range map[string]string{
		"~column=value&~op=eq&~value=a":                                    "?value=eq.a",
		"order=id&after=AAAA&offset=3&%7Ecolumn=value&%7Eop=eq&%7Evalue=a": "?order=id&value=eq.a",
		"~column=id&~op=eq&~value=&~column=value&~op=gt&~value=b":          "?value=gt.b",
		"~column=value&~op=contains&~value=50%25_\\":                       `?value=ilike.*50\%\_\\*`,
		"~column=value&~op=in&~value=a, b\"c":                              `?value=in.("a","b\"c")`,
		"~column=value&~op=null&~value=":                                   "?value=is.null",
		"~column=value&~op=notnull&~value=x":                               "?value=not.is.null",
		"~column=value&~op=empty&~value=":                                  "?value=eq.",
		"~column=%22a.b%22&~op=has&~value=x":                               `?"a.b"=cs.{"x"}`,
		"~column=value&~op=nothing&~value=x":                               "?",
		"after=eq.x&offset=1&~column=value&~op=eq&~value=a":                "?after=eq.x&value=eq.a",
		"~column=~op&~op=eq&~value=x":                                      "?",
		"~column=value&~op=eq&~value=x&format=html":                        "?format=html&value=eq.x",
		"~columns=show&~all=3&~show=id&~show=a b":                          `?select=id,"a b"`,
		"~columns=show&~all=2&~show=id&~show=value&order=id":               "?order=id",
		"~columns=show&~all=2&~show=id&~show=value&~keep=n:id::text":       "?select=id,value,n:id::text",
		"~columns=show&~all=2":                                             "?",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/dbcontents/test_table", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.URL.RawQuery = strings.ReplaceAll(sent, " ", "+")
		request.Header.Set("Accept", browser)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		location, err := response.Location()
		if err != nil || response.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s, %v", sent, response.Status, err)
			continue
		}
		var got strings.Builder
		for i, part := range strings.Split(location.RawQuery, "&") {
			got.WriteString("?&"[min(i, 1):][:1])
			text, err := url.QueryUnescape(part)
			if err != nil {
				t.Fatal(err)
			}
			got.WriteString(text)
		}
		if got.String() != want {
			t.Errorf("%s leads to %s, want %s", sent, got.String(), want)
		}
	}
}

// The view's own keys are no keys elsewhere, and take no column's name.
func TestViewKeys(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"own"}, Aggregates: true}, `CREATE TABLE own AS SELECT 1 AS id, 2 AS "~count", '=1' AS "~view"`)
	h := handler(store)
	for path, want := range map[string]int{
		"/dbcontents?~count=exact": 400, "/dbcontents?~count=exact&format=json": 400, "/dbcontents?~cells=safe": 400, "/dbcontents?~cells=safe&format=json": 400,
		"/dbcontents?~find=x": 400, "/dbcontents?~column=id&~op=eq&~value=1": 400, `/dbcontents?"~count"=eq.2`: 200, "/dbcontents?~cells=safe&format=csv": 200,
	} {
		if response, body := get(t, h, path); response.StatusCode != want {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
	_, body := get(t, h, "/dbcontents?~cells=safe&format=csv")
	if !strings.Contains(body, `"'=1"`) {
		t.Errorf("not safe: %s", body)
	}
	response, body := get(t, h, `/dbcontents?"~count"=eq.2&~count=exact&format=html`)
	if response.StatusCode != 200 || !strings.Contains(body, ">1 row<") || !strings.Contains(body, "rows 1 to 1") {
		t.Errorf("%s %s", response.Status, body)
	}
	if _, body := get(t, h, "/dbcontents?~facet=~count", "Accept", browser); !strings.Contains(body, "Frequent values of") || !strings.Contains(body, `href="?%22~count%22=eq.2"`) {
		t.Errorf("facet: %s", body)
	}
}

// A page does not grow with the square of the query string.
func TestViewOfManyFilters(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	response, body := get(t, handler(store), "/dbcontents?format=html"+strings.Repeat("&id=gt.0", 2000))
	if response.StatusCode != 200 || len(body) > 4<<20 || !strings.Contains(body, "At most 50 parts") {
		t.Errorf("%s, %d bytes", response.Status, len(body))
	}
}

// A long value is among the frequent ones, but in no address.
func TestViewFacetOfLongValues(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"long"}, Aggregates: true}, "CREATE TABLE long AS SELECT 1 AS id, repeat('x', 1000000) AS pad UNION SELECT 2, 'short'")
	_, body := get(t, handler(store), "/dbcontents?~facet=pad&select=id", "Accept", browser)
	if len(body) > 100<<10 || !strings.Contains(body, "<li><bdi>xxx") || !strings.Contains(body, `pad=eq.short"`) {
		t.Errorf("%d bytes: %.30000s", len(body), body)
	}
}

// An error is a page for a browser, and a problem document for others.
func TestViewOfErrors(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	h := handler(store)
	for path, status := range map[string]int{
		"/dbcontents/test_table?<b>=eq.1": 400, "/dbcontents/<script>": 404, "/<i>": 404, "/dbcontents/broken_early": 500, "/dbcontents/test_table?limit=-1": 416,
	} {
		response, body := get(t, h, strings.NewReplacer("<", "%3C", ">", "%3E").Replace(path), "Accept", browser, "X-Request-Id", "abc")
		if response.StatusCode != status || response.Header.Get("Content-Type") != "text/html; charset=utf-8" || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", path, response.Status, response.Header)
		}
		for _, bad := range []string{"<b>", "<script>:", "/<script>", "<i>"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: not escaped: %s", path, body)
			}
		}
		for _, want := range []string{"<h1>", "What to do", "<dd>abc</dd>", "All tables"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: there is no %s in %s", path, want, body)
			}
		}
		if response, _ := get(t, h, path, "Accept", "application/json"); response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s as JSON: %v", path, response.Header)
		}
	}
	long := "/dbcontents/broken_early?format=html" + strings.Repeat("&", 30000)
	if response, body := get(t, h, long); response.StatusCode != 500 || len(body) > 64<<10 || !strings.Contains(body, "<h1>") || strings.Contains(body, "Try again") {
		t.Errorf("by a long query string: %s, %d bytes", response.Status, len(body))
	}
	if response, body := get(t, h, "/dbcontents/broken_early?format=html&limit=2"); response.StatusCode != 500 || !strings.Contains(body, "<h1>") {
		t.Errorf("by format: %s %s", response.Status, body)
	}
}

// The beginning of a page is there before its last row is. If the rows then fail, the page says
// so, and does not end cleanly.
func TestViewStreams(t *testing.T) {
	t.Parallel()
	// pgpool-II holds rows back until there are more.
	store, _ := setupUnpooled(t, dbcontents.Config{Tables: []string{"slow", "slow_and_broken"}}, `
		CREATE FUNCTION wait(i int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM pg_sleep(0.6); RETURN i; END $$;
		CREATE VIEW slow AS SELECT wait(i) AS id, repeat('x', 10000) AS pad FROM generate_series(1, 6) i;
		CREATE VIEW slow_and_broken AS SELECT 1 / (6 - wait(i)) AS id, repeat('x', 10000) AS pad FROM generate_series(1, 6) i`)
	server := serve(t, handler(store))
	for _, path := range []string{"/dbcontents/slow", "/dbcontents/slow_and_broken"} {
		start := time.Now()
		response, err := http.Get(server.URL + path + "?format=html")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if first := time.Since(start); first > 3*time.Second {
			t.Errorf("%s: the first byte came after %v", path, first)
		}
		body, err := io.ReadAll(response.Body)
		if whole := time.Since(start); whole < 3500*time.Millisecond {
			t.Errorf("%s: all was there after %v", path, whole)
		}
		broken := strings.HasSuffix(path, "broken")
		if (err != nil) != broken || strings.Contains(string(body), "reading them failed") != broken || strings.Contains(string(body), "rows 1 to 6") == broken {
			t.Errorf("%s: %v, %s", path, err, body)
		}
	}
}

// A page of a thousand rows of twenty columns is not much larger than its values.
func TestViewIsLean(t *testing.T) {
	t.Parallel()
	columns := make([]string, 19)
	for i := range columns {
		columns[i] = "i * 7 % 1000 AS c" + string(rune('a'+i))
	}
	store, _ := setup(t, dbcontents.Config{Tables: []string{"lean"}}, "CREATE TABLE lean AS SELECT i AS id, "+strings.Join(columns, ", ")+" FROM generate_series(1, 1000) i; ALTER TABLE lean ADD PRIMARY KEY (id)")
	_, page := get(t, handler(store), "/dbcontents?limit=1000&format=html")
	_, csv := get(t, handler(store), "/dbcontents?limit=1000&format=csv")
	t.Logf("the page has %d bytes, of which %d are around the rows; CSV has %d", len(page), strings.Index(page, "<tbody>"), len(csv))
	if len(page) > 300<<10 || strings.Count(page, "<tr>") < 1000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// Where rows or columns are hidden from a caller, nothing that depends on them is shown.
func TestViewEstimates(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true}, `
		CREATE TABLE guarded AS SELECT i AS id FROM generate_series(1, 1000) i; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ANALYZE`)
	has := func(h *httpapi.Handler, path string) (estimated bool) {
		_, body := get(t, h, path, "Accept", browser)
		return strings.Contains(body, "about ") && strings.Contains(body, " rows ·")
	}
	narrow := httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{"test_table": {Columns: []string{"id"}}}})
	session := httpapi.New(store, httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, nil }})
	if !has(handler(store), "/dbcontents/test_table") {
		t.Error("there is no estimate of what is open")
	}
	if has(handler(store), "/dbcontents/guarded") || has(handler(store), "/dbcontents/large") || has(narrow, "/dbcontents/test_table") || has(session, "/dbcontents/test_table") {
		t.Error("there is an estimate of what may be hidden")
	}
	_, index := get(t, http.HandlerFunc(handler(store).Index), "/", "Accept", browser)
	_, row, _ := strings.Cut(index, ">guarded<")
	row, _, _ = strings.Cut(row, "</tr>")
	if !strings.Contains(index, "</small> size") || !strings.Contains(row, `<td class="n"></td><td class="n"></td>`) {
		t.Errorf("the list: %s", index)
	}
	if _, index = get(t, http.HandlerFunc(session.Index), "/", "Accept", browser); strings.Contains(index, "</small> size") {
		t.Error("the list of a session has sizes")
	}
}

// The row that is read to know whether there are further ones is not counted.
func TestViewRowsSent(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"keyless"}}, "CREATE TABLE keyless AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 500) i")
	observed := make(chan httpapi.Observation, 1)
	server := serve(t, httpapi.New(store, httpapi.Options{Observe: func(_ *http.Request, o httpapi.Observation) { observed <- o }}))
	for query, want := range map[string]string{"limit=2": "2", "limit=300": "300", "limit=300&offset=400": "100", "id=lt.3": "2", "~view=row": "1", "id=eq.7&~view=row": "1", "id=eq.0&~view=row": "0", "limit=0": "0"} {
		response, err := http.Get(server.URL + "/dbcontents?format=html&" + query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		got, seen := response.Header.Get("Dbcontents-Rows")+response.Trailer.Get("Dbcontents-Rows"), <-observed
		if err != nil || got != want || strconv.FormatInt(seen.Rows, 10) != want {
			t.Errorf("%s: %v, %s rows, observed are %d; want %s", query, err, got, seen.Rows, want)
		}
	}
}
