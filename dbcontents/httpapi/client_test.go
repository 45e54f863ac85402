package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	postgrest "github.com/supabase-community/postgrest-go"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// filtered is what the client's builders have in common.
type filtered = *postgrest.FilterBuilder

// A client of PostgREST that knows nothing of us reads what pgx reads.
func TestPostgrestGo(t *testing.T) {
	t.Parallel()
	h, pool := language(t, "CREATE SCHEMA other; CREATE TABLE other.things AS SELECT 7 AS id, 'seven' AS name")
	server := serve(t, h)
	read := func(columns string, build func(filtered) filtered) filtered {
		client := postgrest.NewClient(server.URL+"/dbcontents/", "", nil)
		return build(client.From("things").Select(columns, "", false))
	}
	asc := &postgrest.OrderOpts{Ascending: true}
	for _, tt := range []struct {
		name    string
		columns string
		build   func(filtered) filtered
		sql     string // after FROM things
	}{
		{"columns", "id, name", func(f filtered) filtered { return f }, ""},
		{"quoted columns", `"a.b",flag`, func(f filtered) filtered { return f }, ""},
		{"eq", "id,name", func(f filtered) filtered { return f.Eq("name", "two, and (more).") }, `WHERE name = 'two, and (more).'`},
		{"neq", "id", func(f filtered) filtered { return f.Neq("n", "20") }, `WHERE n <> 20`},
		{"gt", "id", func(f filtered) filtered { return f.Gt("n", "10") }, `WHERE n > 10`},
		{"gte", "id", func(f filtered) filtered { return f.Gte("n", "20") }, `WHERE n >= 20`},
		{"lt", "id", func(f filtered) filtered { return f.Lt("n", "20") }, `WHERE n < 20`},
		{"lte", "id", func(f filtered) filtered { return f.Lte("n", "20") }, `WHERE n <= 20`},
		{"between", "id", func(f filtered) filtered { return f.Gt("id", "1").Lt("n", "30") }, `WHERE id > 1 AND n < 30`},
		{"like", "id", func(f filtered) filtered { return f.Like("name", "*e") }, `WHERE name LIKE '%e'`},
		{"like with a percent sign", "id", func(f filtered) filtered { return f.Like("name", "%e") }, `WHERE name LIKE '%e'`},
		{"ilike", "id", func(f filtered) filtered { return f.Ilike("name", "PERCENT*") }, `WHERE name ILIKE 'PERCENT%'`},
		{"is null", "id", func(f filtered) filtered { return f.Is("n", "null") }, `WHERE n IS NULL`},
		{"is true", "id", func(f filtered) filtered { return f.Is("flag", "true") }, `WHERE flag`},
		{"in", "id", func(f filtered) filtered { return f.In("id", []string{"1", "3", "9"}) }, `WHERE id IN (1, 3, 9)`},
		{"in with commas", "id", func(f filtered) filtered { return f.In("name", []string{"two, and (more).", "one"}) }, `WHERE id IN (1, 2)`},
		{"in of nothing", "id", func(f filtered) filtered { return f.In("id", nil) }, `WHERE false`},
		{"contains", "id,tags", func(f filtered) filtered { return f.Contains("tags", []string{"b"}) }, `WHERE tags @> '{b}'`},
		{"contains an element with a comma", "id,tags", func(f filtered) filtered { return f.Contains("tags", []string{"x,y"}) }, `WHERE tags @> '{"x,y"}'`},
		{"contained by", "id", func(f filtered) filtered { return f.ContainedBy("tags", []string{"a", "b"}) }, `WHERE tags <@ '{a,b}'`},
		{"overlaps", "id", func(f filtered) filtered { return f.Overlaps("tags", []string{"a", "c"}) }, `WHERE tags && '{a,c}'`},
		{"contains an object", "id,doc", func(f filtered) filtered { return f.ContainsObject("doc", map[string]any{"t": "text"}) }, `WHERE doc @> '{"t":"text"}'`},
		{"range: left", "id", func(f filtered) filtered { return f.RangeLt("span", "[9,20)") }, `WHERE span << '[9,20)'`},
		{"range: right", "id", func(f filtered) filtered { return f.RangeGt("span", "(,2)") }, `WHERE span >> '(,2)'`},
		{"range: not left", "id", func(f filtered) filtered { return f.RangeGte("span", "[5,)") }, `WHERE span &> '[5,)'`},
		{"range: not right", "id", func(f filtered) filtered { return f.RangeLte("span", "(,9]") }, `WHERE span &< '(,9]'`},
		{"range: adjacent", "id", func(f filtered) filtered { return f.RangeAdjacent("span", "[5,9]") }, `WHERE span -|- '[5,9]'`},
		{"text search", "id", func(f filtered) filtered { return f.TextSearch("lexemes", "cats & running", "english", "") }, `WHERE lexemes @@ to_tsquery('english', 'cats & running')`},
		{"plain text search", "id", func(f filtered) filtered { return f.TextSearch("lexemes", "the dogs", "english", "plain") }, `WHERE lexemes @@ plainto_tsquery('english', 'the dogs')`},
		{"phrase search", "id", func(f filtered) filtered { return f.TextSearch("lexemes", "cats running", "english", "phrase") }, `WHERE lexemes @@ phraseto_tsquery('english', 'cats running')`},
		{"web search", "id", func(f filtered) filtered { return f.TextSearch("lexemes", "cats or dog", "english", "websearch") }, `WHERE lexemes @@ websearch_to_tsquery('english', 'cats or dog')`},
		{"text search of text", "id", func(f filtered) filtered { return f.TextSearch("name", "more", "", "plain") }, `WHERE to_tsvector(name) @@ plainto_tsquery('more')`},
		{"match", "id", func(f filtered) filtered { return f.Match(map[string]string{"n": "20", "flag": "false"}) }, `WHERE n = 20 AND NOT flag`},
		{"not", "id", func(f filtered) filtered { return f.Not("n", "eq", "20") }, `WHERE NOT n = 20`},
		{"not is", "id", func(f filtered) filtered { return f.Not("n", "is", "null") }, `WHERE n IS NOT NULL`},
		{"or", "id", func(f filtered) filtered { return f.Or("id.eq.1,name.is.null", "") }, `WHERE id = 1 OR name IS NULL`},
		{"or with an and", "id", func(f filtered) filtered { return f.Or("id.eq.1,and(n.gte.20,flag.is.false)", "") }, `WHERE id = 1 OR (n >= 20 AND NOT flag)`},
		{"and", "id", func(f filtered) filtered { return f.And("id.gt.1,id.lt.4", "") }, `WHERE id > 1 AND id < 4`},
		{"filter", "id", func(f filtered) filtered { return f.Filter("doc->>t", "eq", "text") }, `WHERE doc->>'t' = 'text'`},
		{"filter on a quoted column", "id", func(f filtered) filtered { return f.Filter(`"a.b"`, "eq", "dot") }, `WHERE "a.b" = 'dot'`},
		{"order", "id", func(f filtered) filtered { return f.Order("n", asc).Order("id", nil) }, `ORDER BY n NULLS LAST, id DESC NULLS LAST`},
		{"nulls first", "id", func(f filtered) filtered {
			return f.Order("n", &postgrest.OrderOpts{Ascending: true, NullsFirst: true}).Order("id", asc)
		}, `ORDER BY n NULLS FIRST, id`},
		{"limit", "id", func(f filtered) filtered { return f.Order("id", asc).Limit(2, "") }, `ORDER BY id LIMIT 2`},
		{"range", "id", func(f filtered) filtered { return f.Order("id", asc).Range(1, 3, "") }, `ORDER BY id LIMIT 3 OFFSET 1`},
	} {
		reading, sql := read(tt.columns, tt.build), "SELECT "+tt.columns+" FROM things "+tt.sql
		if !strings.Contains(sql, "ORDER BY") {
			reading, sql = reading.Order("id", asc), sql+" ORDER BY id"
		}
		body, _, err := reading.Execute()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(rowsOf(t, pool, sql), decoded(t, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}

	t.Run("all columns", func(t *testing.T) {
		t.Parallel()
		for _, columns := range []string{"*", ""} {
			client := postgrest.NewClient(server.URL+"/dbcontents", "public", nil)
			body, _, err := client.From("seen").Select(columns, "", false).Order("id", asc).Execute()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rowsOf(t, pool, "SELECT * FROM seen ORDER BY id"), decoded(t, body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
	t.Run("into structs", func(t *testing.T) {
		t.Parallel()
		var got []struct {
			ID   int
			Name *string
		}
		if _, err := read("id,name", func(f filtered) filtered { return f.Lte("id", "3").Order("id", asc) }).ExecuteTo(&got); err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 || got[0].ID != 1 || *got[0].Name != "one" || got[2].Name != nil {
			t.Errorf("%+v", got)
		}
	})
	t.Run("single", func(t *testing.T) {
		t.Parallel()
		var got struct{ Label string }
		single := func(f filtered) filtered { return f.Eq("id", "2").Single() }
		if _, err := read("label", single).ExecuteTo(&got); err != nil || got.Label != "2:two, and (more)." {
			t.Errorf("%+v, %v", got, err)
		}
		if _, _, err := read("id", filtered.Single).Execute(); err == nil || !strings.Contains(err.Error(), "PGRST116") {
			t.Errorf("many rows: %v", err)
		}
	})
	t.Run("count", func(t *testing.T) {
		t.Parallel()
		for _, count := range []string{"exact", "planned", "estimated"} {
			client := postgrest.NewClient(server.URL+"/dbcontents/", "public", nil)
			body, n, err := client.From("things").Select("id", count, false).Gt("id", "1").Limit(2, "").Execute()
			if err != nil || len(decoded(t, body)) != 2 || n < 1 || count == "exact" && n != 4 {
				t.Errorf("%s: %d, %v, %s", count, n, err, body)
			}
		}
		client := postgrest.NewClient(server.URL+"/dbcontents/", "public", nil)
		if body, n, err := client.From("things").Select("*", "exact", true).Execute(); err != nil || n != 5 || len(body) != 0 {
			t.Errorf("HEAD: %d, %v, %s", n, err, body)
		}
	})
	t.Run("errors", func(t *testing.T) {
		t.Parallel()
		for code, build := range map[string]func(filtered) filtered{
			"42703":    func(f filtered) filtered { return f.Eq("nam", "x") },
			"22P02":    func(f filtered) filtered { return f.Eq("id", "x") },
			"42883":    func(f filtered) filtered { return f.Like("id", "x") },
			"PGRST100": func(f filtered) filtered { return f.Or("id", "") },
			"PGRST108": func(f filtered) filtered { return f.Or("id.eq.1", "rel") },
		} {
			if _, _, err := read("*", build).Execute(); err == nil || !strings.Contains(err.Error(), "("+code+")") {
				t.Errorf("%s: %v", code, err)
			}
		}
		client := postgrest.NewClient(server.URL+"/dbcontents/", "", nil)
		if _, _, err := client.From("thing").Select("*", "", false).Execute(); err == nil || !strings.Contains(err.Error(), "PGRST205") {
			t.Error(err)
		}
		if _, _, err := client.ChangeSchema("other").From("things").Select("*", "", false).Execute(); err == nil || !strings.Contains(err.Error(), "PGRST106") {
			t.Error(err)
		}
	})
}

// The client reads related tables, and what a function returns.
func TestPostgrestGoRelated(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{AllTables: true, Functions: []string{"large_projects"}}, work,
		`CREATE FUNCTION large_projects(lowest int DEFAULT 3) RETURNS SETOF projects LANGUAGE sql STABLE AS $$ SELECT * FROM projects WHERE id >= lowest $$`)
	server := serve(t, httpapi.New(store, httpapi.Options{}))
	asc := &postgrest.OrderOpts{Ascending: true}
	within := func(table string) *postgrest.OrderOpts {
		return &postgrest.OrderOpts{Ascending: true, ForeignTable: table}
	}
	projects := func(rest string) string {
		return `SELECT id, ` + many(`SELECT id FROM projects p WHERE p.client_id = c.id `+rest) + ` AS projects FROM clients c `
	}
	for _, tt := range []struct {
		name, table, columns string
		build                func(filtered) filtered
		sql                  string
	}{
		{"to one", "projects", "id, clients(name)", func(f filtered) filtered { return f }, `SELECT p.id, CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END AS clients FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{"to many", "clients", "id, projects(id)", func(f filtered) filtered { return f.Order("id", within("projects")) }, projects(`ORDER BY id`) + `ORDER BY id`},
		{"an alias and a hint", "orders", "id, bill:addresses!billing(id)", func(f filtered) filtered { return f }, `SELECT id, ` + one(`SELECT id FROM addresses a WHERE a.id = billing_address_id`) + ` AS bill FROM orders ORDER BY id`},
		{"a spread", "projects", "id, ...clients(client:name)", func(f filtered) filtered { return f }, `SELECT p.id, c.name AS client FROM projects p LEFT JOIN clients c ON c.id = client_id ORDER BY p.id`},
		{"a filter of the embed", "clients", "id, projects(id)", func(f filtered) filtered { return f.Eq("projects.id", "3") }, projects(`AND id = 3`) + `ORDER BY id`},
		{"or of the embed", "clients", "id, projects(id)", func(f filtered) filtered {
			return f.Or("id.eq.1,name.eq.OSX", "projects").Order("id", within("projects"))
		}, projects(`AND (id = 1 OR name = 'OSX') ORDER BY id`) + `ORDER BY id`},
		{"order and limit of the embed", "clients", "id, projects(id)", func(f filtered) filtered {
			return f.Order("id", &postgrest.OrderOpts{ForeignTable: "projects"}).Limit(1, "projects")
		}, projects(`ORDER BY id DESC LIMIT 1`) + `ORDER BY id`},
		{"range of the embed", "clients", "id, projects(id)", func(f filtered) filtered { return f.Order("id", within("projects")).Range(1, 2, "projects") }, projects(`ORDER BY id LIMIT 2 OFFSET 1`) + `ORDER BY id`},
		{"inner", "clients", "id, projects!inner(id)", func(f filtered) filtered { return f.Eq("projects.name", "IOS") }, projects(`AND name = 'IOS'`) + `WHERE id = 2`},
		{"is null", "clients", "id, projects()", func(f filtered) filtered { return f.Is("projects", "null") }, `SELECT 3 AS id`},
		{"not is null", "clients", "id, projects()", func(f filtered) filtered { return f.Not("projects", "is", "null") }, `SELECT id FROM clients WHERE id < 3 ORDER BY id`},
		{"count", "clients", "id, projects(count)", func(f filtered) filtered { return f }, `SELECT id, ` + many(`SELECT count(*) FROM projects p WHERE p.client_id = c.id`) + ` AS projects FROM clients c ORDER BY id`},
		{"a function", "rpc/large_projects", "id, clients(id)", func(f filtered) filtered { return f.Lt("id", "5") }, `SELECT id, json_build_object('id', client_id) AS clients FROM projects WHERE id IN (3, 4) ORDER BY id`},
	} {
		client := postgrest.NewClient(server.URL+"/dbcontents/", "", nil)
		body, n, err := tt.build(client.From(tt.table).Select(tt.columns, "exact", false).Order("id", asc)).Execute()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		want := rowsOf(t, pool, tt.sql)
		if diff := cmp.Diff(want, decoded(t, body)); diff != "" || n != int64(len(want)) {
			t.Errorf("%s: %d rows (-want +got):\n%s", tt.name, n, diff)
		}
	}
	client := postgrest.NewClient(server.URL+"/dbcontents/", "", nil)
	// The client takes a 300 for a success.
	if body, _, err := client.From("orders").Select("*,addresses(*)", "", false).Execute(); err != nil || !strings.Contains(string(body), "PGRST201") {
		t.Errorf("several relationships: %v, %s", err, body)
	}
	if _, _, err := client.From("orders").Select("*,clients(*)", "", false).Execute(); err == nil || !strings.Contains(err.Error(), "PGRST200") {
		t.Errorf("no relationship: %v", err)
	}
	if body := client.Rpc("large_projects", "", map[string]int{"lowest": 4}); !strings.Contains(body, "PGRST101") {
		t.Errorf("Rpc, which sends POST: %s, %v", body, client.ClientError)
	}
}

// rowsOf are rows as pgx reads them.
func rowsOf(t *testing.T, pool *pgxpool.Pool, sql string) []any {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, text)
}

func decoded(t *testing.T, text []byte) (rows []any) {
	t.Helper()
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	return rows
}
