package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// The tables with canary in their names, and what else has it, are closed.
const clinic = `
	CREATE TABLE people (id int PRIMARY KEY, name text);
	CREATE TABLE clinics (id int PRIMARY KEY, name text);
	CREATE TABLE canary_patients (person int CONSTRAINT canary_person REFERENCES people, clinic int CONSTRAINT canary_clinic REFERENCES clinics, PRIMARY KEY (person, clinic));
	CREATE TABLE canary_salaries (id int PRIMARY KEY, person int CONSTRAINT canary_earner REFERENCES people, amount int);
	CREATE TABLE visits (id int PRIMARY KEY, person int REFERENCES people, place int REFERENCES clinics);
	INSERT INTO people VALUES (1, 'ann'), (2, 'bob'); INSERT INTO clinics VALUES (7, 'oncology');
	INSERT INTO canary_patients VALUES (2, 7); INSERT INTO canary_salaries VALUES (1, 1, 100); INSERT INTO visits VALUES (1, 1, 7);
	CREATE FUNCTION canary_treats(people) RETURNS SETOF clinics LANGUAGE sql STABLE AS 'SELECT c.* FROM clinics c JOIN canary_patients ON clinic = c.id WHERE person = $1.id';
	CREATE FUNCTION canary_paid(canary_boss int, canary_year int) RETURNS SETOF canary_salaries LANGUAGE sql STABLE AS 'SELECT * FROM canary_salaries';
	CREATE FUNCTION canary_paid(canary_boss bigint, canary_year int) RETURNS SETOF canary_salaries LANGUAGE sql STABLE AS 'SELECT * FROM canary_salaries';
	CREATE FUNCTION found() RETURNS SETOF people LANGUAGE sql STABLE AS 'SELECT * FROM people';
	CREATE FUNCTION earnings() RETURNS SETOF canary_salaries LANGUAGE sql STABLE AS 'SELECT * FROM canary_salaries'`

// closings are ways to close them. Those of tables that are open and of functions are given in any case.
func closings() map[string]httpapi.Options {
	access := func(patients, salaries string, columns ...string) map[string]httpapi.Access {
		closed := httpapi.Access{Columns: append([]string{}, columns...)}
		return map[string]httpapi.Access{patients: closed, salaries: closed, "canary_treats()": closed, "canary_paid()": closed}
	}
	return map[string]httpapi.Options{
		"no columns":         {Access: access("canary_patients", "canary_salaries")},
		"with the schema":    {Access: access("public.canary_patients", "public.canary_salaries")},
		"no column there is": {Access: access("canary_patients", "public.canary_salaries", "nothing")},
		"for the session": {Session: func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, nil }, SessionAccess: func(dbcontents.Session) map[string]httpapi.Access {
			return access("canary_patients", "canary_salaries")
		}},
		"closed and narrowed": {Access: merged(access("canary_patients", "canary_salaries"), map[string]httpapi.Access{"people": {Columns: []string{"id", "name"}, Embeds: []string{"clinics", "visits", "canary_salaries"}}, "clinics": {Columns: []string{"name"}}})},
	}
}

func merged(all ...map[string]httpapi.Access) map[string]httpapi.Access {
	into := map[string]httpapi.Access{}
	for _, m := range all {
		for key, a := range m {
			into[key] = a
		}
	}
	return into
}

func clinicHandler(t *testing.T, config dbcontents.Config, options httpapi.Options) http.Handler {
	t.Helper()
	config.Functions, config.Aggregates = []string{"canary_treats", "canary_paid", "found", "earnings"}, true
	store, _ := setup(t, config, clinic)
	return httpapi.New(store, options)
}

