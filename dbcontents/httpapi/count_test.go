package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func TestCounts(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"items", "empty", "large", "few"}}, ids,
		`CREATE TABLE few (id int PRIMARY KEY) WITH (autovacuum_enabled = off)`, "ANALYZE items",
		`CREATE VIEW grown AS SELECT id FROM generate_series(1, 100) id WHERE id < 40 AND id > 0 AND id <> 0 AND id % 1 = 0`,
		`CREATE VIEW shrunk AS SELECT id FROM generate_series(1, 1000) id WHERE id + 0 < 4`)
	var planned string
	if err := pool.QueryRow(t.Context(), `SELECT (reltuples::bigint)::text FROM pg_class WHERE relname = 'items'`).Scan(&planned); err != nil || planned != "15" {
		t.Fatalf("the planner expects %s rows, %v", planned, err)
	}
	with := func(value string, more ...string) map[string]string {
		h := map[string]string{"Content-Range": value, "Preference-Applied": "count=exact"}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	exact := []string{"Prefer", "count=exact"}
	const path = "/dbcontents?order=id"
	checkAll(t, handler(store), []rule{
		{name: "all", path: path, send: exact, status: 200, header: with("0-14/15")},
		{name: "a part by limit", path: path + "&limit=5", send: exact, status: 206, header: with("0-4/15")},
		{name: "a part by range", path: path, send: append([]string{"Range", "10-12"}, exact...), status: 206, header: with("10-12/15")},
		{name: "the last part", path: path + "&offset=10", send: exact, status: 206, header: with("10-14/15")},
		{name: "filters count, limits do not", path: path + "&id=gte.5&limit=2", send: exact, status: 206, header: with("0-1/10")},
		{name: "no row of many", path: path + "&limit=0", send: exact, status: 206, header: with("*/15")},
		{name: "an offset at the end", path: path + "&offset=15", send: exact, status: 206, header: with("*/15"), body: "[]\n"},
		{name: "an offset behind the end", path: path + "&offset=16", send: exact, status: 416, header: map[string]string{"Content-Range": "*/15", "Preference-Applied": ""}, code: "PGRST103", message: "Requested range not satisfiable", details: "An offset of 16 was requested, but there are only 15 rows."},
		{name: "the same by range", path: path, send: append([]string{"Range", "16-20"}, exact...), status: 416, code: "PGRST103", details: "An offset of 16 was requested, but there are only 15 rows."},
		{name: "an offset behind the end, not counted", path: path + "&offset=16", status: 200, header: map[string]string{"Content-Range": "*/*"}},
		{name: "no rows", path: "/dbcontents/empty", send: exact, status: 200, header: with("*/0")},
		{name: "no rows by a filter", path: path + "&id=gt.99", send: exact, status: 200, header: with("*/0")},
		{name: "HEAD of all", method: "HEAD", path: path, send: exact, status: 200, header: with("0-14/15")},
		{name: "HEAD of a part", method: "HEAD", path: path + "&limit=5", send: exact, status: 206, header: with("0-4/15", "Content-Length", "51")},
		{name: "HEAD behind the end", method: "HEAD", path: path + "&offset=16", send: exact, status: 416, header: map[string]string{"Content-Range": "*/15"}},
		{name: "a stream", path: "/dbcontents/large?limit=150000", send: exact, status: 206, header: with("0-149999/200000", "Content-Length", "", "Etag", "")},
		{name: "a stream of all", path: "/dbcontents/large", send: exact, status: 200, header: with("0-199999/200000")},
		{name: "one object of many", path: path + "&limit=1", send: append([]string{"Accept", "application/vnd.pgrst.object+json"}, exact...), status: 206, header: with("0-0/15"), body: `{"id":0}` + "\n"},
		{name: "planned", path: path, send: []string{"Prefer", "count=planned"}, status: 200, header: map[string]string{"Content-Range": "0-14/15", "Preference-Applied": "count=planned"}},
		{name: "estimated", path: path + "&limit=3", send: []string{"Prefer", "count=estimated"}, status: 206, header: map[string]string{"Content-Range": "0-2/15", "Preference-Applied": "count=estimated"}},
		{name: "no such count", path: path, send: []string{"Prefer", "count=none"}, status: 200, header: map[string]string{"Content-Range": "0-14/*", "Preference-Applied": ""}},
		{name: "the first count", path: path, send: []string{"Prefer", "count=exact, count=planned"}, status: 200, header: with("0-14/15")},
		{name: "more is planned than there is", path: "/dbcontents/few", send: []string{"Prefer", "count=planned"}, status: 206},
		{name: "an offset that the plan allows", path: "/dbcontents/few?offset=1", send: []string{"Prefer", "count=planned"}, status: 206},
	})
	capped, err := dbcontents.Open(dbcontents.Config{Pool: pool, Tables: []string{"items", "large", "grown", "shrunk"}, MaxRows: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { capped.Close() })
	checkAll(t, handler(capped), []rule{
		{name: "the maximum shows in the count", path: path, send: exact, status: 206, header: with("0-3/15", "Dbcontents-Status", "max-rows")},
		{name: "and of HEAD", method: "HEAD", path: path, send: exact, status: 206, header: with("0-3/15")},
		{name: "a count of its own", path: path + "&limit=9", send: exact, status: 206, header: with("0-3/15", "Dbcontents-Status", "max-rows")},
		{name: "the client's own limit", path: path + "&limit=3", status: 200, header: map[string]string{"Dbcontents-Status": "complete"}},
		{name: "estimated below the maximum is exact, where the plan is too high", path: "/dbcontents/shrunk", send: []string{"Prefer", "count=estimated"}, status: 200, header: map[string]string{"Content-Range": "0-2/3"}},
		{name: "estimated above the maximum, where the plan is too low", path: "/dbcontents/grown", send: []string{"Prefer", "count=estimated"}, status: 206, header: map[string]string{"Content-Range": "0-3/5"}},
		{name: "estimated above the maximum", path: path, send: []string{"Prefer", "count=estimated"}, status: 206, header: map[string]string{"Content-Range": "0-3/15"}},
	})
}

// TestCutPagesLeadOn follows the links of answers that the server's maximum has cut.
func TestCutPagesLeadOn(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"items"}, MaxRows: 4}, ids)
	var pages []string
	for address := "?select=id"; address != ""; {
		response, body := get(t, handler(store), "/dbcontents"+address, "Accept", "text/plain")
		pages = append(pages, strings.ReplaceAll(body, "\n", " ")+response.Header.Get("Dbcontents-Status"))
		address = linkOf(response, "next")
	}
	if diff := cmp.Diff([]string{"0 1 2 3 max-rows", "4 5 6 7 max-rows", "8 9 10 11 max-rows", "12 13 14 complete"}, pages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimeZone(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"moments"}}, `CREATE TABLE moments (at timestamptz); INSERT INTO moments VALUES ('2024-07-01 12:00:00+00')`)
	checkAll(t, handler(store), []rule{
		{name: "none", path: "/dbcontents", status: 200, body: `[{"at":"2024-07-01T12:00:00+00:00"}]` + "\n"},
		{name: "by name", path: "/dbcontents", send: []string{"Prefer", "timezone=Europe/Berlin"}, status: 200, body: `[{"at":"2024-07-01T14:00:00+02:00"}]` + "\n", header: map[string]string{"Preference-Applied": "timezone=Europe/Berlin"}},
		{name: "by offset", path: "/dbcontents", send: []string{"Prefer", "handling=strict, timezone=-4"}, status: 200, body: `[{"at":"2024-07-01T08:00:00-04:00"}]` + "\n", header: map[string]string{"Preference-Applied": "handling=strict, timezone=-4"}},
		{name: "of a filter too", path: "/dbcontents?at=eq.2024-07-01%2014:00", send: []string{"Prefer", "timezone=Europe/Berlin"}, status: 200, body: `[{"at":"2024-07-01T14:00:00+02:00"}]` + "\n"},
		{name: "unknown", path: "/dbcontents", send: []string{"Prefer", "timezone=Nowhere/Land"}, status: 400, code: "22023", message: `invalid value for parameter "TimeZone": "Nowhere/Land"`},
		{name: "unknown, HEAD", method: "HEAD", path: "/dbcontents?limit=1", send: []string{"Prefer", "timezone=Nowhere/Land"}, status: 400},
	})
	for _, zone := range []string{"Asia/Kolkata", "+05:30", "-4", "UTC"} {
		var want string
		if err := pool.QueryRow(t.Context(), "SELECT jsonb_build_object('at', at)::text FROM moments, set_config('TimeZone', $1, false)", zone).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if response, body := get(t, handler(store), "/dbcontents", "Prefer", "timezone="+zone); compact(t, body) != "["+compact(t, want)+"]" {
			t.Errorf("%s: %s %s, want %s", zone, response.Status, body, want)
		}
	}
}

