package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

const notes = `
CREATE TABLE notes (id int PRIMARY KEY, tenant text, body text);
INSERT INTO notes SELECT i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, 'note ' || i FROM generate_series(1, 20) i;
CREATE TABLE reports (id int PRIMARY KEY, body text); INSERT INTO reports VALUES (1, 'r');`

// tenantOf is the session of a request: the tenant that a header names sees its own notes,
// and "boss" everything.
func tenantOf(r *http.Request) (dbcontents.Session, error) {
	switch tenant := r.Header.Get("Tenant"); tenant {
	case "":
		return dbcontents.Session{}, &httpapi.Refusal{}
	case "boss":
		return dbcontents.Session{}, nil
	case "even", "odd":
		return dbcontents.Session{Tables: map[string]dbcontents.Grant{
			"notes": {Columns: []string{"id", "body"}, Where: dbcontents.Where("tenant", dbcontents.OpEq, tenant)},
		}}, nil
	default:
		return dbcontents.Session{}, &httpapi.Refusal{
			Status: 403, Code: "42501", Cause: "tenant_unknown", Message: "there is no such tenant", Details: "d", Hint: "h", Err: errors.New("for the log"),
		}
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"notes", "reports"}}, notes)
	h := httpapi.New(store, httpapi.Options{Session: tenantOf})
	private := map[string]string{"Vary": "Accept, Accept-Profile, Prefer, Range, Origin, Authorization", "Cache-Control": "private, no-cache"}
	checkAll(t, h, []rule{
		{name: "nobody", path: "/dbcontents/notes", status: 401, code: "PGRST302", header: map[string]string{"WWW-Authenticate": "Bearer", "Cache-Control": "no-store", "Vary": "Authorization"}},
		{name: "nobody, for a table that is not there", path: "/dbcontents/nothing", status: 401, code: "PGRST302"},
		{name: "nobody, for a path that is not there", path: "/nothing", status: 401, code: "PGRST302"},
		{name: "nobody, with another method", method: "POST", path: "/dbcontents/notes", status: 401, code: "PGRST302"},
		{name: "refused", path: "/dbcontents/notes", send: []string{"Tenant", "other"}, status: 403, code: "42501", message: "there is no such tenant", details: "d", hint: "h", header: map[string]string{"WWW-Authenticate": ""}},
		{name: "a tenant", path: "/dbcontents/notes?order=id&limit=2", send: []string{"Tenant", "even"}, status: 200, header: private, body: `[{"id":2,"body":"note 2"},` + "\n" + `{"id":4,"body":"note 4"}]` + "\n"},
		{name: "another", path: "/dbcontents/notes?order=id&limit=1", send: []string{"Tenant", "odd"}, status: 200, header: private, body: `[{"id":1,"body":"note 1"}]` + "\n"},
		{name: "the default table", path: "/dbcontents?order=id&limit=1", send: []string{"Tenant", "odd"}, status: 200, body: `[{"id":1,"body":"note 1"}]` + "\n"},
		{name: "a filter cannot widen", path: "/dbcontents/notes?or=(id.gt.0,id.is.null)&id=not.in.(2,4,6,8,10,12,14,16,18)&select=id", send: []string{"Tenant", "even"}, status: 200, body: `[{"id":20}]` + "\n"},
		{name: "counted are one's own", path: "/dbcontents/notes?limit=1&order=id&select=id", send: []string{"Tenant", "even", "Prefer", "count=planned"}, status: 206, header: map[string]string{"Content-Range": "0-0/10"}},
		{name: "a hidden column", path: "/dbcontents/notes?tenant=eq.odd", send: []string{"Tenant", "even"}, status: 400, code: "42703", hint: "names are case-sensitive; the columns are id, body"},
		{name: "another table", path: "/dbcontents/reports", send: []string{"Tenant", "even"}, status: 404, code: "PGRST205", hint: "there are /dbcontents, /dbcontents/notes; names are case-sensitive"},
		{name: "OPTIONS of another table", method: "OPTIONS", path: "/dbcontents/reports", send: []string{"Tenant", "even"}, status: 404},
		{name: "the boss", path: "/dbcontents/reports", send: []string{"Tenant", "boss"}, status: 200, body: `[{"id":1,"body":"r"}]` + "\n"},
		{name: "as HTML", path: "/dbcontents/notes?format=html&order=id&limit=1", send: []string{"Tenant", "odd"}, status: 200, header: private},
	})
	index := func(tenant string) string {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Header.Set("Tenant", tenant)
		w := answerOf(http.HandlerFunc(h.Index), r)
		if vary := w.Header().Get("Vary"); !strings.Contains(vary, "Authorization") {
			t.Errorf("the index varies by %s", vary)
		}
		return w.Body.String()
	}
	if got := index("even"); strings.Contains(got, "reports") || strings.Contains(got, "tenant") || !strings.Contains(got, `"body"`) {
		t.Errorf("the index of a tenant: %s", got)
	}
	if got := index("boss"); !strings.Contains(got, "reports") || !strings.Contains(got, "tenant") {
		t.Errorf("the index of the boss: %s", got)
	}
	if got := index(""); !strings.Contains(got, "PGRST302") {
		t.Errorf("the index of nobody: %s", got)
	}
	for _, health := range []http.HandlerFunc{h.Livez, h.Readyz, h.Version} {
		if w := answerOf(health, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)); w.Code != 200 {
			t.Errorf("a health check: %d %s", w.Code, w.Body)
		}
	}
}

