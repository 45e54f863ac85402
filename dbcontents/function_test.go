package dbcontents_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// shelf has functions of every kind of result, and of kinds that cannot be called.
const shelf = `
CREATE TABLE test_table (id int PRIMARY KEY, title text, year int);
INSERT INTO test_table VALUES (1, 'Emma', 1815), (2, 'Persuasion', 1817), (3, 'Ulysses', 1922);
CREATE TYPE span AS (first int, last int);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN years AS span;
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE FUNCTION label(test_table) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.id || ':' || $1.title $$;

CREATE FUNCTION since(y int) RETURNS SETOF test_table LANGUAGE sql STABLE AS $$ SELECT * FROM test_table WHERE year >= y $$;
CREATE FUNCTION titles(y int DEFAULT 0, mark text DEFAULT '!') RETURNS TABLE (title text, marked text) LANGUAGE plpgsql STABLE AS
	$$ BEGIN RETURN QUERY SELECT t.title, t.title || mark FROM test_table t WHERE t.year >= y ORDER BY t.id; END $$;
CREATE FUNCTION only_title(y int) RETURNS TABLE (title text) LANGUAGE sql STABLE AS $$ SELECT title FROM test_table WHERE year >= y $$;
CREATE FUNCTION numbers(n int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS $$ SELECT generate_series(1, n) $$;
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT a + b $$;
CREATE FUNCTION one(i int) RETURNS test_table LANGUAGE sql STABLE AS $$ SELECT * FROM test_table WHERE id = i $$;
CREATE FUNCTION ends(OUT first int, OUT last int) LANGUAGE sql STABLE AS $$ SELECT min(year), max(year) FROM test_table $$;
CREATE FUNCTION newest(OUT year int) LANGUAGE sql STABLE AS $$ SELECT max(year) FROM test_table $$;
CREATE FUNCTION twice(INOUT n int) LANGUAGE sql IMMUTABLE AS $$ SELECT 2 * n $$;
CREATE FUNCTION unnamed(OUT int, OUT text) LANGUAGE sql IMMUTABLE AS $$ SELECT 7, 'x' $$;
CREATE FUNCTION ranges() RETURNS SETOF span LANGUAGE sql IMMUTABLE AS $$ VALUES (1, 2), (3, 4) $$;
CREATE FUNCTION a_domain() RETURNS years LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(1, 2)::years $$;
CREATE FUNCTION doc(t text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT jsonb_build_object('t', t, 'n', NULL) $$;
CREATE FUNCTION docs() RETURNS SETOF json LANGUAGE sql IMMUTABLE AS $$ VALUES ('{"a":  1}'::json), ('[2]') $$;
CREATE FUNCTION nothing() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT NULL::text $$;
CREATE FUNCTION total(VARIADIC v int[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT sum(x) FROM unnest(v) x $$;
CREATE FUNCTION joined(sep text, VARIADIC v text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT array_to_string(v, sep) $$;
CREATE FUNCTION counted(VARIADIC v text[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT cardinality(v) $$;
CREATE FUNCTION array_sum(v int[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT sum(x) FROM unnest(v) x $$;
CREATE FUNCTION bits(c character, b bit, v varchar, m mood DEFAULT 'ok', s small DEFAULT 1) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT c || '/' || b::text || '/' || v || m::text || s $$;
CREATE FUNCTION over(a int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION over(a int, b int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'ab' $$;
CREATE FUNCTION over(c text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'c' $$;
CREATE FUNCTION same(a int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
CREATE FUNCTION same(a text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 $$;
CREATE FUNCTION "odd ""name"("a b""c" text, "select" int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT "a b""c" || "select" $$;
CREATE FUNCTION fails(state text) RETURNS SETOF test_table LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'no way' USING ERRCODE = state, DETAIL = 'd', HINT = 'h'; END $$;
CREATE FUNCTION do_write() RETURNS int LANGUAGE sql AS $$ INSERT INTO test_table VALUES (9) RETURNING 1 $$;
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN do_write(); END $$;
CREATE SCHEMA other;
CREATE FUNCTION other.far() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 5 $$;

CREATE FUNCTION volatile_one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE PROCEDURE a_procedure() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION gives_void() RETURNS void LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION a_trigger() RETURNS trigger LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION a_record() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
CREATE FUNCTION records() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
CREATE FUNCTION polymorphic(a anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT a $$;
CREATE FUNCTION without_names(int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT $1 $$;
CREATE AGGREGATE an_aggregate(int) (sfunc = int4pl, stype = int);
CREATE FUNCTION unexposed() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION revoked() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
REVOKE EXECUTE ON FUNCTION revoked FROM PUBLIC;
CREATE FUNCTION shadowed(a int, b int DEFAULT 0) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'stable' $$;
CREATE FUNCTION shadowed(a int) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'volatile' $$;
`

