package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// inTurn is one port in front of several servers, which get the requests in turn.
func inTurn(t *testing.T, servers ...*running) *running {
	t.Helper()
	var n atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to, err := url.Parse(servers[int(n.Add(1))%len(servers)].URL)
		if err != nil {
			panic(err)
		}
		r.SetURL(to)
	}})
	t.Cleanup(proxy.Close)
	return &running{URL: proxy.URL, HTTP: proxy.Client()}
}

var nextPage = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// Clients behind a load balancer do not know which server gave them a token or a tag.
func TestTwoServersBehindOnePort(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, `INSERT INTO test_table SELECT i, CASE WHEN i % 3 > 0 THEN 'v' || i % 7 END FROM generate_series(4, 60) i`)
	one, two := serve(t, "DATABASE_URL="+db.DSN), serve(t, "DATABASE_URL="+db.DSN)
	both := inTurn(t, one, two)

	for _, order := range []string{"id.desc", "value.desc.nullslast,id"} {
		_, whole := one.get(t, "/dbcontents?format=ndjson&order="+order)
		var got strings.Builder
		pages := 0
		for path := "/dbcontents?format=ndjson&limit=7&order=" + order; path != ""; pages++ {
			response, body := both.get(t, path)
			if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusPartialContent {
				t.Fatalf("%s: %s %s", path, response.Status, body)
			}
			got.WriteString(body)
			path = ""
			if next := nextPage.FindStringSubmatch(strings.Join(response.Header["Link"], ",")); next != nil {
				path = next[1]
				if strings.HasPrefix(path, "?") {
					path = "/dbcontents" + path
				}
			}
		}
		if got.String() != whole || pages != 9 {
			t.Errorf("%s: %d pages in turn from two servers hold\n%sand one server says\n%s", order, pages, got.String(), whole)
		}
	}

	response, _ := one.get(t, "/dbcontents")
	tag := response.Header.Get("Etag")
	if response, _ := two.get(t, "/dbcontents", "If-None-Match", tag); response.StatusCode != http.StatusNotModified || response.Header.Get("Etag") != tag {
		t.Errorf("the tag %q of one server at the other: %s %v", tag, response.Status, response.Header)
	}
	db.Exec("UPDATE test_table SET value = 'other' WHERE id = 1")
	if response, _ := two.get(t, "/dbcontents", "If-None-Match", tag); response.StatusCode != http.StatusOK {
		t.Errorf("the tag of other rows: %s", response.Status)
	}
}
