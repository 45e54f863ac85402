package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// related is a server of the tables of PostgREST's own tests.
func related(t *testing.T, config dbcontents.Config) (http.Handler, *pgxpool.Pool) {
	t.Helper()
	config.AllTables = true
	store, pool := setup(t, config, work, single, viewed, computed, plant)
	return httpapi.New(store, httpapi.Options{}), pool
}

// many is an array of the rows of a SELECT, and one is its row as an object.
func many(sql string) string { return "(SELECT coalesce(json_agg(x), '[]') FROM (" + sql + ") x)" }
func one(sql string) string  { return "(SELECT row_to_json(x) FROM (" + sql + ") x)" }

// An embedding is a path below the prefix and a SELECT whose rows are what it gives. Its
// name is the rule that it shows. Without a SELECT, or in addition to it, it can want
// a status, headers or a body.
type embedding struct {
	name, path, sql string
	send            []string // header names and values
	method          string   // GET if empty
	status          int      // 200 if 0
	header          map[string]string
	body            string
}

// embeddings asks for each embedding and compares with what PostgreSQL itself makes of the SQL,
// with the order of keys.
func embeddings(t *testing.T, h http.Handler, pool *pgxpool.Pool, list []embedding) {
	t.Helper()
	server := serve(t, h)
	for _, e := range list {
		t.Run(e.name, func(t *testing.T) {
			response, body := fetch(t, server, orGet(e.method), "/dbcontents/"+escaped(e.path), e.send...)
			status := e.status
			if status == 0 {
				status = http.StatusOK
			}
			if response.StatusCode != status {
				t.Fatalf("%s: status %d: %.600s", e.path, response.StatusCode, body)
			}
			for name, value := range e.header {
				if got := response.Header.Get(name); got != value {
					t.Errorf("%s: %s is %q, want %q", e.path, name, got, value)
				}
			}
			switch {
			case e.sql != "":
				var want string
				if err := pool.QueryRow(t.Context(), "SELECT coalesce(json_agg(answer), '[]')::text FROM ("+e.sql+") answer").Scan(&want); err != nil {
					t.Fatalf("%v: %s", err, e.sql)
				}
				if want == "[]" && !strings.HasPrefix(e.name, "none") {
					t.Errorf("the SELECT gives nothing: %s", e.sql)
				}
				if diff := cmp.Diff(compact(t, want), compact(t, body)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", e.path, diff)
				}
			case e.body != "" || e.method == http.MethodHead:
				if diff := cmp.Diff(e.body, body); diff != "" {
					t.Errorf("%s (-want +got):\n%s", e.path, diff)
				}
			}
		})
	}
}

// escaped escapes what a path must not hold.
func escaped(path string) string {
	return strings.NewReplacer(" ", "%20", ">", "%3E", "<", "%3C", `"`, "%22", "\n", "%0A").Replace(path)
}

// A refusal is a path and the problem that it gives. Details are JSON.
type refusal struct {
	name, path                   string
	status                       int
	code, message, details, hint string
}

func refusals(t *testing.T, h http.Handler, list []refusal) {
	t.Helper()
	server := serve(t, h)
	for _, r := range list {
		t.Run(r.name, func(t *testing.T) {
			response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+escaped(r.path))
			if response.StatusCode != r.status {
				t.Fatalf("%s: status %d, want %d: %.600s", r.path, response.StatusCode, r.status, body)
			}
			p := problemIn(t, response, body)
			var got struct{ Details json.RawMessage }
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			want := refusal{r.name, r.path, r.status, r.code, r.message, r.details, r.hint}
			have := refusal{r.name, r.path, p.Status, p.Code, p.Message, string(got.Details), p.Hint}
			if want.details == "" {
				have.details = ""
			} else if have.details != "null" {
				var b bytes.Buffer
				if err := json.Compact(&b, got.Details); err != nil {
					t.Fatal(err)
				}
				have.details = b.String()
			}
			if want.message == "" {
				have.message = ""
			}
			if want.hint == "" {
				have.hint = ""
			}
			if diff := cmp.Diff(want, have, cmp.AllowUnexported(refusal{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// columns are definitions of columns c1, c2 and so on.
func columns(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "c" + strconv.Itoa(i+1) + " int"
	}
	return strings.Join(list, ", ")
}
