package httpapi_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const references = `
DROP TABLE test_table;
CREATE TABLE "a:b&c" (x int, y text, PRIMARY KEY (x, y));
CREATE TABLE child (id int PRIMARY KEY, x int, y text, FOREIGN KEY (x, y) REFERENCES "a:b&c");
INSERT INTO "a:b&c" VALUES (1, 'p&q "r"'), (2, '');
INSERT INTO child VALUES (1, 1, 'p&q "r"'), (2, 2, ''), (3, 1, NULL);`

// A value leads to the row that it refers to if all columns of the key are there, and the caller
// may read and filter by all of them.
func TestViewReferences(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true}, references)
	const link = `<a href="./a:b&amp;c?x=eq.1&amp;y=eq.p%26q+%22r%22&amp;~view=row" title="a:b&amp;c">`
	for path, want := range map[string]int{"child": 2, "child?select=x": 0, "child?select=id,n:x,y": 2, "child?select=id,x,y::text": 0, "child?select=count(),x,y": 0} {
		if _, body := get(t, handler(store), "/dbcontents/"+path, "Accept", browser); strings.Count(body, link) != want {
			t.Errorf("%s: %d links, want %d: %s", path, strings.Count(body, link), want, body)
		}
	}
	for name, access := range map[string]map[string]httpapi.Access{
		"no such column":   {"a:b&c": {Columns: []string{"x"}}},
		"no filter":        {"a:b&c": {Filters: []string{"x"}}},
		"no equality":      {"a:b&c": {Operators: []dbcontents.Op{dbcontents.OpGt}}},
		"closed":           {"a:b&c": {Columns: []string{}}},
		"not to be joined": {"child": {Embeds: []string{}}},
	} {
		h := httpapi.New(store, httpapi.Options{Access: access})
		for _, path := range []string{"/dbcontents/child", "/dbcontents/child?id=eq.1&~view=row"} {
			if response, body := get(t, h, path, "Accept", browser); response.StatusCode != 200 || strings.Contains(body, "a:b") {
				t.Errorf("%s, %s: %s %s", name, path, response.Status, body)
			}
		}
	}
	response, body := get(t, handler(store), `/dbcontents/a:b&c?x=eq.1&y=eq.p%26q+"r"&~view=row&~count=exact`, "Accept", browser)
	if !strings.Contains(body, `<a href="./child?x=eq.1&amp;y=eq.p%26q&#43;%22r%22" dir="auto">child</a>`) || !strings.Contains(body, ">1 row<") {
		t.Errorf("%s: %s", response.Status, body)
	}
	if _, body := get(t, handler(store), `/dbcontents/child?id=gt.1&~view=row`, "Accept", browser); !strings.Contains(body, "More than one row") {
		t.Errorf("many rows: %s", body)
	}
	if _, body := get(t, handler(store), `/dbcontents/child?id=gt.9&~view=row`, "Accept", browser); !strings.Contains(body, "There is no such row") {
		t.Errorf("no row: %s", body)
	}
}

// Where all tables are exposed and there is no default table, the prefix lists them for a browser.
func TestViewListsTables(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true}, references)
	for path, want := range map[string]bool{"/dbcontents": true, "/dbcontents/": true, "/dbcontents?~find=": true, "/dbcontents?~find=CHILD": true, "/dbcontents?~find=nothing": false, "/dbcontents/?format=html": true} {
		response, body := get(t, handler(store), path, "Accept", browser)
		if response.StatusCode != 200 || strings.Contains(body, `<a href="/dbcontents/child" dir="auto">`) != want {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
	if response, _ := get(t, handler(store), "/dbcontents"); response.StatusCode != 404 {
		t.Errorf("for a program: %s", response.Status)
	}
}

// A column of another name is not the column of a key, and a key under another name still is one.
func TestViewIncomingByAlias(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true, Aggregates: true}, references)
	const link = `<a href="./child?x=eq.1&amp;y=eq.p%26q&#43;%22r%22" dir="auto">child</a>`
	for selected, want := range map[string]bool{"": true, "x,y": true, "a:x,b:y": true, "x:y,y:x": true, "x,y:x": false, "a:x": false, "x,y::text": false, "x,y,count()": true} {
		response, body := get(t, handler(store), "/dbcontents/a:b&c?x=eq.1&~view=row&select="+selected, "Accept", browser)
		if response.StatusCode != 200 || strings.Contains(body, link) != want || strings.Count(body, `href="./child?`) > 1 || !want && strings.Contains(body, `href="./child?`) {
			t.Errorf("select=%s: %s %s", selected, response.Status, body)
		}
	}
}

// A table that could not be counted says why.
func TestViewIncomingNotCounted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE TABLE parent (id int PRIMARY KEY);
		INSERT INTO parent VALUES (1);
		CREATE TABLE good (id int REFERENCES parent);
		CREATE TABLE bad (id int REFERENCES parent);
		CREATE TABLE slow (id int REFERENCES parent);
		INSERT INTO good VALUES (1); INSERT INTO bad VALUES (1); INSERT INTO slow VALUES (1);
		CREATE FUNCTION fail() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
		ALTER TABLE bad ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON bad USING (fail());
		ALTER TABLE slow ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON slow USING (pg_sleep(20 * id) IS NOT NULL)`)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"), AllTables: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	response, body := get(t, handler(store), "/dbcontents/parent?id=eq.1&~view=row&~count=exact", "Accept", browser)
	for _, want := range []string{
		`>good</a> <small dir="auto">by id</small> <span class="total">1 row<`,
		`>slow</a> <small dir="auto">by id</small> <span class="total">not counted: it takes too long<`,
		`>bad</a> <small dir="auto">by id</small> <span class="total">not counted: the database refused<`,
	} {
		if response.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: there is no %s in %s", response.Status, want, body)
		}
	}
}
