package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Filters, order and limits of the rows that are embedded.
func TestRelatedParameters(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	projects := func(rest string) string {
		return `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id `+rest) + ` AS projects FROM clients c ORDER BY id`
	}
	const path = "clients?select=id,projects(id)&order=id&"
	nested := func(rest string) string {
		return `SELECT id, ` + many(`SELECT id, `+many(`SELECT id FROM tasks t WHERE t.project_id = p.id `+rest)+` AS tasks FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c ORDER BY id`
	}
	const deep = "clients?select=id,projects(id,tasks(id))&order=id&projects.order=id&"
	single := func(condition string) string {
		return `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id AND `+condition) + ` AS clients FROM projects p ORDER BY id`
	}
	const up = "projects?select=id,clients(id)&order=id&"
	embeddings(t, h, pool, []embedding{
		{name: "a filter of many", path: path + "projects.name=like.*s*&projects.order=id", sql: projects(`AND name LIKE '%s%' ORDER BY id`)},
		{name: "a filter of one", path: up + "clients.name=eq.Apple", sql: single(`name = 'Apple'`)},
		{name: "a negated filter", path: path + "projects.id=not.in.(1,3)&projects.order=id", sql: projects(`AND id NOT IN (1, 3) ORDER BY id`)},
		{name: "two filters", path: path + "projects.id=gt.1&projects.id=lt.4&projects.order=id", sql: projects(`AND id > 1 AND id < 4 ORDER BY id`)},
		{name: "and", path: path + "projects.and=(id.gt.1,id.lt.4)&projects.order=id", sql: projects(`AND id > 1 AND id < 4 ORDER BY id`)},
		{name: "or", path: path + "projects.or=(id.eq.1,name.eq.OSX)&projects.order=id", sql: projects(`AND (id = 1 OR name = 'OSX') ORDER BY id`)},
		{name: "not.and", path: path + "projects.not.and=(id.gt.1,id.lt.4)&projects.order=id", sql: projects(`AND NOT (id > 1 AND id < 4) ORDER BY id`)},
		{name: "not.or", path: path + "projects.not.or=(id.eq.1,name.eq.OSX)&projects.order=id", sql: projects(`AND NOT (id = 1 OR name = 'OSX') ORDER BY id`)},
		{name: "or in and", path: path + "projects.and=(id.lt.4,or(id.eq.1,id.eq.3))&projects.order=id", sql: projects(`AND id IN (1, 3) ORDER BY id`)},
		{name: "a nested filter", path: deep + "projects.tasks.id=gte.4&projects.tasks.order=id", sql: nested(`AND id >= 4 ORDER BY id`)},
		{name: "a nested or", path: deep + "projects.tasks.or=(id.eq.4,id.eq.7)&projects.tasks.order=id", sql: nested(`AND id IN (4, 7) ORDER BY id`)},
		{name: "a nested not.or", path: deep + "projects.tasks.not.or=(id.eq.4,id.eq.7)&projects.tasks.order=id", sql: nested(`AND id NOT IN (4, 7) ORDER BY id`)},
		{name: "a nested JSON path", path: deep + "projects.tasks.doc->>k=eq.4&projects.tasks.order=id", sql: nested(`AND id = 6 ORDER BY id`)},
		{
			name: "filters on all levels", path: deep + "id=lt.3&projects.id=in.(1,4)&projects.tasks.id=not.eq.1&projects.tasks.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT id FROM tasks t WHERE t.project_id = p.id AND id <> 1 ORDER BY id`)+` AS tasks FROM projects p WHERE p.client_id = c.id AND id IN (1, 4) ORDER BY id`) + ` AS projects FROM clients c WHERE id < 3 ORDER BY id`,
		},
		{
			name: "a filter of many-to-many", path: "tasks?select=id,users(id)&users.id=eq.3&order=id",
			sql: `SELECT id, ` + many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id AND user_id = 3`) + ` AS users FROM tasks t ORDER BY id`,
		},
		{name: "a filter on a column that is not selected", path: path + "projects.client_id=eq.2&projects.order=id", sql: projects(`AND client_id = 2 ORDER BY id`)},
		{
			name: "a filter on a column with the name of the root's", path: "clients?select=name,projects(name)&projects.name=eq.OSX&name=eq.Apple",
			sql: `SELECT 'Apple' AS name, '[{"name":"OSX"}]'::json AS projects`,
		},
		{name: "the alias in a path", path: "clients?select=id,p:projects(id)&order=id&p.id=gt.3", sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id AND id > 3`) + ` AS p FROM clients c ORDER BY id`},
		{name: "the target's name in a path, as long as nothing else has it", path: "clients?select=id,p:projects(id)&order=id&projects.id=gt.3", sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id AND id > 3`) + ` AS p FROM clients c ORDER BY id`},
		{
			name: "an alias that is another table's name", path: "projects?select=id,tasks:clients(id),clients:tasks(id)&clients.order=id.desc&tasks.id=eq.1&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id AND id = 1`) + ` AS tasks, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id DESC`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{name: "the constraint in a path", path: "orders?select=id,billing(id)&billing.id=gt.1&order=id", sql: `SELECT id, ` + one(`SELECT id FROM addresses a WHERE a.id = o.billing_address_id AND id > 1`) + ` AS billing FROM orders o ORDER BY id`},

		{name: "order", path: path + "projects.order=name.desc", sql: projects(`ORDER BY name DESC`)},
		{name: "order by two, with nulls", path: "projects?select=id,tasks(id)&order=id&tasks.order=name.nullsfirst,id.desc", sql: `SELECT id, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY name NULLS FIRST, id DESC`) + ` AS tasks FROM projects p ORDER BY id`},
		{name: "order by a JSON path", path: "projects?select=id,tasks(id)&order=id&tasks.order=doc->k", sql: `SELECT id, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id DESC`) + ` AS tasks FROM projects p ORDER BY id`},
		{name: "order below", path: deep + "projects.tasks.order=id.desc", sql: nested(`ORDER BY id DESC`)},
		{name: "order of the root and of the embed", path: "clients?select=id,projects(id)&order=id.desc&projects.order=id.desc", sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id DESC`) + ` AS projects FROM clients c ORDER BY id DESC`},
		{name: "limit is per parent", path: path + "projects.limit=1&projects.order=id", sql: projects(`ORDER BY id LIMIT 1`)},
		{name: "limit 0", path: path + "projects.limit=0", sql: `SELECT id, '[]'::json AS projects FROM clients ORDER BY id`},
		{name: "offset", path: path + "projects.offset=1&projects.order=id", sql: projects(`ORDER BY id OFFSET 1`)},
		{name: "limit and offset", path: path + "projects.offset=1&projects.limit=1&projects.order=id.desc", sql: projects(`ORDER BY id DESC LIMIT 1 OFFSET 1`)},
		{name: "limit below", path: deep + "projects.tasks.limit=1&projects.tasks.order=id", sql: nested(`ORDER BY id LIMIT 1`)},
		{name: "offset below", path: deep + "projects.tasks.offset=1&projects.tasks.order=id", sql: nested(`ORDER BY id OFFSET 1`)},
		{
			name: "limits on all levels", path: deep + "limit=1&offset=1&projects.limit=1&projects.tasks.limit=1&projects.tasks.order=id.desc",
			sql: `SELECT 2 AS id, '[{"id":3,"tasks":[{"id":6}]}]'::json AS projects`,
		},
		{
			name: "limit of many-to-many", path: "tasks?select=id,users(id)&users.order=id.desc&users.limit=1&order=id",
			sql: `SELECT id, ` + many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1 DESC LIMIT 1`) + ` AS users FROM tasks t ORDER BY id`,
		},
		{name: "limit of one", path: up + "clients.limit=1", sql: single(`true`)},
		{name: "limit 0 of one", path: up + "clients.limit=0", sql: single(`false`)},
		{name: "offset empties one", path: up + "clients.offset=1", sql: single(`false`)},
		{name: "order of one", path: up + "clients.order=name", sql: single(`true`)},
		{name: "a filter and a limit of one", path: up + "clients.limit=1&clients.id=eq.2", sql: single(`id = 2`)},
		{name: "the last limit counts", path: path + "projects.limit=2&projects.limit=1&projects.order=id", sql: projects(`ORDER BY id LIMIT 1`)},

		{
			name: "an omitted column", path: "projects?select=*,-client_id,clients(*,-note)&order=id",
			sql: `SELECT id, name, ` + one(`SELECT id, name FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "an omitted column of many", path: "clients?select=id,projects(*,-name)&order=id&projects.order=id",
			sql: `SELECT id, ` + many(`SELECT id, client_id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c ORDER BY id`,
		},

		{name: "an empty embed", path: "projects?select=id,clients()&order=id", sql: `SELECT id FROM projects ORDER BY id`},
		{name: "an empty embed of many", path: "clients?select=id,projects()&order=id", sql: `SELECT id FROM clients ORDER BY id`},
		{name: "an empty embed, inner", path: "clients?select=id,projects!inner()&order=id", sql: `SELECT id FROM clients WHERE id < 3 ORDER BY id`},
		{name: "an empty embed, inner, with a filter", path: "clients?select=id,projects!inner()&projects.name=eq.IOS", sql: `SELECT 2 AS id`},
		{name: "a tree that selects nothing", path: "clients?select=id,projects(tasks(users()))&order=id", sql: `SELECT id FROM clients ORDER BY id`},
		{name: "a tree that selects nothing, inner", path: "clients?select=id,projects!inner(tasks!inner(users!inner()))&projects.tasks.users.id=eq.2", sql: `SELECT 2 AS id`},
		{name: "an empty embed in another", path: "clients?select=id,projects(id,tasks())&order=id&projects.order=id", sql: projects(`ORDER BY id`)},
		{
			name: "only below something is selected", path: "clients?select=id,projects(tasks(id))&id=eq.1&projects.order=id&projects.tasks.order=id",
			sql: `SELECT 1 AS id, '[{"tasks":[{"id":1},{"id":2}]},{"tasks":[{"id":3},{"id":4}]}]'::json AS projects`,
		},

		{
			name: "Range is of the root", path: "clients?select=id,projects(id)&order=id&projects.order=id", send: []string{"Range", "1-2"},
			sql:    `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c WHERE id > 1 ORDER BY id`,
			header: map[string]string{"Content-Range": "1-2/*"},
		},
		{
			name: "limit of the root counts parents", path: "clients?select=id,projects(id)&order=id&projects.order=id&limit=2", sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c WHERE id < 3 ORDER BY id`,
			header: map[string]string{"Content-Range": "0-1/*"},
		},
		{name: "HEAD", method: http.MethodHead, path: "clients?select=id,projects(id)", send: []string{"Prefer", "count=exact"}, status: 200, header: map[string]string{"Content-Range": "0-2/3"}},
		{name: "HEAD with a limit", method: http.MethodHead, path: "clients?select=id,projects!inner(id)&limit=1", send: []string{"Prefer", "count=exact"}, status: 206, header: map[string]string{"Content-Range": "0-0/2"}},
	})
	const unknown, hint = "PGRST108", "Verify that 'x' is included in the 'select' query parameter."
	absent := "'x' is not an embedded resource in this request"
	refusals(t, h, []refusal{
		{name: "a filter of what is not embedded", path: path + "x.id=eq.1", status: 400, code: unknown, message: absent, details: "null"},
		{name: "logic of what is not embedded", path: path + "x.or=(id.eq.1)", status: 400, code: unknown, message: absent, details: "null"},
		{name: "order of what is not embedded", path: path + "x.order=id", status: 400, code: unknown, message: absent, details: "null", hint: hint},
		{name: "limit of what is not embedded", path: path + "x.limit=1", status: 400, code: unknown, message: absent, details: "null", hint: hint},
		{name: "offset of what is not embedded", path: path + "x.offset=1", status: 400, code: unknown, message: absent, details: "null", hint: hint},
		{name: "a nested filter of what is not embedded", path: path + "projects.x.id=eq.1", status: 400, code: unknown, message: absent},
		{name: "a nested limit of what is not embedded", path: path + "projects.x.limit=1", status: 400, code: unknown, message: absent, hint: hint},
		{name: "what is embedded elsewhere", path: deep + "tasks.id=eq.1", status: 400, code: unknown, message: "'tasks' is not an embedded resource in this request"},
		{name: "an unknown column of an embed", path: path + "projects.nam=eq.1", status: 400, code: "42703", message: "column projects.nam does not exist"},
		{name: "an unknown column in an embed", path: "clients?select=id,projects(nam)", status: 400, code: "42703", message: "column projects.nam does not exist"},
		{name: "an unknown column in the order of an embed", path: path + "projects.order=nam", status: 400, code: "42703", message: "column projects.nam does not exist"},
		{name: "a value that does not fit", path: path + "projects.id=eq.x", status: 400, code: "22P02"},
		{name: "a negative limit", path: path + "projects.limit=-1", status: 416, code: "PGRST103"},
		{name: "an unknown omitted column", path: "clients?select=id,projects(*,-nam)", status: 400, code: "42703"},
		{name: "what is omitted of nothing", path: "clients?select=id,projects(id,-name)", status: 400, code: "PGRST100"},
	})
}

