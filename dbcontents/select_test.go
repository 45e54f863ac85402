package dbcontents_test

import (
	"errors"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Selected fields have the values and the names that the same SQL gives them.
func TestSelect(t *testing.T) {
	t.Parallel()
	store, _, conn := openOnKinds(t)
	type field = dbcontents.Field
	for _, tt := range []struct {
		reason string
		fields []field
		sql    string
	}{
		{"all columns", []field{{}}, `*`},
		{"all columns and others, some twice", []field{{Column: "id"}, {}, {Column: "label"}, {Column: "id"}}, `id, *, label(test_table), id`},
		{"an alias", []field{{Column: "id", Alias: `the "id`}}, `id AS "the ""id"`},
		{
			"casts",
			[]field{{Column: "id", Cast: "text"}, {Column: "n", Cast: "double precision"}, {Column: "f", Cast: "real"}, {Column: "id", Cast: "BOOLEAN"}},
			`id::text, n::float8 AS n, f::float4 AS f, id::boolean AS id`,
		},
		{"casts to types of the table's schema", []field{{Column: "name", Cast: "text"}, {Column: "mood", Cast: "mood"}, {Column: "n", Cast: "amount"}}, `name, mood, n`},
		{
			"casts with an implied length",
			[]field{{Column: "body", Cast: "char"}, {Column: "body", Cast: "character varying"}, {Column: "body", Cast: "bpchar"}},
			`body::char AS body, body::varchar AS body, body::bpchar AS body`,
		},
		{"a cast to an array type", []field{{Column: "tags", Cast: "_varchar"}}, `tags`},
		{"a path to JSON is named after its last key", []field{{Column: "doc", Path: []any{"a", "b", 0}}}, `doc->'a'->'b'->0 AS b`},
		{"a path to text", []field{{Column: "doc", Path: []any{"s"}, Text: true}}, `doc->>'s' AS s`},
		{"a path of indexes is named after the column", []field{{Column: "doc", Path: []any{0}}}, `doc->0 AS doc`},
		{"a path in json", []field{{Column: "raw", Path: []any{"k", 0}}}, `raw->'k'->0 AS k`},
		{"a path in arrays and others", []field{{Column: "tags", Path: []any{1}, Text: true}, {Column: "id", Path: []any{"a"}}}, `tags[2] AS tags, NULL AS a`},
		{"a path with a cast", []field{{Column: "doc", Path: []any{"n"}, Text: true, Cast: "int"}}, `(doc->>'n')::int AS n`},
		{
			"computed columns",
			[]field{{Column: "label"}, {Column: "twice", Alias: "x"}, {Column: "pairs"}, {Column: "pairs", Path: []any{0}, Text: true, Cast: "int"}},
			`label(test_table), twice(test_table) AS x, pairs(test_table), id AS pairs`,
		},
		{
			"keys with everything",
			[]field{{Column: "doc", Path: []any{`k's`}}, {Column: "doc", Path: []any{`b\s`}, Text: true}, {Column: "doc", Path: []any{`"`}}},
			`doc->'k''s' AS "k's", doc->>E'b\\s' AS "b\s", doc->'"' AS """"`,
		},
	} {
		got := write(t, store, dbcontents.Query{Select: tt.fields, Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.JSON})
		if want := aggregated(t, conn, "SELECT "+tt.sql+" FROM test_table ORDER BY test_table.id"); compact(t, got) != want {
			t.Errorf("%s:\n%s, want\n%s", tt.reason, compact(t, got), want)
		}
	}
}

// Aggregates return what the same SQL returns.
func TestAggregates(t *testing.T) {
	t.Parallel()
	store, _, conn := openOnKinds(t)
	type field = dbcontents.Field
	for _, tt := range []struct {
		reason string
		fields []field
		filter dbcontents.Filter
		sql    string
	}{
		{"count of rows", []field{{Aggregate: "count"}}, where("id", "gt", 1), `SELECT count(*) FROM test_table WHERE id > 1`},
		{"count of values", []field{{Column: "name", Aggregate: "count", Alias: "names"}}, where("id", "gt", 0), `SELECT count(name) AS names FROM test_table`},
		{
			"grouped",
			[]field{{Column: "mood"}, {Column: "n", Aggregate: "sum"}, {Column: "cost", Aggregate: "avg", Alias: "mean"}, {Aggregate: "count"}},
			where("id", "gt", 0),
			`SELECT mood, sum(n), avg(cost) AS mean, count(*) FROM test_table GROUP BY mood`,
		},
		{"min and max of all kinds of types", []field{
			{Column: "at", Aggregate: "max"},
			{Column: "name", Aggregate: "min"},
			{Column: "sizes", Aggregate: "max"},
			{Column: "mood", Aggregate: "min"},
			{Column: "f", Aggregate: "max"},
			{Column: `Odd "Name`, Aggregate: "max"},
			{Column: "id", Aggregate: "avg"},
			{Column: "id", Aggregate: "sum"},
		}, where("id", "gt", 0), `SELECT max(at), min(name), max(sizes), min(mood), max(f), max("Odd ""Name"), avg(id), sum(id) FROM test_table`},
		{
			"casts before and after",
			[]field{{Column: "n", Cast: "int", Aggregate: "sum", AggregateCast: "text"}},
			where("id", "lt", 3),
			`SELECT sum(n::int)::text AS sum FROM test_table WHERE id < 3`,
		},
		{"of a path", []field{{Column: "doc", Path: []any{"n"}, Text: true, Cast: "int", Aggregate: "sum"}}, where("id", "lt", 3), `SELECT sum((doc->>'n')::int) FROM test_table WHERE id < 3`},
		{
			"grouped by an array and a path",
			[]field{{Column: "tags"}, {Column: "doc", Path: []any{"s"}}, {Aggregate: "count"}},
			where("id", "eq", 1),
			`SELECT tags, doc->'s' AS s, count(*) FROM test_table WHERE id = 1 GROUP BY 1, 2`,
		},
	} {
		order := []dbcontents.Order(nil)
		if tt.fields[0].Column == "mood" {
			order, tt.sql = []dbcontents.Order{{Column: "mood"}}, tt.sql+" ORDER BY mood"
		}
		got := write(t, store, dbcontents.Query{Select: tt.fields, Where: tt.filter, Order: order, Format: dbcontents.JSON})
		if want := aggregated(t, conn, tt.sql); compact(t, got) != want {
			t.Errorf("%s: %s, want %s", tt.reason, compact(t, got), want)
		}
	}
	off := openOn(t, dbcontents.Config{ConnString: conn.Config().ConnString()})
	_, err := off.Query(t.Context(), dbcontents.Query{Select: []field{{Aggregate: "count"}}})
	wantCode(t, "not allowed", err, dbcontents.ErrInvalid, "aggregates_off", "")
}

// wantCode wants an error with this sentinel, code and SQLSTATE.
func wantCode(t *testing.T, reason string, err, sentinel error, code, state string) {
	t.Helper()
	var e *dbcontents.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &e) || e.Code != code || e.SQLState != state {
		t.Errorf("%s: %v, want %s %s", reason, err, code, state)
	}
}

