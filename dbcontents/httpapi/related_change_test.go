package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What changes in the database while the server runs is seen soon: what is not there is
// remembered for a second, and what is there until it turns out to be wrong.
func TestRelatedChanges(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{AllTables: true}, `
		CREATE TABLE parents (id int PRIMARY KEY, name text); INSERT INTO parents VALUES (1, 'one');
		CREATE TABLE children (id int PRIMARY KEY, parent_id int, name text); INSERT INTO children VALUES (7, 1, 'seven');
		CREATE VIEW seen AS SELECT id FROM children`)
	server := serve(t, handler(store))
	const many, one = "parents?select=id,children(id)", "children?select=id,parents(*)"
	for _, step := range []struct{ name, sql, path, body, code string }{
		{"no foreign key", "", many, "", "PGRST200"},
		{"no foreign key, to one", "", one, "", "PGRST200"},
		{"a foreign key is added", `ALTER TABLE children ADD CONSTRAINT of FOREIGN KEY (parent_id) REFERENCES parents`, many, `[{"id":1,"children":[{"id":7}]}]`, ""},
		{"the other side", "", one, `[{"id":7,"parents":{"id":1,"name":"one"}}]`, ""},
		{"by its name", "", "parents?select=id,of(id)", `[{"id":1,"of":[{"id":7}]}]`, ""},
		{"a key's column is renamed", `ALTER TABLE children RENAME parent_id TO mother_id`, many, `[{"id":1,"children":[{"id":7}]}]`, ""},
		{"the other side", "", one, `[{"id":7,"parents":{"id":1,"name":"one"}}]`, ""},
		{"by the new name", "", "children?select=id,mother_id(id)", `[{"id":7,"mother_id":{"id":1}}]`, ""},
		{"a column of the target is dropped", `ALTER TABLE parents DROP name`, one, `[{"id":7,"parents":{"id":1}}]`, ""},
		{"a column of the target is added", `ALTER TABLE children ADD extra int DEFAULT 3`, "parents?select=id,children(extra)", `[{"id":1,"children":[{"extra":3}]}]`, ""},
		{"and filtered by", "", "parents?select=id,children(id)&children.extra=eq.4", `[{"id":1,"children":[]}]`, ""},
		{"a type changes", `ALTER TABLE children ALTER extra TYPE text`, "parents?select=id,children(extra)", `[{"id":1,"children":[{"extra":"3"}]}]`, ""},
		{"a view is not related yet", "", "parents?select=id,seen(id)", "", "PGRST200"},
		{"a view is replaced", `CREATE OR REPLACE VIEW seen AS SELECT id, mother_id FROM children`, "parents?select=id,seen(id)", `[{"id":1,"seen":[{"id":7}]}]`, ""},
		{"a table is renamed", `ALTER TABLE children RENAME TO kids`, "parents?select=id,kids(id)", `[{"id":1,"kids":[{"id":7}]}]`, ""},
		{"the old name", "", many, "", "PGRST200"},
		{"a foreign key is renamed", `ALTER TABLE kids RENAME CONSTRAINT of TO belongs`, "parents?select=id,kids!belongs(id)", `[{"id":1,"kids":[{"id":7}]}]`, ""},
		{"a second one is added", `ALTER TABLE kids ADD father_id int CONSTRAINT father REFERENCES parents`, "kids?select=id,parents!father(id)", `[{"id":7,"parents":null}]`, ""},
		{"it is dropped again", `ALTER TABLE kids DROP father_id`, "kids?select=id,parents!belongs(id)", `[{"id":7,"parents":{"id":1}}]`, ""},
		{"a function is made", `CREATE FUNCTION eldest(parents) RETURNS SETOF kids ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM kids WHERE mother_id = $1.id'`, "parents?select=id,eldest(id)", `[{"id":1,"eldest":{"id":7}}]`, ""},
		{"a function is dropped", `DROP FUNCTION eldest(parents)`, "parents?select=id,eldest(id)", "", "PGRST200"},
		{"the target is dropped", `DROP TABLE kids CASCADE`, "parents?select=id,kids(id)", "", "PGRST200"},
	} {
		if step.sql != "" {
			change(t, pool, step.sql)
		}
		failures := 0
		for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+step.path)
			right := response.StatusCode == http.StatusOK && body == step.body+"\n"
			if step.code != "" {
				right = response.StatusCode >= 400 && problemIn(t, response, body).Code == step.code
			}
			if right {
				break
			}
			if time.Since(begin) > 10*time.Second {
				t.Fatalf("%s: %s: %d %s", step.name, step.path, response.StatusCode, body)
			}
			if failures += response.StatusCode / 500; failures > 1 { // the first one may find out that a type has changed
				t.Fatalf("%s: %s: %d %s", step.name, step.path, response.StatusCode, body)
			}
		}
	}
}
