package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// ids is a table of the numbers 0 to 14, as PostgREST's own cases have it.
const ids = "CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(0, 14)"

func TestRanges(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"items", "empty"}}, ids)
	rows := func(text string) string { return text + "\n" }
	at := func(value string) map[string]string {
		return map[string]string{"Content-Range": value, "Range-Unit": ""}
	}
	const path, text = "/dbcontents?order=id", "&format=text"
	const (
		lower    = "The lower boundary must be lower than or equal to the upper boundary in the Range header."
		negative = "Limit should be greater than or equal to zero."
	)
	checkAll(t, handler(store), []rule{
		{name: "no range", path: path, status: 200, header: at("0-14/*")},
		{name: "first and last", path: path + text, send: []string{"Range", "0-1"}, status: 200, header: at("0-1/*"), body: rows("0\n1")},
		{name: "open end", path: path + text, send: []string{"Range", "12-"}, status: 200, header: at("12-14/*"), body: rows("12\n13\n14")},
		{name: "one row", path: path + text, send: []string{"Range", "5-5"}, status: 200, header: at("5-5/*"), body: rows("5")},
		{name: "beyond the end", path: path + text, send: []string{"Range", "13-99"}, status: 200, header: at("13-14/*"), body: rows("13\n14")},
		{name: "far beyond the end", path: path, send: []string{"Range", "99-"}, status: 200, header: at("*/*"), body: "[]\n"},
		{name: "a number too large", path: path, send: []string{"Range", "99999999999999999999-"}, status: 200, header: at("*/*"), body: "[]\n"},
		{name: "the unit is not looked at", path: path + text, send: []string{"Range", "0-0", "Range-Unit", "cats"}, status: 200, header: at("0-0/*"), body: rows("0")},
		{name: "bytes are ignored", path: path, send: []string{"Range", "bytes=0-1"}, status: 200, header: at("0-14/*")},
		{name: "nonsense is ignored", path: path, send: []string{"Range", "-5"}, status: 200, header: at("0-14/*")},
		{name: "the wrong way round", path: path, send: []string{"Range", "10-2"}, status: 416, code: "PGRST103", message: "Requested range not satisfiable", details: lower},
		{name: "limit and offset", path: path + "&limit=2&offset=3" + text, status: 200, header: at("3-4/*"), body: rows("3\n4")},
		{name: "limit beyond the end", path: path + "&limit=10&offset=13" + text, status: 200, header: at("13-14/*"), body: rows("13\n14")},
		{name: "no row", path: path + "&limit=0", status: 200, header: at("*/*"), body: "[]\n"},
		{name: "a range of no row", path: path + "&limit=0", send: []string{"Range", "5-1"}, status: 200, header: at("*/*"), body: "[]\n"},
		{name: "both: limit ends first", path: path + "&limit=2" + text, send: []string{"Range", "0-9"}, status: 200, header: at("0-1/*"), body: rows("0\n1")},
		{name: "both: the range begins later", path: path + "&limit=5" + text, send: []string{"Range", "3-9"}, status: 200, header: at("3-4/*"), body: rows("3\n4")},
		{name: "both: the offset is later", path: path + "&offset=8" + text, send: []string{"Range", "3-9"}, status: 200, header: at("8-9/*"), body: rows("8\n9")},
		{name: "both: nothing in common", path: path + "&limit=2", send: []string{"Range", "5-9"}, status: 416, code: "PGRST103", details: negative},
		{name: "HEAD of a page", method: "HEAD", path: path + "&limit=2", status: 200, header: map[string]string{"Content-Range": "0-1/*", "Content-Length": "21"}},
		{name: "HEAD ignores Range", method: "HEAD", path: path + "&limit=3", send: []string{"Range", "1-1"}, status: 200, header: at("0-2/*")},
		{name: "HEAD of a table reads no rows", method: "HEAD", path: path, status: 200, header: map[string]string{"Content-Range": "", "Content-Length": ""}},
		{name: "no rows at all", path: "/dbcontents/empty", status: 200, header: at("*/*")},
	})
}

