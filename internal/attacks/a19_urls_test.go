package attacks

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const urlsSeed = `
CREATE TABLE film (id int PRIMARY KEY); INSERT INTO film VALUES (1); CREATE TABLE actor (id int);
CREATE TABLE "a b/c?d%e#f;g,h" (id int); CREATE TABLE "ü" (id int);
CREATE SCHEMA hidden; CREATE TABLE hidden.payroll (id int); CREATE TABLE payroll2 (id int)`

// offered are the URLs that a hint or the index offers.
var offered = regexp.MustCompile(`/dbcontents[^\s",]*`)

// exist asks for every URL that a text offers.
func (r *rig) exist(what, text string) {
	r.Helper()
	for _, url := range offered.FindAllString(text, -1) {
		if a := r.get(strings.TrimSuffix(url, ";")); a.StatusCode != 200 {
			r.Errorf("%s offers %s, which is %s", what, url, a.Status)
		}
	}
}

// With all tables exposed, hints offer URLs that exist, name the table that was
// probably meant, and know nothing of tables that may not be read.
func TestAttack19_HintsOfAllTables(t *testing.T) {
	begin(t, 19)
	db := pgtest.New(t, urlsSeed)
	dsn := db.Role("", `GRANT SELECT ON film, actor, "a b/c?d%e#f;g,h", "ü" TO ROLE`) // not payroll2
	for _, tt := range []struct {
		reason string
		config dbcontents.Config
	}{
		{"all", dbcontents.Config{AllTables: true}},
		{"all and a default", dbcontents.Config{AllTables: true, Tables: []string{"film"}}},
		{"all and a default that is not there", dbcontents.Config{AllTables: true, Tables: []string{"absent"}}},
		{"some", dbcontents.Config{Tables: []string{"public.film", "absent", "payroll2", `"a b/c?d%e#f;g,h"`}}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			tt.config.ConnString = dsn
			r := build(t, db, tt.config, httpapi.Options{})
			if !tt.config.AllTables {
				r.get("/dbcontents") // before the database was asked, hints say what the configuration says
			}
			for _, path := range []string{"/dbcontents/filmz", "/dbcontents/flim", "/dbcontents/FILM"} {
				p := r.problem(r.get(path))
				if p.Status != 404 || !strings.Contains(p.Hint, `"film"`) || !strings.Contains(p.Hint, "/dbcontents/film") {
					r.Errorf("%s: %d, %s", path, p.Status, p.Hint)
				}
				r.exist(path, p.Hint)
			}
			for _, path := range []string{"/dbcontents/payrol", "/dbcontents/payroll2x", "/dbcontents/payroll", "/other", "/dbcontents/film/1", "/"} {
				a := r.get(path)
				p := r.problem(a)
				if p.Status != 404 || !strings.Contains(p.Hint, "film") || strings.Contains(p.Hint, "payroll") {
					r.Errorf("%s: %s", path, a.body)
				}
				r.exist(path, p.Hint)
			}
			if !strings.Contains(r.problem(r.get("/other")).Hint, "/dbcontents/a%20b%2Fc%3Fd%25e%23f%3Bg%2Ch") {
				r.Errorf("the name is not encoded: %s", r.get("/other").body)
			}
			for _, accept := range []string{"application/json", "text/html"} {
				r.exist("the index as "+accept, strings.NewReplacer("&amp;", "&", `\u0026`, "&").Replace(r.index(accept).body))
			}
		})
	}
}

// A flood of wrong names asks the database next to nothing.
func TestAttack19_HintsCostNoRoundTrip(t *testing.T) {
	begin(t, 19)
	r := build(t, pgtest.New(t, urlsSeed), dbcontents.Config{AllTables: true}, httpapi.Options{})
	r.get("/dbcontents/filmz")
	before, start := r.store.Stats().Lookups, time.Now()
	for i := range 200 {
		path := "/dbcontents/filmz"
		if i%2 == 0 {
			path = fmt.Sprintf("/wrong%d", i)
		}
		if p := r.problem(r.get(path)); !strings.Contains(p.Hint, "film") {
			r.Fatalf("%s: %s", path, p.Hint)
		}
	}
	// The wrong name itself is looked up once a second, and the others come with that.
	if n, most := r.store.Stats().Lookups-before, int64(time.Since(start)/time.Second)+1; n > most {
		r.Errorf("%d look-ups for 200 wrong names in %v", n, time.Since(start))
	}
}

// Without a table there is no URL to offer.
func TestAttack19_NothingToOffer(t *testing.T) {
	begin(t, 19)
	r := build(t, pgtest.New(t), dbcontents.Config{AllTables: true}, httpapi.Options{})
	for _, path := range []string{"/dbcontents", "/dbcontents/filmz", "/x"} {
		if p := r.problem(r.get(path)); p.Status != 404 || offered.MatchString(p.Hint) {
			r.Errorf("%s: %+v", path, p)
		}
	}
	if a := r.index("application/json"); offered.MatchString(a.body) {
		r.Errorf("the index: %s", a.body)
	}
}