// notCallable are functions that are exposed and cannot be called.
var notCallable = []string{
	"volatile_one", "a_procedure", "gives_void", "a_trigger", "a_record", "records", "polymorphic", "without_names", "an_aggregate", "absent",
}

var callable = []string{
	"since", "titles", "only_title", "numbers", "add", "one", "ends", "newest", "twice", "unnamed", "ranges", "a_domain", "doc", "docs", "nothing",
	"total", "joined", "counted", "array_sum", "bits", "over", "same", `"odd ""name"`, "fails", "writes", "other.far", "shadowed",
}

type args = map[string]any

// The rows of a function are those that the same call in SQL gives.
func TestFunction(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Functions: callable, Aggregates: true}, shelf)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	for _, tt := range []struct {
		reason   string
		function string
		args     args
		query    dbcontents.Query
		sql      string
	}{
		{"rows of a table", "since", args{"y": 1817}, dbcontents.Query{}, `SELECT * FROM since(1817)`},
		{
			"filters, order, limit, offset and select",
			"since",
			args{"y": 1800},
			dbcontents.Query{
				Select: dbcontents.Columns("title"), Where: where("year", "lt", 1900), Order: []dbcontents.Order{{Column: "year", Desc: true}}, Limit: 1, Offset: 1,
			},
			`SELECT title FROM since(1800) WHERE year < 1900 ORDER BY year DESC LIMIT 1 OFFSET 1`,
		},
		{
			"aggregates",
			"since",
			args{"y": 1800},
			dbcontents.Query{Select: []dbcontents.Field{{Aggregate: "count"}, {Column: "year", Aggregate: "max"}}},
			`SELECT count(*), max(year) FROM since(1800)`,
		},
		{
			"computed columns",
			"since",
			args{"y": 1900},
			dbcontents.Query{Select: dbcontents.Columns("id", "label"), Where: where("label", "like", "3*")},
			`SELECT id, label(s) FROM since(1900) s`,
		},
		{"TABLE, defaults left out", "titles", nil, dbcontents.Query{}, `SELECT * FROM titles()`},
		{"one default left out", "titles", args{"mark": "?"}, dbcontents.Query{}, `SELECT * FROM titles(mark => '?')`},
		{"no default left out", "titles", args{"mark": "?", "y": 1900}, dbcontents.Query{}, `SELECT * FROM titles(1900, '?')`},
		{"TABLE of one column", "only_title", args{"y": 1817}, dbcontents.Query{}, `SELECT * FROM only_title(1817)`},
		{"a set of values", "numbers", args{"n": 3}, dbcontents.Query{}, `SELECT * FROM numbers(3)`},
		{"a filter on values", "numbers", args{"n": 3}, dbcontents.Query{Where: where("numbers", "gt", 1)}, `SELECT * FROM numbers(3) WHERE numbers > 1`},
		{"a value", "add", args{"a": "1", "b": 2}, dbcontents.Query{}, `SELECT add(1, 2)`},
		{"null", "add", args{"a": 1, "b": nil}, dbcontents.Query{}, `SELECT NULL AS add`},
		{"one row of a table", "one", args{"i": 2}, dbcontents.Query{}, `SELECT * FROM one(2)`},
		{"no row of a table", "one", args{"i": 9}, dbcontents.Query{}, `SELECT * FROM one(9)`},
		{"OUT", "ends", nil, dbcontents.Query{}, `SELECT * FROM ends()`},
		{"one OUT", "newest", nil, dbcontents.Query{}, `SELECT * FROM newest()`},
		{"INOUT", "twice", args{"n": 4}, dbcontents.Query{}, `SELECT * FROM twice(4)`},
		{"OUT without names", "unnamed", nil, dbcontents.Query{}, `SELECT * FROM unnamed()`},
		{"a composite type", "ranges", nil, dbcontents.Query{Select: dbcontents.Columns("last")}, `SELECT last FROM ranges()`},
		{"a domain over a composite type", "a_domain", nil, dbcontents.Query{}, `SELECT * FROM a_domain()`},
		{"jsonb", "doc", args{"t": `q"`}, dbcontents.Query{}, `SELECT doc('q"')`},
		{"a path in jsonb", "doc", args{"t": "x"}, dbcontents.Query{Select: []dbcontents.Field{{Column: "doc", Path: []any{"t"}}}}, `SELECT doc('x')->'t' AS t`},
		{"VARIADIC", "total", args{"v": []int{1, 2, 3}}, dbcontents.Query{}, `SELECT total(1, 2, 3)`},
		{"VARIADIC, as a literal", "total", args{"v": "{1,2}"}, dbcontents.Query{}, `SELECT total(1, 2)`},
		{"VARIADIC after another", "joined", args{"v": []string{"a,", `"b`}, "sep": "+"}, dbcontents.Query{}, `SELECT joined('+', 'a,', '"b')`},
		{"VARIADIC with a default", "counted", nil, dbcontents.Query{}, `SELECT counted()`},
		{"an array", "array_sum", args{"v": []int64{4, 5}}, dbcontents.Query{}, `SELECT array_sum('{4,5}')`},
		{"char and bit are not cut", "bits", args{"c": "abc", "b": "101", "v": "x"}, dbcontents.Query{}, `SELECT 'abc/101/xok1' AS bits`},
		{"overloads: a", "over", args{"a": 1}, dbcontents.Query{}, `SELECT over(a => 1)`},
		{"overloads: a and b", "over", args{"a": 1, "b": 2}, dbcontents.Query{}, `SELECT over(1, 2)`},
		{"overloads: c", "over", args{"c": "1"}, dbcontents.Query{}, `SELECT over(c => '1')`},
		{"names with everything", `odd "name`, args{`a b"c`: "x", "select": 1}, dbcontents.Query{}, `SELECT "odd ""name"('x', 1)`},
		{"another schema", "far", nil, dbcontents.Query{Schema: "other"}, `SELECT other.far()`},
		{"a schema that nobody named", "far", nil, dbcontents.Query{}, `SELECT other.far()`},
		{"an overload that could not be taken for another", "shadowed", args{"a": 1, "b": 2}, dbcontents.Query{}, `SELECT shadowed(1, 2)`},
	} {
		q := tt.query
		q.Function, q.Args, q.Format = tt.function, tt.args, dbcontents.JSON
		for range 2 { // the second time with what is kept
			if got, want := compact(t, write(t, store, q)), aggregated(t, conn, tt.sql); got != want {
				t.Errorf("%s:\n%s, want\n%s", tt.reason, got, want)
			}
		}
	}
}