func TestContentLocation(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"items", "a b/ü"}}, ids, `CREATE TABLE "a b/ü" (id int)`)
	at := func(value string) map[string]string { return map[string]string{"Content-Location": value} }
	checkAll(t, handler(store), []rule{
		{name: "no parameters", path: "/dbcontents/items", status: 200, header: at("/dbcontents/items")},
		{name: "of the default table", path: "/dbcontents/", status: 200, header: at("/dbcontents/items")},
		{name: "sorted and encoded", path: "/dbcontents/items?select=id&&order=%69d&limit=2;", status: 200, header: at("/dbcontents/items?limit=2&order=id&select=id")},
		{name: "a name that must be encoded", path: "/dbcontents/a%20b%2F%C3%BC", status: 200, header: at("/dbcontents/a%20b%2F%C3%BC")},
		{name: "HEAD", method: "HEAD", path: "/dbcontents/items", status: 200, header: at("/dbcontents/items")},
	})
	checkAll(t, http.StripPrefix("/outer", handler(store)), []rule{
		{name: "with a prefix that was stripped", path: "/outer/dbcontents/items?limit=1", status: 200, header: at("/outer/dbcontents/items?limit=1")},
	})
}

func TestEntityTags(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{})
	h := handler(store)
	response, body := get(t, h, "/dbcontents?order=id")
	tag := response.Header.Get("Etag")
	if tag == "" || body == "" {
		t.Fatalf("no tag: %v", response.Header)
	}
	known := map[string]string{"Etag": tag, "Content-Type": "", "Dbcontents-Rows": "", "Content-Location": "/dbcontents/test_table?order=id", "Cache-Control": "private, no-cache"}
	other := map[string]string{"Content-Type": "application/json; charset=utf-8"}
	checkAll(t, h, []rule{
		{name: "known", path: "/dbcontents?order=id", send: []string{"If-None-Match", tag}, status: 304, header: known},
		{name: "known, as a strong one, among others", path: "/dbcontents?order=id", send: []string{"If-None-Match", `"x,y", ` + tag[2:]}, status: 304, header: known},
		{name: "any", path: "/dbcontents?order=id", send: []string{"If-None-Match", "*"}, status: 304, header: known},
		{name: "not known", path: "/dbcontents?order=id", send: []string{"If-None-Match", `W/"1"`}, status: 200, header: other, body: body},
		{name: "of other rows", path: "/dbcontents?order=id.desc", send: []string{"If-None-Match", tag}, status: 200, header: other},
		{name: "of another format", path: "/dbcontents?order=id", send: []string{"If-None-Match", tag, "Accept", "text/csv"}, status: 200},
		{name: "HEAD of a page that would be streamed", method: "HEAD", path: "/dbcontents/large?limit=150000", status: 200, header: map[string]string{"Etag": "", "Content-Length": "", "Content-Location": "/dbcontents/large?limit=150000"}},
		{name: "a streamed answer has none", path: "/dbcontents/large", send: []string{"If-None-Match", "*"}, status: 200, header: map[string]string{"Etag": "", "Content-Range": ""}},
	})
	response, head := do(t, h, "HEAD", "/dbcontents?order=id&limit=3")
	whole, _ := get(t, h, "/dbcontents?order=id&limit=3")
	if head != "" || response.Header.Get("Etag") != whole.Header.Get("Etag") || response.ContentLength != whole.ContentLength {
		t.Errorf("HEAD of a page: %v, GET: %v", response.Header, whole.Header)
	}
	change(t, pool, "UPDATE test_table SET value = 'changed' WHERE id = 1")
	checkAll(t, h, []rule{{name: "changed", path: "/dbcontents?order=id", send: []string{"If-None-Match", tag}, status: 200, header: other}})
}