// An entity tag or a page token that one caller got leads another to nothing but its own rows.
func TestTagsAndTokensOfOthers(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"notes"}}, notes)
	h := httpapi.New(store, httpapi.Options{Session: tenantOf})
	const path = "/dbcontents/notes?order=id&limit=3&select=id"
	even, _ := get(t, h, path, "Tenant", "even")
	tag := even.Header.Get("Etag")
	if again, _ := get(t, h, path, "Tenant", "even", "If-None-Match", tag); again.StatusCode != 304 {
		t.Errorf("for the same caller: %d", again.StatusCode)
	}
	want := "[{\"id\":1},\n{\"id\":3},\n{\"id\":5}]\n"
	if odd, body := get(t, h, path, "Tenant", "odd", "If-None-Match", tag); odd.StatusCode != 200 || body != want {
		t.Errorf("for another caller: %d %s", odd.StatusCode, body)
	}
	link := even.Header.Get("Link")
	next := link[strings.IndexByte(link, '<')+1 : strings.IndexByte(link, '>')]
	for tenant, want := range map[string]string{"even": "[{\"id\":8},\n{\"id\":10},\n{\"id\":12}]\n", "odd": "[{\"id\":7},\n{\"id\":9},\n{\"id\":11}]\n"} {
		if response, body := get(t, h, "/dbcontents/notes"+next, "Tenant", tenant); response.StatusCode != 200 || body != want {
			t.Errorf("the page of %s: %d %s", tenant, response.StatusCode, body)
		}
	}
}

