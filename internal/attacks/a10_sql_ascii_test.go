package attacks

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// latinNames are made in a database that holds whatever bytes it is given: chr(233)
// is the é of Latin-1, which is no UTF-8, and the other é is UTF-8.
const latinNames = `
CREATE TABLE test_table (id int PRIMARY KEY, value text); INSERT INTO test_table VALUES (1, 'ASCII'), (2, 'é');
CREATE TABLE words (id int PRIMARY KEY, word text); INSERT INTO words VALUES (1, 'plain'), (2, chr(233));
CREATE TABLE "tablé" ("colé" int PRIMARY KEY); INSERT INTO "tablé" VALUES (7);
DO $$ DECLARE bad text := 'caf' || chr(233); BEGIN
  EXECUTE format('COMMENT ON TABLE test_table IS %L', bad); EXECUTE format('COMMENT ON COLUMN test_table.value IS %L', bad);
  EXECUTE format('CREATE TABLE columns (id int PRIMARY KEY, %I text, other int)', bad); EXECUTE format('INSERT INTO columns VALUES (1, %L, 3)', bad);
  EXECUTE format('CREATE TABLE keys (%I int PRIMARY KEY, other int)', bad); INSERT INTO keys VALUES (1, 2);
  EXECUTE format('CREATE TABLE %I (id int)', bad); EXECUTE format('CREATE SCHEMA %I', bad);
  EXECUTE format('CREATE TYPE %I AS ENUM (%L, %L)', 'e' || bad, 'plain', bad);
  EXECUTE format('CREATE TABLE types (id int PRIMARY KEY, v %I)', 'e' || bad); INSERT INTO types VALUES (1, 'plain');
  EXECUTE format('CREATE DOMAIN %I AS text', 'd' || bad); EXECUTE format('CREATE TABLE domains (id int PRIMARY KEY, v %I)', 'd' || bad); INSERT INTO domains VALUES (1, 'plain');
  EXECUTE format('CREATE FUNCTION %I(test_table) RETURNS int LANGUAGE sql AS ''SELECT 1''', bad);
  EXECUTE format('CREATE TYPE composite AS (a int, %I int)', bad); CREATE TABLE composites (id int PRIMARY KEY, v composite); INSERT INTO composites VALUES (1, '(1,2)');
END $$`

// A byte that is no UTF-8, in a comment, a name or a value, takes nothing away
// but itself.
func TestAttack10_LatinBytesInSQLASCII(t *testing.T) {
	begin(t, 10)
	db := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", latinNames)
	for _, config := range []dbcontents.Config{
		{AllTables: true},
		{Tables: []string{"test_table", "columns", "keys", "types", "domains", "composites", "words", "tablé"}},
	} {
		r := build(t, db, config, httpapi.Options{})
		a := r.get("/dbcontents?order=id")
		if a.StatusCode != 200 || a.body != `[{"id":1,"value":"ASCII"},`+"\n"+`{"id":2,"value":"é"}]`+"\n" {
			t.Errorf("the default table: %s %s", a.Status, a.body)
		}
		ready := httptest.NewRecorder()
		r.handler.Readyz(ready, httptest.NewRequest(http.MethodGet, "/readyz?verbose", nil))
		if ready.Code != 200 {
			t.Errorf("/readyz: %d %s", ready.Code, ready.Body)
		}
		index := httptest.NewRecorder()
		r.handler.Index(index, httptest.NewRequest(http.MethodGet, "/", nil))
		var list struct {
			Tables []struct {
				Table, Comment string
				Columns        []string
			}
		}
		if err := json.Unmarshal(index.Body.Bytes(), &list); err != nil || index.Code != 200 {
			t.Errorf("/: %d %s", index.Code, index.Body)
		}
		var names []string
		for _, entry := range list.Tables {
			names = append(names, entry.Table)
			if entry.Table == "public.test_table" && entry.Comment != "caf\ufffd" {
				t.Errorf("the comment is %q", entry.Comment)
			}
			if entry.Table == "public.columns" && !slices.Equal(entry.Columns, []string{"id", "other"}) {
				t.Errorf("the columns are %q", entry.Columns)
			}
		}
		want := []string{"columns", "composites", "domains", "keys", "tablé", "test_table", "types", "words"}
		for i := range want {
			want[i] = "public." + want[i]
		}
		if slices.Sort(names); !slices.Equal(names, want) {
			t.Errorf("the tables are %q, want %q", names, want)
		}
		for _, tt := range []struct {
			path   string
			status int
			body   string
		}{
			{"/columns", 200, `[{"id":1,"other":3}]`},
			{"/columns?limit=1", 200, `[{"id":1,"other":3}]`},
			{"/keys", 200, `[{"other":2}]`},
			{"/keys?limit=1", 200, `[{"other":2}]`},
			{"/types?v=eq.plain", 200, `[{"id":1,"v":"plain"}]`},
			{"/domains?order=v&limit=1", 200, `[{"id":1,"v":"plain"}]`},
			{"/tabl%C3%A9?col%C3%A9=eq.7", 200, `[{"colé":7}]`},
			{"/words?id=eq.1", 200, `[{"id":1,"word":"plain"}]`},
			{"/words", 500, ""},
			{"/composites?select=id", 200, `[{"id":1}]`},
			{"/caf%E9", 400, ""},
			{"/columns?caf%E9=eq.1", 400, ""},
			{"/test_table?limit=1&select=id&format=html", 200, ""},
		} {
			a := r.get("/dbcontents" + tt.path)
			if a.StatusCode != tt.status || tt.body != "" && strings.TrimSpace(a.body) != tt.body {
				t.Errorf("%s: %s %s, want %d %s", tt.path, a.Status, a.body, tt.status, tt.body)
			}
		}
		snapshot, err := r.store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"columns", "test_table", "words"} { // the look-up's encoding must not outlive it
			rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: table, Format: dbcontents.CSV})
			var b strings.Builder
			if err == nil {
				_, err = rows.WriteTo(&b)
			}
			if (err != nil) != (table == "words") || err != nil && !isCode(err, "value_failed") {
				t.Errorf("%s in a snapshot: %v %q", table, err, b.String())
			}
		}
		snapshot.Release()
	}
}
