package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// How the target of an embed is named, and told from others.
func TestRelatedNames(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	orders := func(key string, column string) string {
		return `SELECT id, ` + one(`SELECT address FROM addresses a WHERE a.id = o.`+column) + ` AS ` + key + ` FROM orders o ORDER BY id`
	}
	ordersOf := func(key string, column string) string {
		return `SELECT id, ` + many(`SELECT id FROM orders o WHERE a.id = o.`+column+` ORDER BY id`) + ` AS ` + key + ` FROM addresses a ORDER BY id`
	}
	clients := `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`
	inner := `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p WHERE client_id IS NOT NULL ORDER BY id`
	embeddings(t, h, pool, []embedding{
		{name: "by the table", path: "projects?select=id,clients(id)&order=id", sql: clients},
		{name: "by the constraint, to one", path: "orders?select=id,billing(address)&order=id", sql: orders("billing", "billing_address_id")},
		{name: "by the constraint, to many", path: "addresses?select=id,shipping(id)&order=id&shipping.order=id", sql: ordersOf("shipping", "shipping_address_id")},
		{name: "by the column, to one", path: "orders?select=id,shipping_address_id(address)&order=id", sql: orders("shipping_address_id", "shipping_address_id")},
		{
			name: "by the referenced column, to many", path: "vehicles?select=id(person)&id.order=person&order=id",
			sql: `SELECT ` + many(`SELECT person FROM trips t WHERE t.vehicle = v.id ORDER BY 1`) + ` AS id FROM vehicles v ORDER BY v.id`,
		},
		{
			name: "a constraint does not lead to views", path: "projects?select=id,project(id)&project.order=id&order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id`) + ` AS project FROM projects p ORDER BY id`,
		},
		{
			name: "a column does not lead to views", path: "projects?select=id,client_id(id)&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM clients c WHERE p.client_id = c.id`) + ` AS client_id FROM projects p ORDER BY id`,
		},
		{
			name: "by the constraint, one-to-one", path: "country?select=id,capital_country_id_fkey(id)&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM capital k WHERE k.country_id = c.id`) + ` AS capital_country_id_fkey FROM country c ORDER BY id`,
		},
		{
			name: "by the column, one-to-one", path: "capital?select=id,country_id(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM country c WHERE k.country_id = c.id`) + ` AS country_id FROM capital k ORDER BY id`,
		},
		{
			name: "by the constraint, composite", path: "comments?select=id,about(user_id)&order=id",
			sql: `SELECT id, ` + one(`SELECT user_id FROM users_tasks u WHERE u.user_id = c.user_id AND u.task_id = c.task_id`) + ` AS about FROM comments c ORDER BY id`,
		},
		{name: "a constraint as a hint, to one", path: "orders?select=id,addresses!billing(address)&order=id", sql: orders("addresses", "billing_address_id")},
		{name: "a constraint as a hint, to many", path: "addresses?select=id,orders!billing(id)&order=id&orders.order=id", sql: ordersOf("orders", "billing_address_id")},
		{name: "the source's column as a hint", path: "orders?select=id,addresses!shipping_address_id(address)&order=id", sql: orders("addresses", "shipping_address_id")},
		{name: "the target's column as a hint", path: "addresses?select=id,orders!shipping_address_id(id)&order=id&orders.order=id", sql: ordersOf("orders", "shipping_address_id")},
		{name: "the referenced column as a hint", path: "projects?select=id,clients!id(id)&order=id", sql: clients},
		{name: "a hint that is not needed", path: "projects?select=id,clients!client(id)&order=id", sql: clients},
		{
			name: "the junction as a hint", path: "big_projects?select=big_project_id,sites!jobs(site_id)&order=big_project_id&sites.order=site_id",
			sql: `SELECT big_project_id, ` + many(`SELECT site_id FROM jobs j WHERE j.big_project_id = b.big_project_id ORDER BY 1`) + ` AS sites FROM big_projects b ORDER BY 1`,
		},
		{
			name: "the column as a hint beside junctions", path: "big_projects?select=big_project_id,sites!main_project_id(site_id)&order=big_project_id&sites.order=site_id",
			sql: `SELECT big_project_id, ` + many(`SELECT site_id FROM sites s WHERE s.main_project_id = b.big_project_id ORDER BY 1`) + ` AS sites FROM big_projects b ORDER BY 1`,
		},
		{
			name: "a view with a hint", path: "projects_twice?select=id,clients_view!client_id(id)&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM clients c WHERE c.id = p.client_id`) + ` AS clients_view FROM projects p ORDER BY id`,
		},
		{
			name: "self, the target's column as a hint is the children", path: "organizations?select=id,organizations!referee(id)&order=id&organizations.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM organizations p WHERE p.referee = o.id ORDER BY id`) + ` AS organizations FROM organizations o ORDER BY id`,
		},
		{
			name: "self, both parents by their columns", path: "organizations?select=id,referee(name),auditor(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM organizations p WHERE o.referee = p.id`) + ` AS referee, ` + one(`SELECT name FROM organizations p WHERE o.auditor = p.id`) + ` AS auditor FROM organizations o ORDER BY id`,
		},
		{
			name: "self, aliased and nested", path: "organizations?select=id,ref:referee(id,aud:auditor(id)),refereed:organizations!referee(id)&id=gt.2&order=id&refereed.order=id",
			sql: `SELECT id, ` + one(`SELECT id, `+one(`SELECT id FROM organizations q WHERE p.auditor = q.id`)+` AS aud FROM organizations p WHERE o.referee = p.id`) + ` AS ref, ` +
				many(`SELECT id FROM organizations p WHERE p.referee = o.id ORDER BY id`) + ` AS refereed FROM organizations o WHERE id > 2 ORDER BY id`,
		},
		{name: "inner", path: "projects?select=id,clients!inner(id)&order=id", sql: inner},
		{name: "left", path: "projects?select=id,clients!left(id)&order=id", sql: clients},
		{name: "a hint and inner", path: "projects?select=id,clients!client!inner(id)&order=id", sql: inner},
		{name: "inner and a hint", path: "projects?select=id,clients!inner!client(id)&order=id", sql: inner},
		{name: "a hint and left", path: "projects?select=id,clients!client!left(id)&order=id", sql: clients},
		{
			name: "two aliases with filters of their own", path: "projects?select=id,done:tasks(id),open:tasks(id)&done.done=is.true&open.done=is.false&order=id&done.order=id&open.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id AND done ORDER BY id`) + ` AS done, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id AND NOT done ORDER BY id`) + ` AS open FROM projects p ORDER BY id`,
		},
		{
			name: "two aliases of two foreign keys", path: "orders?select=id,billing:addresses!billing(id),shipping:addresses!shipping(id)&order=id",
			sql: `SELECT id, ` + one(`SELECT id FROM addresses a WHERE a.id = o.billing_address_id`) + ` AS billing, ` + one(`SELECT id FROM addresses a WHERE a.id = o.shipping_address_id`) + ` AS shipping FROM orders o ORDER BY id`,
		},
		{
			name: "an alias on each level", path: "clients?select=id,p:projects(id,t:tasks(id))&order=id&p.order=id&p.t.order=id&p.t.id=gt.1",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT id FROM tasks t WHERE t.project_id = p.id AND id > 1 ORDER BY id`)+` AS t FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS p FROM clients c ORDER BY id`,
		},
		{
			name: "the same table twice: the first one takes the filter", path: "clients?select=id,projects(id),projects(name)&projects.id=eq.1&id=eq.1",
			body: `[{"id":1,"projects":[{"id":1}],"projects":[{"name":"Windows 7"},{"name":"Windows 10"}]}]` + "\n",
		},
		{name: "white space around items", path: "projects?select= id , clients( id )&order=id", sql: clients},
		{name: "white space around names and parentheses", path: "projects?select=id,clients (id) &order=id", sql: clients},
		{
			name: "quoted names", path: `odd-children?select=id,"Odd Parents"("the name")&order=id`,
			sql: `SELECT id, ` + one(`SELECT "the name" FROM "Odd Parents" o WHERE o.id = c."parent id"`) + ` AS "Odd Parents" FROM "odd-children" c ORDER BY id`,
		},
		{
			name: "quoted constraint as a hint", path: `Odd Parents?select=id,odd-children!"odd (fk)"(id)`,
			sql: `SELECT 1 AS id, '[{"id":1}]'::json AS "odd-children"`,
		},
		{
			name: "quoted names in parameters", path: `odd-children?select=id,"Odd Parents"(id)&"Odd Parents"."the name"=eq.even&order=id`,
			sql: `SELECT id, NULL AS "Odd Parents" FROM "odd-children" ORDER BY id`,
		},
		{
			name: "quoted alias", path: `projects?select=id,"my client":clients(id)&id=eq.1&"my client".id=eq.1`,
			sql: `SELECT 1 AS id, '{"id":1}'::json AS "my client"`,
		},
		{
			name: "a table called count, in quotes", path: `clients?select=id,"count"(id)&order=id`,
			sql: `SELECT id, '[]'::json AS count FROM clients ORDER BY id`,
		},
		{
			name: "the key of an embed without an alias is the name as written", path: "orders?select=id,billing_address_id(id),shipping(id)&id=eq.1",
			sql: `SELECT 1 AS id, '{"id":1}'::json AS billing_address_id, '{"id":2}'::json AS shipping`,
		},
		{
			name: "an embed beside a column of the same name", path: "posts?select=id,client_id,client_id(id)&id=eq.1",
			body: `[{"id":1,"client_id":2,"client_id":{"id":2}}]` + "\n",
		},
	})
	const syntax = "PGRST100"
	refusals(t, h, []refusal{
		{name: "two foreign keys are ambiguous", path: "orders?select=addresses(*)", status: 300, code: "PGRST201"},
		{name: "self with two foreign keys is ambiguous", path: "organizations?select=organizations(*)", status: 300, code: "PGRST201"},
		{name: "self by a constraint", path: "web_content?select=part_of(*)", status: 400, code: "PGRST200"},
		{name: "self with a constraint as a hint", path: "web_content?select=web_content!part_of(*)", status: 400, code: "PGRST200"},
		{name: "self with the source's column as a hint", path: "web_content?select=web_content!id(*)", status: 400, code: "PGRST200"},
		{name: "a column that is no foreign key", path: "projects?select=name(*)", status: 400, code: "PGRST200"},
		{name: "a column of a composite key", path: "comments?select=task_id(*)", status: 400, code: "PGRST200"},
		{name: "a constraint with a hint", path: "orders?select=billing!billing(*)", status: 400, code: "PGRST200"},
		{name: "a hint that is none", path: "projects?select=clients!nothing(*)", status: 400, code: "PGRST200"},
		{name: "a hint of another relationship", path: "sites?select=big_projects!users_tasks(*)", status: 400, code: "PGRST200"},
		{name: "two hints", path: "projects?select=clients!client!client(*)", status: 400, code: syntax},
		{name: "two kinds of join", path: "projects?select=clients!inner!left(*)", status: 400, code: syntax},
		{name: "three parameters", path: "projects?select=clients!a!inner!b(*)", status: 400, code: syntax},
		{name: "an alias on a spread", path: "projects?select=x:...clients(*)", status: 400, code: syntax},
		{name: "a cast of an embed", path: "projects?select=clients(*)::text", status: 400, code: syntax},
		{name: "an aggregate of an embed", path: "projects?select=clients(*).count()", status: 400, code: syntax},
		{name: "a JSON path of an embed", path: "projects?select=clients->x(*)", status: 400, code: syntax},
		{name: "count is no embed", path: "clients?select=count(id)", status: 400, code: syntax},
		{name: "an embed that does not end", path: "projects?select=clients(id", status: 400, code: syntax},
		{name: "an embed that ends twice", path: "projects?select=clients(id))", status: 400, code: syntax},
	})
}
