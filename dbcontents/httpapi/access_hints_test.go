package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Hints suggest no table or function that an allow-list closes, though the Store knows them, and also
// before a table was looked up for the first time.
func TestHintsSuggestNothingClosed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE TABLE people (id int PRIMARY KEY); CREATE TABLE canaries (id int PRIMARY KEY, person int REFERENCES people);
		CREATE FUNCTION canary(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'; CREATE FUNCTION okay(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
	closed := map[string]httpapi.Access{"canaries": {Columns: []string{}}, "public.canary()": {Columns: []string{}}}
	for name, o := range map[string]httpapi.Options{
		"Access": {Access: closed},
		"SessionAccess": {
			Session:       func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{}, nil },
			SessionAccess: func(dbcontents.Session) map[string]httpapi.Access { return closed },
		},
	} {
		for _, all := range []bool{false, true} {
			for _, tt := range []struct{ path, want string }{
				{"/dbcontents/nothing", "/dbcontents/people; "},
				{"/nothing", "/dbcontents/people; "},
				{"/dbcontents/canarie", "there are "},
				{"/dbcontents/rpc/canar", ""},
				{"/dbcontents/rpc/canary?b=1", ""},
				{"/dbcontents/rpc/oka", "public.okay"},
				{"/dbcontents/people?select=canarie(*)", "a foreign key"},
			} {
				// Each has a Store of its own, which has looked nothing up before.
				store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"people", "canaries"}, AllTables: all, Functions: []string{"canary", "okay"}})
				if err != nil {
					t.Fatal(err)
				}
				h := httpapi.New(store, o)
				for range 2 {
					response, body := get(t, h, tt.path)
					if p := problemIn(t, response, body); response.StatusCode < 400 || p.Hint == "" || strings.Contains(p.Hint, "canar") || !strings.Contains(p.Hint, tt.want) {
						t.Errorf("%s, all tables %v: %s: %s %q, want %q", name, all, tt.path, response.Status, p.Hint, tt.want)
					}
				}
				store.Close()
			}
		}
	}
}
