package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
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
	{"0L000", 403, 500},
	{"0P000", 403, 500},
	{"21000", 500, 0},
	{"22023", 400, 0},
	{"22P02", 400, 0},
	{"23503", 409, 500},
	{"23505", 409, 500},
	{"25006", 405, 403},
	{"25P02", 500, 0},
	{"28000", 403, 500},
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
	{"PT418", 418, 500},
	{"XX000", 500, 0},
}

func TestStatusOfSQLSTATE(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	for _, s := range statuses {
		sql.WriteString("CREATE FUNCTION raise_" + strings.ToLower(s.state) + "(things) RETURNS int LANGUAGE plpgsql AS " +
			"$$ BEGIN RAISE EXCEPTION 'the inside: %', $1.name USING ERRCODE = '" + s.state + "'; END $$;\n")
	}
	h, _ := language(t, sql.String())
	server := serve(t, h)
	for _, s := range statuses {
		want := s.ours
		if want == 0 {
			want = s.theirs
		}
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/things?id=eq.1&select=raise_"+strings.ToLower(s.state))
		p := problemIn(t, response, body)
		if response.StatusCode != want || p.Code != s.state && p.Code != "PGRST205" {
			t.Errorf("%s: want %d: %d %s", s.state, want, response.StatusCode, body)
		}
		if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", s.state)
		}
		if want >= 500 && strings.Contains(body, "the inside") || s.state == "P0001" && strings.Contains(body, "the inside") {
			t.Errorf("%s: the inside shows: %s", s.state, body)
		}
	}
}

// Of several mistakes the first in this order is told; those that need the
// database come last, because a request that is wrong takes no connection.
func TestOrderOfMistakes(t *testing.T) {
	t.Parallel()
	h, _ := language(t)
	path, header := "/dbcontents/nothing/1?order=id.up&limit=-1", []string{
		"Accept-Profile", "nowhere", "Range", "5-1", "Accept", "image/png", "Prefer", "handling=strict, nonsense",
	}
	server := serve(t, h)
	for _, step := range []struct {
		code  string
		right func() // corrects what was told
		post  bool
	}{
		{"PGRST125", func() { path = "/dbcontents/nothing?order=id.up&limit=-1" }, true},
		{"PGRST106", func() { header[1] = "public" }, true},
		{"PGRST117", func() {}, true},
		{"PGRST100", func() { path = "/dbcontents/nothing?order=id.desc&limit=-1" }, false},
		{"PGRST103", func() { path = "/dbcontents/nothing?order=id.desc" }, false},
		{"PGRST103", func() { header[3] = "1-5" }, false},
		{"PGRST107", func() { header[5] = "*/*" }, false},
		{"PGRST122", func() { header[7] = "handling=strict" }, false},
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
