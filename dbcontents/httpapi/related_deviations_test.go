package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Where related tables are read in another way than PostgREST does, as docs/postgrest.md lists it.
func TestRelatedDeviations(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	change(t, pool, `
		CREATE TABLE shelves (id int PRIMARY KEY);
		CREATE TABLE crates (id int PRIMARY KEY, shelf_id int REFERENCES shelves);
		CREATE VIEW shelf_twice AS SELECT s.id, n FROM shelves s, generate_series(1, 2) n;
		INSERT INTO shelves VALUES (1); INSERT INTO crates VALUES (7, 1)`)
	embeddings(t, h, pool, []embedding{
		{name: "a computed row of nulls is null", path: "clients?select=id,blank(*)&id=eq.1", body: `[{"id":1,"blank":null}]` + "\n"},
		{name: "and no row", path: "clients?select=id,blank!inner(*)", body: "[]\n"},
		{name: "one of several rows of a view", path: "crates?select=id,shelf_twice(n)&shelf_twice.order=n.desc", body: `[{"id":7,"shelf_twice":{"n":2}}]` + "\n"},
		{name: "members as they are selected", path: "projects?select=clients(note,name,id)&id=eq.1", body: `[{"clients":{"note":null,"name":"Microsoft","id":1}}]` + "\n"},
		{name: "the table's name of an aliased embed, without a warning", path: "clients?select=p:projects(id)&projects.id=eq.1&id=eq.1", body: `[{"p":[{"id":1}]}]` + "\n", header: map[string]string{"Warning": ""}},
	})
	response, body := get(t, h, "/dbcontents/clients?select=id,zzzzzzzz(*)")
	if p := problemIn(t, response, body); p.Code != "PGRST200" || !strings.HasPrefix(p.Hint, "embed a table") {
		t.Errorf("no relationship: %s", body)
	}
	refusals(t, h, []refusal{{name: "count of the table itself, with aggregates off", path: "clients?select=count", status: http.StatusBadRequest, code: "42703"}})

	db := pgtest.New(t, work)
	dsn := db.Role("", "GRANT SELECT ON clients, users, tasks TO ROLE", "GRANT SELECT (id, name) ON projects TO ROLE", "GRANT SELECT (user_id) ON users_tasks TO ROLE")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"clients"}, AllTables: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	refusals(t, handler(store), []refusal{
		{name: "the key's column may not be read", path: "clients?select=id,projects(id)", status: http.StatusForbidden, code: "42501"},
		{name: "from the other side", path: "projects?select=id,clients(id)", status: http.StatusForbidden, code: "42501"},
		{name: "a column of the junction may not be read", path: "users?select=id,tasks(id)", status: http.StatusForbidden, code: "42501"},
		{name: "a column that may not be read", path: "clients?select=id,projects(client_id)", status: http.StatusBadRequest, code: "42703"},
		{name: "a table of which nothing may be read", path: "clients?select=id,posts(*)", status: http.StatusBadRequest, code: "PGRST200"},
	})
}
