package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Which rows of the root an embed leaves out.
func TestRelatedInner(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{MaxRows: 1000})
	client := one(`SELECT id FROM clients c WHERE c.id = p.client_id`)
	counted := []string{"Prefer", "count=exact"}
	of := func(content string) map[string]string { return map[string]string{"Content-Range": content} }
	embeddings(t, h, pool, []embedding{
		{
			name: "many-to-one", path: "projects?select=id,clients!inner(id)&order=id", send: counted, header: of("0-3/4"),
			sql: `SELECT id, ` + client + ` AS clients FROM projects p WHERE client_id IS NOT NULL ORDER BY id`,
		},
		{
			name: "many-to-one with a filter", path: "projects?select=id,clients!inner(id)&clients.id=eq.1&order=id", send: counted, header: of("0-1/2"),
			sql: `SELECT id, ` + client + ` AS clients FROM projects p WHERE client_id = 1 ORDER BY id`,
		},
		{
			name: "left with a filter keeps the parents", path: "projects?select=id,clients!left(id)&clients.id=eq.1&order=id", send: counted, header: of("0-4/5"),
			sql: `SELECT id, CASE WHEN client_id = 1 THEN '{"id":1}'::json END AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "one-to-many", path: "clients?select=id,projects!inner(id)&order=id&projects.order=id", send: counted, header: of("0-1/2"),
			sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c WHERE id < 3 ORDER BY id`,
		},
		{
			name: "one-to-many with a filter", path: "clients?select=id,projects!inner(id)&projects.name=like.OS*", send: counted, header: of("0-0/1"),
			sql: `SELECT 2 AS id, '[{"id":4}]'::json AS projects`,
		},
		{
			name: "many-to-many", path: "users?select=id,tasks!inner(id)&order=id&tasks.order=id", send: counted, header: of("0-2/3"),
			sql: `SELECT id, ` + many(`SELECT task_id AS id FROM users_tasks j WHERE j.user_id = u.id ORDER BY 1`) + ` AS tasks FROM users u WHERE id < 4 ORDER BY id`,
		},
		{
			name: "many-to-many with a filter", path: "users?select=id,tasks!inner(id)&tasks.id=eq.7", send: counted, header: of("0-0/1"),
			sql: `SELECT 2 AS id, '[{"id":7}]'::json AS tasks`,
		},
		{
			name: "one-to-one", path: "students?select=name,students_info!inner(address)", send: counted, header: of("0-0/1"),
			sql: `SELECT 'John Doe' AS name, '{"address":"Street 1"}'::json AS students_info`,
		},
		{
			name: "two levels", path: "clients?select=id,projects!inner(id,tasks!inner(id))&projects.tasks.name=eq.task 5", send: counted, header: of("0-0/1"),
			sql: `SELECT 2 AS id, '[{"id":3,"tasks":[{"id":5}]}]'::json AS projects`,
		},
		{
			name: "inner below left restricts the middle level only", path: "clients?select=id,projects(id,tasks!inner(id))&projects.tasks.name=eq.task 5&order=id", send: counted, header: of("0-2/3"),
			sql: `SELECT id, CASE WHEN id = 2 THEN '[{"id":3,"tasks":[{"id":5}]}]' ELSE '[]' END::json AS projects FROM clients ORDER BY id`,
		},
		{
			name: "left below inner", path: "clients?select=id,projects!inner(id,tasks!left(id))&projects.tasks.name=eq.task 5&projects.id=in.(3,4)&projects.order=id",
			sql: `SELECT 2 AS id, '[{"id":3,"tasks":[{"id":5}]},{"id":4,"tasks":[]}]'::json AS projects`,
		},
		{
			name: "inner below a to-one left", path: "tasks?select=id,projects(id,clients!inner(id))&projects.clients.id=eq.2&order=id",
			sql: `SELECT id, CASE WHEN id > 4 THEN json_build_object('id', project_id, 'clients', json_build_object('id', 2)) END AS projects FROM tasks ORDER BY id`,
		},
		{
			name: "several at once", path: "projects?select=id,clients!inner(id),tasks!inner(id)&clients.id=eq.1&tasks.id=gt.2&tasks.order=id", send: counted, header: of("0-0/1"),
			sql: `SELECT 2 AS id, '{"id":1}'::json AS clients, '[{"id":3},{"id":4}]'::json AS tasks`,
		},
		{
			name: "with logic", path: "clients?select=id,projects!inner(id)&projects.or=(name.eq.IOS,name.eq.OSX)&projects.order=id",
			sql: `SELECT 2 AS id, '[{"id":3},{"id":4}]'::json AS projects`,
		},
		{name: "with an alias", path: "clients?select=id,p:projects!inner(id)&p.id=eq.3", sql: `SELECT 2 AS id, '[{"id":3}]'::json AS p`},
		{
			name: "with a limit of the parents", path: "clients?select=id,projects!inner(id)&order=id.desc&limit=1&projects.order=id", send: counted, status: 206, header: of("0-0/2"),
			sql: `SELECT 2 AS id, '[{"id":3},{"id":4}]'::json AS projects`,
		},
		{
			name: "with an offset of the children", path: "clients?select=id,projects!inner(id)&order=id&projects.offset=1&projects.order=id",
			sql: `SELECT id, json_build_array(json_build_object('id', id * 2)) AS projects FROM clients WHERE id < 3 ORDER BY id`,
		},
		{
			name: "a view", path: "projects_view?select=id,clients!inner(id)&order=id", send: counted, header: of("0-3/4"),
			sql: `SELECT id, ` + client + ` AS clients FROM projects p WHERE client_id IS NOT NULL ORDER BY id`,
		},
		{name: "HEAD", method: http.MethodHead, path: "projects?select=id,clients!inner(id)&clients.id=eq.1", send: counted, header: of("0-1/2")},
		{name: "HEAD, two levels", method: http.MethodHead, path: "clients?select=id,projects!inner(id,tasks!inner(id))&projects.tasks.id=eq.1", send: counted, header: of("0-0/1")},
		{name: "none: an array", path: "clients?select=id,projects!inner(id)&projects.id=eq.99", send: counted, header: of("*/0"), sql: `SELECT WHERE false`},
	})
}

