package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Rows can be sorted by a column of the one row that they are related to.
func TestRelatedOrder(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{Aggregates: true})
	projects := func(order string) string {
		return `SELECT p.id, ` + one(`SELECT name FROM clients d WHERE d.id = p.client_id`) + ` AS clients FROM projects p LEFT JOIN clients c ON c.id = p.client_id ORDER BY ` + order
	}
	const path = "projects?select=id,clients(name)&order="
	trash := func(order string) string {
		return `SELECT t.id, ` + one(`SELECT jsonb_col FROM trash_details e WHERE e.id = t.id`) + ` AS trash_details FROM trash t LEFT JOIN trash_details d USING (id) ORDER BY ` + order
	}
	const details = "trash?select=id,trash_details(jsonb_col)&order="
	embeddings(t, h, pool, []embedding{
		{name: "ascending", path: path + "clients(name),id", sql: projects(`c.name, p.id`)},
		{name: "asc", path: path + "clients(name).asc,id.desc", sql: projects(`c.name, p.id DESC`)},
		{name: "desc", path: path + "clients(name).desc,id", sql: projects(`c.name DESC, p.id`)},
		{name: "nullsfirst", path: path + "clients(name).nullsfirst,id", sql: projects(`c.name NULLS FIRST, p.id`)},
		{name: "desc.nullslast", path: path + "clients(name).desc.nullslast,id", sql: projects(`c.name DESC NULLS LAST, p.id`)},
		{name: "behind a column", path: path + "id.desc,clients(name)", sql: projects(`p.id DESC`)},
		{name: "white space", path: path + "clients ( name ).desc , id", sql: projects(`c.name DESC, p.id`)},
		{name: "by a column that is not selected", path: path + "clients(id).desc.nullslast,id", sql: projects(`c.id DESC NULLS LAST, p.id`)},
		{name: "by the alias", path: "projects?select=id,c:clients(name)&order=c(name).desc,id", sql: `SELECT p.id, CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END AS c FROM projects p LEFT JOIN clients c ON c.id = p.client_id ORDER BY c.name DESC, p.id`},
		{name: "by the constraint", path: "orders?select=id,billing()&order=billing(address).desc.nullslast", sql: `SELECT o.id FROM orders o LEFT JOIN addresses a ON a.id = billing_address_id ORDER BY a.address DESC NULLS LAST`},
		{name: "by two embeds", path: "orders?select=id,billing(),s:shipping_address_id()&order=billing(id).nullsfirst,s(id)", sql: `SELECT id FROM orders ORDER BY billing_address_id NULLS FIRST, shipping_address_id`},
		{name: "by an empty embed", path: "projects?select=id,clients()&order=clients(name).nullsfirst,id", sql: `SELECT p.id FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY c.name NULLS FIRST, p.id`},
		{name: "one-to-one", path: details + "trash_details(id).desc", sql: trash(`d.id DESC`)},
		{name: "a JSON path", path: details + "trash_details(jsonb_col->key)", sql: trash(`d.jsonb_col->'key'`)},
		{name: "a JSON path, desc", path: details + "trash_details(jsonb_col->key).desc.nullslast", sql: trash(`d.jsonb_col->'key' DESC NULLS LAST`)},
		{name: "a JSON path as text", path: details + "trash_details(jsonb_col->>key).nullslast", sql: trash(`d.jsonb_col->>'key' NULLS LAST`)},
		{name: "with a filter of the embed", path: path + "clients(name).nullslast,id&clients.id=eq.1", sql: `SELECT id, CASE WHEN client_id = 1 THEN '{"name":"Microsoft"}'::json END AS clients FROM projects ORDER BY client_id = 1 DESC NULLS LAST, id`},
		{name: "with inner and a limit", path: "projects?select=id,clients!inner(name)&order=clients(name),id&limit=3", sql: `SELECT p.id, json_build_object('name', c.name) AS clients FROM projects p JOIN clients c ON c.id = client_id ORDER BY c.name, p.id LIMIT 3`},
		{name: "with an offset", path: path + "clients(name),id&offset=1&limit=2", sql: projects(`c.name, p.id LIMIT 2 OFFSET 1`)},
		{name: "on a level of many", path: "clients?select=id,projects(id,clients(name))&order=id&projects.order=clients(name),id.desc", sql: `SELECT id, ` + many(`SELECT id, json_build_object('name', c.name) AS clients FROM projects p WHERE p.client_id = c.id ORDER BY id DESC`) + ` AS projects FROM clients c ORDER BY id`},
		{
			name: "on a nested level of many-to-many", path: "users?select=id,tasks(id,projects(name))&order=id&tasks.order=projects(name),id&tasks.limit=3",
			sql: `SELECT id, ` + many(`SELECT t.id, json_build_object('name', p.name) AS projects FROM tasks t JOIN users_tasks j ON task_id = t.id JOIN projects p ON p.id = project_id WHERE user_id = u.id ORDER BY p.name, t.id LIMIT 3`) + ` AS tasks FROM users u ORDER BY id`,
		},
		{name: "of a spread", path: "projects?select=id,...clients(client:name)&order=clients(name).desc.nullslast,id", sql: `SELECT p.id, c.name AS client FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY c.name DESC NULLS LAST, p.id`},
		{name: "of a view", path: "tasks?select=id,projects_view()&order=projects_view(name).desc,id", sql: `SELECT t.id FROM tasks t JOIN projects p ON p.id = project_id ORDER BY p.name DESC, t.id`},
		{name: "of a self relation", path: "web_content?select=id,p_web_id()&order=p_web_id(name).nullsfirst,id", sql: `SELECT w.id FROM web_content w LEFT JOIN web_content p ON p.id = w.p_web_id ORDER BY p.name NULLS FIRST, w.id`},

		{name: "by the name of an aggregate", path: "tasks?select=project_id,count()&order=count.desc,project_id.desc", sql: `SELECT project_id, 2 AS count FROM tasks GROUP BY 1 ORDER BY 1 DESC`},
		{name: "by the alias of an aggregate", path: "users_tasks?select=user_id,n:count()&order=n.desc,user_id", sql: `SELECT user_id, count(*) AS n FROM users_tasks GROUP BY 1 ORDER BY 2 DESC, 1`},
		{name: "by the alias of a sum", path: "process_supervisor?select=supervisor_id,most:process_id.max()&order=most.desc", sql: `SELECT supervisor_id, max(process_id) AS most FROM process_supervisor GROUP BY 1 ORDER BY 2 DESC`},
		{
			name: "by the name of an aggregate on a level of many", path: "users?select=id,tasks(project_id,count())&tasks.order=count.desc,project_id&order=id",
			sql: `SELECT id, ` + many(`SELECT project_id, count(*) FROM tasks t JOIN users_tasks j ON task_id = t.id WHERE user_id = u.id GROUP BY 1 ORDER BY 2 DESC, 1`) + ` AS tasks FROM users u ORDER BY id`,
		},
	})
	const unknown, impossible = "PGRST108", "PGRST118"
	refusals(t, h, []refusal{
		{name: "by what is not embedded", path: "projects?select=id&order=clients(name)", status: 400, code: unknown, message: "'clients' is not an embedded resource in this request", details: "null", hint: "Verify that 'clients' is included in the 'select' query parameter."},
		{name: "by what is not embedded, below", path: "clients?select=id,projects(id)&projects.order=clients(name)", status: 400, code: unknown, message: "'clients' is not an embedded resource in this request", details: "null", hint: "Verify that 'clients' is included in the 'select' query parameter."},
		{name: "by one-to-many", path: "clients?select=id,projects(id)&order=projects(id)", status: 400, code: impossible, message: "A related order on 'projects' is not possible", details: `"'clients' and 'projects' do not form a many-to-one or one-to-one relationship"`},
		{name: "by many-to-many", path: "users?select=id,tasks(id)&order=tasks(id)", status: 400, code: impossible, message: "A related order on 'tasks' is not possible", details: `"'users' and 'tasks' do not form a many-to-one or one-to-one relationship"`},
		{name: "by one-to-many with an alias", path: "clients?select=id,p:projects(id)&order=p(id)", status: 400, code: impossible, message: "A related order on 'p' is not possible", details: `"'clients' and 'p' do not form a many-to-one or one-to-one relationship"`},
		{name: "by one-to-many below", path: "users?select=id,tasks(id,users(id))&tasks.order=users(id)", status: 400, code: impossible, message: "A related order on 'users' is not possible", details: `"'tasks' and 'users' do not form a many-to-one or one-to-one relationship"`},
		{name: "by an unknown column", path: "projects?select=id,clients(id)&order=clients(nam)", status: 400, code: "42703", message: "column clients.nam does not exist"},
		{name: "by two columns", path: "projects?select=id,clients(id)&order=clients(id,name)", status: 400, code: "PGRST100"},
	})
}
