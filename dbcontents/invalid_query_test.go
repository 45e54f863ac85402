package dbcontents_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A query that cannot be run gets an error of its own, with PostgreSQL's SQLSTATE
// if PostgreSQL rejected it.
func TestInvalidQueries(t *testing.T) {
	t.Parallel()
	store, _, _ := openOnKinds(t)
	type query = dbcontents.Query
	type field = dbcontents.Field
	for _, tt := range []struct {
		reason      string
		query       query
		code, state string
	}{
		{"not a number", query{Where: where("id", "eq", "x")}, "value_refused", "22P02"},
		{"out of range", query{Where: where("id", "eq", "99999999999")}, "value_refused", "22003"},
		{"not a date", query{Where: where("day", "gt", "soon")}, "value_refused", "22007"},
		{"no such day", query{Where: where("day", "gt", "2020-02-31")}, "value_refused", "22008"},
		{"not an array", query{Where: where("tags", "cs", "{")}, "value_refused", "22P02"},
		{"not a regular expression", query{Where: where("name", "match", "(")}, "value_refused", "2201B"},
		{"not a tsquery", query{Where: where("body", "fts", "a b")}, "value_refused", "42601"},
		{"no such configuration", query{Where: where("body", "fts(klingon)", "a")}, "value_refused", "42704"},
		{"a NUL", query{Where: where("name", "eq", "a\x00b")}, "value_refused", "22021"},
		{"not UTF-8", query{Where: where("name", "eq", "\xff")}, "value_refused", "22021"},
		{"is true of text", query{Where: where("name", "is", "true")}, "value_refused", "42804"},
		{"no such operator", query{Where: where("id", "like", "1*")}, "operator_missing", "42883"},
		{"no such operator on JSON", query{Where: where("raw", "eq", "1")}, "operator_missing", "42883"},
		{"a sort order of a type that has none", query{Order: []dbcontents.Order{{Column: "pair"}}}, "operator_missing", "42883"},
		{"a cast that fails", query{Select: []field{{Column: "name", Cast: "int"}}}, "value_refused", "22P02"},
		{"a cast that does not exist", query{Select: []field{{Column: "id", Cast: "date"}}}, "value_refused", "42846"},
		{"a cast that a domain refuses", query{Select: []field{{Column: "n", Cast: "few"}}}, "value_refused", "23514"},
		{"no such type", query{Select: []field{{Column: "id", Cast: "select"}}}, "type_unknown", ""},
		{"a type of another schema", query{Select: []field{{Column: "id", Cast: "information_schema.sql_identifier"}}}, "query_invalid", ""},
		{"an unknown column", query{Where: where("nmae", "eq", "x")}, "column_unknown", ""},
		{"a function of another schema", query{Select: dbcontents.Columns("far")}, "column_unknown", ""},
		{"a function that returns a set", query{Select: dbcontents.Columns("many")}, "column_unknown", ""},
		{"not grouped", query{Select: []field{{Aggregate: "count"}}, Order: []dbcontents.Order{{Column: "id"}}}, "value_refused", "42803"},
		{"no sum", query{Select: []field{{Column: "name", Aggregate: "sum"}}}, "operator_missing", "42883"},
		{"not a time zone", query{TimeZone: "Mars/Olympus"}, "value_refused", "22023"},
		{"an unknown operator", query{Where: where("id", "equals", 1)}, "query_invalid", ""},
		{"any with an operator that has none", query{Where: where("id", "neq(any)", "{1}")}, "query_invalid", ""},
		{"an unknown modifier", query{Where: where("id", "eq(some)", "{1}")}, "query_invalid", ""},
		{"a configuration that is SQL", query{Where: where("body", "fts(english', ')", "a")}, "query_invalid", ""},
		{"an unfinished modifier", query{Where: where("id", "eq(any", "{1}")}, "query_invalid", ""},
		{"not a list", query{Where: where("id", "in", 1)}, "query_invalid", ""},
		{"null without is", query{Where: where("id", "eq", nil)}, "query_invalid", ""},
		{"is, of something else", query{Where: where("id", "is", "1")}, "query_invalid", ""},
		{"a value without text", query{Where: where("id", "eq", struct{}{})}, "query_invalid", ""},
		{"not a step of a path", query{Select: []field{{Column: "doc", Path: []any{1.5}}}}, "query_invalid", ""},
		{"a cast that is SQL", query{Select: []field{{Column: "id", Cast: "int) FROM pg_authid --"}}}, "query_invalid", ""},
		{"a count of another kind", query{Count: "rough"}, "query_invalid", ""},
		{"a cast in a filter", query{Where: dbcontents.Where(field{Column: "id", Cast: "text"}, "eq", "1")}, "query_invalid", ""},
	} {
		rows, err := store.Query(t.Context(), tt.query)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		wantCode(t, tt.reason, err, dbcontents.ErrInvalid, tt.code, tt.state)
	}
	deep := where("id", "eq", 1)
	for range 200 {
		deep = dbcontents.Not(deep)
	}
	_, err := store.Query(t.Context(), query{Where: deep})
	wantCode(t, "too deep", err, dbcontents.ErrInvalid, "query_invalid", "")
	many := make([]dbcontents.Filter, 70000)
	for i := range many {
		many[i] = where("id", "eq", i)
	}
	_, err = store.Query(t.Context(), query{Where: dbcontents.Or(many...)})
	wantCode(t, "too many", err, dbcontents.ErrInvalid, "query_invalid", "")
	_, err = store.Query(t.Context(), query{Where: where("nmae", "eq", 1)})
	var e *dbcontents.Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, `"name"`) {
		t.Errorf("the hint does not name the similar column: %v", err)
	}
	if got := write(t, store, query{Select: dbcontents.Columns("id"), Where: where("id", "in", make([]int, 100_000)), Format: dbcontents.JSON}); got != "[]\n" {
		t.Errorf("a long list: %s", got)
	}
}

// A wrong operator is answered with the one that was probably meant, whichever
// language its author had in mind.
func TestOperatorThatWasMeant(t *testing.T) {
	t.Parallel()
	store := openOn(t, dbcontents.Config{ConnString: "host=/nonexistent", Tables: []string{"t"}})
	for op, meant := range map[dbcontents.Op]dbcontents.Op{
		"==": dbcontents.OpEq, "=": dbcontents.OpEq, "EQ": dbcontents.OpEq, "!=": dbcontents.OpNeq, "<>": dbcontents.OpNeq, ">=": dbcontents.OpGte,
		"contains": dbcontents.OpContains, "@>": dbcontents.OpContains, "LIKE": dbcontents.OpLike, "~*": dbcontents.OpIMatch, "ilik": dbcontents.OpILike,
		"IS": dbcontents.OpIs, "lik(any)": dbcontents.OpLike + "(any)", "In": dbcontents.OpIn,
	} {
		err := store.Validate(dbcontents.Query{Where: dbcontents.Where("id", op, 1)})
		wantCode(t, string(op), err, dbcontents.ErrInvalid, "query_invalid", "")
		if !strings.HasSuffix(err.Error(), `perhaps you meant "`+string(meant)+`"`) {
			t.Errorf("%s: %v", op, err)
		}
		if op.Valid() || !meant.Valid() {
			t.Errorf("%s is valid: %v, %s: %v", op, op.Valid(), meant, meant.Valid())
		}
	}
}
