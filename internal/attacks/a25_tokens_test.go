package attacks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A page token that was made for one who sees more opens nothing beside embeds: an order by a
// hidden column, or by one of a hidden relation, is that by one that does not exist.
func TestAttack25_TokensOpenNothing(t *testing.T) {
	begin(t, 25)
	db := pgtest.New(t, `CREATE TABLE up (id int PRIMARY KEY, name text, canary_column text DEFAULT 'canaryvalue7'); CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES up, canary_column text DEFAULT 'canaryvalue7');
		INSERT INTO up SELECT i, 'up ' || i FROM generate_series(1, 9) i; INSERT INTO t SELECT i, i FROM generate_series(1, 9) i`)
	grants := map[string]map[string]dbcontents.Grant{
		"all": nil, "few": {"t": {Columns: []string{"id", "up"}}, "up": {Columns: []string{"id", "name"}}}, "without": {"t": {Columns: []string{"id", "up"}}},
	}
	r := build(t, db, dbcontents.Config{AllTables: true, Aggregates: true}, httpapi.Options{Session: func(request *http.Request) (dbcontents.Session, error) {
		return dbcontents.Session{Tables: grants[request.Header.Get("Who")]}, nil
	}})
	pages := 0
	for _, query := range []string{"select=id,up(*)&order=canary_column&limit=2", "select=id,x:up(*)&x=not.is.null&order=id&limit=2", "select=id,up!inner(*)&limit=2", "select=id,up!inner(canary_column)&up.canary_column=eq.canaryvalue7&order=canary_column.desc&limit=2", "select=id,...up(name)&limit=2&order=id"} {
		all := r.get("/dbcontents/t?"+query, "Who", "all")
		link := nextPage.FindStringSubmatch(all.Header.Get("Link"))
		if link == nil {
			t.Errorf("%s: %s", query, all.text())
			continue
		}
		pages++
		_, token, _ := strings.Cut(link[1], "after=")
		for who := range grants {
			for _, other := range []string{query, "select=id,up(*)&limit=2", "select=id,up!inner(*)&order=id&limit=3", "select=id,up(*)&order=up(canary_column)&limit=2", "select=*,...up(*)&limit=2&order=canary_column"} {
				for _, accept := range []string{"application/json", "text/html"} {
					a := r.get("/dbcontents/t?"+other+"&after="+token, "Who", who, "Accept", accept)
					named := strings.Contains(other, "canary")
					if a.StatusCode >= 500 || who != "all" && !named && strings.Contains(a.seen(), "canary_column") || who != "all" && a.StatusCode == 200 && strings.Contains(a.body, "canaryvalue7") {
						t.Errorf("%s with the token of %s as %s: %s", other, query, who, a.text())
					}
					if who == "without" && strings.Contains(a.body, `"name"`) {
						t.Errorf("%s as %s: %s", other, who, a.text())
					}
				}
			}
		}
	}
	if pages < 4 {
		t.Errorf("%d pages", pages)
	}
}

// The name of a table is no other relation's in the statement, whatever it is.
func TestAttack25_NamesOfTablesAreTheirOwn(t *testing.T) {
	begin(t, 25)
	for _, name := range []string{"e1", "e2", "e3", "t", "found", "part1", "counted", "r"} {
		quoted := `"` + name + `"`
		r := build(t, pgtest.New(t, strings.NewReplacer("ROOT", quoted).Replace(`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); CREATE TABLE ROOT (id int PRIMARY KEY, b int REFERENCES b, c1 int, n int);
			INSERT INTO a VALUES (1), (2), (3); INSERT INTO b VALUES (1, 2), (2, 3), (3, 1); INSERT INTO ROOT VALUES (1, 1, 7, 1), (2, 2, 8, 2), (3, 3, 9, NULL)`)), dbcontents.Config{AllTables: true, Aggregates: true}, httpapi.Options{})
		for path, want := range map[string]string{
			name + "?select=id,...b(bid:id,...a(aid:id))&order=id":                `[{"id":1,"bid":1,"aid":2},{"id":2,"bid":2,"aid":3},{"id":3,"bid":3,"aid":1}]`,
			name + "?select=...b(...a(aid:id)),id.count()&order=b(id)":            "",
			name + "?select=...b(...a(id.max()))":                                 `[{"max":3}]`,
			name + "?select=...b(x:id.max(),...a(id.max()))":                      `[{"x":3,"max":3}]`,
			name + "?select=id,b!inner(a!inner(id))&b.a.id=eq.3":                  `[{"id":2,"b":{"a":{"id":3}}}]`,
			name + "?select=id,b(a(id))&order=b(id).desc&limit=1":                 `[{"id":3,"b":{"a":{"id":1}}}]`,
			"a?select=id,b(" + name + "(id,b(a(id))))&id=eq.2":                    `[{"id":2,"b":[{"` + name + `":[{"id":1,"b":{"a":{"id":2}}}]}]}]`,
			name + "?select=c1,b(id)&order=n.nullsfirst&limit=1":                  `[{"c1":9,"b":{"id":3}}]`,
			name + "?select=c1,b(id,a(id))&order=n&limit=1&b=not.is.null&id=gt.1": `[{"c1":8,"b":{"id":2,"a":{"id":3}}}]`,
		} {
			a := r.get("/dbcontents/" + path)
			if got := strings.ReplaceAll(strings.TrimSpace(a.body), ",\n", ","); a.StatusCode >= 500 || want != "" && got != want {
				t.Errorf("%s: %s", path, a.text())
			}
		}
	}
}
