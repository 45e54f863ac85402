package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// things has a column of every kind that an operator of the language is for.
const things = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (x int, "the y" text);
CREATE DOMAIN word AS tsvector;
CREATE TABLE things (
	id int PRIMARY KEY, name text, n int, num numeric, big bigint, flag bool, mood mood, day date, at timestamptz,
	tags text[], nums int[], span int4range, days daterange, doc jsonb, raw json, lexemes tsvector, words word, p pair,
	"odd name" int, "a.b" text, "a,b(c)" text, "x-y" text, "Ünï" text, "and" int, "limit" int, "format" text, "not" int, "count" int
);
INSERT INTO things VALUES
	(1, 'one', 10, 1.10, 9007199254740993, true, 'sad', '2020-01-01', '2020-01-01 12:00:00+02', '{a,b}', '{1,2}', '[1,5)', '[2020-01-01,2020-02-01)',
		'{"a": {"b": [10, 20, {"c": "deep"}], "x-y": 1, "x.y": 2}, "t": "text", "0": "zero", "n": 1.50}', '{"a":  [1,2], "b": null}',
		to_tsvector('english', 'the cats are running'), to_tsvector('english', 'domains of cats'), (1, 'why'), 1, 'dot', 'comma', 'dash', 'ü', 1, 1, 'csv', 1, 1),
	(2, 'two, and (more).', 20, 2.50, 2, false, 'ok', '2020-06-15', '2020-06-15 00:00:00+00', '{b,c}', '{2,3}', '[5,9]', '[2020-06-01,2020-07-01)',
		'{"a": {"b": []}, "t": null}', '[1, {"k": "v"}]', to_tsvector('english', 'a dog sleeps'), to_tsvector('english', 'dog'), (2, NULL), 2, 'dot2', 'comma2', 'dash2', 'ö', 2, 2, 'json', 2, 2),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, '', 20, -0.5, -1, true, 'happy', 'infinity', '-infinity', '{}', '{}', 'empty', '(,)', '"text"', '"a"', '', '', (NULL, ''), 0, '', '', '', '', 0, 0, '', 0, 0),
	(5, 'Percent % under_score *star* "quote" \back', 30, 'NaN', 5, false, 'ok', '1999-12-31', '1999-12-31 23:59:59.999999+00', '{"x,y","{z}"}', '{3,NULL}', '[9,12)', '[1999-12-01,2000-01-01)',
		'[1, 2, {"k": [3]}]', 'null', to_tsvector('simple', 'The cats'), NULL, NULL, 5, 'five', 'five', 'five', 'fünf', 5, 5, 'x', 5, 5);
CREATE FUNCTION label(things) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.id || ':' || coalesce($1.name, '-') $$;
CREATE FUNCTION parts(things) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT jsonb_build_object('n', $1.n) $$;
CREATE FUNCTION lexed(things) RETURNS tsvector LANGUAGE sql STABLE AS $$ SELECT $1.lexemes $$;
CREATE VIEW seen AS SELECT id, name, doc FROM things WHERE id < 3;
CREATE MATERIALIZED VIEW kept AS SELECT id, n FROM things;
`

// language is a server of things; computed columns, aggregates and all.
func language(t *testing.T, sql ...string) (http.Handler, *pgxpool.Pool) {
	t.Helper()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"things", "seen", "kept"}, Aggregates: true}, append([]string{things}, sql...)...)
	return httpapi.New(store, httpapi.Options{}), pool
}

// A reading is a query string and the SQL that says what it means.
type reading struct{ name, query, sql string }

// compare asks for each reading as JSON and compares with what the server
// makes of the SQL: PostgreSQL's own json_agg, with the order of keys.
func compare(t *testing.T, h http.Handler, pool *pgxpool.Pool, readings []reading) {
	t.Helper()
	server := serve(t, h)
	for _, r := range readings {
		table, query, ok := strings.Cut(r.query, "?")
		if !ok {
			table, query = "things", r.query
		}
		response, body := fetch(t, server, http.MethodGet, "/dbcontents/"+table+"?"+strings.ReplaceAll(query, " ", "%20"))
		var want string
		if err := pool.QueryRow(t.Context(), "SELECT coalesce(json_agg(answer), '[]')::text FROM ("+r.sql+") answer").Scan(&want); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s\n%d %s", r.name, r.query, response.StatusCode, body)
		} else if diff := cmp.Diff(compact(t, want), compact(t, body)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", r.name, r.query, diff)
		}
	}
}

// compact takes the space out of JSON, and nothing else.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return b.String()
}
