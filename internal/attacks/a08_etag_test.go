package attacks

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// An entity tag is that of one representation: what differs in its type, its
// schema, its rows or its place among all rows has another one.
func TestAttack08_TagIsOfOneRepresentation(t *testing.T) {
	begin(t, 8)
	db := pgtest.New(t, `CREATE SCHEMA other; CREATE TABLE test_table (id int PRIMARY KEY); INSERT INTO test_table VALUES (1);
		CREATE TABLE other.test_table (id int PRIMARY KEY); INSERT INTO other.test_table VALUES (1)`)
	config := dbcontents.Config{
		ConnString: db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public, other TO ROLE", "GRANT USAGE ON SCHEMA other TO ROLE"),
		AllTables:  true, Schemas: []string{"public", "other"},
	}
	r := build(t, db, config, httpapi.Options{})
	variants := [][]string{
		{"Accept", "application/json"},
		{"Accept", "application/vnd.pgrst.object+json"},
		{"Accept", "application/vnd.pgrst.object+json;nulls=stripped"},
		{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"},
		{"Accept", "application/x-ndjson"},
		{"Accept", "application/x-ndjson;nulls=stripped"},
		{"Accept", "application/json;numbers=string"},
		{"Accept", "text/csv"},
		{"Accept", "text/csv;cells=safe"},
		{"Accept", "application/json", "Accept-Profile", "other"},
		{"Accept", "application/json", "Prefer", "count=exact"},
	}
	const path = "/dbcontents/test_table?limit=1&select=id"
	tags := map[string]int{}
	for i, header := range variants {
		a := r.get(path, header...)
		tag := a.Header.Get("Etag")
		if a.StatusCode != 200 || tag == "" {
			t.Errorf("%v: %s", header, a.text())
			continue
		}
		if j, known := tags[tag]; known {
			t.Errorf("%v has the tag of %v", header, variants[j])
		}
		tags[tag] = i
		for _, other := range variants {
			same := &other[0] == &header[0]
			got := r.get(path, append([]string{"If-None-Match", tag}, other...)...).StatusCode
			if want := map[bool]int{true: 304, false: 200}[same]; got != want {
				t.Errorf("the tag of %v, sent for %v: %d, want %d", header, other, got, want)
			}
		}
	}
	// With one type and the same bytes it is one representation, whatever was asked for.
	one := r.get("/dbcontents?select=id", "Accept", "application/json").Header.Get("Etag")
	if a := r.get("/dbcontents?select=id", "Accept", "*/*", "If-None-Match", one); a.StatusCode != 304 {
		t.Errorf("the same as before: %s", a.text())
	}
	if a := r.do("HEAD", path, "Accept", "application/json"); tags[a.Header.Get("Etag")] != 0 || a.Header.Get("Etag") == "" {
		t.Errorf("HEAD has another tag than GET: %s", a.text())
	}
}
