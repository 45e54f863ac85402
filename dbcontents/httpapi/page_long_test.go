package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// An order by long texts makes no header that a proxy refuses, and the HTML view goes on by offsets.
func TestLongPages(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"articles"}}, `CREATE TABLE articles (id int PRIMARY KEY, body text, url text);
		INSERT INTO articles SELECT i, lpad(i::text, 4, '0') || CASE WHEN i > 4 THEN repeat('x', 100000) ELSE '' END, lpad(i::text, 1100, '0') FROM generate_series(1, 12) i`)
	server := httptest.NewServer(httpapi.New(store, httpapi.Options{}))
	defer server.Close()
	get := func(query string) (http.Header, string) {
		t.Helper()
		resp, err := http.Get(server.URL + "/dbcontents/articles" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %s, %v", query, resp.Status, err)
		}
		size := 0
		for name, values := range resp.Header {
			size += len(name) + len(strings.Join(values, ", ")) + len(": \r\n")
		}
		if size > 4<<10 {
			t.Errorf("%s: the header has %d bytes", query, size)
		}
		return resp.Header, string(body)
	}
	if header, _ := get("?select=id&order=body&limit=8"); header.Get("Link") != "" {
		t.Errorf("after a long value: %.200s", header.Get("Link"))
	}
	header, _ := get("?select=id&order=body&limit=2")
	if header.Get("Link") == "" {
		t.Error("after a short value there is no link")
	}
	header, _ = get("?select=id&order=url&limit=2&offset=2")
	if link := header.Get("Link"); strings.Count(link, "after=") != 2 || len(link) < 2000 {
		t.Errorf("among values that are just short enough: %d bytes", len(link))
	}

	next := regexp.MustCompile(`<a href="([^"]*)" rel="next">`)
	address, shown, noted := "?select=id&order=body&limit=3&format=html", "", 0
	for range 10 {
		_, body := get(address)
		for _, row := range regexp.MustCompile(`<t[hd][^>]*>(?:<a[^>]*>)?(\d+)(?:</a>)?\n?(?:<tr>|</tbody>)`).FindAllStringSubmatch(body, -1) {
			shown += row[1] + " "
		}
		if strings.Contains(body, "too long for the address of the next page") {
			noted++
		}
		m := next.FindStringSubmatch(body)
		if m == nil {
			break
		}
		address = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	want := ""
	for i := range 12 {
		want += fmt.Sprint(i+1, " ")
	}
	if shown != want || noted != 2 {
		t.Errorf("the view shows %q, with %d notes", shown, noted)
	}
}