// Who is asking is found out before anything else: without a turn, and without a connection.
func TestSessionComesFirst(t *testing.T) {
	t.Parallel()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: "postgres://user@127.0.0.1:1/db", Tables: []string{"notes"}, Roles: []string{"reader"}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var next atomic.Pointer[func(*http.Request) (dbcontents.Session, error)]
	var seen httpapi.Observation
	h := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) { return (*next.Load())(r) },
		Observe: func(_ *http.Request, o httpapi.Observation) { seen = o },
	})
	for reason, tt := range map[string]struct {
		session dbcontents.Session
		err     error
		rule    rule
	}{
		"later":               {err: &httpapi.Refusal{Status: 503, Cause: "keys", RetryAfter: 7 * time.Second}, rule: rule{status: 503, code: "PGRST302"}},
		"a challenge":         {err: &httpapi.Refusal{Challenge: `Basic realm="x"`}, rule: rule{status: 401, header: map[string]string{"WWW-Authenticate": `Basic realm="x"`}}},
		"a cause of any text": {err: &httpapi.Refusal{Cause: "No user 4711"}, rule: rule{status: 401}},
		"a long cause":        {err: &httpapi.Refusal{Cause: strings.Repeat("x", 65)}, rule: rule{status: 401}},
		"a status of success": {err: &httpapi.Refusal{Status: 200}, rule: rule{status: 401}},
		"an error of a store": {err: &dbcontents.Error{Code: "dns_not_found"}, rule: rule{status: 503}},
		"any other error":     {err: errors.New("secret words"), rule: rule{status: 500, code: "PGRSTX00", message: "cannot tell who is asking"}},
		"a role that is not allowed": {
			session: dbcontents.Session{Role: "postgres"}, rule: rule{status: 403, code: "42501", message: "not allowed to read as this role"},
		},
		"a mistake in it": {
			session: dbcontents.Session{Settings: map[string]string{"role": "x"}}, rule: rule{status: 500, message: "the session cannot be used"},
		},
		"none that is wrong": {rule: rule{status: 503, code: "PGRST000"}}, // and then there is no database
	} {
		f := func(*http.Request) (dbcontents.Session, error) { return tt.session, tt.err }
		next.Store(&f)
		tt.rule.name, tt.rule.path = reason, "/dbcontents"
		connects := store.Stats().Connects
		tt.rule.check(t, h)
		if n := store.Stats().Connects - connects; n > 0 != (reason == "none that is wrong") {
			t.Errorf("%s: %d attempts to connect", reason, n)
		}
		response, body := get(t, h, "/dbcontents")
		if strings.Contains(body, "secret words") || reason == "any other error" && seen.Err != tt.err {
			t.Errorf("%s: %s, logged %v", reason, body, seen.Err)
		}
		if strings.Contains(reason, "cause") && seen.Cause != "refused" || reason == "later" && seen.Cause != "keys" {
			t.Errorf("%s: the cause is %s", reason, seen.Cause)
		}
		if after := response.Header.Get("Retry-After"); reason == "later" && after != "7" && after != "8" {
			t.Errorf("%s: Retry-After %s", reason, after)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(r *http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, r.Context().Err() }
	next.Store(&f)
	if w := answerOf(h, httptest.NewRequestWithContext(ctx, "GET", "/dbcontents", nil)); w.Code != 499 {
		t.Errorf("a caller who has gone: %d %s", w.Code, w.Body)
	}
}

// An Access may depend on the session, and one with a mistake opens nothing.
func TestSessionAccess(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"notes", "reports"}}, notes)
	h := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) {
			return dbcontents.Session{Settings: map[string]string{"app.user": r.Header.Get("Tenant")}}, nil
		},
		SessionAccess: func(s dbcontents.Session) map[string]httpapi.Access {
			switch s.Settings["app.user"] {
			case "boss":
				return nil
			case "mistake":
				return map[string]httpapi.Access{"nots": {Columns: []string{"id"}}}
			}
			return map[string]httpapi.Access{"notes": {Columns: []string{"id"}, Filters: []string{}}}
		},
	})
	checkAll(t, h, []rule{
		{name: "narrowed", path: "/dbcontents/notes?limit=1&order=id", send: []string{"Tenant", "x"}, status: 200, body: `[{"id":1}]` + "\n"},
		{name: "no filter", path: "/dbcontents/notes?id=eq.1", send: []string{"Tenant", "x"}, status: 403, code: "42501"},
		{name: "the boss", path: "/dbcontents/notes?id=eq.1", send: []string{"Tenant", "boss"}, status: 200, body: `[{"id":1,"tenant":"odd","body":"note 1"}]` + "\n"},
		{name: "a mistake", path: "/dbcontents/notes", send: []string{"Tenant", "mistake"}, status: 500, message: "the session cannot be used"},
	})
	for reason, o := range map[string]httpapi.Options{
		"without Session": {SessionAccess: func(dbcontents.Session) map[string]httpapi.Access { return nil }},
		"with Access": {
			Session: tenantOf, SessionAccess: func(dbcontents.Session) map[string]httpapi.Access { return nil }, Access: map[string]httpapi.Access{"notes": {}},
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("SessionAccess %s is accepted", reason)
				}
			}()
			httpapi.New(store, o)
		}()
	}
}

// What the program around the handler has set is added to, whoever is asking.
func TestSessionAddsToHeaders(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"notes"}}, notes)
	inner := httpapi.New(store, httpapi.Options{Session: tenantOf})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{"Vary": "Cookie", "Cache-Control": "no-transform", "Link": `</docs>; rel="help"`, "X-Request-Id": "outer", "Www-Authenticate": "Cookie"} {
			w.Header().Set(name, value)
		}
		inner.ServeHTTP(w, r)
	})
	for _, tenant := range []string{"odd", ""} {
		response, _ := get(t, h, "/dbcontents/notes?limit=1", "Tenant", tenant)
		header := response.Header
		if vary := header.Get("Vary"); !strings.HasPrefix(vary, "Cookie, ") || !strings.HasSuffix(vary, "Authorization") {
			t.Errorf("%q: Vary: %s", tenant, vary)
		}
		if control := header.Get("Cache-Control"); !strings.Contains(control, "no-transform") || !strings.Contains(control, "private") && !strings.Contains(control, "no-store") {
			t.Errorf("%q: Cache-Control: %s", tenant, control)
		}
		if links := header.Values("Link"); links[0] != `</docs>; rel="help"` || len(links) != map[string]int{"odd": 2, "": 1}[tenant] {
			t.Errorf("%q: Link: %q", tenant, links)
		}
		if id := header.Get("X-Request-Id"); id != "outer" {
			t.Errorf("%q: X-Request-Id: %s", tenant, id)
		}
		if challenges := header.Values("Www-Authenticate"); tenant == "" && len(challenges) != 2 {
			t.Errorf("challenges %q", challenges)
		}
	}
}
