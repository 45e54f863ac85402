package httpapi_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for prefix, paths := range map[string][]string{
		"":     {"/dbcontents", "/dbcontents/", "/dbcontents/test_table"},
		"/a/b": {"/a/b", "/a/b/", "/a/b/test_table"},
		"/":    {"/", "/test_table"},
	} {
		h := httpapi.New(store, httpapi.Options{Prefix: prefix})
		mux := http.NewServeMux()
		h.Register(mux)
		mux.HandleFunc("/livez", h.Livez)
		for _, path := range paths {
			if response, body := get(t, mux, path+"?select=value&limit=1"); response.StatusCode != 200 || body != `[{"value":"one"}]`+"\n" {
				t.Errorf("%s: %s %s", path, response.Status, body)
			}
		}
		if _, body := get(t, mux, "/livez"); body != `{"status":"ok"}`+"\n" {
			t.Errorf("under %q /livez is %s", prefix, body)
		}
	}
}

// A handler at the root, in a mux and behind StripPrefix, names paths that exist.
func TestRootPrefix(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	var route string
	h := httpapi.New(store, httpapi.Options{Prefix: "/", Observe: func(_ *http.Request, o httpapi.Observation) { route = o.Route }})
	for _, tt := range []struct {
		path, route string
		status      int
		says        string
	}{
		{"/", "/", 200, "one"},
		{"/test_table?limit=1", "/{table}", 200, "one"},
		{"/rpc/absent", "/rpc/{function}", 404, "absent"},
		{"/test_tabel", "/{table}", 404, "perhaps you meant \\\"test_table\\\"; there are /, /test_table, /empty"},
		{"/a/b", "*", 404, "there are /, /test_table"},
		{"//test_table", "*", 404, "there are /, /test_table"},
	} {
		response, body := get(t, h, tt.path)
		if response.StatusCode != tt.status || route != tt.route || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %s, route %s, %s", tt.path, response.Status, route, body)
		}
	}
	response, _ := get(t, h, "/test_table?limit=1")
	if got := response.Header.Get("Content-Location"); got != "/test_table?limit=1" {
		t.Errorf("Content-Location is %s", got)
	}
	stripped := http.StripPrefix("/data", h)
	for _, path := range []string{"/data", "/data/", "/data/test_table"} {
		response, body := get(t, stripped, path)
		if location := response.Header.Get("Content-Location"); response.StatusCode != 200 || location != "/data/test_table" {
			t.Errorf("%s: %s, at %s, %s", path, response.Status, location, body)
		}
	}
}

// Links of pages lead back to the list of tables wherever the handler is mounted, and never to another host.
func TestLinksOfMountedPages(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	root, usual := httpapi.New(store, httpapi.Options{Prefix: "/"}), handler(store)
	for _, tt := range []struct {
		h          http.Handler
		path, home string
	}{
		{root, "/", "./?~find="},
		{root, "/test_table", "./?~find="},
		{root, "/rpc/absent", "./../?~find="},
		{http.StripPrefix("/data", root), "/data/test_table", "./?~find="},
		{http.StripPrefix("/data", root), "/data/rpc/absent", "./../?~find="},
		{http.StripPrefix("/data", usual), "/data/nowhere", "/data/dbcontents?~find="},
		{usual, "/dbcontents/test_table", "../dbcontents?~find="},
		{usual, "/nowhere", "/dbcontents?~find="},
		{http.StripPrefix("//example.org", usual), "//example.org/nowhere", "/dbcontents?~find="},
		{http.StripPrefix("/", usual), "//nowhere", "/dbcontents?~find="},
	} {
		_, body := get(t, tt.h, tt.path, "Accept", browser)
		if !strings.Contains(body, `<li><a href="`+tt.home+`">Tables</a>`) || strings.Contains(body, `href="//`) {
			t.Errorf("%s: there is no %s in %s", tt.path, tt.home, body)
		}
	}
	if _, body := get(t, http.HandlerFunc(root.Index), "/"); !strings.Contains(body, `"/?format=csv`) {
		t.Errorf("the index: %s", body)
	}
}

func TestPrefixesThatAreRefused(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for _, prefix := range []string{"//", "a", "/a/", "/a//b", "/a/../b", "/a b", "/a?b"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", prefix)
				}
			}()
			httpapi.New(store, httpapi.Options{Prefix: prefix})
		}()
	}
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for query, want := range map[string]string{
		"":                                       "[1 2 3]",
		"id=gt.1&order=id.desc":                  "[3 2]",
		"id=gt.1&id=lt.3":                        "[2]",
		"or=(id.eq.1,value.is.null)&order=id":    "[1 3]",
		"limit=1&offset=1&order=id":              "[2]",
		"value=eq." + url.QueryEscape(`a&b;c+d`): "[]",
		"format=csv":                             "[1 2 3]",
		"select=id&value=eq.one":                 "[1]",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, err := httpapi.ParseQuery("test_table", values)
		if err != nil || q.Table != "test_table" {
			t.Errorf("%s: %v", query, err)
			continue
		}
		type row struct{ ID int }
		rows, err := dbcontents.Read[row](t.Context(), store, q)
		got := []string{}
		for _, r := range rows {
			got = append(got, string(rune('0'+r.ID)))
		}
		if have := "[" + strings.Join(got, " ") + "]"; have != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", query, have, err, want)
		}
	}
	for query, want := range map[string]struct{ message, hint string }{
		"id=gtx.1":                            {`parameter "id": unexpected "gtx" after "id=", expecting`, `did you mean "gt"?`},
		"selct=id":                            {`parameter "selct": `, `did you mean "select"?`},
		"limit=-1":                            {`parameter "limit": Limit should be`, "limit is the most rows"},
		"limit=ten":                           {`parameter "limit": unexpected "ten"`, "limit is the most rows"},
		"order=id.up":                         {`parameter "order": unexpected "up"`, "order is a list"},
		"x.id=eq.1":                           {`parameter "x.id": `, "select"},
		"id=eq.%ff":                           {`parameter "id": it is not UTF-8`, "UTF-8"},
		"a=eq." + strings.Repeat("x", 40<<10): {"the query string has ", "ask for less"},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = httpapi.ParseQuery("test_table", values)
		var e *dbcontents.Error
		if !errors.As(err, &e) || !errors.Is(err, dbcontents.ErrInvalid) || !strings.HasPrefix(e.Message, want.message) || !strings.Contains(e.Hint, want.hint) || e.HTTPStatus() != 400 {
			t.Errorf("%.40s: %v\nhint: %v", query, err, e)
		} else if !strings.HasPrefix(err.Error(), "parse test_table: "+want.message) {
			t.Errorf("%v", err)
		}
	}
}
