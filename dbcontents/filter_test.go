package dbcontents_test

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// where is a short name in tables of filters.
func where(column string, op dbcontents.Op, value any) dbcontents.Filter {
	return dbcontents.Where(column, op, value)
}

// at is a filter on the JSON at a path, and atText on its text.
func at(op dbcontents.Op, value any, column string, path ...any) dbcontents.Filter {
	return dbcontents.Where(dbcontents.Field{Column: column, Path: path}, op, value)
}

func atText(op dbcontents.Op, value any, column string, path ...any) dbcontents.Filter {
	return dbcontents.Where(dbcontents.Field{Column: column, Path: path, Text: true}, op, value)
}

// With every operator and every kind of value, the rows are those of the SQL next
// to it.
func TestFilters(t *testing.T) {
	t.Parallel()
	store, _, conn := openOnKinds(t)
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
