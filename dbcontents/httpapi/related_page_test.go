package httpapi_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Headers, pages and the view are of the root, whatever it embeds.
func TestRelatedPages(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	server := serve(t, h)
	for name, path := range map[string]string{
		"one":                    "/dbcontents/projects?select=id,clients(id)&limit=2",
		"many":                   "/dbcontents/projects?select=id,tasks(id)&limit=2&tasks.order=id",
		"without the key":        "/dbcontents/projects?select=name,tasks(id)&limit=2&tasks.order=id",
		"with an order":          "/dbcontents/projects?select=id,clients(id),tasks(id)&limit=2&tasks.order=id&order=client_id.desc.nullslast",
		"inner":                  "/dbcontents/projects?select=id,clients!inner(id)&limit=1&clients.id=eq.2",
		"null filter":            "/dbcontents/projects?select=id,tasks()&limit=1&tasks=not.is.null",
		"count filter":           "/dbcontents/users?select=id,tasks(id)&limit=1&tasks.count()=gt.1&tasks.order=id",
		"filter and limit below": "/dbcontents/projects?select=id,tasks(id)&limit=2&tasks.order=id.desc&tasks.limit=1&tasks.id=gt.2",
		"a spread":               "/dbcontents/projects?select=id,...clients(client:name),...tasks(task:id)&limit=2&tasks.order=id",
		"a composite key":        "/dbcontents/users_tasks?select=user_id,task_id,users(id),tasks(id)&limit=4",
		"a function":             "/dbcontents/designers?select=id,computed_videogames(id)&limit=1&computed_videogames.order=id",
	} {
		t.Run(name, func(t *testing.T) {
			whole := strings.NewReplacer("&limit=1", "", "&limit=2", "", "&limit=4", "").Replace(path)
			if !strings.Contains(whole, "&order=") {
				whole += "&order=" + map[bool]string{true: "task_id,user_id", false: "id"}[strings.Contains(path, "/users_tasks")]
			} else {
				whole += ",id.desc" // the direction of the last key
			}
			_, want := fetch(t, server, http.MethodGet, whole)
			var got []any
			var last string
			for pages := 0; path != "" && pages < 9; pages++ {
				response, body := fetch(t, server, http.MethodGet, path)
				if response.StatusCode >= 300 {
					t.Fatalf("%s: %d %s", path, response.StatusCode, body)
				}
				got, last = append(got, decoded(t, []byte(body))...), path
				if path = next(response); path != "" {
					path = strings.Split(last, "?")[0] + path
				}
			}
			if diff := cmp.Diff(decoded(t, []byte(want)), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", whole, diff)
			}
			if path != "" || !strings.Contains(last, "after=") {
				t.Errorf("pages do not end, or there was one only: %s", last)
			}
		})
	}
	response, body := fetch(t, server, http.MethodGet, "/dbcontents/projects?select=id,clients(name)&limit=2&order=clients(name)")
	if response.StatusCode != http.StatusOK || strings.Contains(next(response), "after=") {
		t.Errorf("an order by another table's column has no tokens: %d %s %v", response.StatusCode, body, response.Header)
	}

	embeddings(t, h, pool, []embedding{
		{
			name: "Content-Location holds the parameters in their order", path: "projects?tasks.limit=1&select=id,tasks(id)&id=eq.1&tasks.order=id", body: `[{"id":1,"tasks":[{"id":1}]}]` + "\n",
			header: map[string]string{"Content-Location": "/dbcontents/projects?id=eq.1&select=id%2Ctasks%28id%29&tasks.limit=1&tasks.order=id"},
		},
		{name: "Content-Profile, Vary and the like are as without embeds", path: "projects?select=id,clients(id)&id=eq.1", header: map[string]string{"Content-Range": "0-0/*", "Content-Type": "application/json; charset=utf-8"}},
		{name: "max-affected and the like do not matter", path: "clients?select=id,projects(id)&id=eq.3", send: []string{"Prefer", "handling=strict"}, body: `[{"id":3,"projects":[]}]` + "\n"},
		{name: "all rows or none", path: "clients?select=id,projects(id)&id=eq.3", send: []string{"Prefer", "max-rows=fail"}, body: `[{"id":3,"projects":[]}]` + "\n"},
	})
	for _, path := range []string{"/dbcontents/projects?select=id,clients(id),tasks(id)&order=id&tasks.order=id", "/dbcontents/projects?select=id,tasks(id)&format=csv&order=id&tasks.order=id"} {
		response, _ := fetch(t, server, http.MethodGet, path)
		tag := response.Header.Get("ETag")
		again, body := fetch(t, server, http.MethodGet, path, "If-None-Match", tag)
		if tag == "" || again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s: ETag %q, then %d %s", path, tag, again.StatusCode, body)
		}
	}
	const path = "/dbcontents/projects?select=id,tasks(name)&id=eq.1"
	response, _ = fetch(t, server, http.MethodGet, path)
	change(t, pool, `UPDATE tasks SET name = 'changed' WHERE id = 1`)
	if again, _ := fetch(t, server, http.MethodGet, path, "If-None-Match", response.Header.Get("ETag")); again.StatusCode != http.StatusOK || again.Header.Get("ETag") == response.Header.Get("ETag") {
		t.Errorf("a related row has changed, but not the ETag: %d", again.StatusCode)
	}

	for name, want := range map[string]string{
		"select=id,clients(id,name)&id=eq.1&format=html":           `{&#34;id&#34;:1,&#34;name&#34;:&#34;Microsoft&#34;}`,
		"select=id,t:tasks(id)&id=eq.2&t.order=id&format=html":     `[{&#34;id&#34;:3},{&#34;id&#34;:4}]`,
		"select=id,...tasks(task:id)&id=eq.2&format=html":          `[3,4]`,
		"select=id,...clients(client:name)&id=eq.2&format=html":    `Microsoft`,
		"select=id,clients!inner(id)&clients.id=eq.2&format=html":  `{&#34;id&#34;:2}`,
		"select=id,clients(id)&order=clients(name)&format=html":    `{&#34;id&#34;:2}`,
		"select=id,tasks(id)&tasks.count()=eq.0&format=html&x=eq.": "",
	} {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/projects?"+name)
		if want == "" {
			if response.StatusCode != 400 {
				t.Errorf("%s: %d", name, response.StatusCode)
			}
			continue
		}
		if response.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want %s: %s", name, response.StatusCode, want, body)
		}
	}
}

var nextLink = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// next is the address of the next page, or empty.
func next(response *http.Response) string {
	for _, link := range response.Header.Values("Link") {
		if m := nextLink.FindStringSubmatch(link); m != nil {
			return m[1]
		}
	}
	return ""
}