// What cannot be called is refused with the words for what does not exist.
func TestFunctionMissing(t *testing.T) {
	t.Parallel()
	db := openShelf(t)
	store := openOn(t, dbcontents.Config{ConnString: db, Functions: append(append([]string{"revoked"}, notCallable...), callable...), AllTables: true, Schemas: []string{"public", "other"}})
	for _, name := range append([]string{"unexposed", "revoked", "test_table", "label", "pg_sleep", "nowhere"}, notCallable...) {
		for _, given := range []args{nil, {"a": 1}, {"a": 1, "b": 2}} {
			_, err := store.Query(t.Context(), dbcontents.Query{Function: name, Args: given})
			words := []string{" without parameters", "(a)", "(a, b)"}[len(given)]
			searched := []string{" without parameters", " with parameter a", " with parameters a, b"}[len(given)]
			var e *dbcontents.Error
			if !errors.As(err, &e) || !errors.Is(err, dbcontents.ErrNoTable) || e.Code != "function_missing" || e.HTTPStatus() != 404 ||
				e.Message != "Could not find the function public."+name+words+" in the schema cache" ||
				e.Addition != "Searched for the function public."+name+searched+", but no matches were found in the schema cache." {
				t.Errorf("%s%v: %#v", name, given, e)
			}
			if e != nil && strings.Contains(e.Hint, "Perhaps") {
				t.Errorf("%s: hint %q", name, e.Hint)
			}
		}
	}
	for _, tt := range []struct {
		reason, function, hint string
		args                   args
	}{
		{"a name that is near", "sinse", "Perhaps you meant to call the function public.since", args{"y": 1}},
		{"an argument that is missing", "add", "Perhaps you meant to call the function public.add(a, b)", args{"a": 1}},
		{"an argument that is unknown", "add", "Perhaps you meant to call the function public.add(a, b)", args{"a": 1, "b": 1, "c": 1}},
		{"the nearest overload", "over", "Perhaps you meant to call the function public.over(c)", args{"c": 1, "d": 1}},
		{"the case of a name", "add", "Perhaps you meant to call the function public.add(a, b)", args{"A": 1, "b": 1}},
		{"VARIADIC left out, and no default", "total", "Perhaps you meant to call the function public.total(v)", nil},
		{"an overload that PostgreSQL would not take", "shadowed", "Perhaps you meant to call the function public.shadowed(a, b)", args{"a": 1}},
	} {
		_, err := store.Query(t.Context(), dbcontents.Query{Function: tt.function, Args: tt.args})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "function_missing" || e.Hint != tt.hint {
			t.Errorf("%s: %v, %#v", tt.reason, err, e)
		}
	}
	// A table of this name is none, and a function is no table.
	if _, err := store.Query(t.Context(), dbcontents.Query{Table: "numbers"}); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Error(err)
	}
	if err := store.Validate(dbcontents.Query{Function: "unexposed"}); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Error(err)
	}
}

