package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// secrets is a schema in which everything that is called canary must not be told of.
const secrets = `
CREATE SCHEMA canary_schema; CREATE SCHEMA other;
CREATE TYPE canary_mood AS ENUM ('canary_label'); CREATE TYPE canary_pair AS (canary_field int);
CREATE TABLE canary_table (id int PRIMARY KEY, canary_column text);
CREATE TABLE open (id int PRIMARY KEY, name text, canary_a int CONSTRAINT canary_key_a REFERENCES canary_table, canary_b canary_mood, canary_c canary_pair, canary_d canary_mood[], whole canary_table, wholes canary_table[], UNIQUE (name));
CREATE DOMAIN around AS canary_table; ALTER TABLE open ADD hull around;
CREATE TABLE near (id int PRIMARY KEY, open_id int CONSTRAINT near_open_fkey REFERENCES open, canary_e text CONSTRAINT canary_key_e REFERENCES open (name), canary_f int CONSTRAINT canary_key_f REFERENCES open);
CREATE TABLE canary_child (id int CONSTRAINT canary_key_child REFERENCES open);
CREATE TABLE canary_schema.canary_there (id int CONSTRAINT canary_key_there REFERENCES open); CREATE TABLE other.open (canary_g int);
CREATE VIEW canary_view AS SELECT * FROM open;
CREATE FUNCTION canary_function(canary_argument int) RETURNS canary_table LANGUAGE sql STABLE AS 'SELECT * FROM canary_table';
CREATE FUNCTION shown(a int) RETURNS TABLE (id int, canary_h canary_mood) LANGUAGE sql STABLE AS $$ SELECT 1, 'canary_label'::canary_mood $$;
CREATE FUNCTION canary_computed(open) RETURNS canary_mood LANGUAGE sql STABLE AS $$ SELECT 'canary_label'::canary_mood $$;
COMMENT ON TABLE open IS 'canary_comment'; COMMENT ON COLUMN open.name IS 'canary_comment'; COMMENT ON FUNCTION shown IS 'canary_comment'; COMMENT ON TYPE canary_mood IS 'canary_comment'; COMMENT ON CONSTRAINT near_open_fkey ON near IS 'canary_comment';
INSERT INTO open (id) VALUES (1);
`

