package dbcontents_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// hostileTexts are texts that try to leave the place they are put in. Each holds
// the name of a function that must not run.
var hostileTexts = []string{
	`'; DROP TABLE test_table; SELECT zz_ran() --`,
	`"; DROP TABLE test_table; SELECT zz_ran() --`,
	`\'; SELECT zz_ran() --`, `\\'; SELECT zz_ran() --`, `'' OR zz_ran() IS NULL --`,
	`') OR (SELECT zz_ran()) IS NULL --`, `)) UNION ALL SELECT zz_ran() --`,
	`/* '*/zz_ran()/*" */`, `$$; SELECT zz_ran(); $$`, `$1; SELECT zz_ran()`, `:zz_ran`,
	`E'\''; SELECT zz_ran()`, `U&"\0022; SELECT zz_ran()"`, "\n; SELECT zz_ran();\n--", "\x00'; SELECT zz_ran()", "'\xff; SELECT zz_ran()",
	"\u02bc\u2019\uff07; SELECT zz_ran()", `zz_ran()`, `zz_ran`, `text) , zz_ran() , CAST(id AS text`, `id.zz_ran`, `english'), zz_ran(), ('`,
	strings.Repeat("x", 62) + `"; SELECT zz_ran()`, `{"a'"; SELECT zz_ran()}`, `%' OR zz_ran() IS NULL OR '%`, `, zz_ran()`, `DESC, zz_ran()`,
}

// places are where a text of a stranger can get to in a Query.
var places = map[string]func(q *dbcontents.Query, text string){
	"table":            func(q *dbcontents.Query, text string) { q.Table = text },
	"schema":           func(q *dbcontents.Query, text string) { q.Schema = text },
	"column":           func(q *dbcontents.Query, text string) { q.Select = dbcontents.Columns(text) },
	"alias":            func(q *dbcontents.Query, text string) { q.Select[0].Alias = text },
	"cast":             func(q *dbcontents.Query, text string) { q.Select[0].Cast = text },
	"aggregate":        func(q *dbcontents.Query, text string) { q.Select[0].Aggregate = dbcontents.Aggregate(text) },
	"aggregate's cast": func(q *dbcontents.Query, text string) { q.Select[0].Aggregate, q.Select[0].AggregateCast = "max", text },
	"path":             func(q *dbcontents.Query, text string) { q.Select[0].Column, q.Select[0].Path = "doc", []any{text} },
	"path to text": func(q *dbcontents.Query, text string) {
		q.Select[0] = dbcontents.Field{Column: "id", Path: []any{text, 1, text}, Text: true}
	},
	"order": func(q *dbcontents.Query, text string) { q.Order = []dbcontents.Order{{Column: text}} },
	"order by a path": func(q *dbcontents.Query, text string) {
		q.Order = []dbcontents.Order{{Column: "doc", Path: []any{text}}}
	},
	"nulls": func(q *dbcontents.Query, text string) {
		q.Order = []dbcontents.Order{{Column: "id", Nulls: dbcontents.Nulls(text)}}
	},
	"filter's column":    func(q *dbcontents.Query, text string) { q.Where = where(text, "eq", 1) },
	"filter's path":      func(q *dbcontents.Query, text string) { q.Where = at("is", nil, "doc", text) },
	"operator":           func(q *dbcontents.Query, text string) { q.Where = where("name", dbcontents.Op(text), "x") },
	"modifier":           func(q *dbcontents.Query, text string) { q.Where = where("name", dbcontents.Op("eq("+text+")"), "x") },
	"configuration":      func(q *dbcontents.Query, text string) { q.Where = where("name", dbcontents.Op("fts("+text+")"), "x") },
	"value":              func(q *dbcontents.Query, text string) { q.Where = where("name", "neq", text) },
	"number":             func(q *dbcontents.Query, text string) { q.Where = where("id", "eq", text) },
	"pattern":            func(q *dbcontents.Query, text string) { q.Where = where("name", "ilike", text) },
	"regular expression": func(q *dbcontents.Query, text string) { q.Where = where("name", "match", text) },
	"query of words":     func(q *dbcontents.Query, text string) { q.Where = where("name", "wfts", text) },
	"list":               func(q *dbcontents.Query, text string) { q.Where = where("name", "in", []string{"a", text}) },
	"array":              func(q *dbcontents.Query, text string) { q.Where = where("tags", "cs", text) },
	"any":                func(q *dbcontents.Query, text string) { q.Where = where("name", "eq(any)", text) },
	"all of a list":      func(q *dbcontents.Query, text string) { q.Where = where("name", "like(all)", []string{text}) },
	"state":              func(q *dbcontents.Query, text string) { q.Where = where("name", "is", text) },
	"JSON":               func(q *dbcontents.Query, text string) { q.Where = where("doc", "cs", text) },
	"computed":           func(q *dbcontents.Query, text string) { q.Where = where("label", "eq", text) },
	"time zone":          func(q *dbcontents.Query, text string) { q.TimeZone = text },
	"count":              func(q *dbcontents.Query, text string) { q.Count = dbcontents.Count(text) },
	"format":             func(q *dbcontents.Query, text string) { q.Format = dbcontents.Format(text) },
	"token":              func(q *dbcontents.Query, text string) { q.After = text },
}

// Whatever stands anywhere in a Query, no statement but ours runs, and nothing changes.
func TestInjection(t *testing.T) {
	t.Parallel()
	server, err := pgtest.NewWitness(t.Context(), "zz_ran", "test_table", kindsTable)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })

	// As a superuser: nobody can do more harm.
	store := openOn(t, dbcontents.Config{ConnString: server.DSN(pgtest.WitnessDatabase), AllTables: true, Aggregates: true, PoolSize: 1})
	base := dbcontents.Query{Table: "test_table", Select: dbcontents.Columns("id"), Order: []dbcontents.Order{{Column: "name"}}, Limit: 2, Pages: true}
	first := query(t, store, base)
	for first.Next() {
	}
	token, err := base64.RawURLEncoding.DecodeString(first.NextPage())
	if err != nil || len(token) < 14 {
		t.Fatalf("the token of the next page: %q, %v", first.NextPage(), err)
	}
	cases := maps.Clone(places)
	cases["values of a token"] = func(q *dbcontents.Query, text string) {
		q.After = base64.RawURLEncoding.EncodeToString(slices.Concat(token[:14], []byte{byte(len(text) + 1)}, []byte(text), []byte{2, '1'}))
	}
	var given, refused int
	for place, put := range cases {
		for _, text := range hostileTexts {
			q := base
			q.Select, q.Pages = slices.Clone(base.Select), false
			put(&q, text)
			rows, err := store.Query(t.Context(), q)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Close()
			}
			switch {
			case err == nil:
				given++
			case errors.Is(err, dbcontents.ErrInvalid), errors.Is(err, dbcontents.ErrNoTable):
				refused++
			default:
				t.Errorf("%s %.100q: %v", place, text, err)
			}
		}
	}
	if given < 100 || refused < 100 {
		t.Errorf("%d given, %d refused: the corpus does not reach what it should", given, refused)
	}

	ran, quoted, err := server.Testify(t.Context(), given,
		"SELECT ", "WITH part1 AS MATERIALIZED (SELECT ", "WITH rel AS (", "EXPLAIN (FORMAT JSON) SELECT ", "BEGIN", "SAVEPOINT dbcontents", "ROLLBACK")
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d given, %d refused, %d statements, %d of them with the text in quotes", given, refused, ran, quoted)
}
