package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

const relatedFunctions = `
CREATE TABLE writers (id int PRIMARY KEY, name text);
CREATE TABLE works (id int PRIMARY KEY, title text, writer_id int REFERENCES writers, hidden int);
CREATE TABLE editions (id int PRIMARY KEY, work_id int REFERENCES works, year int);
CREATE TABLE loans (id int PRIMARY KEY, work_id int REFERENCES works);
INSERT INTO writers VALUES (1, 'Austen'), (2, 'Joyce');
INSERT INTO works VALUES (1, 'Emma', 1, 7), (2, 'Persuasion', 1, 8), (3, 'Ulysses', 2, 9);
INSERT INTO editions VALUES (1, 1, 1815), (2, 1, 1900), (3, 3, 1922);
CREATE FUNCTION label(works) RETURNS text LANGUAGE sql STABLE AS $$ SELECT upper($1.title) $$;
CREATE FUNCTION latest(works) RETURNS SETOF editions ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM editions WHERE work_id = $1.id ORDER BY year DESC LIMIT 1 $$;
CREATE FUNCTION works_from(first int) RETURNS SETOF works LANGUAGE sql STABLE AS $$ SELECT * FROM works WHERE id >= first $$;
CREATE FUNCTION work(n int) RETURNS works LANGUAGE sql STABLE AS $$ SELECT * FROM works WHERE id = n $$;
CREATE FUNCTION titles(first int) RETURNS TABLE (title text, writer_id int) LANGUAGE sql STABLE AS $$ SELECT title, writer_id FROM works WHERE id >= first $$;`

// The rows of a function have the relationships of the table whose rows they are.
func TestCallEmbeds(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{
		Tables: []string{"writers", "works", "editions"}, Functions: []string{"works_from", "work", "titles"}, Aggregates: true,
	}, relatedFunctions)
	h := serve(t, httpapi.New(store, httpapi.Options{}))
	limited := serve(t, httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{"editions": {Columns: []string{"id"}, Filters: []string{"id"}}}}))
	granted := serve(t, httpapi.New(store, httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) {
		return dbcontents.Session{Tables: map[string]dbcontents.Grant{"works_from()": {}, "works": {}, "editions": {Where: dbcontents.Where("year", "gt", 1850)}}}, nil
	}}))
	for _, tt := range []struct {
		h          *httptest.Server
		path, want string
	}{
		{h, "works_from?first=2&select=id,writers(name)&order=id", `[{"id":2,"writers":{"name":"Austen"}},{"id":3,"writers":{"name":"Joyce"}}]`},
		{h, "works_from?first=1&select=id,editions(year)&editions.order=year.desc&editions.year=lt.1920&order=id", `[{"id":1,"editions":[{"year":1900},{"year":1815}]},{"id":2,"editions":[]},{"id":3,"editions":[]}]`},
		{h, "works_from?first=1&select=id,editions!inner(year)&editions.year=gt.1920", `[{"id":3,"editions":[{"year":1922}]}]`},
		{h, "works_from?first=1&select=id,editions()&editions=is.null", `[{"id":2}]`},
		{h, "works_from?first=1&select=id,editions()&editions.count()=gt.1", `[{"id":1}]`},
		{h, "works_from?first=1&select=id,...writers(name)&order=writers(name).desc,id&limit=2", `[{"id":3,"name":"Joyce"},{"id":1,"name":"Austen"}]`},
		{h, "works_from?first=1&select=id,label,latest(year)&order=id&limit=1&offset=2", `[{"id":3,"label":"ULYSSES","latest":{"year":1922}}]`},
		{h, "works_from?first=1&select=...writers(name),count()&order=writers(name)", `[{"count":2,"name":"Austen"},{"count":1,"name":"Joyce"}]`},
		{h, "work?n=1&select=title,writers(name),editions(count)", `{"title":"Emma","writers":{"name":"Austen"},"editions":[{"count":2}]}`},
		{h, "work?n=1&select=title,latest(year)", `{"title":"Emma","latest":{"year":1900}}`},
		{h, "works_from?first=1&select=id,loans(id)", "PGRST200"},
		{h, "titles?first=1&select=title,writers(name)", "PGRST200"},
		{h, "works_from?first=1&select=id&editions.year=gt.1920", "PGRST108"},
		{limited, "works_from?first=3&select=id,editions(*)", `[{"id":3,"editions":[{"id":3}]}]`},
		{limited, "works_from?first=3&select=id,editions(year)", "42703"},
		{granted, "works_from?first=1&select=id,editions(year)&order=id", `[{"id":1,"editions":[{"year":1900}]},{"id":2,"editions":[]},{"id":3,"editions":[{"year":1922}]}]`},
		{granted, "works_from?first=1&select=id,writers(name)", "PGRST200"},
	} {
		response, body := fetch(t, tt.h, http.MethodGet, "/dbcontents/rpc/"+tt.path)
		got := strings.ReplaceAll(strings.TrimSpace(body), ",\n", ",")
		if tt.want[0] != '[' && tt.want[0] != '{' {
			if response.StatusCode < 400 || !strings.Contains(got, `"code":"`+tt.want+`"`) {
				t.Errorf("%s: %d %s, want %s", tt.path, response.StatusCode, got, tt.want)
			}
		} else if response.StatusCode != http.StatusOK || got != tt.want {
			t.Errorf("%s: %d %s, want %s", tt.path, response.StatusCode, got, tt.want)
		}
	}
}
