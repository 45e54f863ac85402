package compile

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// The list of types that the system sorts is that of the server.
func TestSortedTypes(t *testing.T) {
	t.Parallel()
	conn := pgtest.New(t).Conn()
	rows, err := conn.Query(t.Context(), `SELECT t.oid::int8, t.typname::text, EXISTS (SELECT FROM pg_opclass k WHERE k.opcmethod = 403 AND k.opcdefault
			AND (k.opcintype = t.oid OR k.opcintype IN (SELECT casttarget FROM pg_cast WHERE castsource = t.oid AND castmethod = 'b' AND castcontext = 'i')))
		FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typcategory <> 'Z' AND NOT (t.typelem <> 0 AND t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc)`)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		var oid int64
		var name string
		var sorts bool
		if err := rows.Scan(&oid, &name, &sorts); err != nil {
			t.Fatal(err)
		}
		x := expression{oid: uint32(oid), column: &catalog.Column{Comparison: catalog.Comparison{Kind: catalog.BaseKind}}}
		if x.sorted() != sorts {
			t.Errorf("%s, %d: sorted %v, PostgreSQL sorts it: %v", name, oid, x.sorted(), sorts)
		}
		n++
	}
	if err := rows.Err(); err != nil || n < 60 {
		t.Errorf("%d types, %v", n, err)
	}
}

const indexedTable = `CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO public; CREATE EXTENSION citext SCHEMA ext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN code AS varchar(9);
CREATE TABLE test_table (id int PRIMARY KEY, a_text text, a_varchar varchar(9), a_char char(4), an_int int, a_bigint bigint, a_numeric numeric,
	a_time timestamptz, a_citext ext.citext, a_uuid uuid, a_mood mood, an_array text[], ints int[], a_domain code, a_pair pair, a_range int4range, a_doc jsonb, a_class regclass);
CREATE INDEX ON test_table (a_text); CREATE INDEX ON test_table (a_varchar); CREATE INDEX ON test_table (a_char); CREATE INDEX ON test_table (an_int);
CREATE INDEX ON test_table (a_bigint); CREATE INDEX ON test_table (a_numeric); CREATE INDEX ON test_table (a_time); CREATE INDEX ON test_table (a_citext);
CREATE INDEX ON test_table (a_uuid); CREATE INDEX ON test_table (a_mood); CREATE INDEX ON test_table (an_array); CREATE INDEX ON test_table (ints);
CREATE INDEX ON test_table (a_domain); CREATE INDEX ON test_table (a_pair); CREATE INDEX ON test_table (a_range); CREATE INDEX ON test_table (a_class);
CREATE INDEX ON test_table ((a_doc -> 'k')); CREATE INDEX ON test_table ((a_doc ->> 'k'))`

var withSchema = regexp.MustCompile(`OPERATOR\(\w+\.([^)]+)\)`)

// An operator with its schema leads to the plan that its name alone leads to where
// the search_path has it: the same index serves.
func TestComparisonsUseIndexes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, indexedTable)
	conn := db.Conn()
	table := lookUp(t, db, "test_table")
	explain := func(path, sql string, values []string) string {
		t.Helper()
		if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET search_path = "+path); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "PREPARE p AS "+sql); err != nil {
			t.Fatalf("%v: %s", err, sql)
		}
		defer conn.Exec(context.WithoutCancel(t.Context()), "DEALLOCATE p")
		var args []string
		for _, v := range values {
			args = append(args, "'"+v+"'")
		}
		rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE p ("+strings.Join(args, ", ")+")")
		if err != nil {
			t.Fatalf("%v: %s", err, sql)
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		return withSchema.ReplaceAllString(plan.String(), "$1")
	}
	for column, value := range map[string]string{
		"a_text": "x", "a_varchar": "x", "a_char": "x", "an_int": "1", "a_bigint": "1", "a_numeric": "1.5", "a_time": "2020-01-01Z", "a_citext": "x",
		"a_uuid": "00000000-0000-0000-0000-000000000000", "a_mood": "ok", "an_array": "{x}", "ints": "{1}", "a_domain": "x", "a_pair": "(1,x)", "a_range": "[1,2)",
		"a_class": "1259", "a_doc": "1", "a_doc text": "x",
	} {
		name, text, _ := strings.Cut(column, " ")
		field := Field{Column: name, Text: text != ""}
		if name == "a_doc" {
			field.Path = []any{"k"}
		}
		for op, value := range map[string]string{"eq": value, "gt": value, "lte": value, "in": "{}"} {
			isArray := name == "an_array" || name == "ints"
			if op == "in" && isArray || name == "a_pair" {
				continue // there are no arrays of arrays, and a composite's filter is refused
			}
			filter := Where(field, op, any(value))
			if op == "in" {
				filter = Where(field, op, []string{})
			}
			p, err := newPlan(table, nil, &Query{Where: filter})
			if err != nil {
				t.Fatal(err)
			}
			got := explain("nowhere", p.sql(0), []string{value})
			want := explain("public, ext", withSchema.ReplaceAllString(p.sql(0), "$1"), []string{value})
			if got != want || !strings.Contains(got, "Index") {
				t.Errorf("%s %s: %s\n%swithout the schema\n%s", column, op, p.sql(0), got, want)
			}
		}
		// The page after a token, and the page before it.
		order := []Order{{Column: field.Column, Path: field.Path, Text: field.Text}}
		for _, back := range []bool{false, true} {
			c := newComposer(table, nil, nil)
			q := &Query{Order: order, Pages: true, Limit: 10}
			keys, err := c.orderKeys(q)
			if err != nil {
				t.Fatal(err)
			}
			q.cursor = &cursor{back: back, order: digest(table, keys), values: [][]byte{[]byte(value), []byte("1")}}
			p, err := newPlan(table, nil, q)
			if err != nil {
				t.Fatal(err)
			}
			sql := p.sql(q.limits())
			args := []string{value, "1", "10"}
			got, want := explain("nowhere", sql, args), explain("public, ext", withSchema.ReplaceAllString(sql, "$1"), args)
			if got != want || !strings.Contains(got, "Index Cond") {
				t.Errorf("order by %s, back %v: %s\n%swithout the schema\n%s", column, back, sql, got, want)
			}
		}
	}
}
