package dbcontents_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// languageTable has a column for every kind of operator.
const languageTable = `
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE DOMAIN amount AS numeric CHECK (VALUE < 1000);
CREATE DOMAIN few AS numeric CHECK (VALUE < 2);
CREATE DOMAIN words AS tsvector;
CREATE TABLE test_table (
	id int PRIMARY KEY, name text, "Odd ""Name" varchar(20), n numeric, f float8, yes boolean, at timestamptz, day date,
	tags text[], sizes int[], span int4range, doc jsonb, raw json, body text, vec tsvector, vecs words, mood mood, cost amount, pair point, key uuid);
INSERT INTO test_table VALUES
	(1, 'alpha', 'x', 1.50, 0.5, true, '2020-01-01 12:00Z', '2020-01-01', '{a,b}', '{1,2}', '[1,5)', '{"a":{"b":[1,2,3]},"s":"text","n":5}', '{"k": [{"x":1}]}',
		'the quick brown fox', to_tsvector('english', 'cats running'), to_tsvector('cats'), 'low', 10, '(1,2)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
	(2, 'Beta', 'a,b.(c)"', 2, 1e23, false, '2021-06-01 00:30+05:30', '2021-06-01', '{b,"c d","e\"f"}', '{}', '[5,9)', '{"a":null,"s":"","n":"5","k''s":1,"b\\s":2}', '[1,2]',
		'jumps over the lazy dogs', to_tsvector('english', 'a dog barked'), NULL, 'high', 20.5, NULL, NULL),
	(3, NULL, '', NULL, 'NaN', NULL, NULL, NULL, NULL, '{NULL,7}', 'empty', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 'al*ha%_\', 'NULL', -7, '-Infinity', true, 'infinity', '-infinity', '{}', '{3,1}', '(,3)', '[10,{"a":"deep"}]', '"s"',
		'Foxes and dogs', to_tsvector('english', 'fox'), to_tsvector('dogs'), 'low', -1, '(0,0)', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
CREATE FUNCTION label(test_table) RETURNS text STABLE LANGUAGE sql AS $$ SELECT $1.id || '-' || coalesce($1.name, '?') $$;
CREATE FUNCTION twice(test_table) RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT $1.n * 2 $$;
CREATE FUNCTION pairs(test_table) RETURNS int[] STABLE LANGUAGE sql AS $$ SELECT ARRAY[$1.id, 0] $$;
CREATE FUNCTION indexed(test_table) RETURNS tsvector STABLE LANGUAGE sql AS $$ SELECT $1.vec $$;
CREATE FUNCTION many(test_table) RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION name(test_table) RETURNS text LANGUAGE sql AS $$ SELECT 'a column goes before a function' $$;
CREATE SCHEMA elsewhere; CREATE FUNCTION elsewhere.far(test_table) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$`

// languageStore is a Store on languageTable, and a connection whose settings are those of a read.
func languageStore(t *testing.T) (*dbcontents.Store, *pgtest.DB, *pgx.Conn) {
	t.Helper()
	store, db := open(t, dbcontents.Config{Aggregates: true}, languageTable)
	conn := db.Conn()
	mustExec(t, conn, pinned)
	return store, db, conn
}

// aggregated is what PostgreSQL's own json_agg makes of a statement's rows.
func aggregated(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), "SELECT coalesce(json_agg(r), '[]')::text FROM ("+sql+") r").Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return compact(t, text)
}

// compact takes the white space out of JSON, and nothing else.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b.String()
}

// where is a short name in tables of filters.
func where(column string, op dbcontents.Op, value any) dbcontents.Filter {
	return dbcontents.Where(column, op, value)
}

// at tests what lies at a path, as JSON; atText as text.
func at(op dbcontents.Op, value any, column string, path ...any) dbcontents.Filter {
	return dbcontents.Where(dbcontents.Field{Column: column, Path: path}, op, value)
}

func atText(op dbcontents.Op, value any, column string, path ...any) dbcontents.Filter {
	return dbcontents.Where(dbcontents.Field{Column: column, Path: path, Text: true}, op, value)
}

