package attacks

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A row of people holds a stored value, in a column and in a computed column,
// and is found by a key that no allow-list below names.
const allowListSeed = `
CREATE TABLE people (badge int PRIMARY KEY, name text, born date, salary text);
INSERT INTO people VALUES (71001, 'Ann', '2000-01-01', 'canary-value'), (71002, 'Bob', '2001-01-01', 'canary-value');
CREATE FUNCTION payslip(people) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.salary';
CREATE TABLE plain (badge int, name text, born date);
INSERT INTO plain SELECT badge, name, born FROM people`

// allowListCanaries are what no response may hold.
var allowListCanaries = []string{"canary-value", "salary", "payslip", "badge", "71001", "71002"}

// allowListAccepts are all formats.
var allowListAccepts = []string{
	"application/json", "application/x-ndjson", "text/csv", "text/plain", "text/html", "application/octet-stream",
	"application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json",
}

// An allow-list that names no column of the table serves nothing.
func TestAttack01_ListWithoutAColumn(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, allowListSeed)
	for _, tt := range []struct {
		reason string
		list   []string
	}{
		{"an empty list", []string{}},
		{"a typo", []string{"nmae"}},
		{"another case", []string{"NAME", "Born"}},
		{"a column that is gone", []string{"title", "phone"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			r := build(t, db, dbcontents.Config{Tables: []string{"people"}, Aggregates: true},
				httpapi.Options{Access: map[string]httpapi.Access{"people": {Columns: tt.list}}})
			if a := r.index("application/json"); offered.MatchString(a.body) {
				r.Errorf("the index, asked first: %s", a.body)
			}
			for _, query := range []string{
				"", "?select=*", "?select=*,*", "?select=count()", "?limit=1", "?limit=0", "?columns=name", "?offset=5", "?select=*::text",
				"?order=" + strings.Join(tt.list, ","), "?select=" + strings.Join(tt.list, ","),
			} {
				for _, accept := range allowListAccepts {
					for _, prefer := range []string{"count=exact", "count=planned", "return=minimal"} {
						for _, method := range []string{"GET", "HEAD"} {
							what := method + " " + query + " " + accept
							a := r.do(method, "/dbcontents/people"+query, "Accept", accept, "Prefer", prefer)
							if a.StatusCode != 403 && a.StatusCode != 400 && a.StatusCode != 406 {
								r.Errorf("%s: %s", what, a.text())
							}
							r.keepsCanaries(what, a, append(allowListCanaries, "Ann", "/2")...)
						}
					}
				}
			}
			a := r.get("/dbcontents")
			if p := r.problem(a); a.StatusCode != 403 || p.Cause != "columns_not_allowed" || p.Hint == "" {
				r.Errorf("got %s", a.text())
			}
			a = r.index("application/json")
			if r.keepsCanaries("the index", a, allowListCanaries...); strings.Contains(a.body, "people") || offered.MatchString(a.body) {
				r.Errorf("the index lists a table without a column: %s", a.body)
			}
		})
	}
}

// index asks for what is exposed.
func (r *rig) index(accept string) response {
	r.Helper()
	request := httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/", nil)
	request.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	r.handler.Index(w, request)
	return response{w.Result(), w.Body.String()}
}

// A list of computed columns alone gives these, and no plain column beside them.
func TestAttack01_ListOfComputedColumns(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, allowListSeed, "CREATE FUNCTION initial(people) RETURNS text LANGUAGE sql STABLE AS 'SELECT left($1.name, 1)'")
	r := build(t, db, dbcontents.Config{Tables: []string{"people"}},
		httpapi.Options{Access: map[string]httpapi.Access{"people": {Columns: []string{"initial"}}}})
	for _, accept := range allowListAccepts {
		for _, query := range []string{"", "?select=*", "?select=initial,*", "?limit=1"} {
			a := r.get("/dbcontents"+query, "Accept", accept, "Prefer", "count=exact")
			r.keepsCanaries(query+" "+accept, a, append(allowListCanaries[:4:4], "Ann", "71001")...)
			if a.StatusCode == 200 {
				r.Errorf("%s %s: %s", query, accept, a.text())
			}
		}
	}
	if a := r.get("/dbcontents?select=initial&order=initial"); a.body != "[{\"initial\":\"A\"},\n{\"initial\":\"B\"}]\n" {
		r.Errorf("the computed column that is named: %s", a.text())
	}
}

