package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A spread makes the columns of related rows members of the outer row.
func TestRelatedSpread(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	// list is an array of what an expression gives of rows, in their order.
	list := func(expression, from string) string {
		return `(SELECT coalesce(json_agg(` + expression + `), '[]') FROM ` + from + `)`
	}
	const processes = `(SELECT * FROM processes p WHERE p.factory_id = f.id ORDER BY p.id) p`
	const supervisors = `(SELECT s.* FROM supervisors s JOIN process_supervisor ON supervisor_id = s.id WHERE process_id = p.id ORDER BY s.id) s`
	costs := `(SELECT cost FROM process_costs k WHERE k.process_id = p.id)`
	embeddings(t, h, pool, []embedding{
		{name: "many-to-one", path: "projects?select=id,...clients(client:name)&order=id", sql: `SELECT p.id, c.name AS client FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{name: "many-to-one, several columns and paths", path: "tasks?select=id,...projects(project:name,cid:client_id::text)&order=id", sql: `SELECT t.id, p.name AS project, p.client_id::text AS cid FROM tasks t JOIN projects p ON p.id = project_id ORDER BY t.id`},
		{name: "many-to-one, all columns", path: "projects?select=name,...clients(*)&id=in.(1,5)&order=name", body: "[{\"name\":\"Orphan\",\"id\":null,\"name\":null,\"note\":null},\n{\"name\":\"Windows 7\",\"id\":1,\"name\":\"Microsoft\",\"note\":null}]\n"},
		{name: "one-to-one", path: "processes?select=name,...process_costs(cost)&order=id", sql: `SELECT name, cost FROM processes LEFT JOIN process_costs ON process_id = id ORDER BY id`},
		{name: "to-one in to-one", path: "tasks?select=id,...projects(project:name,...clients(client:name))&order=id", sql: `SELECT t.id, p.name AS project, c.name AS client FROM tasks t JOIN projects p ON p.id = project_id JOIN clients c ON c.id = client_id ORDER BY t.id`},
		{name: "an embed in a spread to-one", path: "tasks?select=id,...projects(project:name,clients(name))&order=id", sql: `SELECT t.id, p.name AS project, json_build_object('name', c.name) AS clients FROM tasks t JOIN projects p ON p.id = project_id JOIN clients c ON c.id = client_id ORDER BY t.id`},
		{name: "many in a spread to-one", path: "tasks?select=id,...projects(users(name))&order=id&projects.users.order=id", sql: `SELECT id, ` + many(`SELECT name FROM users JOIN users_projects j ON user_id = id WHERE j.project_id = t.project_id ORDER BY id`) + ` AS users FROM tasks t ORDER BY id`},
		{name: "many in a spread to-one without a row is null", path: "posts?select=id,...projects(users(name))&id=eq.2", sql: `SELECT 2 AS id, NULL AS users`},
		{name: "a spread of many in a spread to-one without a row is null", path: "posts?select=id,...projects(...users(name))&id=eq.2", sql: `SELECT 2 AS id, NULL AS name`},
		{name: "a spread of many in a spread to-one", path: "tasks?select=id,...projects(...users(user:name))&order=id&projects.users.order=id", sql: `SELECT id, ` + list(`name`, `(SELECT name FROM users JOIN users_projects j ON user_id = id WHERE j.project_id = t.project_id ORDER BY id) u`) + ` AS user FROM tasks t ORDER BY id`},
		{
			name: "in an ordinary embed, to show the columns of a junction", path: "users?select=id,projects:users_projects(role,...projects(name))&order=id&projects.order=project_id",
			sql: `SELECT id, ` + many(`SELECT role, p.name FROM users_projects j JOIN projects p ON p.id = project_id WHERE user_id = u.id ORDER BY project_id`) + ` AS projects FROM users u ORDER BY id`,
		},
		{name: "in an ordinary embed to one", path: "tasks?select=id,projects(name,...clients(client:name))&order=id", sql: `SELECT t.id, json_build_object('name', p.name, 'client', c.name) AS projects FROM tasks t JOIN projects p ON p.id = project_id JOIN clients c ON c.id = client_id ORDER BY t.id`},
		{name: "self, through the junction", path: "organizations?select=id,...referee(referee_name:name)&order=id", sql: `SELECT o.id, r.name AS referee_name FROM organizations o LEFT JOIN organizations r ON r.id = o.referee ORDER BY o.id`},

		{name: "one-to-many", path: "factories?select=name,...processes(process:name)&order=id&processes.order=id", sql: `SELECT name, ` + list(`name`, processes) + ` AS process FROM factories f ORDER BY id`},
		{
			name: "one-to-many, several columns in the same order", path: "factories?select=name,...processes(pid:id,process:name,category_id)&order=id&processes.order=name.desc",
			sql: `SELECT name, ` + list(`id ORDER BY name DESC`, processes) + ` AS pid, ` + list(`name ORDER BY name DESC`, processes) + ` AS process, ` + list(`category_id ORDER BY name DESC`, processes) + ` AS category_id FROM factories f ORDER BY id`,
		},
		{
			name: "one-to-many, all columns", path: "factories?select=factory:name,...factory_buildings(*)&order=id&factory_buildings.order=id",
			sql: `SELECT name AS factory, ` + list(`b.id ORDER BY id`, `factory_buildings b WHERE factory_id = f.id`) + ` AS id, ` + list(`b.code ORDER BY id`, `factory_buildings b WHERE factory_id = f.id`) + ` AS code, ` +
				list(`b.size ORDER BY id`, `factory_buildings b WHERE factory_id = f.id`) + ` AS size, ` + list(`b.factory_id ORDER BY id`, `factory_buildings b WHERE factory_id = f.id`) + ` AS factory_id FROM factories f ORDER BY f.id`,
		},
		{name: "a null within is null", path: "factories?select=name,...factory_buildings(code)&id=eq.3", body: `[{"name":"Factory A","code":[null]}]` + "\n"},
		{name: "no rows are an empty array", path: "factories?select=name,...processes(process:name,id)&id=eq.4", body: `[{"name":"Factory D","process":[],"id":[]}]` + "\n"},
		{name: "many-to-many", path: "processes?select=name,...supervisors(supervisor:name)&order=id&supervisors.order=id", sql: `SELECT name, ` + list(`name`, supervisors) + ` AS supervisor FROM processes p ORDER BY id`},
		{name: "order by a column that is not selected", path: "factories?select=id,...processes(process:name)&order=id&processes.order=category_id.desc,id.desc", sql: `SELECT id, ` + list(`name ORDER BY category_id DESC, id DESC`, processes) + ` AS process FROM factories f ORDER BY id`},
		{
			name: "order by the column of a to-one in it", path: "factories?select=id,...processes(process:name,...process_costs(cost))&order=id&processes.order=process_costs(cost)",
			sql: `SELECT id, ` + list(`name ORDER BY `+costs, processes) + ` AS process, ` + list(costs+` ORDER BY `+costs, processes) + ` AS cost FROM factories f ORDER BY id`,
		},
		{name: "a filter and a limit", path: "factories?select=id,...processes(process:name)&order=id&processes.order=id.desc&processes.limit=1&processes.category_id=eq.1", sql: `SELECT id, ` + list(`name`, `(SELECT name FROM processes p WHERE p.factory_id = f.id AND category_id = 1 ORDER BY id DESC LIMIT 1) p`) + ` AS process FROM factories f ORDER BY id`},
		{name: "an offset", path: "factories?select=id,...processes(process:name)&order=id&processes.order=id&processes.offset=1", sql: `SELECT id, ` + list(`name`, `(SELECT name FROM processes p WHERE p.factory_id = f.id ORDER BY id OFFSET 1) p`) + ` AS process FROM factories f ORDER BY id`},

		{name: "to-one in a spread of many", path: "factories?select=id,...processes(process:name,...process_costs(cost))&order=id&processes.order=id", sql: `SELECT id, ` + list(`name`, processes) + ` AS process, ` + list(costs, processes) + ` AS cost FROM factories f ORDER BY id`},
		{name: "many in a spread of many", path: "factories?select=id,...processes(process:name,...supervisors(supervisor:name))&order=id&processes.order=id&processes.supervisors.order=id", sql: `SELECT id, ` + list(`name`, processes) + ` AS process, ` + list(list(`s.name`, supervisors), processes) + ` AS supervisor FROM factories f ORDER BY id`},
		{name: "only many in a spread of many", path: "factories?select=id,...processes(...supervisors(supervisor:name))&order=id&processes.order=id&processes.supervisors.order=id", sql: `SELECT id, ` + list(list(`s.name`, supervisors), processes) + ` AS supervisor FROM factories f ORDER BY id`},
		{name: "an embed to one in a spread of many", path: "factories?select=id,...processes(process_costs(cost))&order=id&processes.order=id", sql: `SELECT id, ` + list(one(`SELECT cost FROM process_costs k WHERE k.process_id = p.id`), processes) + ` AS process_costs FROM factories f ORDER BY id`},
		{name: "an embed of many in a spread of many", path: "factories?select=id,...processes(process:name,supervisors(name))&order=id&processes.order=id&processes.supervisors.order=id", sql: `SELECT id, ` + list(`name`, processes) + ` AS process, ` + list(many(`SELECT s.name FROM `+supervisors), processes) + ` AS supervisors FROM factories f ORDER BY id`},
		{
			name: "three levels", path: "process_categories?select=id,...processes(...process_supervisor(...supervisors(name)))&order=id&processes.order=id&processes.process_supervisor.order=supervisor_id",
			sql: `SELECT id, ` + list(list(`s.name`, supervisors), `(SELECT * FROM processes p WHERE p.category_id = c.id ORDER BY id) p`) + ` AS name FROM process_categories c ORDER BY id`,
		},
		{name: "many in an ordinary embed of many", path: "factories?select=id,processes(id,...supervisors(supervisor:name))&order=id&processes.order=id&processes.supervisors.order=id", sql: `SELECT id, ` + many(`SELECT id, `+list(`s.name`, supervisors)+` AS supervisor FROM processes p WHERE p.factory_id = f.id ORDER BY id`) + ` AS processes FROM factories f ORDER BY id`},
		{name: "many in an ordinary embed to one", path: "process_costs?select=cost,processes(id,...supervisors(supervisor:name))&order=cost&processes.supervisors.order=id", sql: `SELECT cost, ` + one(`SELECT id, `+list(`s.name`, supervisors)+` AS supervisor FROM processes p WHERE p.id = k.process_id`) + ` AS processes FROM process_costs k ORDER BY cost`},

		{name: "inner", path: "projects?select=id,...clients!inner(client:name)&order=id", sql: `SELECT p.id, c.name AS client FROM projects p JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{name: "inner with a filter", path: "projects?select=id,...clients!inner(client:name)&clients.id=eq.2&order=id", sql: `SELECT id, 'Apple' AS client FROM projects WHERE client_id = 2 ORDER BY id`},
		{name: "left with a filter", path: "projects?select=id,...clients(client:name)&clients.id=eq.2&order=id", sql: `SELECT id, CASE WHEN client_id = 2 THEN 'Apple' END AS client FROM projects ORDER BY id`},
		{name: "inner of many", path: "factories?select=id,...processes!inner(process:name)&order=id&processes.order=id&processes.category_id=eq.1", sql: `SELECT id, ` + list(`name`, `(SELECT name FROM processes p WHERE p.factory_id = f.id AND category_id = 1 ORDER BY id) p`) + ` AS process FROM factories f WHERE id < 3 ORDER BY id`},
		{name: "is.null", path: "projects?select=id,...clients(client:name)&clients=is.null", sql: `SELECT 5 AS id, NULL AS client`},
		{name: "not.is.null of many", path: "factories?select=id,...processes()&processes=not.is.null&order=id", sql: `SELECT i AS id FROM generate_series(1, 3) i`},
		{name: "is.null in a spread", path: "tasks?select=id,...projects!inner(project:name,clients())&projects.clients=not.is.null&projects.clients.id=eq.2&order=id", sql: `SELECT t.id, p.name AS project FROM tasks t JOIN projects p ON p.id = project_id WHERE client_id = 2 ORDER BY t.id`},
		{name: "empty", path: "projects?select=id,...clients()&order=id", sql: `SELECT id FROM projects ORDER BY id`},
		{name: "empty of many", path: "factories?select=id,...processes()&order=id", sql: `SELECT id FROM factories ORDER BY id`},
		{name: "empty in a spread", path: "factories?select=id,...processes(process:name,...supervisors())&order=id&processes.order=id", sql: `SELECT id, ` + list(`name`, processes) + ` AS process FROM factories f ORDER BY id`},
		{name: "a hint", path: "orders?select=id,...addresses!billing(billed:address),...shipping(shipped:address)&order=id", sql: `SELECT o.id, b.address AS billed, s.address AS shipped FROM orders o LEFT JOIN addresses b ON b.id = billing_address_id LEFT JOIN addresses s ON s.id = shipping_address_id ORDER BY o.id`},
		{name: "a view", path: "tasks?select=id,...projects_view(project:name)&order=id", sql: `SELECT t.id, p.name AS project FROM tasks t JOIN projects p ON p.id = project_id ORDER BY t.id`},
		{name: "only a spread", path: "projects?select=...clients(name)&id=eq.1", sql: `SELECT 'Microsoft' AS name`},
		{name: "nulls stripped", path: "factories?select=id,...processes(process:name,...process_costs(cost)),...factory_buildings(code)&id=eq.3", send: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, body: `[{"id":3,"process":["Process XX"],"cost":[40.00],"code":[null]}]` + "\n"},
		{name: "nulls stripped, to-one", path: "projects?select=id,...clients(client:name)&id=eq.5", send: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, body: `[{"id":5}]` + "\n"},
		{name: "numbers as strings", path: "factories?select=id,...factory_buildings(size)&id=eq.1&factory_buildings.order=id", send: []string{"Accept", "application/json;numbers=string"}, body: `[{"id":1,"size":["150","200"]}]` + "\n"},
		{name: "an omitted column", path: "factories?select=fid:id,...factory_buildings(*,-factory_id,-id)&id=eq.3", body: `[{"fid":3,"code":[null],"size":[120.50]}]` + "\n"},
	})
	refusals(t, h, []refusal{
		{name: "an ambiguous spread", path: "orders?select=...addresses(*)", status: 300, code: "PGRST201"},
		{name: "a spread of nothing", path: "orders?select=...nothing(*)", status: 400, code: "PGRST200"},
		{name: "order by a spread of many", path: "factories?select=id,...processes(name)&order=processes(name)", status: 400, code: "PGRST118"},
		{name: "an aggregate in a spread of many, aggregates off", path: "factories?select=id,...processes(id.sum())", status: 400, code: "PGRST123"},
	})
}
