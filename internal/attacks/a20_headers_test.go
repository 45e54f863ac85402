package attacks

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// preset is the rig behind a middleware that has set headers, given as names and values in turn.
func (r *rig) preset(handler http.HandlerFunc, headers ...string) *rig {
	r.Helper()
	around := &rig{T: r.T, db: r.db, store: r.store, handler: r.handler}
	around.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		handler(w, q)
	}))
	r.Cleanup(around.server.Close)
	return around
}

// What a host program has set on the response before is added to, not replaced.
func TestAttack20_HeadersOfTheHostProgram(t *testing.T) {
	begin(t, 20)
	db := pgtest.New(t, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 10000) FROM generate_series(1, 300) i")
	const friend = "https://friend.example"
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{Origins: []string{friend}, ServerTiming: true})
	const varies = "Accept, Accept-Profile, Prefer, Range, Origin"
	page := "/dbcontents/t?select=id&limit=1"
	for _, tt := range []struct {
		reason       string
		handler      http.HandlerFunc
		set          []string
		method, path string
		send         []string
		want         map[string]string // the lines of each, joined by |
	}{
		{"Vary", r.handler.ServeHTTP, []string{"Vary", "Accept-Encoding, accept", "Vary", "Cookie"}, "GET", page, nil, map[string]string{"Vary": "Accept-Encoding, accept, Cookie, Accept-Profile, Prefer, Range, Origin"}},
		{"Vary of everything", r.handler.ServeHTTP, []string{"Vary", "*"}, "GET", page, nil, map[string]string{"Vary": "*, " + varies}},
		{"Vary of a problem", r.handler.ServeHTTP, []string{"Vary", "Cookie"}, "GET", "/dbcontents/t?id=x", nil, map[string]string{"Vary": "Cookie, " + varies}},
		{"Vary of an unknown path", r.handler.ServeHTTP, []string{"Vary", "Cookie"}, "GET", "/x", nil, map[string]string{"Vary": "Cookie"}},
		{"Vary of the index", r.handler.Index, []string{"Vary", "Cookie"}, "GET", "/", nil, map[string]string{"Vary": "Cookie, Accept"}},
		{
			"Vary of a preflight", r.handler.ServeHTTP,
			[]string{"Vary", "Cookie"},
			"OPTIONS", page,
			[]string{"Origin", friend, "Access-Control-Request-Method", "GET"},
			map[string]string{"Vary": "Cookie, Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
		},
		{"what is stricter", r.handler.ServeHTTP, []string{"Cache-Control", "no-store"}, "GET", page, nil, map[string]string{"Cache-Control": "private, no-cache, no-store"}},
		{"what forbids something else", r.handler.ServeHTTP, []string{"Cache-Control", "no-transform, Private", "Cache-Control", `no-cache="A, B"`}, "GET", page, nil, map[string]string{"Cache-Control": `private, no-cache, no-transform, no-cache="A, B"`}},
		{"what is laxer", r.handler.ServeHTTP, []string{"Cache-Control", "public, max-age=60, s-maxage=9, immutable"}, "GET", page, nil, map[string]string{"Cache-Control": "private, no-cache"}},
		{"a page for people", r.handler.ServeHTTP, []string{"Cache-Control", "no-store"}, "GET", page + "&format=html", nil, map[string]string{"Cache-Control": "private, no-cache, no-store"}},
		{"a problem", r.handler.ServeHTTP, []string{"Cache-Control", "max-age=60"}, "GET", "/dbcontents/t?id=x", nil, map[string]string{"Cache-Control": "no-store"}},
		{"a health check", r.handler.Livez, []string{"Cache-Control", "max-age=60, no-transform"}, "GET", "/livez", nil, map[string]string{"Cache-Control": "no-store, no-transform"}},
		{"Link", r.handler.ServeHTTP, []string{"Link", "</s.css>; rel=preload", "Link", "</a>; rel=up"}, "GET", page, nil, map[string]string{"Link": `</s.css>; rel=preload|</a>; rel=up|<?select=id&limit=1&after=*>; rel="next"`}},
		{"Link where we have none", r.handler.ServeHTTP, []string{"Link", "</a>; rel=up"}, "GET", "/dbcontents/t?select=id", nil, map[string]string{"Link": "</a>; rel=up"}},
		{
			"Link in a trailer", r.handler.ServeHTTP,
			[]string{"Link", "</a>; rel=up", "Trailer", "X-Digest"},
			"GET", "/dbcontents/t?limit=200", nil,
			map[string]string{"Link": "</a>; rel=up", "trailer Link": `<?limit=200&after=*>; rel="next"`, "Trailer": "X-Digest"},
		},
		{"the id", r.handler.ServeHTTP, []string{"X-Request-Id", "the host's own"}, "GET", page, []string{"X-Request-Id", "the-clients"}, map[string]string{"X-Request-Id": "the host's own"}},
		{"the id of a problem", r.handler.ServeHTTP, []string{"X-Request-Id", "host-1"}, "GET", "/dbcontents/t?id=x", nil, map[string]string{"X-Request-Id": "host-1", "request_id": "host-1"}},
		{"an empty id is none", r.handler.ServeHTTP, []string{"X-Request-Id", ""}, "GET", page, []string{"X-Request-Id", "the-clients"}, map[string]string{"X-Request-Id": "the-clients"}},
		{"Server-Timing", r.handler.ServeHTTP, []string{"Server-Timing", "auth;dur=1"}, "GET", page, nil, map[string]string{"Server-Timing": "auth;dur=1|parse;dur=*"}},
		{"Proxy-Status", r.handler.ServeHTTP, []string{"Proxy-Status", "edge"}, "GET", "/dbcontents/t?id=x", nil, map[string]string{"Proxy-Status": "edge|dbcontents; error=PGRST100"}},
	} {
		a := r.preset(tt.handler, tt.set...).do(tt.method, tt.path, tt.send...)
		for name, want := range tt.want {
			got := strings.Join(a.Header.Values(name), "|")
			if trailer, ok := strings.CutPrefix(name, "trailer "); ok {
				got = strings.Join(a.Trailer.Values(trailer), "|")
			} else if name == "request_id" {
				_, got, _ = strings.Cut(a.body, `"request_id":"`)
				got, _, _ = strings.Cut(got, `"`)
			} else if name == "Trailer" {
				got = ""
				for announced := range a.Trailer {
					if announced == want {
						got = want
					}
				}
			}
			before, after, star := strings.Cut(want, "*>")
			if star {
				star = strings.HasPrefix(got, before) && strings.HasSuffix(got, after)
			} else if before, star = strings.CutSuffix(want, "*"); star && before != "" {
				star = strings.HasPrefix(got, before)
			}
			if got != want && !star {
				t.Errorf("%s: %s is %q, want %q", tt.reason, name, got, want)
			}
		}
	}
}

// The id that the host program has set is the one that is observed.
func TestAttack20_ObservedID(t *testing.T) {
	begin(t, 20)
	db := pgtest.New(t, "CREATE TABLE t AS SELECT 1 AS id")
	store := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{}).store
	var seen httpapi.Observation
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "host-1")
	observed(store, &seen).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/nowhere", nil))
	if seen.RequestID != "host-1" {
		t.Errorf("%+v", seen)
	}
}