// A filter on an embed itself asks whether it has rows.
func TestRelatedIsNull(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{MaxRows: 1000})
	counted := []string{"Prefer", "count=exact"}
	of := func(content string) map[string]string { return map[string]string{"Content-Range": content} }
	clients := func(ids string) string { return `SELECT id FROM clients WHERE id IN (` + ids + `) ORDER BY id` }
	projects := func(condition string) string {
		return `SELECT id FROM projects p WHERE ` + condition + ` ORDER BY id`
	}
	embeddings(t, h, pool, []embedding{
		{name: "is.null of many", path: "clients?select=id,projects()&projects=is.null", send: counted, header: of("0-0/1"), sql: clients("3")},
		{name: "not.is.null of many", path: "clients?select=id,projects()&projects=not.is.null&order=id", send: counted, header: of("0-1/2"), sql: clients("1, 2")},
		{name: "is.not_null of many", path: "clients?select=id,projects()&projects=is.not_null&order=id", sql: clients("1, 2")},
		{name: "is.null of one", path: "projects?select=id,clients()&clients=is.null", send: counted, header: of("0-0/1"), sql: projects("id = 5")},
		{name: "not.is.null of one", path: "projects?select=id,clients()&clients=not.is.null&order=id", send: counted, header: of("0-3/4"), sql: projects("id < 5")},
		{name: "is.null of many-to-many", path: "users?select=id,tasks()&tasks=is.null", send: counted, header: of("0-0/1"), sql: `SELECT 4 AS id`},
		{name: "is.null of one-to-one", path: "country?select=id,capital()&capital=is.null", send: counted, header: of("0-0/1"), sql: `SELECT 2 AS id`},
		{name: "not.is.null shows the rows", path: "clients?select=id,projects(id)&projects=not.is.null&order=id&projects.order=id", sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c WHERE id < 3 ORDER BY id`},
		{name: "is.null shows none", path: "clients?select=id,projects(id)&projects=is.null", sql: `SELECT 3 AS id, '[]'::json AS projects`},
		{name: "with a filter of the embed, anti join", path: "clients?select=id,projects()&projects.name=eq.IOS&projects=is.null&order=id", send: counted, header: of("0-1/2"), sql: clients("1, 3")},
		{name: "with a filter of the embed, semi join", path: "clients?select=id,projects()&projects.name=eq.IOS&projects=not.is.null", send: counted, header: of("0-0/1"), sql: clients("2")},
		{name: "by the alias", path: "clients?select=id,p:projects()&p.id=eq.1&p=not.is.null", sql: clients("1")},
		{name: "or of two", path: "projects?select=id,clients(),tasks()&clients.id=eq.1&tasks.id=eq.5&or=(clients.not.is.null,tasks.not.is.null)&order=id", send: counted, header: of("0-2/3"), sql: projects("id IN (1, 2, 3)")},
		{name: "or of is.null", path: "projects?select=id,clients(),tasks()&tasks.id=eq.5&or=(clients.is.null,tasks.not.is.null)&order=id", send: counted, header: of("0-1/2"), sql: projects("id IN (3, 5)")},
		{name: "and of two", path: "projects?select=id,clients(),tasks()&tasks.id=lt.7&and=(clients.not.is.null,tasks.is.null)&order=id", sql: projects("id = 4")},
		{name: "not.or", path: "projects?select=id,clients(),tasks()&not.or=(clients.is.null,tasks.is.null)&order=id", sql: projects("id < 5")},
		{name: "or in and, with columns", path: "projects?select=id,clients(),tasks()&and=(id.gt.1,or(clients.is.null,id.eq.2))&order=id", sql: projects("id IN (2, 5)")},
		{name: "or with a column", path: "projects?select=id,clients()&or=(clients.is.null,name.eq.IOS)&order=id", sql: projects("id IN (3, 5)")},
		{
			name: "nested", path: "clients?select=id,projects(id,tasks())&projects.tasks.id=eq.1&projects.tasks=not.is.null&order=id",
			sql: `SELECT id, CASE WHEN id = 1 THEN '[{"id":1}]' ELSE '[]' END::json AS projects FROM clients ORDER BY id`,
		},
		{
			name: "nested, with inner", path: "clients?select=id,projects!inner(id,tasks())&projects.tasks.id=eq.1&projects.tasks=not.is.null",
			sql: `SELECT 1 AS id, '[{"id":1}]'::json AS projects`,
		},
		{name: "nested, with is.null above", path: "clients?select=id,projects(tasks())&projects.tasks.id=eq.1&projects.tasks=not.is.null&projects=is.null&order=id", sql: clients("2, 3")},
		{
			name: "nested or", path: "clients?select=id,projects(id,tasks(),clients())&projects.tasks.id=eq.1&projects.or=(tasks.not.is.null,id.eq.4)&order=id",
			sql: `SELECT id, CASE id WHEN 1 THEN '[{"id":1}]' WHEN 2 THEN '[{"id":4}]' ELSE '[]' END::json AS projects FROM clients ORDER BY id`,
		},
		{
			name: "rows of which all that is selected is null are there, of one", path: "projects?select=id,clients(note)&clients=not.is.null&order=id",
			sql: `SELECT id, '{"note":null}'::json AS clients FROM projects WHERE id < 5 ORDER BY id`,
		},
		{
			name: "rows of which all that is selected is null are there, of many", path: "projects?select=id,tasks(name)&tasks.id=eq.8&tasks=not.is.null",
			sql: `SELECT 4 AS id, '[{"name":null}]'::json AS tasks`,
		},
		{name: "any other operator is a filter on a column of that name", path: "posts?select=id,tasks:projects(id)&tasks=eq.7", sql: `SELECT 1 AS id, '{"id":1}'::json AS tasks`},
		{name: "is.null of a name that is not embedded is of a column", path: "posts?select=id&tasks=not.is.null&order=id", sql: `SELECT id FROM posts ORDER BY id`},
		{name: "is.null counts before a column of the name", path: "posts?select=id,tasks:projects()&tasks=is.null", sql: `SELECT 2 AS id`},

		{name: "planned", path: "clients?select=id,projects()&projects=not.is.null&order=id", send: []string{"Prefer", "count=planned"}, status: 206, sql: clients("1, 2")},
		{name: "estimated", path: "clients?select=id,projects()&projects=not.is.null&order=id", send: []string{"Prefer", "count=estimated"}, header: of("0-1/2"), sql: clients("1, 2")},
		{name: "estimated, inner", path: "clients?select=id,projects!inner()&order=id", send: []string{"Prefer", "count=estimated"}, header: of("0-1/2"), sql: clients("1, 2")},
		{name: "exact, left", path: "clients?select=id,projects(id,tasks(id))&limit=1&order=id&projects.limit=0", send: counted, status: 206, header: of("0-0/3"), sql: `SELECT 1 AS id, '[]'::json AS projects`},
		{name: "HEAD", method: http.MethodHead, path: "clients?select=id,projects()&projects=is.null", send: counted, header: of("0-0/1")},
	})

	// How many rows there are is an extension.
	embeddings(t, h, pool, []embedding{
		{name: "count", path: "users?select=id,tasks()&tasks.count()=gt.2&order=id", send: counted, header: of("0-1/2"), sql: `SELECT i AS id FROM generate_series(1, 2) i`},
		{name: "count of none", path: "users?select=id,tasks()&tasks.count()=eq.0", sql: `SELECT 4 AS id`},
		{name: "count in a list", path: "users?select=id,tasks()&tasks.count()=in.(2,3)&order=id", sql: `SELECT i AS id FROM generate_series(2, 3) i`},
		{name: "count, negated", path: "users?select=id,tasks()&tasks.count()=not.eq.0&order=id", sql: `SELECT i AS id FROM generate_series(1, 3) i`},
		{name: "count after the embed's filters", path: "users?select=id,tasks(id)&tasks.id=gt.4&tasks.count()=gte.2&tasks.order=id&order=id", sql: `SELECT 2 AS id, '[{"id":5},{"id":6},{"id":7}]'::json AS tasks`},
		{name: "count in or", path: "users?select=id,tasks()&or=(tasks.count().gt.3,id.eq.4)&order=id", sql: `SELECT i AS id FROM unnest('{1,4}'::int[]) i`},
		{name: "count in a nested or", path: "users?select=id,tasks(),users_projects()&or=(tasks.count().gt.3,and(id.gt.1,tasks.count().lt.3))&order=id", sql: `SELECT i AS id FROM unnest('{1,3,4}'::int[]) i`},
		{
			name: "count on a nested level", path: "projects?select=id,tasks(id,users())&tasks.users.count()=gt.1&order=id",
			sql: `SELECT id, CASE id WHEN 1 THEN '[{"id":1}]' WHEN 3 THEN '[{"id":5}]' ELSE '[]' END::json AS tasks FROM projects ORDER BY id`,
		},
		{
			name: "count in an or of a nested level", path: "projects?select=id,tasks(id,users())&tasks.or=(users.count().gt.1,id.eq.8)&order=id",
			sql: `SELECT id, CASE id WHEN 1 THEN '[{"id":1}]' WHEN 3 THEN '[{"id":5}]' WHEN 4 THEN '[{"id":8}]' ELSE '[]' END::json AS tasks FROM projects ORDER BY id`,
		},
		{name: "count of a to-one", path: "projects?select=id,clients()&clients.count()=eq.0", sql: projects("id = 5")},
		{name: "count by the alias", path: "users?select=id,t:tasks()&t.count()=gt.3", sql: `SELECT 1 AS id`},
	})
	refusals(t, h, []refusal{
		{name: "count of what is not embedded", path: "users?select=id&tasks.count()=gt.3", status: 400, code: "PGRST108", message: "'tasks' is not an embedded resource in this request"},
		{name: "count by an operator that is none for it", path: "users?select=id,tasks()&tasks.count()=like.3", status: 400, code: "PGRST100"},
		{name: "count with a value that is no number", path: "users?select=id,tasks()&tasks.count()=gt.x", status: 400, code: "22P02"},
		{name: "another operator without such a column", path: "users?select=id,tasks()&tasks=eq.3", status: 400, code: "42703"},
	})
}
