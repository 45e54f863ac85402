package attacks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A limit or an offset that is no number would otherwise have no effect: the
// client asked for ten rows and gets all of them.
func TestAttack22_LimitThatIsNoNumber(t *testing.T) {
	begin(t, 22)
	db := pgtest.New(t, "CREATE TABLE t AS SELECT generate_series(1, 5) AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{})
	for _, tt := range []struct{ query, parameter string }{
		{"limit=abc", "limit"},
		{"offset=x", "offset"},
		{"limit=1.5", "limit"},
		{"limit=1e3", "limit"},
		{"limit=0x10", "limit"},
		{"limit=%2B5", "limit"},
		{"limit=--1", "limit"},
		{"limit=1%002", "limit"},
		{"limit=NaN", "limit"},
		{"limit=undefined", "limit"},
		{"limit=null", "limit"},
		{"limit=٣", "limit"},
		{"offset=all", "offset"},
		{"limit=ten&limit=2", "limit"}, // the last one counts, but all are read
		{"limit=2&limit=ten", "limit"},
		{"select=id&order=id&offset=1&limit=x", "limit"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := r.do(method, "/dbcontents?"+tt.query)
			if a.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %s %s", method, tt.query, a.Status, a.body)
				continue
			}
			if method == http.MethodHead {
				continue
			}
			p := r.problem(a)
			if p.Cause != "query_invalid" || p.Code != "PGRST100" || !strings.Contains(p.Message, tt.parameter) || p.Details == nil || !strings.Contains(p.Hint, tt.parameter) {
				t.Errorf("%s: %+v", tt.query, p)
			}
		}
	}
}

// What PostgREST says of other odd numbers is said here as well.
func TestAttack22_LimitsAsPostgRESTTakesThem(t *testing.T) {
	begin(t, 22)
	db := pgtest.New(t, "CREATE TABLE t AS SELECT generate_series(1, 5) AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{})
	for _, tt := range []struct {
		query  string
		status int
		body   string
	}{
		{"limit=&offset=", 200, "1 2 3 4 5"},
		{"limit=+2+", 200, "1 2"},
		{"limit=007&offset=03", 200, "4 5"},
		{"limit=0", 200, ""},
		{"limit=-1", 416, ""},
		{"limit=-1&limit=2", 200, "1 2"},
		{"offset=-3", 200, "1 2 3 4 5"},
		{"offset=-99999999999999999999", 200, "1 2 3 4 5"},
		{"limit=99999999999999999999", 200, "1 2 3 4 5"},
		{"offset=99999999999999999999", 200, ""},
		{"limit=1&limit=2&offset=4&offset=1", 200, "2 3"},
	} {
		a := r.get("/dbcontents?select=id&order=id&" + tt.query + "&format=text")
		if got := strings.Join(strings.Fields(a.body), " "); a.StatusCode != tt.status || tt.status == 200 && got != tt.body {
			t.Errorf("%s: %s %s", tt.query, a.Status, a.body)
		}
	}
}