// Every URL in the index leads to the table that it is of, with the header that
// the index says; a table that no URL leads to has none.
func TestAttack19_IndexOfTwoSchemas(t *testing.T) {
	begin(t, 19)
	db := pgtest.New(t, `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA c;
		CREATE TABLE b.film AS SELECT 'b' AS which; CREATE TABLE a.film AS SELECT 'a' AS which; CREATE TABLE c.film AS SELECT 'c' AS which;
		CREATE TABLE b.lone AS SELECT 'b' AS which; CREATE TABLE a.denied AS SELECT 'no' AS which; CREATE TABLE b.denied AS SELECT 'b' AS which`)
	dsn := db.Role("", "GRANT USAGE ON SCHEMA a, b, c TO ROLE", "GRANT SELECT ON a.film, b.film, c.film, b.lone, b.denied TO ROLE")
	r := build(t, db, dbcontents.Config{
		ConnString: dsn, Schemas: []string{"b", "a"}, Tables: []string{"film", "c.film", "lone", "a.denied", "b.denied"},
	}, httpapi.Options{})
	var index struct {
		Tables []struct {
			Table, URL, Note string
			Profile          string `json:"accept_profile"`
		}
		Try []string
	}
	if err := json.Unmarshal([]byte(r.index("application/json").body), &index); err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	for _, e := range index.Tables {
		if e.URL == "" {
			if e.Table != "c.film" || e.Note == "" {
				t.Errorf("no URL: %+v", e)
			}
			continue
		}
		var header []string
		if e.Profile != "" {
			header = []string{"Accept-Profile", e.Profile}
		}
		schema, _, _ := strings.Cut(e.Table, ".")
		if a := r.get(e.URL, header...); a.body != `[{"which":"`+schema+`"}]`+"\n" {
			t.Errorf("%+v leads to %s", e, a.body)
		}
		if reached[e.URL+e.Profile] {
			t.Errorf("%s twice", e.URL)
		}
		reached[e.URL+e.Profile] = true
	}
	if len(index.Tables) != 5 || len(reached) != 4 || len(index.Try) == 0 {
		t.Errorf("the index: %+v", index)
	}
	page := r.index("text/html").body
	if n := strings.Count(page, `<a href="/dbcontents/film"`); n != 1 || !strings.Contains(page, "Accept-Profile: a") {
		t.Errorf("%d links lead to one table: %s", n, page)
	}
}

// A prefix that no request can have is refused when the handler is made.
func TestAttack19_PrefixesThatNeverMatch(t *testing.T) {
	begin(t, 19)
	db := pgtest.New(t, urlsSeed)
	for _, prefix := range []string{
		"//", "a", "/a/", "//a", "/a//b", "/a/../b", "/a/./b", "/..", "/.", "/a b", "/ä", "/a%20b", "/a%b", "/a?b", "/a#b", "/a\x00", "/a\nb",
		`/a"b`, "/a<b", "/a\\b", "/{table}", "/a|b", "/a^b", "/a`b", " /a", "/a ",
	} {
		refused := func() (said any) {
			defer func() { said = recover() }()
			build(t, db, dbcontents.Config{Tables: []string{"film"}}, httpapi.Options{Prefix: prefix})
			return nil
		}()
		if refused == nil {
			t.Errorf("%q is accepted", prefix)
		}
	}
	for _, prefix := range []string{"/a", "/a/b", "/rest/v1", "/a.b", "/a-b_c~d", "/a..b", "/a!b", "/a:b", "/a@b", "/$a", "/a'(b)*", "/a;b,c=d+e&f"} {
		r := build(t, db, dbcontents.Config{Tables: []string{"film"}}, httpapi.Options{Prefix: prefix})
		if a := r.get(prefix + "/film"); a.StatusCode != 200 {
			t.Errorf("%q does not match: %s", prefix, a.text())
		}
	}
}

// The view for people says when the server's maximum cut it, and leads on.
func TestAttack19_CutViewSaysSo(t *testing.T) {
	begin(t, 19)
	db := pgtest.New(t, "CREATE TABLE many AS SELECT i AS id FROM generate_series(1, 1200) i; CREATE TABLE few AS SELECT 1 AS id FROM generate_series(1, 7)")
	for _, tt := range []struct {
		path     string
		maxRows  int64
		rows     int
		cut, end bool
	}{
		{"many", 0, 100, false, false},
		{"many?limit=50", 0, 50, false, false},
		{"many?limit=1200", 0, 1000, true, false},
		{"many", 7, 7, true, false},
		{"many?limit=50", 7, 7, true, false},
		{"many?limit=7", 7, 7, false, false},
		{"many?limit=5", 7, 5, false, false},
		{"many?offset=1196", 7, 4, false, true},
		{"many?offset=1193&limit=50", 7, 7, false, true},
		{"many", 100, 100, false, false},
		{"many", 101, 100, false, false},
		{"few", 7, 7, false, true},
		{"few", 6, 6, true, false},
	} {
		r := build(t, db, dbcontents.Config{Tables: []string{"many", "few"}, MaxRows: tt.maxRows}, httpapi.Options{})
		a := r.get("/dbcontents/"+tt.path, "Accept", "text/html")
		rows := strings.Count(a.body, `<tr><th scope="row">`)
		if cut, end := strings.Contains(a.body, "at most"), !strings.Contains(a.body, `rel="next"`); rows != tt.rows || cut != tt.cut || end != tt.end {
			t.Errorf("%s of at most %d: %d rows, cut %v, end %v: %s", tt.path, tt.maxRows, rows, cut, end, a.body[strings.Index(a.body, "<p>"):])
		}
	}
}