// linkOf is the address of a neighbouring page, relative to the path.
func linkOf(response *http.Response, rel string) string {
	for part := range strings.SplitSeq(response.Header.Get("Link")+","+response.Trailer.Get("Link"), ",") {
		if address, ok := strings.CutSuffix(strings.TrimSpace(part), `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(address, "<")
		}
	}
	return ""
}

func TestPagesByToken(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"words", "large", "empty"}},
		`CREATE TABLE words (id int PRIMARY KEY, word text, after text);
		 INSERT INTO words SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'w' || i % 5 END, 'x' FROM generate_series(1, 50) i`)
	h := handler(store)
	for _, query := range []string{"?limit=7", "?order=word.desc.nullslast&limit=7", "?order=word.nullsfirst,id.desc&select=word,id&limit=7&id=gt.3", "?order=word"} {
		var send []string
		if !strings.Contains(query, "limit") {
			send = []string{"Range", "0-6"}
		}
		_, whole := get(t, h, "/dbcontents"+strings.Replace(query, "limit=7", "", 1), "Accept", "application/x-ndjson", "Range", "0-99")
		var there, back []string
		address, last := query, ""
		for address != "" {
			last = address
			response, body := get(t, h, "/dbcontents"+address, append([]string{"Accept", "application/x-ndjson"}, send...)...)
			if response.StatusCode != 200 {
				t.Fatalf("%s: %s", address, body)
			}
			there = append(there, body)
			address, send = linkOf(response, "next"), nil
		}
		if !strings.Contains(query, "order=word&") && query != "?order=word" && query != "?order=word.desc.nullslast&limit=7" {
			if got := strings.Join(there, ""); got != whole {
				t.Errorf("%s: the pages are %q, want %q", query, got, whole)
			}
		} else if strings.Count(strings.Join(there, ""), "\n") != strings.Count(whole, "\n") {
			t.Errorf("%s: %d rows on the pages", query, strings.Count(strings.Join(there, ""), "\n"))
		}
		for address = last; address != ""; {
			response, body := get(t, h, "/dbcontents"+address, "Accept", "application/x-ndjson")
			back = append([]string{body}, back...)
			address = linkOf(response, "prev")
		}
		if got, want := strings.Join(back, ""), strings.Join(there, ""); got != want {
			t.Errorf("%s: backwards the pages are %q, want %q", query, got, want)
		}
	}
	none := map[string]string{"Link": ""}
	checkAll(t, h, []rule{
		{name: "no page asked for", path: "/dbcontents", status: 200, header: none},
		{name: "the only page", path: "/dbcontents?limit=50", status: 200, header: none},
		{name: "no primary key", path: "/dbcontents/empty?limit=1", status: 200, header: none},
		{name: "no row", path: "/dbcontents?limit=0", status: 200, header: none},
		{name: "after is a column as well", path: "/dbcontents?after=eq.x&limit=1&select=id&order=id", status: 200, body: `[{"id":1}]` + "\n"},
		{name: "no token of ours", path: "/dbcontents?after=nonsense", status: 400, code: "PGRST100"},
	})
	response, _ := get(t, h, "/dbcontents?limit=2&offset=1&after=eq.x", "Prefer", "count=exact")
	next := linkOf(response, "next")
	if !strings.HasPrefix(next, "?after=eq.x&limit=2&after=") {
		t.Errorf("the next page of a filter on after: %q", next)
	}
	checkAll(t, h, []rule{
		{name: "where a page by token is, is not known", path: "/dbcontents" + next, status: 200, header: map[string]string{"Content-Range": ""}},
		{name: "how many rows there are, is", path: "/dbcontents" + next, send: []string{"Prefer", "count=exact"}, status: 206, header: map[string]string{"Content-Range": "*/50"}},
		{name: "a token of another order", path: "/dbcontents" + next + "&order=word", status: 400, code: "PGRST100"},
		{name: "a token of another table", path: "/dbcontents/large" + next, status: 400},
	})
	large := handler(largeWithKey(t))
	response, body := get(t, large, "/dbcontents?limit=20000&select=id", "Accept", "text/csv")
	if strings.Count(body, "\n") != 20001 || linkOf(response, "next") == "" || response.Header.Get("Link") == "" {
		t.Errorf("a page of 1 MiB at most: %v", response.Header)
	}
	response, body = get(t, large, "/dbcontents?limit=150000", "Accept", "text/csv")
	if strings.Count(body, "\n") != 150001 || response.Trailer.Get("Link") == "" || response.Header.Get("Link") != "" {
		t.Errorf("a larger page: %v, trailer %v", response.Header, response.Trailer)
	}
}

func largeWithKey(t *testing.T) *dbcontents.Store {
	store, _ := setup(t, dbcontents.Config{Tables: []string{"many"}}, "CREATE TABLE many (id int PRIMARY KEY, word text); INSERT INTO many SELECT i, 'word' || i FROM generate_series(1, 200000) i")
	return store
}
