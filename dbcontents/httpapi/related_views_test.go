package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Views have the relationships of the columns that they show.
func TestRelatedViews(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	toProject := func(view string) string {
		return `SELECT id, ` + one(`SELECT name FROM projects p WHERE p.id = t.project_id`) + ` AS projects FROM ` + view + ` t ORDER BY id`
	}
	fromProject := func(view string) string {
		return `SELECT id, ` + many(`SELECT id FROM `+view+` t WHERE p.id = t.project_id ORDER BY id`) + ` AS ` + view + ` FROM projects p ORDER BY id`
	}
	list := []embedding{
		{
			name: "view to table", path: "projects_view?select=id,clients(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "table to view", path: "clients?select=id,projects_view(id)&order=id&projects_view.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects_view FROM clients c ORDER BY id`,
		},
		{
			name: "view to view", path: "tasks_view?select=id,projects_view(id,clients_view(id))&order=id",
			sql: `SELECT id, ` + one(`SELECT id, `+one(`SELECT id FROM clients c WHERE c.id = p.client_id`)+` AS clients_view FROM projects p WHERE p.id = t.project_id`) + ` AS projects_view FROM tasks t ORDER BY id`,
		},
		{
			name: "table to view, to one", path: "projects?select=id,clients_view(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM clients c WHERE c.id = p.client_id`) + ` AS clients_view FROM projects p ORDER BY id`,
		},
		{
			name: "view of a view", path: "projects_chain?select=id,clients(id),tasks(id)&order=id&tasks.order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id`) + ` AS tasks FROM projects p WHERE id < 5 ORDER BY id`,
		},
		{
			name: "table to a view of a view", path: "clients?select=id,projects_chain(id)&order=id&projects_chain.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects_chain FROM clients c ORDER BY id`,
		},
		{
			name: "renamed columns", path: "projects_renamed?select=t_id,clients(id),tasks(id)&order=t_id&tasks.order=id",
			sql: `SELECT id AS t_id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id`) + ` AS tasks FROM projects p ORDER BY id`,
		},
		{
			name: "renamed columns of the target", path: "clients?select=id,projects_renamed(t_id,t_name)&order=id&projects_renamed.order=t_id",
			sql: `SELECT id, ` + many(`SELECT id AS t_id, name AS t_name FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects_renamed FROM clients c ORDER BY id`,
		},
		{
			name: "columns of two tables that the view joins", path: "tasks_joined?select=id,users_tasks(user_id),posts(id)&order=id&users_tasks.order=user_id",
			sql: `SELECT id, ` + many(`SELECT user_id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1`) + ` AS users_tasks, ` + many(`SELECT id FROM posts p WHERE p.project_id = t.project_id`) + ` AS posts FROM tasks t ORDER BY id`,
		},
		{
			name: "a materialized view to many", path: "tasks_kept?select=id,users(id)&order=id&users.order=id",
			sql: `SELECT id, ` + many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1`) + ` AS users FROM tasks t ORDER BY id`,
		},
		{
			name: "many-to-many to a view", path: "tasks?select=id,users_view(id)&order=id&users_view.order=id",
			sql: `SELECT id, ` + many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1`) + ` AS users_view FROM tasks t ORDER BY id`,
		},
		{
			name: "a view as a junction", path: "sites?select=site_id,big_projects!main_jobs(big_project_id)&order=site_id&big_projects.order=big_project_id",
			sql: `SELECT site_id, ` + many(`SELECT big_project_id FROM jobs j WHERE j.site_id = s.site_id AND job_id < 3 ORDER BY 1`) + ` AS big_projects FROM sites s ORDER BY site_id`,
		},
		{
			name: "names with capital letters, of 63 bytes", path: "Tasks With A Name That Is As Long As PostgreSQL Lets It Be, 63?select=taskId,projects(id)&order=taskId",
			sql: `SELECT id AS "taskId", json_build_object('id', project_id) AS projects FROM tasks ORDER BY id`,
		},
		{
			name: "a name of 63 bytes as a target", path: `projects?select=id,"Tasks With A Name That Is As Long As PostgreSQL Lets It Be, 63"("taskId")&id=eq.5`,
			sql: `SELECT 5 AS id, '[]'::json AS "Tasks With A Name That Is As Long As PostgreSQL Lets It Be, 63"`,
		},
		{
			name: "one-to-one survives", path: "country?select=id,capital_view(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM capital k WHERE k.country_id = c.id`) + ` AS capital_view FROM country c ORDER BY id`,
		},
		{
			name: "one-to-one survives, from the view", path: "capital_view?select=id,country(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM country c WHERE k.country_id = c.id`) + ` AS country FROM capital k ORDER BY id`,
		},
		{
			name: "all columns of a composite key", path: "comments_view?select=id,users_tasks(user_id)&order=id",
			sql: `SELECT id, ` + one(`SELECT user_id FROM users_tasks u WHERE u.user_id = c.user_id AND u.task_id = c.task_id`) + ` AS users_tasks FROM comments c ORDER BY id`,
		},
		{
			name: "a column that is shown twice, with a hint", path: "projects_twice?select=id,clients!again(id)&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "of a table that is not exposed", path: "base_view?select=id,clients(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM clients c WHERE c.id = b.client_id`) + ` AS clients FROM private.base b ORDER BY id`,
		},
		{
			name: "to a view of a table that is not exposed", path: "clients?select=id,base_view(id)&order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM private.base b WHERE c.id = b.client_id`) + ` AS base_view FROM clients c ORDER BY id`,
		},
		{
			name: "a view of a junction that is not exposed", path: "films?select=title,actors(name)&order=id",
			sql: `SELECT title, ` + many(`SELECT name FROM actors a JOIN private.personnages ON actor_id = a.id WHERE film_id = f.id`) + ` AS actors FROM films f ORDER BY id`,
		},
		{
			name: "grouped by the key", path: "tasks_grouped?select=n,projects(name)&order=project_id",
			sql: `SELECT 2 AS n, json_build_object('name', name) AS projects FROM projects WHERE id < 5 ORDER BY id`,
		},
		{
			name: "grouped by the key, as a target", path: "projects?select=id,tasks_grouped(n)&order=id",
			sql: `SELECT id, ` + many(`SELECT n FROM tasks_grouped g WHERE g.project_id = p.id`) + ` AS tasks_grouped FROM projects p ORDER BY id`,
		},
		{
			name: "inner across views", path: "projects_view?select=id,clients_view!inner(id)&clients_view.name=eq.Apple&order=id",
			sql: `SELECT id, '{"id":2}'::json AS clients_view FROM projects WHERE client_id = 2 ORDER BY id`,
		},
		{
			name: "null filter and order across views", path: "tasks_view?select=id,projects_view()&projects_view=not.is.null&order=projects_view(name),id",
			sql: `SELECT t.id FROM tasks t JOIN projects p ON p.id = project_id ORDER BY p.name, t.id`,
		},
	}
	for _, view := range []string{"tasks_view", "tasks_case", "tasks_cte", "tasks_sub", "tasks_kept"} {
		list = append(list,
			embedding{name: view + " to a table", path: view + "?select=id,projects(name)&order=id", sql: toProject(view)},
			embedding{name: "a table to " + view, path: "projects?select=id," + view + "(id)&order=id&" + view + ".order=id", sql: fromProject(view)},
		)
	}
	embeddings(t, h, pool, list)
	const missing = "Could not find a relationship between "
	refusals(t, h, []refusal{
		{
			name: "a column that is shown twice is ambiguous", path: "projects_twice?select=id,clients(id)", status: 300, code: "PGRST201",
			message: "Could not embed because more than one relationship was found for 'projects_twice' and 'clients'",
			details: `[{"cardinality":"many-to-one","embedding":"projects_twice with clients","relationship":"client using projects_twice(again) and clients(id)"},` +
				`{"cardinality":"many-to-one","embedding":"projects_twice with clients","relationship":"client using projects_twice(client_id) and clients(id)"}]`,
			hint: "Try changing 'clients' to one of the following: 'clients!client', 'clients!client'. Find the desired relationship in the 'details' key.",
		},
		{name: "a union", path: "tasks_union?select=projects(*)", status: 400, code: "PGRST200", message: missing + "'tasks_union' and 'projects' in the schema cache"},
		{name: "to a union", path: "projects?select=tasks_union(*)", status: 400, code: "PGRST200", message: missing + "'projects' and 'tasks_union' in the schema cache"},
		{name: "an expression", path: "tasks_expression?select=projects(*)", status: 400, code: "PGRST200"},
		{name: "a part of a composite key", path: "comments_half?select=users_tasks(*)", status: 400, code: "PGRST200"},
		{name: "a junction without one key", path: "sites?select=big_projects!jobs_half(*)", status: 400, code: "PGRST200"},
		{name: "a junction that is not exposed", path: "filme?select=schauspieler(*)", status: 400, code: "PGRST200"},
		{name: "a table with the name of a junction that is not exposed", path: "filme?select=rollen(*)", status: 400, code: "PGRST200"},
		{name: "a table that is not exposed", path: "clients?select=base(*)", status: 400, code: "PGRST200"},
	})
}