// Every operator, and every kind of value, lets pass the rows that the SQL
// beside it does.
func TestFilters(t *testing.T) {
	t.Parallel()
	store, _, conn := languageStore(t)
	not, and, or := dbcontents.Not, dbcontents.And, dbcontents.Or
	for _, tt := range []struct {
		reason string
		filter dbcontents.Filter
		sql    string
	}{
		{"zero", dbcontents.Filter{}, `true`},
		{"eq", where("id", "eq", 2), `id = 2`},
		{"eq, text as in a URL", where("id", "eq", "2"), `id = 2`},
		{"neq leaves null out", where("name", "neq", "alpha"), `name <> 'alpha'`},
		{"gt", where("n", "gt", "1.5"), `n > 1.5`},
		{"gte", where("n", "gte", 1.5), `n >= 1.5`},
		{"lt", where("f", "lt", "NaN"), `f < 'NaN'`},
		{"lte", where("day", "lte", "2020-01-01"), `day <= '2020-01-01'`},
		{"a time", where("at", "eq", time.Date(2020, 1, 1, 13, 0, 0, 0, time.FixedZone("", 3600))), `at = '2020-01-01 12:00Z'`},
		{"a bool", where("yes", "eq", true), `yes`},
		{"an enum", where("mood", "gt", "low"), `mood > 'low'`},
		{"a domain", where("cost", "eq", "20.50"), `cost = 20.5`},
		{"a uuid", where("key", "eq", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), `key = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`},
		{"an awkward name and value", where(`Odd "Name`, "eq", `a,b.(c)"`), `"Odd ""Name" = 'a,b.(c)"'`},
		{"the empty text", where(`Odd "Name`, "eq", ""), `"Odd ""Name" = ''`},
		{"text that is a word of SQL", where(`Odd "Name`, "eq", "NULL"), `"Odd ""Name" = 'NULL'`},
		{"eq(any)", where("id", "eq(any)", "{1,3}"), `id IN (1, 3)`},
		{"eq(any) of a slice", where("id", "eq(any)", []int{1, 3}), `id IN (1, 3)`},
		{"gt(all)", where("id", "gt(all)", "{1,2}"), `id > 2`},
		{"lte(any)", where("id", "lte(any)", "{1,2}"), `id <= 2`},
		{"lt(all)", where("id", "lt(all)", "{4,3}"), `id < 3`},
		{"gte(any)", where("id", "gte(any)", "{4,3}"), `id >= 3`},
		{"like", where("name", "like", "al*"), `name LIKE 'al%'`},
		{"like takes % too", where("name", "like", "%a"), `name LIKE '%a'`},
		{"like with a backslash", where("name", "like", `al\%*`), `name LIKE 'al\%%'`},
		{"ilike", where("name", "ilike", "*ET*"), `name ILIKE '%ET%'`},
		{"like(any)", where("name", "like(any)", "{al*,B*}"), `name LIKE 'al%' OR name LIKE 'B%'`},
		{"ilike(all)", where("name", "ilike(all)", []string{"A*", "*A"}), `name ILIKE 'A%' AND name ILIKE '%A'`},
		{"match", where("name", "match", "^al.*a$"), `name ~ '^al.*a$'`},
		{"imatch", where("name", "imatch", "^b"), `name ~* '^b'`},
		{"match(any)", where("name", "match(any)", "{^a,^B}"), `name ~ '^[aB]'`},
		{"imatch(all)", where("name", "imatch(all)", "{a,l}"), `name ~* 'a' AND name ~* 'l'`},
		{"in", where("id", "in", []string{"1", "4"}), `id IN (1, 4)`},
		{"in, of text with everything", where(`Odd "Name`, "in", []string{`a,b.(c)"`, "NULL", `\`}), `"Odd ""Name" IN ('a,b.(c)"', 'NULL')`},
		{"in nothing", where("id", "in", []int{}), `false`},
		{"in the empty text", where(`Odd "Name`, "in", []string{""}), `"Odd ""Name" = ''`},
		{"not in", not(where("id", "in", []int64{1, 2})), `id NOT IN (1, 2)`},
		{"is null", where("name", "is", nil), `name IS NULL`},
		{"is NULL, in another letter case", where("name", "is", "NuLL"), `name IS NULL`},
		{"is not_null", where("name", "is", "not_null"), `name IS NOT NULL`},
		{"is true", where("yes", "is", true), `yes IS TRUE`},
		{"is false", where("yes", "is", "false"), `yes IS FALSE`},
		{"is unknown", where("yes", "is", "Unknown"), `yes IS UNKNOWN`},
		{"not is null", not(where("name", "is", "null")), `name IS NOT NULL`},
		{"isdistinct", where("name", "isdistinct", "alpha"), `name IS DISTINCT FROM 'alpha'`},
		{"not isdistinct", not(where("name", "isdistinct", "alpha")), `name = 'alpha'`},
		{"cs of an array", where("tags", "cs", "{b}"), `tags @> '{b}'`},
		{"cs of a slice", where("tags", "cs", []string{"c d", `e"f`}), `tags @> ARRAY['c d', 'e"f']`},
		{"cd", where("sizes", "cd", "{1,2,3}"), `sizes <@ '{1,2,3}'`},
		{"ov", where("sizes", "ov", []int{2, 7}), `sizes && '{2,7}'`},
		{"an array equals", where("sizes", "eq", "{3,1}"), `sizes = '{3,1}'`},
		{"cs of jsonb", where("doc", "cs", `{"a":{"b":[2]}}`), `doc @> '{"a":{"b":[2]}}'`},
		{"cs of a range", where("span", "cs", "[1,2]"), `span @> '[1,2]'::int4range`},
		{"cd of a range", where("span", "cd", "[0,6]"), `span <@ '[0,6]'::int4range`},
		{"ov of ranges", where("span", "ov", "[4,5]"), `span && '[4,5]'::int4range`},
		{"sl", where("span", "sl", "[5,6]"), `span << '[5,6]'::int4range`},
		{"sr", where("span", "sr", "(,4]"), `span >> '(,4]'::int4range`},
		{"nxr", where("span", "nxr", "[1,5)"), `span &< '[1,5)'::int4range`},
		{"nxl", where("span", "nxl", "[5,6)"), `span &> '[5,6)'::int4range`},
		{"adj", where("span", "adj", "[5,6)"), `span -|- '[5,6)'::int4range`},
		{"fts", where("body", "fts", "fox & quick"), `to_tsvector(body) @@ to_tsquery('fox & quick')`},
		{"fts of a tsvector", where("vec", "fts(english)", "cat"), `vec @@ to_tsquery('english', 'cat')`},
		{"fts of a domain on tsvector", where("vecs", "fts", "cats"), `vecs @@ to_tsquery('cats')`},
		{"fts with a configuration", where("body", "fts(english)", "foxes | dog"), `to_tsvector('english', body) @@ to_tsquery('english', 'foxes | dog')`},
		{"plfts", where("body", "plfts(english)", "the fox"), `to_tsvector('english', body) @@ plainto_tsquery('english', 'the fox')`},
		{"phfts", where("body", "phfts(simple)", "lazy dogs"), `to_tsvector('simple', body) @@ phraseto_tsquery('simple', 'lazy dogs')`},
		{"wfts", where("body", "wfts(english)", `dog -lazy`), `to_tsvector('english', body) @@ websearch_to_tsquery('english', 'dog -lazy')`},
		{"fts of JSON", where("doc", "fts(simple)", "deep"), `to_tsvector('simple', doc) @@ to_tsquery('simple', 'deep')`},
		{"fts of a path", atText("fts(simple)", "text", "doc", "s"), `to_tsvector('simple', doc->>'s') @@ to_tsquery('simple', 'text')`},
		{"fts of a computed column", where("indexed", "fts(english)", "cat"), `vec @@ to_tsquery('english', 'cat')`},
		{"a path to JSON", at("eq", "5", "doc", "n"), `doc->'n' = '5'`},
		{"a path to text", atText("eq", "5", "doc", "n"), `doc->>'n' = '5'`},
		{"a path of keys and indexes", atText("eq", "2", "doc", "a", "b", 1), `doc->'a'->'b'->>1 = '2'`},
		{"an index from the end", atText("eq", "deep", "doc", -1, "a"), `doc->-1->>'a' = 'deep'`},
		{"keys with quotes", and(atText("eq", "1", "doc", "k's"), atText("eq", "2", "doc", `b\s`)), `id = 2`},
		{"a path in json", atText("eq", "1", "raw", "k", 0, "x"), `raw->'k'->0->>'x' = '1'`},
		{"a path in an array", at("eq", "2", "sizes", 1), `sizes[2] = 2`},
		{"is, of a path", at("is", "null", "doc", "zzz"), `doc->'zzz' IS NULL`},
		{"a computed column", where("label", "eq", "1-alpha"), `id = 1`},
		{"a number computed", where("twice", "gt", "3"), `n * 2 > 3`},
		{"a path in a computed column", at("eq", "4", "pairs", 0), `id = 4`},
		{"a column goes before a function", where("name", "eq", "alpha"), `name = 'alpha'`},
		{"and", and(where("id", "gt", 1), where("id", "lt", 4)), `id IN (2, 3)`},
		{"or", or(where("id", "eq", 1), where("name", "is", nil)), `id IN (1, 3)`},
		{"not and", not(and(where("id", "gt", 1), where("id", "lt", 4))), `id IN (1, 4)`},
		{"not or", not(or(where("id", "eq", 1), where("id", "eq", 2))), `id IN (3, 4)`},
		{"not leaves null out", not(where("name", "eq", "alpha")), `NOT name = 'alpha'`},
		{"a tree", or(and(where("id", "lt", 3), not(where("yes", "is", true))), and(where("id", "eq", 4), or(where("n", "lt", 0), where("n", "gt", 0)))), `id IN (2, 4)`},
		{"and of nothing", and(), `true`},
		{"or of nothing", or(), `false`},
		{"not of nothing", not(dbcontents.Filter{}), `false`},
		{"or with what lets all pass", or(where("id", "eq", 1), and()), `true`},
	} {
		got := write(t, store, dbcontents.Query{Select: dbcontents.Columns("id"), Where: tt.filter, Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.JSON})
		if want := aggregated(t, conn, "SELECT id FROM test_table WHERE "+tt.sql+" ORDER BY id"); compact(t, got) != want {
			t.Errorf("%s: %s, want %s", tt.reason, compact(t, got), want)
		}
	}
}

// What is selected, and how it is called.
func TestSelect(t *testing.T) {
	t.Parallel()
	store, _, conn := languageStore(t)
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
		{"a path to JSON is called by its last key", []field{{Column: "doc", Path: []any{"a", "b", 0}}}, `doc->'a'->'b'->0 AS b`},
		{"a path to text", []field{{Column: "doc", Path: []any{"s"}, Text: true}}, `doc->>'s' AS s`},
		{"a path of indexes is called by the column", []field{{Column: "doc", Path: []any{0}}}, `doc->0 AS doc`},
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

func TestAggregates(t *testing.T) {
	t.Parallel()
	store, _, conn := languageStore(t)
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

func wantCode(t *testing.T, reason string, err, sentinel error, code, state string) {
	t.Helper()
	var e *dbcontents.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &e) || e.Code != code || e.SQLState != state {
		t.Errorf("%s: %v, want %s %s", reason, err, code, state)
	}
}

func TestOrderOfPathsAndComputed(t *testing.T) {
	t.Parallel()
	store, _, conn := languageStore(t)
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

// What a request gets wrong is its own error, with the database's SQLSTATE.
func TestRefusedValues(t *testing.T) {
	t.Parallel()
	store, _, _ := languageStore(t)
	type query = dbcontents.Query
	type field = dbcontents.Field
	for _, tt := range []struct {
		reason      string
		query       query
		code, state string
	}{
		{"no number", query{Where: where("id", "eq", "x")}, "value_refused", "22P02"},
		{"out of range", query{Where: where("id", "eq", "99999999999")}, "value_refused", "22003"},
		{"no date", query{Where: where("day", "gt", "soon")}, "value_refused", "22007"},
		{"no such day", query{Where: where("day", "gt", "2020-02-31")}, "value_refused", "22008"},
		{"no array", query{Where: where("tags", "cs", "{")}, "value_refused", "22P02"},
		{"no regular expression", query{Where: where("name", "match", "(")}, "value_refused", "2201B"},
		{"no tsquery", query{Where: where("body", "fts", "a b")}, "value_refused", "42601"},
		{"no such configuration", query{Where: where("body", "fts(klingon)", "a")}, "value_refused", "42704"},
		{"a NUL", query{Where: where("name", "eq", "a\x00b")}, "value_refused", "22021"},
		{"not UTF-8", query{Where: where("name", "eq", "\xff")}, "value_refused", "22021"},
		{"is true of text", query{Where: where("name", "is", "true")}, "value_refused", "42804"},
		{"no such operator", query{Where: where("id", "like", "1*")}, "operator_missing", "42883"},
		{"no such operator on JSON", query{Where: where("raw", "eq", "1")}, "operator_missing", "42883"},
		{"an order of what has none", query{Order: []dbcontents.Order{{Column: "pair"}}}, "operator_missing", "42883"},
		{"a cast that fails", query{Select: []field{{Column: "name", Cast: "int"}}}, "value_refused", "22P02"},
		{"a cast that there is not", query{Select: []field{{Column: "id", Cast: "date"}}}, "value_refused", "42846"},
		{"a cast that a domain refuses", query{Select: []field{{Column: "n", Cast: "few"}}}, "value_refused", "23514"},
		{"no such type", query{Select: []field{{Column: "id", Cast: "select"}}}, "type_unknown", ""},
		{"a type of another schema", query{Select: []field{{Column: "id", Cast: "information_schema.sql_identifier"}}}, "query_invalid", ""},
		{"a path in nothing", query{Where: where("nmae", "eq", "x")}, "column_unknown", ""},
		{"a function of another schema", query{Select: dbcontents.Columns("far")}, "column_unknown", ""},
		{"a function that gives many", query{Select: dbcontents.Columns("many")}, "column_unknown", ""},
		{"not grouped", query{Select: []field{{Aggregate: "count"}}, Order: []dbcontents.Order{{Column: "id"}}}, "value_refused", "42803"},
		{"no sum", query{Select: []field{{Column: "name", Aggregate: "sum"}}}, "operator_missing", "42883"},
		{"no time zone", query{TimeZone: "Mars/Olympus"}, "value_refused", "22023"},
		{"an unknown operator", query{Where: where("id", "equals", 1)}, "query_invalid", ""},
		{"any of what has none", query{Where: where("id", "neq(any)", "{1}")}, "query_invalid", ""},
		{"an unknown modifier", query{Where: where("id", "eq(some)", "{1}")}, "query_invalid", ""},
		{"a configuration that is SQL", query{Where: where("body", "fts(english', ')", "a")}, "query_invalid", ""},
		{"an unfinished modifier", query{Where: where("id", "eq(any", "{1}")}, "query_invalid", ""},
		{"no list", query{Where: where("id", "in", 1)}, "query_invalid", ""},
		{"null without is", query{Where: where("id", "eq", nil)}, "query_invalid", ""},
		{"is, of something else", query{Where: where("id", "is", "1")}, "query_invalid", ""},
		{"a value without text", query{Where: where("id", "eq", struct{}{})}, "query_invalid", ""},
		{"no step of a path", query{Select: []field{{Column: "doc", Path: []any{1.5}}}}, "query_invalid", ""},
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
		t.Errorf("the hint names no near column: %v", err)
	}
	if got := write(t, store, query{Select: dbcontents.Columns("id"), Where: where("id", "in", make([]int, 100_000)), Format: dbcontents.JSON}); got != "[]\n" {
		t.Errorf("a long list: %s", got)
	}
}