// What a list does not name does not exist: a hidden column is answered as one
// that was never there, wherever it is named.
func TestAttack01_HiddenAsIfAbsent(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, allowListSeed)
	list := []string{"name", "born", "ghost"}
	r := build(t, db, dbcontents.Config{Tables: []string{"people", "plain"}, Aggregates: true},
		httpapi.Options{Access: map[string]httpapi.Access{
			"people": {Columns: list, Filters: []string{"name", "badge", "salary"}, Orders: []string{"salary", "born"}}, "plain": {Columns: list},
		}})
	for _, pattern := range []string{
		"?select=X", "?select=name,X", "?select=X::text", "?select=X->a", "?select=X.max()", "?select=n:X", "?X=eq.1", "?X=is.null", "?or=(name.eq.a,X.eq.1)",
		"?X->>a=eq.1", "?order=X", "?order=X.desc.nullslast", "?select=*&order=born,X", "?X=fts.a", "?select=count()&X=gt.1",
	} {
		for _, accept := range []string{"application/json", "text/html", "text/csv"} {
			want := r.get("/dbcontents/people"+strings.ReplaceAll(pattern, "X", "absent"), "Accept", accept)
			if want.StatusCode != 400 {
				r.Errorf("%s %s: %s", pattern, accept, want.text())
			}
			for _, hidden := range []string{"salary", "payslip", "badge"} {
				got := r.get("/dbcontents/people"+strings.ReplaceAll(pattern, "X", hidden), "Accept", accept)
				if got.StatusCode != want.StatusCode || withoutID(got, hidden) != withoutID(want, "absent") {
					r.Errorf("%s of %s: %s; of a column that was never there: %s", pattern, hidden, got.text(), want.text())
				}
			}
		}
	}
	// Near names, whole rows, pages, counts and the index know nothing of it either.
	for _, query := range []string{
		"", "?select=*", "?limit=1", "?limit=1&order=name", "?select=salaryy", "?select=sallary", "?order=paysslip", "?salry=eq.1", "?name=match.x", "?badgee=eq.1",
		"?select=count()", "?limit=1&after=AQ", "?order=name.desc&limit=1&offset=1",
	} {
		for _, accept := range allowListAccepts {
			a := r.get("/dbcontents/people"+query, "Accept", accept, "Prefer", "count=exact")
			r.keepsCanaries(query+" "+accept, a, "canary-value", "salary\"", "payslip", "badge\"", ">badge", ">salary", "71001", "71002")
		}
	}
	for _, accept := range []string{"application/json", "text/html"} {
		a := r.index(accept)
		r.keepsCanaries("the index as "+accept, a, "canary-value", "salary", "payslip", "badge", `<td class="names">4<`, "ghost")
	}
	if a := r.index("text/html"); strings.Count(a.body, `<td class="names">2<`) != 2 {
		r.Errorf("the index counts other columns than may be read: %s", a.body)
	}
	// A primary key outside the list is none: as of a table without one.
	for _, query := range []string{"?limit=1", "?limit=1&after=AQ", "?limit=1&order=born&after=" + r.tokenOf("people")} {
		people, plain := r.get("/dbcontents/people"+query), r.get("/dbcontents/plain"+query)
		if withoutID(people, "people") != withoutID(plain, "plain") {
			r.Errorf("%s: %s; without a key: %s", query, people.text(), plain.text())
		}
	}
}

// withoutID is a response without what is new in every one, and a name in it.
func withoutID(a response, name string) string {
	text := a.text()
	for _, id := range []string{a.Header.Get("X-Request-Id"), a.Header.Get("Date"), a.Header.Get("Content-Length"), a.Header.Get("Etag")} {
		if id != "" {
			text = strings.ReplaceAll(text, id, "")
		}
	}
	return strings.ReplaceAll(text, name, "X")
}

// tokenOf is a page token that somebody got who may read the whole table.
func (r *rig) tokenOf(table string) string {
	r.Helper()
	a := httptest.NewServer(httpapi.New(r.store, httpapi.Options{}))
	defer a.Close()
	answer, err := a.Client().Get(a.URL + "/dbcontents/" + table + "?limit=1&order=born")
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	_, token, ok := strings.Cut(answer.Header.Get("Link"), "after=")
	if token, _, _ = strings.Cut(token, ">"); !ok {
		r.Fatalf("no page: %v", answer.Header)
	}
	return token
}

// A column that is renamed or dropped while it is served closes the table, or
// what is left of it, and opens nothing.
func TestAttack01_RenamedWhileServed(t *testing.T) {
	begin(t, 1)
	for _, change := range []string{
		"ALTER TABLE people RENAME name TO nick",
		"ALTER TABLE people DROP name",
		"DROP TABLE people CASCADE; CREATE TABLE people AS SELECT 71001 AS badge, 'canary-value' AS salary",
		"ALTER TABLE people RENAME TO old; CREATE VIEW people AS SELECT badge, salary FROM old",
	} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, allowListSeed)
			config := dbcontents.Config{Tables: []string{"people"}, ConnString: db.DSN}
			r := build(t, db, config, httpapi.Options{Access: map[string]httpapi.Access{"people": {Columns: []string{"name"}}}})
			read := func() response {
				a := r.get("/dbcontents/people")
				r.keepsCanaries(change, a, allowListCanaries...)
				return a
			}
			if a := read(); a.body != "[{\"name\":\"Ann\"},\n{\"name\":\"Bob\"}]\n" {
				r.Fatalf("before: %s", a.text())
			}
			db.Exec(change)
			for end := time.Now().Add(wait); ; {
				a := read()
				if a.StatusCode == 403 && r.problem(a).Cause == "columns_not_allowed" {
					return
				}
				if time.Now().After(end) {
					r.Fatalf("at last: %s", a.text())
				}
			}
		})
	}
}