// What Access closes is reached in no way, and only a request that names it hears that it is closed.
func TestClosedTables(t *testing.T) {
	t.Parallel()
	for reason, options := range closings() {
		for exposure, config := range map[string]dbcontents.Config{"all": {AllTables: true, Tables: []string{"people"}}, "named": {Tables: []string{"people", "clinics", "canary_patients", "canary_salaries", "visits"}}} {
			if exposure == "named" && reason != "no columns" && reason != "no column there is" {
				continue // the others differ by the session and the schema, and not in what is known
			}
			t.Run(reason+", "+exposure, func(t *testing.T) {
				t.Parallel()
				server := serve(t, clinicHandler(t, config, options))
				for range 2 { // before and after they were looked up
					for path, status := range map[string]int{
						"people?select=name,clinics(name)":                                        400,
						"people?select=name,...clinics(name)":                                     400,
						"people?select=name,clinics!inner(name)":                                  400,
						"people?select=name,clinics(count)":                                       400,
						"people?select=name,clinics(name)&clinics=not.is.null":                    400,
						"people?select=name,clinics()&clinics.count=gt.0":                         400,
						"people?select=name,clinics(name)&order=clinics(name)":                    400,
						"people?select=name,visits(clinics(people(name)))":                        400,
						"people?select=name,visits(id,clinics(name))&name=eq.ann":                 200,
						"people?select=name&clinics=not.is.null":                                  400,
						"people?select=name,clinicz(name)":                                        400,
						"people?select=id,anary_salaries(*)":                                      400,
						"people?select=id,anary_treats(*)":                                        400,
						"people?select=id,clinics!visitz(*)":                                      400,
						"people?select=nam":                                                       400,
						"rpc/found?select=clinics(name)":                                          400,
						"rpc/found?select=anary_salaries(*)":                                      400,
						"rpc/earnings?select=x(*)":                                                400,
						"rpc/earnings?select=people(name)":                                        400,
						"rpc/anary_paid":                                                          404,
						"nothing":                                                                 404,
						"anary_salaries":                                                          404,
						"anary_patients?format=html":                                              404,
						"people?format=html":                                                      200,
						"people?format=html&~view=row&id=eq.1":                                    200,
						"people?format=html&~view=row&id=eq.1&~count=exact":                       200,
						"?format=html&~find=":                                                     200,
						"?format=openapi&tables=people,clinics,visits,canary_patients,found()":    200,
						"people?select=visits(id)&visits.order=person":                            200,
						"people?select=id,visits(clinic:clinics(name))&visits.clinic=not.is.null": 200,
					} {
						response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+escaped(path))
						if path[0] == '?' {
							response, body = fetch(t, server, http.MethodGet, "/dbcontents"+escaped(path))
						}
						if response.StatusCode != status {
							t.Errorf("%s: %d %.900s", path, response.StatusCode, body)
						}
						if text := strings.ReplaceAll(body, path, ""); strings.Contains(text, "canary") {
							i := strings.Index(text, "canary")
							t.Errorf("%s tells of what is closed: %s", path, text[max(0, i-200):min(len(text), i+100)])
						}
					}
					for _, path := range []string{
						"canary_patients", "canary_salaries?amount=eq.1", "canary_salaries?select=peopl(*)", "canary_patients?select=nothing", "canary_salaries?format=html",
						"rpc/canary_paid", "rpc/canary_paid?canary_boss=1", "rpc/canary_paid?canary_boss=1&canary_year=2",
					} {
						response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+path)
						if response.StatusCode != http.StatusForbidden || strings.Contains(strings.ReplaceAll(body, path, ""), "canary_boss =") || strings.Contains(body, "people") && !strings.Contains(path, "html") {
							t.Errorf("%s: %d %.900s", path, response.StatusCode, body)
						}
					}
				}
			})
		}
	}
}

// A closed table is absent for those who name it in an embed, as is one that there is not.
func TestClosedTablesAreAbsent(t *testing.T) {
	t.Parallel()
	for reason, options := range closings() {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			server := serve(t, clinicHandler(t, dbcontents.Config{AllTables: true}, options))
			problem := func(select_, name string) string {
				response, body := fetch(t, server, http.MethodGet, "/dbcontents/people?select="+select_)
				p := problemIn(t, response, body)
				if p.Code != "PGRST200" {
					t.Errorf("%s: %d %s", select_, response.StatusCode, body)
				}
				return strings.ReplaceAll(strings.ReplaceAll(body, "'"+name+"'", "'X'"), p.RequestID, "")
			}
			function := func(name string) string {
				response, body := fetch(t, server, http.MethodGet, "/dbcontents/rpc/"+name)
				return strings.ReplaceAll(strings.ReplaceAll(body, name, "X"), problemIn(t, response, body).RequestID, "")
			}
			if diff := cmp.Diff(function("qqqqqqqqqq"), function("anary_paid")); diff != "" {
				t.Errorf("a function (-like no other +like one that is closed):\n%s", diff)
			}
			for _, name := range []string{"canary_patients", "canary_salaries", "canary_earner", "canary_treats"} {
				absent := strings.Repeat("q", len(name))
				if diff := cmp.Diff(problem(absent+"(*)", absent), problem(name+"(*)", name)); diff != "" {
					t.Errorf("%s (-there is none +closed):\n%s", name, diff)
				}
				if diff := cmp.Diff(problem("clinics!"+absent+"(*)", absent), problem("clinics!"+name+"(*)", name)); diff != "" {
					t.Errorf("%s as a hint (-there is none +closed):\n%s", name, diff)
				}
			}
		})
	}
}