// openShelf is a connection string to the shelf for a role that owns nothing.
func openShelf(t *testing.T) string {
	t.Helper()
	_, db := open(t, dbcontents.Config{}, shelf)
	return db.Role("", "GRANT SELECT ON test_table TO ROLE", "GRANT USAGE ON SCHEMA other TO ROLE")
}

func TestFunctionErrors(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Functions: callable}, shelf)
	for _, tt := range []struct {
		reason  string
		query   dbcontents.Query
		code    string
		message string
		status  int
	}{
		{
			"overloads that the names do not tell apart",
			dbcontents.Query{Function: "same", Args: args{"a": 1}},
			"function_ambiguous",
			"Could not choose the best candidate function between: public.same(a => integer), public.same(a => text)",
			300,
		},
		{"a value that is no number", dbcontents.Query{Function: "add", Args: args{"a": "x", "b": 1}}, "value_refused", `invalid input syntax for type integer: "x"`, 400},
		{"a value that is none of an enum", dbcontents.Query{Function: "bits", Args: args{"c": "", "b": "", "v": "", "m": "x"}}, "value_refused", `invalid input value for enum mood: "x"`, 400},
		{"a value that a domain refuses", dbcontents.Query{Function: "bits", Args: args{"c": "", "b": "", "v": "", "s": 11}}, "value_refused", "", 400},
		{"an array that is none", dbcontents.Query{Function: "total", Args: args{"v": "1"}}, "value_refused", `malformed array literal: "1"`, 400},
		{
			"a value of a filter behind that of an argument",
			dbcontents.Query{Function: "since", Args: args{"y": 1}, Where: where("year", "eq", "y")},
			"value_refused",
			`invalid input syntax for type integer: "y"`,
			400,
		},
		{"a column that it does not give", dbcontents.Query{Function: "since", Args: args{"y": 1}, Select: dbcontents.Columns("nope")}, "column_unknown", "column since.nope does not exist", 400},
		{"a status that it chooses", dbcontents.Query{Function: "fails", Args: args{"state": "PT418"}}, "status_raised", "no way", 418},
		{"an exception", dbcontents.Query{Function: "fails", Args: args{"state": "P0001"}}, "raised", "", 400},
		{"it writes", dbcontents.Query{Function: "writes"}, "writes", "", 403},
		{"a table as well", dbcontents.Query{Function: "add", Table: "test_table"}, "query_invalid", "a query reads a table or calls a function; it names both", 400},
		{"arguments of nothing", dbcontents.Query{Args: args{"a": 1}}, "query_invalid", "there are arguments, and no function", 400},
		{"pages", dbcontents.Query{Function: "since", Args: args{"y": 1}, Pages: true, Limit: 1}, "page_unordered", "the rows of a function have no primary key, so they have no pages", 400},
		{"a name that none can have", dbcontents.Query{Function: "add", Args: args{strings.Repeat("a", 64): 1}}, "name_invalid", "", 400},
		{"an argument without a name", dbcontents.Query{Function: "add", Args: args{"": 1}}, "name_invalid", "", 400},
		{"a value without a text", dbcontents.Query{Function: "add", Args: args{"a": func() {}}}, "query_invalid", `argument "a": a func() has no text that PostgreSQL would read`, 400},
		{"too many arguments", dbcontents.Query{Function: "add", Args: manyArgs(101)}, "query_invalid", "there are 101 arguments; at most 100 can be", 400},
		{"many arguments", dbcontents.Query{Function: "add", Args: manyArgs(100)}, "function_missing", "", 404},
	} {
		for range 2 {
			rows, err := store.Query(t.Context(), tt.query)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Close()
			}
			var e *dbcontents.Error
			if !errors.As(err, &e) || e.Code != tt.code || e.HTTPStatus() != tt.status || tt.message != "" && e.Message != tt.message {
				t.Errorf("%s: %v: %+v", tt.reason, err, e)
			}
		}
	}
}

