package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// statuses are those that PostgREST gives to SQLSTATEs, or, where the second
// is not zero, ours, for what the database suffers.
var statuses = []struct {
	state        string
	theirs, ours int
}{
	{"08006", 503, 0},
	{"09000", 500, 0},
	{"0A000", 400, 0},
	{"0L000", 403, 0},
	{"0P000", 403, 0},
	{"21000", 500, 0},
	{"22023", 400, 0},
	{"22P02", 400, 0},
	{"23503", 409, 0},
	{"23505", 409, 0},
	{"25006", 405, 403},
	{"25P02", 500, 0},
	{"28000", 403, 0},
	{"28P01", 403, 0},
	{"2D000", 500, 0},
	{"38000", 500, 0},
	{"39000", 500, 0},
	{"3B000", 500, 0},
	{"40001", 500, 503},
	{"40P01", 500, 503},
	{"42501", 403, 0}, // with a token; there are none here
	{"42704", 400, 0},
	{"42883", 404, 0},
	{"42P01", 404, 0},
	{"42P17", 500, 0},
	{"53100", 503, 0},
	{"53400", 500, 503},
	{"54000", 500, 400},
	{"55000", 500, 0},
	{"57014", 500, 503},
	{"57P01", 503, 0},
	{"58000", 500, 0},
	{"F0000", 500, 0},
	{"HV000", 500, 503},
	{"P0001", 400, 0},
	{"P0002", 500, 0},
	{"PT402", 402, 0},
	{"PT418", 418, 0},
	{"PT503", 503, 0},
	{"PT200", 200, 500}, // an error must not look like an answer
	{"PT304", 304, 500},
	{"PT1AB", 500, 0},
	{"PGRST", 500, 0}, // which is a whole answer there
	{"XX000", 500, 0},
	{"01000", 400, 0},
	{"23502", 400, 0},
	{"42P10", 400, 0},
	{"MY001", 400, 0},
}

// A function's words may quote what it has read: only those of a PTnnn, which
// are for the client, are passed on.
func TestStatusOfSQLSTATE(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	for _, s := range statuses {
		name := strings.ToLower(s.state)
		sql.WriteString("CREATE FUNCTION raise_" + name + "(things) RETURNS int LANGUAGE plpgsql AS " +
			"$$ BEGIN RAISE EXCEPTION 'the inside: %', $1.name USING ERRCODE = '" + s.state + "'; END $$;\n" +
			"CREATE VIEW view_" + name + " AS SELECT raise_" + name + "(things) AS n FROM things;\n")
	}
	store, _ := setup(t, dbcontents.Config{AllTables: true}, things, sql.String())
	server := serve(t, handler(store))
	for _, s := range statuses {
		want, name := s.ours, strings.ToLower(s.state)
		if want == 0 {
			want = s.theirs
		}
		paths := []string{"things?id=eq.1&select=raise_" + name, "things?select=raise_" + name, "view_" + name + "?n=eq.1"}
		if s.state != "54000" { // without a value of the request it is the server's own
			paths = append(paths, "view_"+name)
		}
		for _, path := range paths {
			response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+path)
			p := problemIn(t, response, body)
			if response.StatusCode != want || p.Code != s.state && p.Code != "PGRST205" {
				t.Errorf("%s: want %d: %d %s", path, want, response.StatusCode, body)
			}
			if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", path)
			}
			if shows := strings.Contains(body, "the inside"); shows != strings.HasPrefix(s.state, "PT") {
				t.Errorf("%s: the inside shows: %v: %s", path, shows, body)
			}
		}
	}
}

// The author of a PTnnn speaks to the client.
func TestWordsOfFunctions(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"paid", "brief", "plain"}},
		`CREATE FUNCTION pay() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'PT402' USING
			MESSAGE = 'Payment "Required"', DETAIL = 'Quota exceeded', HINT = E'Upgrade\nyour plan'; END $$;
		CREATE FUNCTION refuse(code text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = code, DETAIL = 'inner', HINT = 'inner'; END $$;
		CREATE FUNCTION curt() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'PT404'; END $$;
		CREATE VIEW paid AS SELECT pay() AS n; CREATE VIEW brief AS SELECT curt() AS n; CREATE VIEW plain AS SELECT refuse('P0001') AS n`)
	verbose := httpapi.New(store, httpapi.Options{Verbose: true})
	for _, h := range []http.Handler{handler(store), verbose} {
		checkAll(t, h, []rule{
			{name: "message, detail and hint", path: "/dbcontents/paid", status: 402, code: "PT402", message: `Payment "Required"`, details: "Quota exceeded"},
			{name: "a HEAD too", method: "HEAD", path: "/dbcontents/paid", status: 402},
			{name: "without detail and hint", path: "/dbcontents/brief", status: 404, code: "PT404", message: "PT404"},
		})
		response, body := get(t, h, "/dbcontents/paid")
		if p := problemIn(t, response, body); p.Hint != "Upgrade your plan" || p.Cause != "status_raised" {
			t.Errorf("hint %q of %q", p.Hint, p.Cause)
		}
	}
	checkAll(t, handler(store), []rule{{name: "a plain RAISE", path: "/dbcontents/plain", status: 400, code: "P0001", message: "the database refused"}})
	if _, body := get(t, handler(store), "/dbcontents/plain"); strings.Contains(body, "inner") {
		t.Errorf("the inside shows: %s", body)
	}
}

// Of several mistakes the first in this order is told; those that need the
// database come last, because a request that is wrong takes no connection.
func TestOrderOfMistakes(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{Tables: []string{"things"}}, things)
	path, header := "/dbcontents/nothing/1?order=id.up&limit=-1", []string{
		"Accept-Profile", "nowhere", "Range", "5-1", "Accept", "image/png", "Prefer", "handling=strict, nonsense",
	}
	server := serve(t, handler(store))
	for _, step := range []struct {
		code  string
		right func() // corrects what was told
		post  bool
	}{
		{"PGRST125", func() { path = "/dbcontents/nothing?order=id.up&limit=-1" }, true},
		{"PGRST106", func() { header[1] = "public" }, true},
		{"PGRST117", func() {}, true},
		{"PGRST100", func() { path = "/dbcontents/nothing?order=id.desc&limit=-1" }, false},
		{"PGRST103", func() { path = "/dbcontents/nothing?order=id.desc&select=count()" }, false},
		{"PGRST103", func() { header[3] = "1-5" }, false},
		{"PGRST107", func() { header[5] = "*/*" }, false},
		{"PGRST122", func() { header[7] = "handling=strict" }, false},
		{"PGRST123", func() { path = "/dbcontents/nothing?order=id.desc" }, false},
		{"PGRST205", func() { path = "/dbcontents/things?order=idd&id=eq.x" }, false},
		{"42703", func() { path = "/dbcontents/things?order=id&id=eq.x" }, false},
		{"22P02", func() {}, false},
	} {
		method := http.MethodGet
		if step.post {
			method = http.MethodPost
		}
		response, body := fetch(t, server, method, path, header...)
		if p := problemIn(t, response, body); p.Code != step.code {
			t.Errorf("want %s: %s", step.code, body)
		}
		step.right()
	}
}