// Of two ways to a table, one of which is closed, the other one is meant, without a word of the first.
func TestClosedJunctionBesideAnother(t *testing.T) {
	t.Parallel()
	const second = `CREATE TABLE guests (person int REFERENCES people, clinic int REFERENCES clinics, since int, PRIMARY KEY (person, clinic)); INSERT INTO guests VALUES (1, 7)`
	const third = second + `; CREATE TABLE helpers (person int REFERENCES people, clinic int REFERENCES clinics, PRIMARY KEY (person, clinic))`
	const want = `[{"name":"ann","clinics":[{"name":"oncology"}]},{"name":"bob","clinics":[]}]`
	closed := map[string]httpapi.Access{"canary_patients": {Columns: []string{}}}
	granted := func(columns []string) func(*http.Request) (dbcontents.Session, error) {
		return func(*http.Request) (dbcontents.Session, error) {
			return dbcontents.Session{Tables: map[string]dbcontents.Grant{"people": {}, "clinics": {}, "guests": {}, "canary_patients": {Columns: columns}}}, nil
		}
	}
	for reason, tt := range map[string]struct {
		sql     string
		options httpapi.Options
		status  int
		body    string
	}{
		"by Access":                         {second, httpapi.Options{Access: closed}, 200, want},
		"by a grant of no columns":          {second, httpapi.Options{Session: granted([]string{})}, 200, want},
		"by a grant of no column there is":  {second, httpapi.Options{Session: granted([]string{"nothing"})}, 200, want},
		"without the key of the other one":  {second, httpapi.Options{Access: merged(closed, map[string]httpapi.Access{"guests": {Columns: []string{"since"}}})}, 200, want},
		"the name of the other in no list":  {second, httpapi.Options{Access: merged(closed, map[string]httpapi.Access{"people": {Embeds: []string{"clinics"}}})}, 200, want},
		"the grant and Access together":     {second, httpapi.Options{Session: granted([]string{"person"}), Access: map[string]httpapi.Access{"canary_patients": {Columns: []string{"clinic"}}}}, 200, want},
		"of two others, both of which open": {third, httpapi.Options{Access: closed}, 300, ""},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			store, _ := setup(t, dbcontents.Config{AllTables: true}, clinic, tt.sql)
			response, body := get(t, httpapi.New(store, tt.options), "/dbcontents/people?select=name,clinics(name)&order=id")
			if response.StatusCode != tt.status || tt.body != "" && compact(t, body) != tt.body || strings.Contains(body, "canary") {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

// No hint has the name of a column that Access hides, on any level.
func TestHiddenColumnsInHints(t *testing.T) {
	t.Parallel()
	h := clinicHandler(t, dbcontents.Config{AllTables: true}, httpapi.Options{Access: map[string]httpapi.Access{
		"visits": {Columns: []string{"id"}}, "canary_patients": {Columns: []string{}},
	}})
	for _, path := range []string{
		"visits?select=plac", "visits?plac=eq.1", "visits?order=plac", "visits?select=plac(name)", "visits?select=clinics!plac(name)",
		"people?select=visits(plac)", "people?select=visits(id)&visits.plac=eq.1", "people?select=visits(id)&visits.order=plac", "people?select=visits!plac(id)",
		"visits?select=*,people(visits(plac))", "rpc/found?select=visits(plac)",
	} {
		response, body := get(t, h, "/dbcontents/"+path)
		if response.StatusCode != http.StatusBadRequest || strings.Contains(body, "place") || strings.Contains(body, "canary") {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
}

// A table of the same name in another schema is another one, and a view of a closed table is a table of its own.
func TestClosedByNameAndSchema(t *testing.T) {
	t.Parallel()
	const more = `CREATE SCHEMA other; CREATE TABLE other.visits (id int); CREATE VIEW treated AS SELECT * FROM canary_patients`
	for reason, tt := range map[string]struct {
		access map[string]httpapi.Access
		path   string
		want   int
		hint   string // wanted in the hint if it is not empty
	}{
		"the table of another schema":   {map[string]httpapi.Access{"other.visits": {Columns: []string{}}}, "people?select=visits(id)", 200, ""},
		"the table of the first schema": {map[string]httpapi.Access{"public.visits": {Columns: []string{}}}, "visit", 404, "/dbcontents/people"},
		"the view of a closed table":    {map[string]httpapi.Access{"canary_patients": {Columns: []string{}}}, "people?select=clinics!treated(name)", 200, ""},
		"the view and the table":        {map[string]httpapi.Access{"canary_patients": {Columns: []string{}}, "treated": {Columns: []string{}}}, "people?select=clinics(name)", 400, ""},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			store, _ := setup(t, dbcontents.Config{AllTables: true, Schemas: []string{"public", "other"}}, clinic, more)
			response, body := get(t, httpapi.New(store, httpapi.Options{Access: tt.access}), "/dbcontents/"+tt.path)
			if response.StatusCode != tt.want || !strings.Contains(body, tt.hint) || strings.Contains(body, "visits") && tt.want != 200 {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

// A function that is named like a table replaces the foreign key to it. Where the function is closed it replaces nothing.
func TestClosedFunctionReplacesNothing(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"orders", "customers"}, Functions: []string{"customers"}}, `
		CREATE TABLE customers (id int PRIMARY KEY, name text); CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);
		INSERT INTO customers VALUES (1, 'ann'), (2, 'bob'); INSERT INTO orders VALUES (1, 2);
		CREATE FUNCTION customers(orders) RETURNS SETOF customers ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM customers WHERE id = 1'`)
	for want, o := range map[string]httpapi.Options{
		`[{"id":1,"customers":{"name":"ann"}}]` + "\n": {},
		`[{"id":1,"customers":{"name":"bob"}}]` + "\n": {Access: map[string]httpapi.Access{"customers()": {Columns: []string{}}}},
	} {
		if response, body := get(t, httpapi.New(store, o), "/dbcontents/orders?select=id,customers(name)"); response.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s %s, want %s", response.Status, body, want)
		}
	}
}
