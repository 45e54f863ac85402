package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A kind is a type of columns in random tables.
type kind struct {
	sql    string
	values []string // few, so that values of columns and of filters are often equal
	bad    string   // not a value of the type; empty if there is none
	ops    []string // operators besides "is null"
	casts  []string // types that every value can be cast to
}

var (
	comparisons = []string{"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct", "in", "eq(any)", "gt(any)", "lte(all)", "gte(all)", "lt(any)"}
	patterns    = []string{"like", "ilike", "match", "imatch", "like(any)", "ilike(all)", "match(any)", "imatch(all)", "fts", "plfts", "phfts(simple)", "wfts(english)", "fts(simple)"}
	ofArrays    = []string{"eq", "neq", "lt", "cs", "cd", "ov", "isdistinct"}
	ofRanges    = []string{"eq", "gt", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "in"}
)

// kindsOfColumns are the types of random columns. Together they have every operator.
var kindsOfColumns = []kind{
	{"int", []string{"-7", "0", "1", "2", "2147483647"}, "x", comparisons, []string{"text", "bigint", "numeric", "double precision", "bool"}},
	{"bigint", []string{"-1", "0", "9007199254740993", "9223372036854775807"}, "1.5", comparisons, []string{"text", "numeric", "real"}},
	{"numeric", []string{"0", "1.50", "-2.005", "NaN", "123456789012345678901234567890.1"}, "1,5", comparisons, []string{"text", "double precision"}},
	{"float8", []string{"0", "-0.5", "1e23", "NaN", "-Infinity"}, "", comparisons, []string{"text"}},
	{"text", []string{"", "a", "Abc", "a,b", `q"uo\te`, "NULL", "null", "ä€😀", "(x)", "{1}", "50%", "al*ha", "the dog"}, "", append(patterns, comparisons...), []string{"varchar"}},
	{"varchar(12)", []string{"", "b", "xyz", "it's", "line\nend"}, "", append(patterns, comparisons...), []string{"text", "name"}},
	{"boolean", []string{"true", "false"}, "maybe", append([]string{"is"}, comparisons...), []string{"text", "int"}},
	{"date", []string{"2020-01-01", "2021-06-30", "infinity", "0044-03-15 BC"}, "2020-02-31", comparisons, []string{"text", "timestamp without time zone"}},
	{"timestamptz", []string{"2020-01-01 00:00Z", "2021-06-30 12:00:00.000001+05:45", "-infinity"}, "noon", comparisons, []string{"text"}},
	{"interval", []string{"1 day", "-02:30", "1 year 2 mons"}, "long", comparisons, []string{"text"}},
	{"uuid", []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"}, "a0", comparisons, []string{"text"}},
	{"bytea", []string{`\x`, `\x00ff`, `\x6162`}, `\xg`, comparisons, []string{"text"}},
	{"inet", []string{"10.0.0.1", "10.0.0.0/8", "::1"}, "10.", append([]string{"sl", "sr"}, comparisons...), []string{"text"}},
	{"mood", []string{"low", "mid", "high"}, "tired", comparisons, []string{"text"}},
	{"amount", []string{"1", "2.50", "99"}, "lots", comparisons, []string{"text", "numeric"}},
	{"text[]", []string{"{}", "{a}", `{a,b,NULL}`, `{"x y","q\"",""}`, "{{a,b},{c,d}}"}, "{", ofArrays, []string{"text"}},
	{"int[]", []string{"{}", "{1,2}", "{3,NULL}"}, "1,2", ofArrays, []string{"text", "_int8"}},
	{"int4range", []string{"empty", "[1,5)", "[3,9)", "(,3)", "[5,)"}, "[5,1)", ofRanges, []string{"text"}},
	{"tstzrange", []string{"empty", `["2020-01-01 00:00Z","2021-01-01 00:00Z")`, "(,)"}, "[", ofRanges, []string{"text"}},
	{"jsonb", []string{`{"a":1,"b":[1,{"c":"x"}]}`, `{"a":"1","k s":null}`, `[1,2,"3"]`, `"t"`, "null"}, "{", []string{"eq", "neq", "cs", "cd", "gt", "path"}, []string{"text"}},
	{"json", []string{`{"a": 1.50, "b": [10, 20]}`, `{"a": "x"}`, ` [true]`, "7"}, "", []string{"path"}, []string{"text", "jsonb"}},
	{"tsvector", []string{"'a':1 'cat':2", "'dog':1", ""}, "", []string{"fts", "plfts(simple)", "wfts"}, []string{"text"}},
	{"pair", []string{"(1,a)", `(,"b c")`}, "", nil, []string{"text"}},
}

// randomTypes makes the types in kindsOfColumns that are not built in.
const randomTypes = `CREATE TYPE mood AS ENUM ('low', 'mid', 'high'); CREATE DOMAIN amount AS numeric CHECK (VALUE < 100);
	CREATE TYPE pair AS (n int, t text);`

// A randomTable has an id and columns of random kinds.
type randomTable struct {
	name    string
	columns []randomColumn
}

type randomColumn struct {
	name string
	*kind
	computed string // for a computed column, the column that its function returns
}

// sqlName quotes a name in SQL. Like sqlText, it does not use the code under test.
func sqlName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// sqlText quotes a text in SQL.
func sqlText(s string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// awkward are parts of names.
var awkward = []string{"plain", "Upper", "with space", `quote"d`, "dots.and:colons", "ünï", "select", "a'b", "$x", "(y)"}

// makeRandomTable returns a random table, and the SQL that makes it with its rows.
func makeRandomTable(random *rand.Rand, n int) (*randomTable, string) {
	t := &randomTable{name: fmt.Sprint(awkward[random.IntN(len(awkward))], n)}
	var sql strings.Builder
	fmt.Fprintf(&sql, "CREATE TABLE %s (id int PRIMARY KEY", sqlName(t.name))
	for i := range 10 {
		c := randomColumn{name: fmt.Sprint(awkward[random.IntN(len(awkward))], i), kind: &kindsOfColumns[random.IntN(len(kindsOfColumns))]}
		t.columns = append(t.columns, c)
		fmt.Fprintf(&sql, ", %s %s", sqlName(c.name), c.sql)
	}
	fmt.Fprintf(&sql, ");\nINSERT INTO %s VALUES ", sqlName(t.name))
	const rows = 25
	for i := range rows {
		fmt.Fprintf(&sql, "%s(%d", []string{"", ", "}[min(i, 1)], i)
		for _, c := range t.columns {
			value := "NULL"
			if random.IntN(5) > 0 {
				value = sqlText(c.values[random.IntN(len(c.values))])
			}
			sql.WriteString(", " + value)
		}
		sql.WriteString(")")
	}
	sql.WriteString(";\n")
	for i := range 2 {
		c := t.columns[random.IntN(len(t.columns))]
		c.computed, c.name = c.name, fmt.Sprintf("computed %d %d", n, i)
		fmt.Fprintf(&sql, "CREATE FUNCTION %s(%s) RETURNS %s STABLE LANGUAGE sql AS $$ SELECT $1.%s $$;\n",
			sqlName(c.name), sqlName(t.name), c.sql, sqlName(c.computed))
		t.columns = append(t.columns, c)
	}
	return t, sql.String()
}
