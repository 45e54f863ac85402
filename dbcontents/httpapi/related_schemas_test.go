package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// Both tables lie in the schema of the request. A junction may lie in another one that is exposed.
func TestRelatedSchemas(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{AllTables: true, Schemas: []string{"v1", "v2"}}, `
		CREATE SCHEMA v1; CREATE SCHEMA v2; CREATE SCHEMA base;
		CREATE TABLE v1.parents (id int PRIMARY KEY, name text);
		CREATE TABLE v1.children (id int PRIMARY KEY, parent_id int REFERENCES v1.parents);
		CREATE TABLE v2.parents (id int PRIMARY KEY, name text);
		CREATE TABLE v2.children (id int PRIMARY KEY, parent_id int REFERENCES v2.parents);
		CREATE TABLE v2.others (id int PRIMARY KEY, parent_id int REFERENCES v1.parents);
		CREATE TABLE v1.groups (id int PRIMARY KEY);
		CREATE TABLE v2.parents_groups (parent_id int REFERENCES v1.parents, group_id int REFERENCES v1.groups, PRIMARY KEY (parent_id, group_id));
		CREATE TABLE base.pets (id int PRIMARY KEY, parent_id int REFERENCES v1.parents);
		CREATE VIEW v1.pets AS SELECT * FROM base.pets;
		CREATE VIEW base.middle AS SELECT id, parent_id FROM base.pets;
		CREATE VIEW v1.animals AS SELECT * FROM base.middle;
		INSERT INTO v1.parents VALUES (1, 'one'), (2, 'two'); INSERT INTO v1.children VALUES (10, 1), (11, 2);
		INSERT INTO v2.parents VALUES (3, 'three'); INSERT INTO v2.children VALUES (12, 3), (13, NULL);
		INSERT INTO v1.groups VALUES (7); INSERT INTO v2.parents_groups VALUES (2, 7); INSERT INTO base.pets VALUES (20, 2)`)
	h := httpapi.New(store, httpapi.Options{})
	second := []string{"Accept-Profile", "v2"}
	embeddings(t, h, pool, []embedding{
		{name: "the first schema", path: "children?select=id,parents(name)&order=id", sql: `SELECT c.id, json_build_object('name', p.name) AS parents FROM v1.children c JOIN v1.parents p ON p.id = parent_id ORDER BY c.id`},
		{name: "another schema", path: "children?select=id,parents(name)&order=id", send: second, header: map[string]string{"Content-Profile": "v2"}, sql: `SELECT id, CASE WHEN parent_id = 3 THEN '{"name":"three"}'::json END AS parents FROM v2.children ORDER BY id`},
		{name: "another schema, to many", path: "parents?select=id,children(id)", send: second, sql: `SELECT 3 AS id, '[{"id":12}]'::json AS children`},
		{name: "a junction in another exposed schema", path: "parents?select=id,groups(id)&order=id", sql: `SELECT id, CASE WHEN id = 2 THEN '[{"id":7}]' ELSE '[]' END::json AS groups FROM v1.parents ORDER BY id`},
		{name: "a view of a table of a hidden schema", path: "parents?select=id,pets(id)&order=id", sql: `SELECT id, CASE WHEN id = 2 THEN '[{"id":20}]' ELSE '[]' END::json AS pets FROM v1.parents ORDER BY id`},
	})
	refusals(t, h, []refusal{
		{
			name: "a target in another schema", path: "parents?select=id,others(id)", status: 400, code: "PGRST200",
			details: `"Searched for a foreign key relationship between 'parents' and 'others' in the schema 'v1', but no matches were found."`,
		},
		{name: "a junction in another schema as a target", path: "parents?select=id,parents_groups(*)", status: 400, code: "PGRST200"},
		{name: "a hidden junction's name", path: "parents?select=id,middle(*)", status: 400, code: "PGRST200"},
	})
}