func manyArgs(n int) args {
	many := args{}
	for i := range n {
		many["a"+strings.Repeat("x", i%50)+string(rune('A'+i/50))] = i
	}
	return many
}

// A query without arguments of many different names takes no memory for each.
func TestFunctionNamesOfStrangers(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Functions: callable}, shelf)
	ask := func(given args) {
		if _, err := store.Query(t.Context(), dbcontents.Query{Function: "add", Args: given}); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Fatal(err)
		}
	}
	ask(args{"x": 1})
	before, began := store.Stats(), time.Now()
	for i := range 500 {
		ask(args{"x" + strings.Repeat("y", i%60): 1, string(rune('a' + i%26)): 2, "z": i})
	}
	after := store.Stats()
	renewed := int64(time.Since(began) / time.Second) // what there is may be asked for again, whoever asks
	if after.Tables != before.Tables || after.TableBytes != before.TableBytes || after.Plans != before.Plans || after.Lookups > before.Lookups+3+renewed {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

func TestFunctionDescription(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Functions: callable}, shelf, `COMMENT ON FUNCTION titles IS 'titles by year'`)
	list, err := store.Functions(t.Context(), "", "titles")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Kind != "function" || list[0].Comment != "titles by year" || list[0].String() != "public.titles()" || list[0].Pages(nil) {
		t.Errorf("%+v", list)
	}
	want := []dbcontents.Parameter{{Name: "y", Type: "integer", Optional: true}, {Name: "mark", Type: "text", Optional: true}}
	if diff := cmp.Diff(want, list[0].Parameters); diff != "" {
		t.Error(diff)
	}
	if list, err = store.Functions(t.Context(), "", "over"); err != nil || len(list) != 3 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err = store.Functions(t.Context(), "", "shadowed"); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	for _, name := range []string{"absent", "volatile_one"} {
		if _, err = store.Functions(t.Context(), "", name); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Error(err)
		}
	}
	// The list of tables has none.
	tables, err := openOn(t, dbcontents.Config{ConnString: db.DSN, AllTables: true, Functions: callable}).Tables(t.Context())
	if err != nil || len(tables) != 1 {
		t.Errorf("%v, %v", tables, err)
	}
}

// AllTables exposes no function.
func TestFunctionsAreExposedByNameOnly(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true}, shelf)
	if _, err := store.Query(t.Context(), dbcontents.Query{Function: "since", Args: args{"y": 1}}); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Error(err)
	}
}

