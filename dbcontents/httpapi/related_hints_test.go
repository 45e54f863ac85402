package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Tables that are related to each other, or to themselves, in more than one way.
func TestRelatedHints(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{AllTables: true, Aggregates: true}, `
		CREATE TABLE agents (id int PRIMARY KEY, department_id int);
		CREATE TABLE departments (id int PRIMARY KEY, head_id int REFERENCES agents);
		ALTER TABLE agents ADD FOREIGN KEY (department_id) REFERENCES departments;
		INSERT INTO agents VALUES (1, NULL), (2, NULL); INSERT INTO departments VALUES (10, 1); UPDATE agents SET department_id = 10;
		CREATE TABLE second (id int PRIMARY KEY);
		CREATE TABLE first (id int PRIMARY KEY, second_id_1 int UNIQUE REFERENCES second, second_id_2 int UNIQUE REFERENCES second);
		INSERT INTO second VALUES (1), (2); INSERT INTO first VALUES (1, 2, 1), (2, NULL, NULL);
		CREATE TABLE posters (id int PRIMARY KEY, name text);
		CREATE TABLE subscriptions (subscriber int REFERENCES posters, subscribed int REFERENCES posters, PRIMARY KEY (subscriber, subscribed));
		INSERT INTO posters VALUES (1, 'Mark'), (2, 'Elon'), (3, 'Bill'), (4, 'Jeff'); INSERT INTO subscriptions VALUES (3, 1), (4, 1), (1, 2);
		CREATE TABLE whatev_projects (id int PRIMARY KEY, name text); CREATE TABLE whatev_sites (id int PRIMARY KEY);
		CREATE TABLE whatev_jobs (job_id int, site_id_1 int REFERENCES whatev_sites, project_id_1 int REFERENCES whatev_projects, site_id_2 int REFERENCES whatev_sites, project_id_2 int REFERENCES whatev_projects,
			PRIMARY KEY (job_id, site_id_1, project_id_1, site_id_2, project_id_2));
		INSERT INTO whatev_projects VALUES (1, 'one'), (2, 'two'); INSERT INTO whatev_sites VALUES (1), (2); INSERT INTO whatev_jobs VALUES (1, 1, 1, 2, 2);
		CREATE TABLE family_tree (id text PRIMARY KEY, name text, parent text REFERENCES family_tree);
		INSERT INTO family_tree VALUES ('1', 'Parental Unit', NULL), ('2', 'Kid One', '1'), ('3', 'Kid Two', '1'), ('4', 'Grandkid One', '2'), ('5', 'Grandkid Two', '3');
		CREATE SCHEMA private;
		CREATE TABLE private.job (id int PRIMARY KEY, parent_id int REFERENCES private.job);
		INSERT INTO private.job VALUES (1, NULL), (2, 1);
		CREATE VIEW job AS SELECT * FROM private.job;
		CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
		CREATE TABLE of_pairs (id int PRIMARY KEY, a int, b int, CONSTRAINT of_pair FOREIGN KEY (a, b) REFERENCES pairs);
		CREATE VIEW of_pairs_twice AS SELECT id, a AS a1, a AS a2, b FROM of_pairs;
		CREATE TABLE person (id int PRIMARY KEY, name text);
		CREATE TABLE message (id int PRIMARY KEY, sender int REFERENCES person, recipient int REFERENCES person);
		CREATE VIEW person_detail AS SELECT p.id, p.name, s.n AS sent FROM person p JOIN LATERAL (SELECT count(*) AS n FROM message WHERE sender = p.id) s ON true;
		INSERT INTO person VALUES (1, 'John'), (2, 'Jane'); INSERT INTO message VALUES (1, 1, 2), (2, 2, 1), (3, 1, 2);
		CREATE TABLE "ghostBusters" ("escapeId" int REFERENCES person);
		INSERT INTO "ghostBusters" VALUES (1), (2)`)
	h := handler(store)
	detail := func(column string) string {
		return one(`SELECT name, (SELECT count(*) FROM message WHERE sender = p.id) AS sent FROM person p WHERE p.id = m.` + column)
	}
	embeddings(t, h, pool, []embedding{
		{name: "a circle, by one constraint", path: "agents?select=id,departments!agents_department_id_fkey(id)&order=id", sql: `SELECT id, '{"id":10}'::json AS departments FROM agents ORDER BY id`},
		{name: "a circle, by the other constraint", path: "agents?select=id,departments!departments_head_id_fkey(id)&order=id", sql: `SELECT id, CASE id WHEN 1 THEN '[{"id":10}]' ELSE '[]' END::json AS departments FROM agents ORDER BY id`},
		{name: "a circle, by one column", path: "agents?select=id,departments!head_id(id)&order=id", sql: `SELECT id, CASE id WHEN 1 THEN '[{"id":10}]' ELSE '[]' END::json AS departments FROM agents ORDER BY id`},
		{name: "two one-to-one", path: "first?select=id,a:second!second_id_1(id),b:second!first_second_id_2_fkey(id)&order=id", sql: `SELECT id, CASE id WHEN 1 THEN '{"id":2}' END::json AS a, CASE id WHEN 1 THEN '{"id":1}' END::json AS b FROM first ORDER BY id`},
		{name: "two one-to-one, inverse", path: "second?select=id,first!second_id_1(id)&order=id", sql: `SELECT id, CASE id WHEN 2 THEN '{"id":1}' END::json AS first FROM second ORDER BY id`},
		{name: "self many-to-many by spreads", path: "posters?select=*,subscribers:subscriptions!subscribed(...posters!subscriber(*))&id=eq.1&subscribers.order=subscriber", sql: `SELECT 1 AS id, 'Mark' AS name, '[{"id":3,"name":"Bill"},{"id":4,"name":"Jeff"}]'::json AS subscribers`},
		{name: "self many-to-many by spreads, the other way", path: "posters?select=*,subscriptions!subscriber(...posters!subscribed(*))&id=eq.1", sql: `SELECT 1 AS id, 'Mark' AS name, '[{"id":2,"name":"Elon"}]'::json AS subscriptions`},
		{name: "a junction with four foreign keys by spreads", path: "whatev_sites?select=id,whatev_jobs!site_id_1(...whatev_projects!project_id_2(name))&order=id", sql: `SELECT id, CASE id WHEN 1 THEN '[{"name":"two"}]' ELSE '[]' END::json AS whatev_jobs FROM whatev_sites ORDER BY id`},
		{name: "parents of parents", path: "family_tree?select=id,parent(id,name,parent(*))&id=in.(3,4)&order=id", sql: `SELECT id, ` + one(`SELECT id, name, `+one(`SELECT * FROM family_tree h WHERE h.id = g.parent`)+` AS parent FROM family_tree g WHERE g.id = f.parent`) + ` AS parent FROM family_tree f WHERE id IN ('3', '4') ORDER BY id`},
		{name: "children of children", path: "family_tree?id=eq.1&select=id,children:family_tree!parent(id,children:family_tree!parent(id))&children.order=id&children.children.order=id", sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT id FROM family_tree h WHERE h.parent = g.id ORDER BY id`)+` AS children FROM family_tree g WHERE g.parent = f.id ORDER BY id`) + ` AS children FROM family_tree f WHERE id = '1'`},
		{name: "children of the parent", path: "family_tree?id=eq.2&select=id,parent(id,children:family_tree!parent(id))&parent.children.order=id", sql: `SELECT '2' AS id, '{"id":"1","children":[{"id":"2"},{"id":"3"}]}'::json AS parent`},
		{name: "parent and children in a view", path: "job?select=id,parent_id(*),children:job!parent_id(id,parent_id)&order=id", body: "[{\"id\":1,\"parent_id\":null,\"children\":[{\"id\":2,\"parent_id\":1}]},\n{\"id\":2,\"parent_id\":{\"id\":1,\"parent_id\":null},\"children\":[]}]\n"},
		{name: "a view by constraints as hints", path: "message?select=id,sender:person_detail!message_sender_fkey(name,sent),recipient:person_detail!message_recipient_fkey(name,sent)&order=id", sql: `SELECT id, ` + detail("sender") + ` AS sender, ` + detail("recipient") + ` AS recipient FROM message m ORDER BY id`},
		{name: "a column beside a table and a view", path: "message?select=id,sender(name)&order=id", sql: `SELECT id, ` + one(`SELECT name FROM person p WHERE p.id = m.sender`) + ` AS sender FROM message m ORDER BY id`},
		{name: "a column with capital letters", path: "ghostBusters?select=escapeId(id)&order=escapeId", body: "[{\"escapeId\":{\"id\":1}},\n{\"escapeId\":{\"id\":2}}]\n"},
		{name: "a filter on the column that the embed is named by", path: "message?select=id,sender(name)&sender=eq.2", sql: `SELECT 2 AS id, '{"name":"Jane"}'::json AS sender`},
	})
	refusals(t, h, []refusal{
		{
			name: "a circle: one-to-many comes before many-to-one", path: "agents?select=*,departments(*)", status: 300, code: "PGRST201",
			details: `[{"cardinality":"one-to-many","embedding":"agents with departments","relationship":"departments_head_id_fkey using agents(id) and departments(head_id)"},` +
				`{"cardinality":"many-to-one","embedding":"agents with departments","relationship":"agents_department_id_fkey using agents(department_id) and departments(id)"}]`,
			hint: "Try changing 'departments' to one of the following: 'departments!departments_head_id_fkey', 'departments!agents_department_id_fkey'. Find the desired relationship in the 'details' key.",
		},
		{
			name: "two one-to-one", path: "first?select=second(*)", status: 300, code: "PGRST201",
			details: `[{"cardinality":"one-to-one","embedding":"first with second","relationship":"first_second_id_1_fkey using first(second_id_1) and second(id)"},` +
				`{"cardinality":"one-to-one","embedding":"first with second","relationship":"first_second_id_2_fkey using first(second_id_2) and second(id)"}]`,
			hint: "Try changing 'second' to one of the following: 'second!first_second_id_1_fkey', 'second!first_second_id_2_fkey'. Find the desired relationship in the 'details' key.",
		},
		{
			name: "a composite key that a view shows twice", path: "of_pairs_twice?select=pairs(*)", status: 300, code: "PGRST201",
			details: `[{"cardinality":"many-to-one","embedding":"of_pairs_twice with pairs","relationship":"of_pair using of_pairs_twice(a1, b) and pairs(a, b)"},` +
				`{"cardinality":"many-to-one","embedding":"of_pairs_twice with pairs","relationship":"of_pair using of_pairs_twice(a2, b) and pairs(a, b)"}]`,
		},
		{
			name: "four foreign keys", path: "whatev_sites?select=whatev_projects(*)", status: 300, code: "PGRST201",
			hint: "Try changing 'whatev_projects' to one of the following: 'whatev_projects!whatev_jobs', 'whatev_projects!whatev_jobs', 'whatev_projects!whatev_jobs', 'whatev_projects!whatev_jobs'. Find the desired relationship in the 'details' key.",
		},
		{name: "self many-to-many is none", path: "posters?select=posters(*)", status: 400, code: "PGRST200"},
		{name: "self one-to-one is none", path: "posters?select=posters!subscriptions(*)", status: 400, code: "PGRST200"},
	})
}
