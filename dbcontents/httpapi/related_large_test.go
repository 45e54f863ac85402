package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Many related rows of one row, and of many rows, are streamed like others.
func TestRelatedLarge(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true}, `
		CREATE TABLE parents (id int PRIMARY KEY);
		CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, name text);
		INSERT INTO parents SELECT i FROM generate_series(1, 3000) i;
		INSERT INTO children SELECT i, CASE WHEN i <= 30000 THEN 1 ELSE i % 3000 + 1 END, 'child ' || i FROM generate_series(1, 60000) i;
		CREATE INDEX ON children (parent_id, id); ANALYZE`)
	server := serve(t, handler(store))
	type parent struct {
		ID       int
		Children []struct{ ID int }
	}
	for _, tt := range []struct {
		path              string
		parents, children int
	}{
		{"parents?select=id,children(id,name)&id=eq.1&children.order=id", 1, 30010},
		{"parents?select=id,children(id,name)&order=id&children.order=id", 3000, 60000},
		{"parents?select=id,children(id,name)&format=ndjson", 3000, 60000},
		{"parents?select=id,children!inner(id)&children.id=gt.59000", 1000, 1000},
		{"parents?select=id,children(id)&children.limit=1", 3000, 3000},
		{"parents?select=id,children(id)&children.count()=gt.10", 1, 30010},
	} {
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+escaped(tt.path))
		var list []parent
		decoder := json.NewDecoder(strings.NewReader(body))
		if strings.Contains(tt.path, "ndjson") {
			for decoder.More() {
				var p parent
				if err := decoder.Decode(&p); err != nil {
					t.Fatalf("%s: %v", tt.path, err)
				}
				list = append(list, p)
			}
		} else if err := decoder.Decode(&list); err != nil {
			t.Fatalf("%s: %v: %.200s", tt.path, err, body)
		}
		seen := map[int]bool{}
		for _, p := range list {
			for _, c := range p.Children {
				seen[c.ID] = true
			}
		}
		if response.StatusCode != http.StatusOK || len(list) != tt.parents || len(seen) != tt.children {
			t.Errorf("%s: %d, %d parents, %d children", tt.path, response.StatusCode, len(list), len(seen))
		}
	}
}