// MaxRows caps each level.
func TestRelatedMaxRows(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{MaxRows: 2})
	embeddings(t, h, pool, []embedding{
		{
			name: "all levels", path: "users?select=id,tasks(id)&order=id&tasks.order=id",
			sql: `SELECT id, ` + many(`SELECT task_id AS id FROM users_tasks j WHERE j.user_id = u.id ORDER BY 1 LIMIT 2`) + ` AS tasks FROM users u ORDER BY id LIMIT 2`,
		},
		{
			name: "a nested level", path: "projects?select=id,tasks(id,users(id))&id=eq.1&tasks.order=id&tasks.users.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1 LIMIT 2`)+` AS users FROM tasks t WHERE t.project_id = p.id ORDER BY id LIMIT 2`) + ` AS tasks FROM projects p WHERE id = 1`,
		},
		{
			name: "a lower limit counts", path: "users?select=id,tasks(id)&order=id&tasks.order=id&tasks.limit=1&limit=1",
			sql: `SELECT 1 AS id, '[{"id":1}]'::json AS tasks`,
		},
		{
			name: "a higher limit does not", path: "users?select=id,tasks(id)&order=id&tasks.order=id&tasks.limit=3&limit=1",
			sql: `SELECT 1 AS id, '[{"id":1},{"id":2}]'::json AS tasks`,
		},
		{
			name: "a spread", path: "users?select=id,...tasks(task:id)&order=id&tasks.order=id&limit=1",
			sql: `SELECT 1 AS id, '[1,2]'::json AS task`,
		},
		{
			name: "inner is not touched", path: "users?select=id,tasks!inner(id)&order=id&tasks.order=id.desc&limit=1",
			sql: `SELECT 1 AS id, '[{"id":4},{"id":3}]'::json AS tasks`,
		},
	})
	server := serve(t, h)
	for path, status := range map[string]string{
		"users?select=id,tasks(id)&id=eq.1":                             "max-rows",
		"users?select=id,tasks(id)&id=eq.4":                             "complete",
		"users?select=id,tasks(id)&id=eq.1&tasks.limit=1":               "complete",
		"users?select=id,tasks(id)&id=eq.1&tasks.limit=9":               "max-rows",
		"users?select=id,...tasks(id)&id=eq.1":                          "max-rows",
		"users?select=id,users_tasks(tasks(users(id)))&id=eq.2":         "max-rows",
		"projects?select=id,tasks(id)&id=eq.1":                          "complete",
		"projects?select=id,clients(id,projects(id,users(id)))&id=eq.1": "complete",
	} {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+path)
		if got := response.Header.Get("Dbcontents-Status") + response.Trailer.Get("Dbcontents-Status"); got != "" && got != status || got == "" && status == "max-rows" {
			t.Errorf("%s: Dbcontents-Status %q, want %q: %s", path, got, status, body)
		}
		response, body = fetch(t, server, http.MethodGet, "/dbcontents/"+path, "Prefer", "max-rows=fail")
		if want := map[string]int{"complete": 200, "max-rows": 400}[status]; response.StatusCode != want {
			t.Errorf("%s: max-rows=fail: %d %s", path, response.StatusCode, body)
		}
	}
}