// Names and types that could meet those of the statements.
func TestRelatedOddTables(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{Aggregates: true})
	change(t, pool, `
		CREATE TABLE t (id int PRIMARY KEY, c1 int, r int);
		CREATE TABLE e1 (id int PRIMARY KEY, t_id int REFERENCES t, e2 int, z text);
		CREATE TABLE e2 (e1_id int REFERENCES e1, t_id int REFERENCES t, PRIMARY KEY (e1_id, t_id));
		INSERT INTO t VALUES (1, 11, 21), (2, 12, 22); INSERT INTO e1 VALUES (1, 1, 5, 'x'), (2, 2, 6, 'y'); INSERT INTO e2 VALUES (1, 2), (2, 1), (1, 1);
		CREATE TABLE wide (id int PRIMARY KEY, `+columns(800)+`);
		CREATE TABLE narrow (id int PRIMARY KEY, wide_id int REFERENCES wide);
		INSERT INTO wide (id) VALUES (1); INSERT INTO narrow VALUES (1, 1);
		CREATE TABLE raws (id int PRIMARY KEY, client_id int REFERENCES clients, raw json);
		INSERT INTO raws VALUES (1, 1, '{"a":1}'), (2, 2, '[2]');
		CREATE FUNCTION label(clients) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'client ' || $1.name $$;
		CREATE FUNCTION label(projects_view) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'view ' || $1.name $$;
		CREATE FUNCTION label(tasks) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'task ' || $1.id $$;
		CREATE FUNCTION label(designers) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'by ' || $1.name $$;
		CREATE DOMAIN color AS int;
		CREATE FUNCTION color_json(color) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT to_json('#' || lpad(to_hex($1::int), 6, '0')) $$;
		CREATE FUNCTION color_text(text) RETURNS color LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || lpad(substr($1, 2), 8, '0'))::bit(32)::int::color $$;
		CREATE CAST (color AS json) WITH FUNCTION color_json(color) AS IMPLICIT;
		CREATE CAST (text AS color) WITH FUNCTION color_text(text) AS IMPLICIT;
		CREATE TABLE paints (id int PRIMARY KEY, color color, client_id int REFERENCES clients);
		INSERT INTO paints VALUES (1, 255, 1), (2, NULL, 1), (3, 4096, NULL)`)
	embeddings(t, h, pool, []embedding{
		{name: "tables that are called as the aliases are", path: "t?select=id,c1,r,e1!e1_t_id_fkey(id,e2,z)&order=id", sql: `SELECT id, c1, r, ` + many(`SELECT id, e2, z FROM e1 e WHERE e.t_id = t.id`) + ` AS e1 FROM t ORDER BY id`},
		{name: "the same, inner and sorted", path: "e1?select=id,t!e1_t_id_fkey!inner(c1,e2(e1_id))&order=t(r).desc&t.e2.order=e1_id", sql: `SELECT id, ` + one(`SELECT c1, `+many(`SELECT e1_id FROM e2 f WHERE f.t_id = t.id ORDER BY 1`)+` AS e2 FROM t WHERE t.id = e.t_id`) + ` AS t FROM e1 e ORDER BY id DESC`},
		{name: "the same, by the junction", path: "e1?select=id,t!e2(id,c1)&t.order=id&order=id", sql: `SELECT id, ` + many(`SELECT id, c1 FROM t JOIN e2 f ON f.t_id = id WHERE f.e1_id = e.id ORDER BY id`) + ` AS t FROM e1 e ORDER BY id`},
		{name: "a table of 801 columns", path: "narrow?select=id,wide(id,c800)", body: `[{"id":1,"wide":{"id":1,"c800":null}}]` + "\n"},
		{name: "all of 801 columns, without nulls", path: "narrow?select=id,wide(*)", send: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, body: `[{"id":1,"wide":{"id":1}}]` + "\n"},

		{name: "a computed column of one", path: "projects?select=id,clients(label)&order=id", sql: `SELECT p.id, CASE WHEN c.id IS NOT NULL THEN json_build_object('label', 'client ' || c.name) END AS clients FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{name: "a computed column of one, with a limit", path: "projects?select=id,clients(label)&order=id&clients.limit=1", sql: `SELECT p.id, CASE WHEN c.id IS NOT NULL THEN json_build_object('label', 'client ' || c.name) END AS clients FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{name: "a computed column of a view", path: "tasks?select=id,projects_view(label)&order=id", sql: `SELECT t.id, json_build_object('label', 'view ' || p.name) AS projects_view FROM tasks t JOIN projects p ON p.id = project_id ORDER BY t.id`},
		{name: "a computed column of a function's rows", path: "videogames?select=id,computed_designers(label)&order=id&id=lt.4", sql: `SELECT v.id, json_build_object('label', 'by ' || d.name) AS computed_designers FROM videogames v JOIN designers d ON d.id = designer_id ORDER BY v.id`},
		{name: "a computed column of many, filtered and sorted by it", path: "projects?select=id,tasks(label)&tasks.label=neq.task 3&tasks.order=label.desc&order=id", sql: `SELECT id, ` + many(`SELECT 'task ' || id AS label FROM tasks t WHERE t.project_id = p.id AND id <> 3 ORDER BY id DESC`) + ` AS tasks FROM projects p ORDER BY id`},
		{name: "order by a computed column of one", path: "projects?select=id,clients()&order=clients(label).nullsfirst,id", sql: `SELECT p.id FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY c.name NULLS FIRST, p.id`},
		{name: "order by a computed column of a view", path: "tasks?select=id,projects_view()&order=projects_view(label).desc,id", sql: `SELECT t.id FROM tasks t JOIN projects p ON p.id = project_id ORDER BY p.name DESC, t.id`},

		{name: "the representation of a domain, of many", path: "clients?select=id,paints(id,color)&id=eq.1&paints.order=id", body: `[{"id":1,"paints":[{"id":1,"color":"#0000ff"},{"id":2,"color":null}]}]` + "\n"},
		{name: "the representation of a domain in a filter of many", path: "clients?select=id,paints(id)&id=eq.1&paints.color=eq.%230000ff", body: `[{"id":1,"paints":[{"id":1}]}]` + "\n"},
		{name: "the representation of a domain, of one", path: "paints?select=id,clients(id,paints(color))&id=eq.1&clients.paints.order=id&clients.paints.limit=1", body: `[{"id":1,"clients":{"id":1,"paints":[{"color":"#0000ff"}]}}]` + "\n"},
		{name: "the representation of a domain in a spread", path: "clients?select=id,...paints(color)&id=eq.1&paints.order=id", body: `[{"id":1,"color":["#0000ff",null]}]` + "\n"},

		{name: "rows with json are grouped too, of one", path: "raws?select=count(),clients(id,raws(raw))&order=clients(id)", sql: `SELECT 1 AS count, json_build_object('id', client_id, 'raws', json_build_array(json_build_object('raw', raw))) AS clients FROM raws ORDER BY client_id`},
		{name: "rows with json are grouped too, of many", path: "clients?select=id.min(),count(),raws(raw)&order=min", sql: `SELECT id AS min, 1 AS count, coalesce((SELECT json_agg(json_build_object('raw', raw)) FROM raws r WHERE r.client_id = c.id), '[]') AS raws FROM clients c ORDER BY id`},
		{name: "rows with json are grouped too, in an embed", path: "projects?select=id,clients(id.count(),raws(raw))&id=eq.1", sql: `SELECT 1 AS id, json_build_object('count', 1, 'raws', '[{"raw":{"a":1}}]'::json) AS clients`},
		{name: "a column called like an embed with a JSON path", path: "posts?select=id,tasks:projects(id)&tasks->x=is.null&order=id&limit=1", sql: `SELECT 1 AS id, '{"id":1}'::json AS tasks`},
		{name: "is.true of an embed's name is of the column", path: "tasks?select=id,done:projects(id)&done=is.true&id=eq.3", sql: `SELECT 3 AS id, '{"id":2}'::json AS done`},
	})
	refusals(t, h, []refusal{
		{name: "more columns than PostgreSQL takes", path: "narrow?select=wide(*),a:wide(*),b:wide(*)", status: 400, code: "PGRST100"},
		{name: "old count in a spread of many", path: "clients?select=id,...projects(count)", status: 400, code: "PGRST127"},
		{name: "binary of an embed beside a column", path: "projects?select=id,clients(id)&format=binary", status: 406, code: "PGRST107"},
	})
}