// Sorting by paths and by computed columns is what the same SQL does.
func TestOrderOfPathsAndComputed(t *testing.T) {
	t.Parallel()
	store, _, conn := openOnKinds(t)
	for _, tt := range []struct {
		order []dbcontents.Order
		sql   string
	}{
		{[]dbcontents.Order{{Column: "doc", Path: []any{"s"}, Text: true, Desc: true, Nulls: dbcontents.NullsLast}, {Column: "id"}}, `doc->>'s' DESC NULLS LAST, id`},
		{[]dbcontents.Order{{Column: "doc", Path: []any{"n"}}, {Column: "id", Desc: true}}, `doc->'n', id DESC`},
		{[]dbcontents.Order{{Column: "label", Desc: true}}, `label(test_table) DESC`},
		{[]dbcontents.Order{{Column: "name", Nulls: dbcontents.NullsFirst}}, `name NULLS FIRST`},
		{[]dbcontents.Order{{Column: "name", Desc: true}}, `name DESC`},
	} {
		got := write(t, store, dbcontents.Query{Select: dbcontents.Columns("id"), Order: tt.order, Format: dbcontents.JSON})
		if want := aggregated(t, conn, "SELECT id FROM test_table ORDER BY "+tt.sql); compact(t, got) != want {
			t.Errorf("%s: %s, want %s", tt.sql, compact(t, got), want)
		}
	}
}