// PostgreSQL puts the query of an SQL function in the place of its call.
func TestFunctionIsInlined(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Functions: callable, MaxCost: 100}, shelf, `
		INSERT INTO test_table SELECT i, 'book ' || i, i FROM generate_series(2000, 200000) i; CREATE INDEX ON test_table (year); ANALYZE test_table`)
	q := dbcontents.Query{Function: "since", Args: args{"y": 199999}, Where: where("id", "gt", 5), Format: dbcontents.JSON}
	if got := write(t, store, q); strings.Count(got, "id") != 2 { // without the index it would cost more
		t.Error(got)
	}
	var plan string
	if err := db.Conn().QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) SELECT "since"."id" FROM "public"."since"("y" => CAST($1 AS "pg_catalog"."int4")) AS "since" WHERE "since"."id" > 5`,
		pgx.QueryExecModeSimpleProtocol, 199999).Scan(&plan); err != nil || !strings.Contains(plan, "Index") {
		t.Errorf("%v: %s", err, plan)
	}
}

// A function that is altered, dropped and made anew is called as it is now.
func TestFunctionChanges(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Functions: []string{"f"}}, `CREATE TABLE test_table (id int);
		CREATE FUNCTION f(a int) RETURNS SETOF test_table LANGUAGE sql STABLE AS $$ SELECT a $$`)
	conn := db.Conn()
	q := dbcontents.Query{Function: "f", Args: args{"a": 1}, Format: dbcontents.JSON}
	see := func(want string) {
		t.Helper()
		if got := compact(t, write(t, store, q)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	see(`[{"id":1}]`)
	mustExec(t, conn, `DROP FUNCTION f; CREATE FUNCTION f(a text) RETURNS TABLE (x text, y int) LANGUAGE sql STABLE AS $$ SELECT a, 2 $$`)
	see(`[{"x":"1","y":2}]`)
	mustExec(t, conn, `DROP FUNCTION f`)
	if _, err := store.Query(t.Context(), q); codeIn(err) != "function_missing" {
		t.Error(err)
	}
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	mustExec(t, conn, `CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT a $$`)
	if _, err := snapshot.Query(t.Context(), q); codeIn(err) != "function_missing" {
		t.Error(err)
	}
	time.Sleep(time.Second + 100*time.Millisecond) // as long as it is remembered that there is none
	see(`[{"f":1}]`)
	later, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer later.Release()
	mustExec(t, conn, `DROP FUNCTION f`)
	rows, err := later.Query(t.Context(), dbcontents.Query{}) // PostgreSQL takes notice when it locks a table
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	q.Limit = 1                                                                   // another statement than the one that is kept
	if _, err := later.Query(t.Context(), q); codeIn(err) != "function_changed" { // there is no second attempt in a snapshot
		t.Error(err)
	}
}

// Texts that try to become SQL do not, wherever they are put in a call.
func TestFunctionInjection(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Functions: callable}, shelf, `CREATE SEQUENCE zz; CREATE FUNCTION zz_ran() RETURNS text LANGUAGE sql AS $$ SELECT nextval('zz')::text $$`)
	for _, text := range hostileTexts {
		for _, q := range []dbcontents.Query{
			{Function: text},
			{Function: "add", Args: args{text: 1}},
			{Function: "add", Args: args{"a": 1, "b": 2, text: 1}},
			{Function: "add", Args: args{"a": text, "b": 2}},
			{Function: "doc", Args: args{"t": text}},
			{Function: "joined", Args: args{"sep": text, "v": []string{text, text}}},
			{Function: "since", Args: args{"y": 1}, Select: dbcontents.Columns(text)},
		} {
			if rows, err := store.Query(t.Context(), q); err == nil {
				for rows.Next() {
				}
				rows.Close()
			}
		}
	}
	var ran bool
	var left int
	if err := db.Conn().QueryRow(t.Context(), `SELECT is_called, (SELECT count(*)::int FROM test_table) FROM zz`).Scan(&ran, &left); err != nil || ran || left != 3 {
		t.Errorf("ran %v, %d rows, %v", ran, left, err)
	}
}

// codeIn is the Code of an error.
func codeIn(err error) string {
	var e *dbcontents.Error
	errors.As(err, &e)
	if e == nil {
		return ""
	}
	return e.Code
}