// What the caller may not read is not told of: neither tables, columns and functions nor their types, labels, keys
// and comments. It makes no difference whether privileges, a session's allow-list, or Access hide it.
func TestOpenAPITellsNothingHidden(t *testing.T) {
	t.Parallel()
	const columns, near = "id, name, whole, wholes, hull", "id, open_id"
	db := pgtest.New(t, secrets)
	granted := db.Role("", "GRANT USAGE ON SCHEMA public, other TO ROLE", "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC", "GRANT SELECT ("+columns+") ON open TO ROLE", "GRANT SELECT ("+near+") ON near TO ROLE",
		"REVOKE EXECUTE ON FUNCTION canary_function, shown, canary_computed FROM PUBLIC")
	all := func(dsn string) *dbcontents.Store {
		store, err := dbcontents.Open(dbcontents.Config{
			ConnString: dsn, AllTables: true, Tables: []string{"open", "canary_table", "canary_schema.canary_there"}, Schemas: []string{"public", "other"}, Functions: []string{"canary_function", "shown"},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return store
	}
	list := func(columns string) []string { return strings.Split(columns, ", ") }
	closed := []string{}
	access := map[string]httpapi.Access{
		"public.open": {Columns: list(columns)}, "near": {Columns: list(near)}, "canary_table": {Columns: closed}, "canary_child": {Columns: closed}, "canary_view": {Columns: closed},
		"canary_schema.canary_there": {Columns: closed}, "other.open": {Columns: closed}, "canary_function()": {Columns: closed}, "shown()": {Columns: []string{"id"}},
	}
	grants := map[string]dbcontents.Grant{"public.open": {Columns: list(columns)}, "near": {Columns: list(near)}, "shown()": {Columns: []string{"id"}}}
	for name, h := range map[string]http.Handler{
		"privileges": httpapi.New(all(granted), httpapi.Options{}),
		"a session": httpapi.New(all(db.DSN), httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) {
			return dbcontents.Session{Tables: grants}, nil
		}}),
		"Access": httpapi.New(all(db.DSN), httpapi.Options{Access: access}),
		"SessionAccess": httpapi.New(all(db.DSN), httpapi.Options{
			Session:       func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, nil },
			SessionAccess: func(dbcontents.Session) map[string]httpapi.Access { return access },
		}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, ask := range []string{"", "&tables=open", "&tables=near", "&tables=open,near", "&numbers=string"} {
				d, response, body := describe(t, h, "/dbcontents?format=openapi"+ask)
				if i := strings.Index(body, "canary"); i >= 0 {
					t.Errorf("%s: ...%s...", ask, body[max(0, i-100):min(len(body), i+100)])
				}
				for header, values := range response.Header {
					if strings.Contains(strings.Join(values, " "), "canary") {
						t.Errorf("%s: %s: %v", ask, header, values)
					}
				}
				want := []string{"public.near", "public.open"}
				if name != "privileges" {
					want = append(want, "rpc.public.shown")
				}
				if strings.HasPrefix(ask, "&tables=") {
					want = slices.DeleteFunc(want, func(name string) bool {
						_, table, _ := strings.Cut(name, ".")
						return !strings.Contains(ask, table)
					})
				}
				got := slices.DeleteFunc(names(d.Components.Schemas), func(name string) bool { return !strings.Contains(name, ".") })
				if !slices.Equal(got, want) {
					t.Errorf("%s: described are %q, want %q", ask, got, want)
				}
				if near, ok := d.Components.Schemas["public.near"]; ok && (len(near.ForeignKeys) != 1 || len(near.Related) != 1 || !slices.Equal(names(near.Properties), []string{"id", "open_id"})) {
					t.Errorf("%s: near is %v", ask, near)
				}
				if open, ok := d.Components.Schemas["public.open"]; ok {
					if len(open.Related) != 1 || !slices.Equal(names(open.Properties), []string{"hull", "id", "name", "whole", "wholes"}) {
						t.Errorf("%s: open is %v", ask, open)
					}
					for _, column := range []string{"whole", "wholes", "hull"} { // their types are called as a table
						if open.Properties[column]["x-pg-type"] != nil {
							t.Errorf("%s: %s is %v", ask, column, open.Properties[column])
						}
					}
				}
			}
			// A hidden name and one that is not there have the same response.
			for _, hidden := range []string{"canary_child", "canary_view", "canary_function()"} {
				if name == "Access" || name == "SessionAccess" {
					break // which say that they refuse
				}
				absent := strings.ReplaceAll(hidden, "canary", "nobody")
				one, text := get(t, h, "/dbcontents?format=openapi&tables="+hidden)
				other, otherText := get(t, h, "/dbcontents?format=openapi&tables="+absent)
				text = strings.ReplaceAll(text, "canary", "nobody")
				if one.StatusCode != http.StatusNotFound || other.StatusCode != http.StatusNotFound || withoutID(t, one, text) != withoutID(t, other, otherText) {
					t.Errorf("%s: %s\n%s", hidden, text, otherText)
				}
			}
		})
	}
	// Who may read it is told.
	_, _, body := describe(t, httpapi.New(all(db.DSN), httpapi.Options{OpenAPI: httpapi.OpenAPI{Comments: true}}), "/dbcontents?format=openapi")
	for _, word := range []string{"_table", "_column", "_label", "_field", "_key_a", "_key_child", "_key_there", "_argument", "_comment", "_there", "_view", "_h"} {
		if !strings.Contains(body, "canary"+word) {
			t.Errorf("nothing is told of canary%s", word)
		}
	}
	nobody := httpapi.New(all(db.DSN), httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) {
		return dbcontents.Session{Tables: map[string]dbcontents.Grant{}}, nil
	}})
	if d, _, body := describe(t, nobody, "/dbcontents?format=openapi"); len(d.Paths) != 1 || strings.Contains(body, "canary") || strings.Contains(body, "public") {
		t.Errorf("a session that may read nothing: %s", body)
	}
	refused := httpapi.New(all(db.DSN), httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, &httpapi.Refusal{} }})
	if response, body := get(t, refused, "/dbcontents?format=openapi"); response.StatusCode != http.StatusUnauthorized || strings.Contains(body, "canary") {
		t.Errorf("nobody: %s %s", response.Status, body)
	}
}

func withoutID(t *testing.T, response *http.Response, body string) string {
	t.Helper()
	return strings.ReplaceAll(body, problemIn(t, response, body).RequestID, "")
}

// What Access does not allow is not offered: filters, sort orders, operators and related tables.
func TestOpenAPIOffersWhatIsAllowed(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{AllTables: true}, work)
	h := httpapi.New(store, httpapi.Options{Access: map[string]httpapi.Access{
		"projects": {Filters: []string{"id"}, Orders: []string{"name", "client_id"}, Columns: []string{"id", "name"}, Operators: []dbcontents.Op{"eq"}, Embeds: []string{}},
		"clients":  {Filters: []string{}, Orders: []string{}, Embeds: []string{}},
		"tasks":    {Operators: []dbcontents.Op{}},
	}})
	d, _, body := describe(t, h, "/dbcontents?format=openapi&tables=projects,clients,tasks")
	for path, want := range map[string]string{
		"/projects": `"properties":{"id":{"type":"string","pattern":"^(not\\.)?(eq)(\\([^)]*\\))?\\."}},`,
		"/clients":  "", "/tasks": "",
	} {
		_, part, _ := strings.Cut(body, "\n\""+path+"\":")
		part, _, _ = strings.Cut(part, "\n")
		if _, filters, ok := strings.Cut(part, `"name":"filters"`); ok != (want != "") || !strings.Contains(filters, want) {
			t.Errorf("%s: %s", path, part)
		}
		if order := strings.Contains(part, `/order"`); order != (path == "/tasks") {
			t.Errorf("%s: %s", path, part)
		}
	}
	if !strings.Contains(body, "by these columns: name\"") {
		t.Error("a column that may not be read sorts, or one that may does not")
	}
	for name, want := range map[string]int{"public.projects": 0, "public.clients": 0, "public.tasks": 2} {
		if got := d.Components.Schemas[name].Related; len(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
