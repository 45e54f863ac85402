package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// oldCount tests rel(count), which clients that are older than PostgREST's aggregates still
// send. It works where aggregates are off, too.
func oldCount(t *testing.T, h http.Handler, pool *pgxpool.Pool, aggregates bool) {
	t.Helper()
	embeddings(t, h, pool, []embedding{
		{name: "old count of many", path: "clients?select=id,projects(count)&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM projects p WHERE p.client_id = c.id`) + ` AS projects FROM clients c ORDER BY id`},
		{name: "old count beside all columns", path: "clients?select=*,projects(count)&order=id", sql: `SELECT *, ` + many(`SELECT count(*) FROM projects p WHERE p.client_id = c.id`) + ` AS projects FROM clients c ORDER BY id`},
		{name: "old count of many-to-many", path: "users?select=id,tasks(count)&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM users_tasks j WHERE j.user_id = u.id`) + ` AS tasks FROM users u ORDER BY id`},
		{name: "old count with an alias of the embed", path: "clients?select=id,n:projects(count)&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM projects p WHERE p.client_id = c.id`) + ` AS n FROM clients c ORDER BY id`},
		{name: "old count with an alias", path: "clients?select=id,projects(n:count)&order=id", sql: `SELECT id, ` + many(`SELECT count(*) AS n FROM projects p WHERE p.client_id = c.id`) + ` AS projects FROM clients c ORDER BY id`},
		{name: "old count with groups", path: "users?select=id,tasks(project_id,count)&order=id&tasks.order=project_id", sql: `SELECT id, ` + many(`SELECT project_id, count(*) FROM tasks t JOIN users_tasks j ON task_id = t.id WHERE user_id = u.id GROUP BY 1 ORDER BY 1`) + ` AS tasks FROM users u ORDER BY id`},
		{name: "old count with a filter", path: "clients?select=id,projects(count)&projects.name=like.*S*&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM projects p WHERE p.client_id = c.id AND name LIKE '%S%'`) + ` AS projects FROM clients c ORDER BY id`},
		{name: "old count, inner", path: "clients?select=id,projects!inner(count)&order=id", sql: `SELECT id, '[{"count":2}]'::json AS projects FROM clients WHERE id < 3 ORDER BY id`},
		{name: "old count below", path: "clients?select=id,projects(id,tasks(count))&order=id&projects.order=id", sql: `SELECT id, ` + many(`SELECT id, '[{"count":2}]'::json AS tasks FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c ORDER BY id`},
		{name: "old count of one", path: "projects?select=id,clients(count)&order=id", sql: `SELECT id, ` + one(`SELECT count(*) FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`},
	})
	if aggregates {
		embeddings(t, h, pool, []embedding{
			{name: "old count of the root", path: "clients?select=count", sql: `SELECT count(*) FROM clients`},
			{name: "old count in a to-one spread", path: "processes?select=factory_id,...process_costs(count)&order=factory_id", sql: `SELECT factory_id, count(process_id) FROM processes LEFT JOIN process_costs ON process_id = id GROUP BY 1 ORDER BY 1`},
		})
	}
}
