package attacks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What Access says of a related table holds for it by whatever name a request calls it. A
// request cannot give one embed the name of another, or of a column, to pass.
func TestAttack25_AccessIsNotMisledByNames(t *testing.T) {
	begin(t, 25)
	db := pgtest.New(t, `
		CREATE TABLE a (id int PRIMARY KEY, free int); CREATE TABLE b (id int PRIMARY KEY, free int, costly int);
		CREATE TABLE t (id int PRIMARY KEY, a_id int REFERENCES a, b_id int REFERENCES b, free int); CREATE TABLE kids (id int PRIMARY KEY, t_id int REFERENCES t, costly int);
		CREATE TABLE canary_table (id int PRIMARY KEY, t_id int REFERENCES t); CREATE TABLE canary_closed (id int PRIMARY KEY, t_id int REFERENCES t)`)
	grants := map[string]dbcontents.Grant{"a": {}, "b": {}, "t": {}, "kids": {}}
	r := build(t, db, dbcontents.Config{AllTables: true}, httpapi.Options{
		Access: map[string]httpapi.Access{
			"t": {Filters: []string{"id", "free"}, Orders: []string{"id"}, Embeds: []string{"a", "b", "kids", "canary_closed"}}, "a": {Orders: []string{"id", "free"}, Embeds: []string{}},
			"b": {Orders: []string{"id"}, Filters: []string{"id"}}, "kids": {Filters: []string{"id"}, Orders: []string{"id"}, Operators: []dbcontents.Op{"eq"}},
			"canary_table": {Columns: []string{"id"}},
		},
		Session: func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{Tables: grants}, nil },
	})
	for path, status := range map[string]int{
		"t?select=id,a(id)&order=a(id)":                             200,
		"t?select=id,b(id)&order=b(costly)":                         403,
		"t?select=id,a:b(id)&order=a(costly)":                       403,
		"t?select=id,x:a(id),a:b(id)&order=a(costly)":               403, // the first one is of a table that is called so
		"t?select=id,x:a(id),a:b(id)&order=a(free)":                 403,
		"t?select=id,a:b(id),x:a(id)&order=a(free)":                 403,
		"t?select=id,b:a(id),a:b(id)&order=a(costly)":               403,
		"kids?select=id,t(id,x:a(id),a:b(id))&t.order=a(free)":      403,
		"t?select=id,kids(id)&kids=is.null":                         403,
		"t?select=id,id:kids(id)&id=is.null":                        403, // whatever it is called, it is no column that may be tested
		"t?select=id,free:kids(id)&free=not.is.null":                403,
		"t?select=id,free:kids(id)&or=(free.is.null,id.eq.1)":       403,
		"t?select=id,free:kids(id)&free.count()=gt.0":               403,
		"t?select=id,free:kids(id)&free=eq.1":                       200, // this is the column
		"t?select=id,kids(id)&kids.costly=eq.1":                     403,
		"t?select=id,id:kids(id)&id.costly=eq.1":                    403,
		"t?select=id,a:kids(id)&a.order=costly":                     403,
		"t?select=id,kids(id)&kids.id=gt.1":                         403,
		"t?select=id,kids(id)&kids.id=eq.1":                         200,
		"t?select=id,t_id_fkey:kids(id)&t_id_fkey.or=(costly.eq.1)": 403,
		"a?select=id,t(id)":                                         403,
		"a?select=id,t_a_id_fkey(id)":                               403,
		"kids?select=id,t(a(t(id)))":                                403,
		"b?select=id,t(id,canary_table(id))":                        400,
	} {
		a := r.get("/dbcontents/" + path)
		if a.StatusCode != status {
			t.Errorf("%s: %s", path, a.text())
		}
		if text := strings.ReplaceAll(a.text(), "canary_table", ""); strings.Contains(text, "canary") || !strings.Contains(path, "canary") && text != a.text() {
			t.Errorf("%s: %s", path, a.text())
		}
	}
	// A table that may be embedded by the program's list, but is not there for the session, is in no hint.
	config := dbcontents.Config{AllTables: true, ConnString: db.Role("", "GRANT SELECT ON t, a, b TO ROLE")}
	narrow := build(t, db, config, httpapi.Options{Access: map[string]httpapi.Access{"t": {Embeds: []string{"a", "kids", "canary_closed"}}}})
	if a := narrow.get("/dbcontents/t?select=id,b(id)"); a.StatusCode != 403 || strings.Contains(a.body, "canary") || strings.Contains(a.body, "kids") {
		t.Error(a.text())
	}
}
