package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What is not exposed is not there, by whatever name it is asked for.
func TestRelatedExposure(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"projects", "clients", "users", "computed_clients"}}, work, single, viewed,
		`CREATE FUNCTION first_task(projects) RETURNS SETOF tasks ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM tasks'`)
	server := serve(t, handler(store))
	// without is the problem without the name of what was asked for.
	without := func(select_, name string) string {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/projects?select="+select_)
		p := problemIn(t, response, body)
		if p.Code != "PGRST200" {
			t.Errorf("%s: %d %s", select_, response.StatusCode, body)
		}
		return strings.ReplaceAll(strings.ReplaceAll(body, "'"+name+"'", "'X'"), p.RequestID, "")
	}
	for _, name := range []string{"tasks", "users_projects", "project", "tasks_view", "posts", "first_task"} {
		absent := strings.Map(func(c rune) rune { return 'q' }, name)
		if diff := cmp.Diff(without(absent+"(*)", absent), without(name+"(*)", name)); diff != "" {
			t.Errorf("%s (-there is none +not exposed):\n%s", name, diff)
		}
		if diff := cmp.Diff(without("clients!"+absent+"(*)", absent), without("clients!"+name+"(*)", name)); diff != "" {
			t.Errorf("%s as a hint (-there is none +not exposed):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(without("uzers(*)", "uzers"), without("users(*)", "users")); diff != "" {
		t.Errorf("by a junction that is not exposed (-there is none +not exposed):\n%s", diff)
	}
	response, body := fetch(t, server, http.MethodGet, "/dbcontents?select=id,clients(id)&id=eq.1")
	if response.StatusCode != http.StatusOK || body != `[{"id":1,"clients":{"id":1}}]`+"\n" {
		t.Errorf("the default table: %d %s", response.StatusCode, body)
	}
	for path, status := range map[string]int{"projects?select=tasks(*)": 400, "projects?select=clients(nam)": 400, "projects?select=clients(id)": 200, "nothing?select=clients(id)": 404} {
		if response, body := fetch(t, server, http.MethodHead, "/dbcontents/"+path); response.StatusCode != status || body != "" {
			t.Errorf("HEAD %s: %d %s", path, response.StatusCode, body)
		}
	}
}

// The role may not read every table, nor every column.
func TestRelatedPrivileges(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, work, `CREATE FUNCTION old_client(projects) RETURNS SETOF clients ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM clients'; REVOKE EXECUTE ON FUNCTION old_client FROM PUBLIC`)
	dsn := db.Role("", "GRANT USAGE ON SCHEMA public TO ROLE", "GRANT SELECT ON projects, users, users_tasks TO ROLE", "GRANT SELECT (id, name, note) ON clients TO ROLE", "GRANT SELECT (id) ON tasks TO ROLE", "GRANT SELECT (id) ON posts TO ROLE")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, AllTables: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{})
	embeddings(t, h, borrow(t, db.DSN), []embedding{
		{name: "all columns that the role may read", path: "projects?select=id,clients(*)&id=eq.1", body: `[{"id":1,"clients":{"id":1,"name":"Microsoft","note":null}}]` + "\n"},
		{name: "a junction that the role may read", path: "users?select=id,tasks(*)&id=eq.3&tasks.order=id", body: `[{"id":3,"tasks":[{"id":1},{"id":5}]}]` + "\n"},
	})
	refusals(t, h, []refusal{
		{name: "a table that the role may not read", path: "users?select=comments(*)", status: 400, code: "PGRST200"},
		{name: "a junction that the role may not read", path: "users?select=projects(*)", status: 400, code: "PGRST200"},
		{name: "a column that the role may not read", path: "users?select=tasks(name)", status: 400, code: "42703"},
		{name: "a filter by a column that the role may not read", path: "users?select=tasks(id)&tasks.name=eq.x", status: 400, code: "42703"},
	})
}

// MaxCost is of the whole statement.
func TestRelatedCost(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{AllTables: true, MaxCost: 500}, work)
	change(t, pool, `INSERT INTO clients SELECT i, 'c' FROM generate_series(10, 2000) i; INSERT INTO projects SELECT i, 'p', i FROM generate_series(10, 2000) i; ANALYZE`)
	h := handler(store)
	embeddings(t, h, pool, []embedding{
		{name: "without an embed", path: "clients?select=id&id=gt.1999", body: `[{"id":2000}]` + "\n"},
		{name: "a page", path: "clients?select=id,projects(id)&id=eq.2000", body: `[{"id":2000,"projects":[{"id":2000}]}]` + "\n"},
	})
	refusals(t, h, []refusal{{name: "all", path: "clients?select=id,projects(id)", status: 400, code: "54001"}})
}