// A table that is made anew in another schema while it is served is read with
// the list that is its own.
func TestAttack01_AnotherTableOfTheName(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, allowListSeed, "CREATE SCHEMA first; CREATE TABLE first.dummy (); CREATE SCHEMA last; CREATE TABLE last.people AS SELECT 1 AS id")
	config := dbcontents.Config{Tables: []string{"people"}, ConnString: db.DSN, Schemas: []string{"first", "last"}}
	r := build(t, db, config, httpapi.Options{Access: map[string]httpapi.Access{"first.people": {Columns: []string{"name"}}}})
	if a := r.get("/dbcontents/people"); a.body != "[{\"id\":1}]\n" {
		r.Fatalf("before: %s", a.text())
	}
	db.Exec("ALTER TABLE public.people SET SCHEMA first; DROP TABLE last.people")
	for end := time.Now().Add(wait); ; {
		a := r.get("/dbcontents/people")
		r.keepsCanaries("the other table", a, allowListCanaries...)
		if a.body == "[{\"name\":\"Ann\"},\n{\"name\":\"Bob\"}]\n" {
			return
		}
		if time.Now().After(end) {
			r.Fatalf("at last: %s", a.text())
		}
	}
}

// A list that can never be met is a mistake of the program, which it learns at
// its start: else the table that was meant would be open.
func TestAttack01_ListsThatCannotBeMeant(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, allowListSeed)
	name := httpapi.Access{Columns: []string{"name"}}
	for _, tt := range []struct {
		reason string
		config dbcontents.Config
		key    string
		access httpapi.Access
		ok     bool
	}{
		{"a table's name", dbcontents.Config{Tables: []string{"people"}}, "people", name, true},
		{"with its schema", dbcontents.Config{Tables: []string{"people"}}, "public.people", name, true},
		{"of a table named with its schema", dbcontents.Config{Tables: []string{"public.people"}}, "people", name, true},
		{"any table", dbcontents.Config{AllTables: true}, "anything", name, true},
		{"any table of a schema", dbcontents.Config{AllTables: true}, "public.anything", name, true},
		{"a long one with its schema", dbcontents.Config{Tables: []string{"public." + strings.Repeat("x", 60)}}, "public." + strings.Repeat("x", 60), name, true},
		{"an empty list", dbcontents.Config{Tables: []string{"people"}}, "people", httpapi.Access{Columns: []string{}}, true},
		{"a typo", dbcontents.Config{Tables: []string{"people"}}, "poeple", name, false},
		{"another case", dbcontents.Config{Tables: []string{"people"}}, "People", name, false},
		{"another schema", dbcontents.Config{Tables: []string{"public.people"}}, "hr.people", name, false},
		{"a schema that is not exposed", dbcontents.Config{AllTables: true}, "hr.people", name, false},
		{"no name", dbcontents.Config{AllTables: true}, "", name, false},
		{"a column without a name", dbcontents.Config{Tables: []string{"people"}}, "people", httpapi.Access{Columns: []string{"name", ""}}, false},
		{"a column that cannot be", dbcontents.Config{Tables: []string{"people"}}, "people", httpapi.Access{Filters: []string{"a\x00b"}}, false},
	} {
		tt.config.ConnString = db.DSN
		store, err := dbcontents.Open(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		refused := func() (said any) {
			defer func() { said = recover() }()
			httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{tt.key: tt.access}})
			return nil
		}()
		if (refused == nil) != tt.ok {
			t.Errorf("%s: New said %v", tt.reason, refused)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A list that hides a column of an extension's type does not keep the catalog from
// learning of changes.
func TestAttack01_HiddenTypeIsNoHindrance(t *testing.T) {
	begin(t, 1)
	db := pgtest.New(t, "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext", "CREATE TABLE words (id int PRIMARY KEY, word ext.citext); INSERT INTO words VALUES (1, 'a')")
	r := build(t, db, dbcontents.Config{Tables: []string{"words"}}, httpapi.Options{
		Access: map[string]httpapi.Access{"words": {Columns: []string{"id", "later"}}},
	})
	if got := r.get("/dbcontents").body; strings.TrimSpace(got) != `[{"id":1}]` {
		t.Fatal(got)
	}
	db.Exec("ALTER TABLE words ADD later int DEFAULT 7")
	for deadline := time.Now().Add(wait); strings.TrimSpace(r.get("/dbcontents").body) != `[{"id":1,"later":7}]`; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the new column is never seen")
		}
	}
}
