package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What related rows look like.
func TestRelatedOutput(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	change(t, pool, `
		CREATE TYPE shade AS ENUM ('dark', 'light'); CREATE TYPE point2 AS (x int, y numeric); CREATE DOMAIN short AS text;
		CREATE TABLE kinds (id int PRIMARY KEY, client_id int REFERENCES clients, big bigint, num numeric, re real, flag bool, day date, at timestamptz, "when" timestamp, raw json, doc jsonb,
			texts text[], bigs bigint[], shade shade, p point2, s short, u uuid, b bytea, span int4range, net inet, i interval);
		INSERT INTO kinds VALUES (1, 1, 9007199254740993, 1.50, 0.5, true, '2020-01-02', '2020-01-02 03:04:05+00', '2020-01-02 03:04:05', '{"a":  1}', '{"b": [1, null], "n": null}',
			'{a,NULL,"b,c"}', '{9007199254740993,NULL}', 'dark', (1, 2.50), 'short', '00000000-0000-0000-0000-000000000001', '\x00ff', '[1,5)', '10.0.0.1', '1 day'); INSERT INTO kinds (id, client_id) VALUES (2, 1); INSERT INTO kinds (id, client_id, big, num, re) VALUES (3, 1, 0, 'NaN', 'Infinity')`)
	if _, err := pool.Exec(t.Context(), "SET timezone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	const object = "application/vnd.pgrst.object+json"
	embeddings(t, h, pool, []embedding{
		{name: "plain items come first, embeds after them", path: "projects?select=tasks(id),id,clients(name),name&id=eq.5", body: `[{"id":5,"name":"Orphan","tasks":[],"clients":null}]` + "\n"},
		{name: "in an embed as well", path: "clients?select=id,projects(tasks(id),id)&id=eq.1&projects.id=eq.1&projects.tasks.id=eq.1", body: `[{"id":1,"projects":[{"id":1,"tasks":[{"id":1}]}]}]` + "\n"},
		{name: "a to-one without a row is null", path: "projects?select=clients(*)&id=eq.5", body: `[{"clients":null}]` + "\n"},
		{name: "a to-many without rows is an empty array", path: "clients?select=projects(*)&id=eq.3", body: `[{"projects":[]}]` + "\n"},
		{name: "only embeds", path: "projects?select=clients(*),tasks(id)&id=eq.1&tasks.order=id", body: `[{"clients":{"id":1,"name":"Microsoft","note":null},"tasks":[{"id":1},{"id":2}]}]` + "\n"},
		{
			name: "all columns and embeds", path: "clients?select=*,projects(*)&id=eq.2&projects.order=id",
			sql: `SELECT *, ` + many(`SELECT * FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c WHERE id = 2`,
		},
		{name: "an alias, a cast and a path in an embed", path: "projects?select=tasks(i:id,id::text,k:doc->k,doc->>k)&id=eq.1&tasks.id=eq.1", body: `[{"tasks":[{"i":1,"id":"1","k":9,"k":"9"}]}]` + "\n"},
		{name: "every type, of many", path: "clients?select=kinds(*)&id=eq.1&kinds.order=id", sql: `SELECT ` + many(`SELECT * FROM kinds ORDER BY id`) + ` AS kinds`},
		{name: "every type, of one", path: "kinds?select=id,clients(name,kinds(*))&id=eq.1&clients.kinds.order=id", sql: `SELECT 1 AS id, json_build_object('name', 'Microsoft', 'kinds', ` + many(`SELECT * FROM kinds ORDER BY id`) + `) AS clients`},
		{
			name: "numbers as strings, of many", path: "clients?select=kinds(id,big,num,bigs)&id=eq.1&kinds.id=eq.1", send: []string{"Accept", "application/json;numbers=string"},
			body: `[{"kinds":[{"id":1,"big":"9007199254740993","num":"1.50","bigs":["9007199254740993",null]}]}]` + "\n",
		},
		{name: "numbers as strings, of one", path: "projects?select=id,clients(kinds(num))&id=eq.1&clients.kinds.id=eq.1", send: []string{"Accept", "application/json;numbers=string"}, body: `[{"id":1,"clients":{"kinds":[{"num":"1.50"}]}}]` + "\n"},
		{
			name: "nulls stripped", path: "projects?select=id,client_id,clients(*),tasks(id,name)&id=in.(4,5)&order=id&tasks.order=id", send: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"},
			body: "[{\"id\":4,\"client_id\":2,\"clients\":{\"id\":2,\"name\":\"Apple\"},\"tasks\":[{\"id\":7,\"name\":\"task 7\"},{\"id\":8}]},\n{\"id\":5,\"tasks\":[]}]\n",
		},
		{name: "nulls stripped within a value", path: "clients?select=kinds(doc)&id=eq.1&kinds.id=eq.1", send: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, body: `[{"kinds":[{"doc":{"b": [1, null]}}]}]` + "\n"},
		{name: "singular", path: "projects?select=id,clients(id),tasks(id)&id=eq.1&tasks.order=id", send: []string{"Accept", object}, body: `{"id":1,"clients":{"id":1},"tasks":[{"id":1},{"id":2}]}` + "\n"},
		{name: "singular, without nulls", path: "projects?select=id,clients(id)&id=eq.5", send: []string{"Accept", object + ";nulls=stripped"}, body: `{"id":5}` + "\n"},
		{name: "singular, by inner", path: "clients?select=id,projects!inner(id)&projects.id=eq.3", send: []string{"Accept", object}, body: `{"id":2,"projects":[{"id":3}]}` + "\n"},
		{name: "time zone", path: "clients?select=kinds(at)&id=eq.1&kinds.id=eq.1", send: []string{"Prefer", "timezone=America/New_York"}, body: `[{"kinds":[{"at":"2020-01-01T22:04:05-05:00"}]}]` + "\n"},

		{
			name: "CSV has JSON in a cell", path: "projects?select=id,clients(id,name),tasks(id),name&id=in.(1,5)&order=id&tasks.order=id", send: []string{"Accept", "text/csv"},
			body: "id,name,clients,tasks\r\n1,Windows 7,\"{\"\"id\"\":1,\"\"name\"\":\"\"Microsoft\"\"}\",\"[{\"\"id\"\":1},{\"\"id\"\":2}]\"\r\n5,Orphan,,[]\r\n",
		},
		{
			name: "CSV of a spread", path: "projects?select=id,...clients(client:name),...tasks(task:id)&id=in.(1,5)&order=id&tasks.order=id", send: []string{"Accept", "text/csv"},
			body: "id,client,task\r\n1,Microsoft,\"[1,2]\"\r\n5,,[]\r\n",
		},
		{name: "CSV header without rows", path: "projects?select=id,clients(id)&id=eq.99&format=csv", body: "id,clients\r\n"},
		{name: "NDJSON", path: "projects?select=id,clients(id),tasks(id)&order=id&id=in.(1,5)&tasks.order=id&format=ndjson", body: `{"id":1,"clients":{"id":1},"tasks":[{"id":1},{"id":2}]}` + "\n" + `{"id":5,"clients":null,"tasks":[]}` + "\n"},
		{name: "text of one embed", path: "projects?select=clients(id)&order=id&format=text&id=in.(1,5)", body: `{"id":1}` + "\n\n"},
		{name: "text of many", path: "projects?select=tasks(id)&order=id&format=text&id=in.(1,5)&tasks.order=id", body: `[{"id":1},{"id":2}]` + "\n[]\n"},
		{name: "text of a spread", path: "projects?select=...clients(name)&order=id&format=text&id=in.(1,3)", body: "Microsoft\nApple\n"},
		{name: "text of a column with an empty embed", path: "projects?select=name,clients!inner()&order=id&format=text&id=in.(1,5)", body: "Windows 7\n"},
	})
	refusals(t, h, []refusal{
		{name: "text of two", path: "projects?select=id,clients(id)&format=text", status: 400, code: "PGRST100"},
		{name: "binary", path: "projects?select=clients(id)&format=binary", status: 406, code: "PGRST107"},
	})
	response, body := get(t, h, "/dbcontents/projects?select=id,clients(id)", "Accept", object)
	if p := problemIn(t, response, body); response.StatusCode != 406 || p.Code != "PGRST116" {
		t.Errorf("not one row: %d %s", response.StatusCode, body)
	}
}
