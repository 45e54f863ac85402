package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Aggregates of related rows.
func TestRelatedAggregates(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{Aggregates: true})
	const joined = ` FROM processes p LEFT JOIN process_costs k ON process_id = p.id `
	embeddings(t, h, pool, []embedding{
		{name: "of many, an array of one object", path: "factories?select=name,factory_buildings(size.sum())&order=id", sql: `SELECT name, ` + many(`SELECT sum(size) FROM factory_buildings b WHERE b.factory_id = f.id`) + ` AS factory_buildings FROM factories f ORDER BY id`},
		{name: "of nothing is null", path: "factories?select=name,factory_buildings(size.sum())&id=eq.4", body: `[{"name":"Factory D","factory_buildings":[{"sum":null}]}]` + "\n"},
		{name: "count of many", path: "factories?select=name,factory_buildings(count())&order=id", sql: `SELECT name, ` + many(`SELECT count(*) FROM factory_buildings b WHERE b.factory_id = f.id`) + ` AS factory_buildings FROM factories f ORDER BY id`},
		{name: "grouped per parent by the embed's other columns", path: "factories?select=name,processes(category_id,count())&order=id&processes.order=category_id", sql: `SELECT name, ` + many(`SELECT category_id, count(*) FROM processes p WHERE p.factory_id = f.id GROUP BY 1 ORDER BY 1`) + ` AS processes FROM factories f ORDER BY id`},
		{
			name: "several, with aliases and casts", path: "factories?select=name,factory_buildings(n:count(),total:size.sum()::text,size.max(),size.min(),size.avg()::int)&order=id",
			sql: `SELECT name, ` + many(`SELECT count(*) AS n, sum(size)::text AS total, max(size), min(size), avg(size)::int FROM factory_buildings b WHERE b.factory_id = f.id`) + ` AS factory_buildings FROM factories f ORDER BY id`,
		},
		{name: "of many-to-many", path: "users?select=id,tasks(count())&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM users_tasks j WHERE j.user_id = u.id`) + ` AS tasks FROM users u ORDER BY id`},
		{name: "of one", path: "projects?select=id,clients(count(),id.max())&order=id", sql: `SELECT id, ` + one(`SELECT count(*), max(id) FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`},
		{name: "with a filter", path: "factories?select=id,processes(count())&processes.category_id=eq.1&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM processes p WHERE p.factory_id = f.id AND category_id = 1`) + ` AS processes FROM factories f ORDER BY id`},
		{name: "with inner", path: "factories?select=id,processes!inner(count())&processes.category_id=eq.1&order=id", sql: `SELECT id, ` + many(`SELECT count(*) FROM processes p WHERE p.factory_id = f.id AND category_id = 1`) + ` AS processes FROM factories f WHERE id < 3 ORDER BY id`},
		{
			name: "below", path: "process_categories?select=id,processes(id,process_supervisor(count()))&order=id&processes.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT count(*) FROM process_supervisor s WHERE s.process_id = p.id`)+` AS process_supervisor FROM processes p WHERE p.category_id = c.id ORDER BY id`) + ` AS processes FROM process_categories c ORDER BY id`,
		},
		{
			name: "an embed groups the embed's rows", path: "factories?select=id,processes(count(),process_categories(name))&order=id&processes.order=count.desc",
			sql: `SELECT id, ` + many(`SELECT count(*), json_build_object('name', c.name) AS process_categories FROM processes p JOIN process_categories c ON c.id = category_id WHERE factory_id = f.id GROUP BY c.name ORDER BY 1 DESC, c.name`) + ` AS processes FROM factories f ORDER BY id`,
		},

		{name: "beside an embed of one, which groups", path: "processes?select=count(),process_categories(name)&order=count.desc,process_categories(name)", sql: `SELECT count(*), json_build_object('name', c.name) AS process_categories FROM processes p JOIN process_categories c ON c.id = category_id GROUP BY c.name ORDER BY 1 DESC, c.name`},
		{
			name: "beside a column and an embed of one", path: "processes?select=factory_id,count(),process_categories(id)&order=factory_id.nullslast,count.desc&limit=2",
			sql: `SELECT factory_id, count(*), json_build_object('id', category_id) AS process_categories FROM processes p WHERE category_id IS NOT NULL GROUP BY factory_id, category_id ORDER BY factory_id, category_id LIMIT 2`,
		},
		{
			name: "beside an embed of many, which groups", path: "processes?select=id.max(),supervisors(name)&supervisors.order=id&order=max&supervisors.id=eq.1",
			sql: `SELECT max(id), s AS supervisors FROM (SELECT id, CASE WHEN EXISTS (SELECT FROM process_supervisor WHERE process_id = p.id AND supervisor_id = 1) THEN '[{"name":"Mary"}]' ELSE '[]' END::jsonb AS s FROM processes p) x GROUP BY s ORDER BY 1`,
		},

		{name: "hoisted from a to-one spread", path: "processes?select=...process_costs(cost.sum())", sql: `SELECT sum(cost)` + joined},
		{name: "hoisted, grouped by the root's columns", path: "processes?select=factory_id,...process_costs(cost.sum())&order=factory_id", sql: `SELECT factory_id, sum(cost)` + joined + `GROUP BY 1 ORDER BY 1`},
		{name: "hoisted, with the default name of each function", path: "processes?select=...process_costs(cost.sum(),cost.avg()::int,cost.max(),cost.min(),cost.count())", sql: `SELECT sum(cost), avg(cost)::int, max(cost), min(cost), count(cost)` + joined},
		{name: "hoisted, with aliases", path: "processes?select=factory_id,...process_costs(total:cost.sum(),most:cost.max())&order=factory_id", sql: `SELECT factory_id, sum(cost) AS total, max(cost) AS most` + joined + `GROUP BY 1 ORDER BY 1`},
		{name: "hoisted, grouped by the spread's columns", path: "processes?select=...process_categories(name,count())&order=process_categories(name)", sql: `SELECT c.name, count(*) FROM processes p JOIN process_categories c ON c.id = category_id GROUP BY 1 ORDER BY 1`},
		{name: "hoisted count counts rows that are there", path: "processes?select=...process_costs(count())", sql: `SELECT count(process_id)` + joined},
		{name: "hoisted, beside the root's own", path: "processes?select=n:count(),...process_costs(count(),cost.sum())", sql: `SELECT count(*) AS n, count(process_id), sum(cost)` + joined},
		{name: "hoisted, beside an embed", path: "processes?select=process_categories(name),...process_costs(cost.sum())&order=process_categories(name)", sql: `SELECT json_build_object('name', c.name) AS process_categories, sum(cost)` +
			// the order of keys: spreads and embeds are in written order
			joined + `JOIN process_categories c ON c.id = category_id GROUP BY c.name ORDER BY c.name`},
		{name: "hoisted through nested spreads", path: "process_supervisor?select=...processes(...process_costs(cost.sum()))", sql: `SELECT sum(cost) FROM process_supervisor JOIN process_costs USING (process_id)`},
		{
			name: "hoisted through nested spreads, grouped", path: "process_supervisor?select=supervisor_id,...processes(...process_categories(name),...process_costs(total:cost.sum()))&order=supervisor_id,total",
			sql: `SELECT supervisor_id, c.name, sum(cost) AS total FROM process_supervisor s JOIN processes p ON p.id = process_id JOIN process_categories c ON c.id = category_id LEFT JOIN process_costs k ON k.process_id = p.id GROUP BY 1, 2 ORDER BY 1, 3`,
		},
		{
			name: "hoisted through nested spreads, grouped by an embed", path: "process_supervisor?select=...processes(factories(name),...process_costs(cost.sum()))&order=sum",
			sql: `SELECT CASE WHEN f.id IS NOT NULL THEN json_build_object('name', f.name) END AS factories, sum(cost) FROM process_supervisor s JOIN processes p ON p.id = process_id LEFT JOIN factories f ON f.id = factory_id LEFT JOIN process_costs k ON k.process_id = p.id GROUP BY f.id ORDER BY 2`,
		},
		{
			name: "hoisted through nested spreads to an embed, grouped by another spread", path: "supervisors?select=name,process_supervisor(...processes(...process_costs(cost.sum()),...process_categories(name)))&order=id&process_supervisor.order=sum",
			sql: `SELECT name, ` + many(`SELECT sum(cost), c.name FROM process_supervisor j JOIN processes p ON p.id = process_id JOIN process_categories c ON c.id = category_id LEFT JOIN process_costs k ON k.process_id = p.id WHERE supervisor_id = s.id GROUP BY c.name ORDER BY 1`) + ` AS process_supervisor FROM supervisors s ORDER BY id`,
		},
		{
			name: "the root's own beside a spread that groups", path: "processes?select=n:id.count(),...process_categories(name,most:id.max())&order=most",
			sql: `SELECT count(p.id) AS n, c.name, max(c.id) AS most FROM processes p JOIN process_categories c ON c.id = category_id GROUP BY c.name ORDER BY 3`,
		},
		{name: "hoisted to an ordinary embed of many", path: "factories?select=id,processes(...process_costs(cost.sum()))&order=id", sql: `SELECT id, ` + many(`SELECT sum(cost)`+joined+`WHERE factory_id = f.id`) + ` AS processes FROM factories f ORDER BY id`},
		{
			name: "hoisted to an ordinary embed of many, grouped", path: "factories?select=id,processes(category_id,...process_costs(cost.sum()))&order=id&processes.order=category_id",
			sql: `SELECT id, ` + many(`SELECT category_id, sum(cost)`+joined+`WHERE factory_id = f.id GROUP BY 1 ORDER BY 1`) + ` AS processes FROM factories f ORDER BY id`,
		},
		{
			name: "hoisted to an ordinary embed of one", path: "process_supervisor?select=process_id,processes(name,...process_costs(cost.sum()))&supervisor_id=eq.1&order=process_id",
			sql: `SELECT process_id, ` + one(`SELECT name, sum(cost)`+joined+`WHERE p.id = s.process_id GROUP BY 1`) + ` AS processes FROM process_supervisor s WHERE supervisor_id = 1 ORDER BY 1`,
		},
		{name: "hoisted, with a filter and inner", path: "processes?select=...process_costs!inner(cost.sum(),count())&process_costs.cost=gt.100", sql: `SELECT sum(cost), count(*) FROM process_costs WHERE cost > 100`},
		{name: "an ordinary embed with an aggregate in a spread", path: "processes?select=name,...factories(factory_buildings(count()))&order=id&id=lt.6", sql: `SELECT name, ` + many(`SELECT count(*) FROM factory_buildings b WHERE b.factory_id = p.factory_id`) + ` AS factory_buildings FROM processes p WHERE id < 6 ORDER BY id`},
		{name: "an exact count of groups", path: "processes?select=factory_id,...process_costs(cost.sum())&order=factory_id", send: []string{"Prefer", "count=exact"}, header: map[string]string{"Content-Range": "0-3/4"}, sql: `SELECT factory_id, sum(cost)` + joined + `GROUP BY 1 ORDER BY 1`},
		{
			name: "an exact count of groups, with a filter of the spread", path: "processes?select=factory_id,...process_costs(cost.sum())&process_costs.cost=gt.100&order=factory_id&factory_id=lt.9", send: []string{"Prefer", "count=exact"}, header: map[string]string{"Content-Range": "0-2/3"},
			sql: `SELECT factory_id, sum(cost) FROM processes LEFT JOIN process_costs ON process_id = id AND cost > 100 WHERE factory_id < 9 GROUP BY 1 ORDER BY 1`,
		},
		{
			name: "an exact count of groups, with a filter of an embed", path: "processes?select=count(),process_categories(name)&process_categories.name=eq.Mass&order=count.desc,process_categories(name)&id=lt.6", send: []string{"Prefer", "count=exact"}, header: map[string]string{"Content-Range": "0-1/2"},
			sql: `SELECT count(*), CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END AS process_categories FROM processes p LEFT JOIN process_categories c ON c.id = category_id AND c.name = 'Mass' WHERE p.id < 6 GROUP BY c.id ORDER BY 1 DESC`,
		},
		{
			name: "an exact count of groups, with a filter of an embed of many", path: "processes?select=count(),supervisors(name)&supervisors.id=eq.1&supervisors.order=id&supervisors.limit=1&order=count.desc&id=lt.6", send: []string{"Prefer", "count=exact"}, header: map[string]string{"Content-Range": "0-1/2"},
			sql: `SELECT count(*), s AS supervisors FROM (SELECT CASE WHEN EXISTS (SELECT FROM process_supervisor WHERE process_id = p.id AND supervisor_id = 1) THEN '[{"name":"Mary"}]' ELSE '[]' END::jsonb AS s FROM processes p WHERE id < 6) x GROUP BY s ORDER BY 1 DESC`,
		},
		{
			name: "a planned count of groups, with a filter of an embed", path: "processes?select=count(),process_categories(name)&process_categories.name=eq.Mass&order=count.desc&id=lt.6", send: []string{"Prefer", "count=planned"}, status: 206,
			sql: `SELECT count(*), CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END AS process_categories FROM processes p LEFT JOIN process_categories c ON c.id = category_id AND c.name = 'Mass' WHERE p.id < 6 GROUP BY c.id ORDER BY 1 DESC`,
		},
		{
			name: "an estimated count of groups, with a filter of an embed", path: "processes?select=count(),process_categories(name)&process_categories.name=eq.Mass&order=count.desc&id=lt.6", send: []string{"Prefer", "count=estimated"}, status: 206,
			sql: `SELECT count(*), CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END AS process_categories FROM processes p LEFT JOIN process_categories c ON c.id = category_id AND c.name = 'Mass' WHERE p.id < 6 GROUP BY c.id ORDER BY 1 DESC`,
		},
		{name: "an exact count of one group", path: "processes?select=...process_costs(cost.sum())&process_costs.cost=gt.100", send: []string{"Prefer", "count=exact"}, header: map[string]string{"Content-Range": "0-0/1"}, sql: `SELECT sum(cost) FROM process_costs WHERE cost > 100`},
		{name: "a limit of groups", path: "processes?select=factory_id,...process_costs(cost.sum())&order=factory_id&limit=1&offset=1", sql: `SELECT factory_id, sum(cost)` + joined + `GROUP BY 1 ORDER BY 1 LIMIT 1 OFFSET 1`},
		{name: "CSV", path: "processes?select=factory_id,...process_costs(cost.sum())&order=factory_id&format=csv&limit=2", body: "factory_id,sum\r\n1,350.00\r\n2,250.00\r\n"},
	})
	const off, not = "PGRST123", "PGRST127"
	const message, details = "Feature not implemented", `"Aggregates are not implemented for one-to-many or many-to-many spreads."`
	refusals(t, h, []refusal{
		{name: "in a one-to-many spread", path: "factories?select=name,...processes(id.sum())", status: 400, code: not, message: message, details: details},
		{name: "in a many-to-many spread", path: "processes?select=...supervisors(count())", status: 400, code: not, message: message, details: details},
		{name: "in a to-one spread in a to-many spread", path: "factories?select=name,...processes(...process_costs(cost.sum()))", status: 400, code: not, message: message, details: details},
		{name: "in a to-many spread in a to-one spread", path: "process_costs?select=...processes(...supervisors(count()))", status: 400, code: not, message: message, details: details},
		{name: "in a to-many spread in an embed", path: "process_categories?select=id,processes(...supervisors(count()))", status: 400, code: not, message: message, details: details},
		{name: "of what has no such aggregate", path: "factories?select=processes(name.sum())", status: 404, code: "42883"},
	})
	oldCount(t, h, pool, true)

	store, pool := setup(t, dbcontents.Config{AllTables: true}, work, plant)
	h = handler(store)
	var list []refusal
	for _, query := range []string{
		"factories?select=count()", "factories?select=processes(count())", "factories?select=processes(id.sum())", "projects?select=...clients(count())", "tasks?select=...projects(...clients(id.max()))",
		"clients?select=projects(tasks(count()))", "projects?select=clients(projects(id.sum()))",
	} {
		list = append(list, refusal{name: "off: " + query, path: query, status: 400, code: off, message: "Use of aggregate functions is not allowed", details: "null"})
	}
	refusals(t, h, list)
	oldCount(t, h, pool, false)
}
