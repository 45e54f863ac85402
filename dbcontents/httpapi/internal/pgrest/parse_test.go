package pgrest_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// whole compares the unexported members too: a Filter has no others.
var whole = cmp.Exporter(func(reflect.Type) bool { return true })

func path(column string, steps ...any) Field { return Field{Column: column, Path: steps} }

func textPath(column string, steps ...any) Field {
	return Field{Column: column, Path: steps, Text: true}
}

// What a URL says, and how a Go program says the same.
func TestURLAndGo(t *testing.T) {
	t.Parallel()
	where := func(f Filter) Query { return Query{Where: f} }
	for _, group := range []struct {
		name  string
		pairs []pair
	}{
		{"query string", []pair{
			{"", Query{}},
			{"&&;&", Query{}},
			{"select&order&id", Query{}}, // keys without =
			{"select=", Query{}},
			{"select=a;limit=1&offset=2", Query{Select: Columns("a"), Limit: 1, Offset: 2}},
			{"select=a+b", Query{Select: Columns("a b")}},
			{"a=eq.1+2%2B3%26%3B", where(Where("a", "eq", "1 2+3&;"))},
			{"%C3%BCber=eq.%F0%9F%90%98", where(Where("über", "eq", "🐘"))},
			{"a=like.100%", where(Where("a", "like", "100%"))}, // no percent-encoding
			{"a=eq.%zz", where(Where("a", "eq", "%zz"))},
			{"a=eq.1=2", where(Where("a", "eq", "1=2"))},
			{"columns=a,b&on_conflict=c", Query{}}, // of writes
		}},
		{"repeated keys", []pair{
			{"select=a&select=b", Query{Select: Columns("a")}},
			{"order=a&order=b", Query{Order: []Order{{Column: "a"}}}},
			{"limit=1&limit=2&offset=3&offset=4", Query{Limit: 2, Offset: 4}},
			{"a=eq.1&a=eq.2", where(And(Where("a", "eq", "1"), Where("a", "eq", "2")))},
			{
				"or=(a.eq.1,a.eq.2)&b=eq.3&or=(a.eq.4,a.eq.5)",
				where(And(Or(Where("a", "eq", "1"), Where("a", "eq", "2")), Where("b", "eq", "3"), Or(Where("a", "eq", "4"), Where("a", "eq", "5")))),
			},
		}},
		{"format", []pair{
			{"a=eq.1&format=csv", where(Where("a", "eq", "1"))},
			{"format=eq.csv", where(Where("format", "eq", "csv"))},
		}},
		{"names", []pair{
			{"select=a_$1", Query{Select: Columns("a_$1")}},
			{"select= a b , c ", Query{Select: Columns("a b", "c")}},
			{"select=a-b - c", Query{Select: Columns("a-b-c")}},
			{`select="a.b","c:d","e(f,g)"`, Query{Select: Columns("a.b", "c:d", "e(f,g)")}},
			{`select=" a "`, Query{Select: Columns(" a ")}},
			{`select="a\"b\\c"`, Query{Select: Columns(`a"b\c`)}},
			{"select=1", Query{Select: Columns("1")}},
			{"select=日本", Query{Select: Columns("日本")}},
			{`"a.b"=eq.1`, where(Where("a.b", "eq", "1"))},
			{`order="a,b".desc`, Query{Order: []Order{{Column: "a,b", Desc: true}}}},
			{"id!!=eq.1", where(Where("id", "eq", "1"))}, // what follows a filter's key is ignored
		}},
		{"JSON paths", []pair{
			{"select=a->b", Query{Select: []Field{path("a", "b")}}},
			{"select=a->>b", Query{Select: []Field{textPath("a", "b")}}},
			{"select=a->b->0->>c", Query{Select: []Field{textPath("a", "b", 0, "c")}}},
			{"select=a->-1,b->>0", Query{Select: []Field{path("a", -1), textPath("b", 0)}}},
			{"select=a->0::int", Query{Select: []Field{{Column: "a", Path: []any{0}, Cast: "int"}}}},
			{"select=a->1b", Query{Select: []Field{path("a", "1b")}}}, // not a number to its end
			{`select=a->"0"`, Query{Select: []Field{path("a", "0")}}},
			{`select=a->"x.y,z"`, Query{Select: []Field{path("a", "x.y,z")}}},
			{"select=a->x-y z", Query{Select: []Field{path("a", "x-y z")}}},
			{"select=a->!@#$%25^*_ü", Query{Select: []Field{path("a", "!@#$%^*_ü")}}},
			{"a->>b=eq.1", where(Where(textPath("a", "b"), "eq", "1"))},
			{"a->b->>0=eq.1", where(Where(textPath("a", "b", 0), "eq", "1"))},
			{"order=a->b.desc,a->>0", Query{Order: []Order{{Column: "a", Path: []any{"b"}, Desc: true}, {Column: "a", Path: []any{0}, Text: true}}}},
			{"or=(a->>b.eq.1,a->0.is.null)", where(Or(Where(textPath("a", "b"), "eq", "1"), Where(path("a", 0), "is", nil)))},
		}},
		{"select", []pair{
			{"select=*", Query{Select: []Field{{}}}},
			{"select=*,a", Query{Select: []Field{{}, {Column: "a"}}}},
			{"select=x:a", Query{Select: []Field{{Column: "a", Alias: "x"}}}},
			{`select="x,y":a`, Query{Select: []Field{{Column: "a", Alias: "x,y"}}}},
			{"select=a::text", Query{Select: []Field{{Column: "a", Cast: "text"}}}},
			{"select=x:a->>b::double precision", Query{Select: []Field{{Column: "a", Path: []any{"b"}, Text: true, Cast: "double precision", Alias: "x"}}}},
			{"select=count", Query{Select: Columns("count")}},
			{"select=count()", Query{Select: []Field{{Aggregate: "count"}}}},
			{"select=n:count()::text", Query{Select: []Field{{Aggregate: "count", AggregateCast: "text", Alias: "n"}}}},
			{"select=a.sum(),b.avg(),c.count(),d.min(),e.max()", Query{Select: []Field{
				{Column: "a", Aggregate: "sum"},
				{Column: "b", Aggregate: "avg"},
				{Column: "c", Aggregate: "count"},
				{Column: "d", Aggregate: "min"},
				{Column: "e", Aggregate: "max"},
			}}},
			{"select=s:a->b::int.sum()::text", Query{Select: []Field{{Column: "a", Path: []any{"b"}, Cast: "int", Aggregate: "sum", AggregateCast: "text", Alias: "s"}}}},
		}},
		{"operators", []pair{
			{"a=eq.1", where(Where("a", "eq", 1))},
			{"a=not.eq.1", where(Not(Where("a", "eq", 1)))},
			{"a=neq.1", where(Where("a", "neq", "1"))},
			{"a=gt.1&a=gte.1&a=lt.1&a=lte.1", where(And(Where("a", "gt", 1), Where("a", "gte", 1), Where("a", "lt", 1), Where("a", "lte", 1)))},
			{"a=like.x*&a=ilike.*x", where(And(Where("a", "like", "x*"), Where("a", "ilike", "*x")))},
			{"a=match.^x&a=imatch.x$", where(And(Where("a", "match", "^x"), Where("a", "imatch", "x$")))},
			{"a=isdistinct.1", where(Where("a", "isdistinct", 1))},
			{"a=cs.{1,2}&a=cd.{1}&a=ov.{3}", where(And(Where("a", "cs", "{1,2}"), Where("a", "cd", "{1}"), Where("a", "ov", "{3}")))},
			{"a=sl.[1,2)&a=sr.(1,2]&a=nxr.(1,2)&a=nxl.[1,2]&a=adj.[1,2)", where(And(
				Where("a", "sl", "[1,2)"), Where("a", "sr", "(1,2]"), Where("a", "nxr", "(1,2)"), Where("a", "nxl", "[1,2]"), Where("a", "adj", "[1,2)"),
			))},
			{"a=eq.", where(Where("a", "eq", ""))},
			{`a=eq.x,y.(z)"`, where(Where("a", "eq", `x,y.(z)"`))}, // no quoting at the top
			{"a=eq.not.null", where(Where("a", "eq", "not.null"))},
		}},
		{"any and all", []pair{
			{"a=eq(any).{1,2}", where(Where("a", "eq(any)", "{1,2}"))},
			{"a=not.like(all).{x*,*y}", where(Not(Where("a", "like(all)", "{x*,*y}")))},
			{"a=gte(all).{1}&a=imatch(any).{x}", where(And(Where("a", "gte(all)", "{1}"), Where("a", "imatch(any)", "{x}")))},
		}},
		{"is", []pair{
			{"a=is.null", where(Where("a", "is", nil))},
			{"a=not.is.NULL", where(Not(Where("a", "is", nil)))},
			{"a=is.Not_Null", where(Where("a", "is", "not_null"))},
			{"a=is.true&a=is.false&a=is.unknown", where(And(Where("a", "is", true), Where("a", "is", false), Where("a", "is", "unknown")))},
			{"a=is.nullish", where(Where("a", "is", nil))}, // what follows is ignored
		}},
		{"in", []pair{
			{"a=in.(1,2)", where(Where("a", "in", []int{1, 2}))},
			{"a=not.in.(1)", where(Not(Where("a", "in", []int{1})))},
			{`a=in.("x,y",z,"p\"q\\")`, where(Where("a", "in", []string{"x,y", "z", `p"q\`}))},
			{`a=in.("a"b,c)`, where(Where("a", "in", []string{`"a"b`, "c"}))},
			{"a=in.()", where(Where("a", "in", []string{}))},
			{`a=in.("")`, where(Where("a", "in", []string{}))},
			{"a=in.(,)", where(Where("a", "in", []string{"", ""}))},
			{"a=in. ( 1, 2) ", where(Where("a", "in", []string{"1", " 2"}))},
			{"a=in.(x%00y,z)", where(Where("a", "in", []string{"x", "z"}))},
			{"a=in.(1)trailing", where(Where("a", "in", []int{1}))},
		}},
		{"text search", []pair{
			{"a=fts.x", where(Where("a", "fts", "x"))},
			{"a=fts(english).x:*", where(Where("a", "fts(english)", "x:*"))},
			{"a=plfts.x y&a=phfts(simple).x&a=not.wfts(german).x", where(And(
				Where("a", "plfts", "x y"), Where("a", "phfts(simple)", "x"), Not(Where("a", "wfts(german)", "x")),
			))},
		}},
		{"and, or, not", []pair{
			{"and=(a.eq.1,b.eq.2)", where(And(Where("a", "eq", 1), Where("b", "eq", 2)))},
			{"not.or=(a.eq.1,b.eq.2)", where(Not(Or(Where("a", "eq", 1), Where("b", "eq", 2))))},
			{"not.and=(a.eq.1)", where(Not(And(Where("a", "eq", 1))))},
			{"or=(a.eq.1,and(b.gt.2,not.or(c.is.null,d.not.in.(1,2))))", where(Or(
				Where("a", "eq", 1), And(Where("b", "gt", 2), Not(Or(Where("c", "is", nil), Not(Where("d", "in", []int{1, 2}))))),
			))},
			{"or= ( a.eq.1 , and ( b.eq.2 ) ) ", where(Or(Where("a", "eq", "1 "), And(Where("b", "eq", "2 "))))},
			{`or=(a.eq."x,y)",b.eq."p\"q")`, where(Or(Where("a", "eq", "x,y)"), Where("b", "eq", `p"q`)))},
			{`or=(a.eq."x"y,b.eq.z)`, where(Or(Where("a", "eq", `"x"y`), Where("b", "eq", "z")))},
			{`or=(a.eq."x)`, where(Or(Where("a", "eq", `"x`)))}, // no closing quote: taken raw
			{"or=(a.cs.{1,2},b.eq.{,c.eq.)", where(Or(Where("a", "cs", "{1,2}"), Where("b", "eq", "{"), Where("c", "eq", "")))},
			{"or=(a.eq.1)))", where(Or(Where("a", "eq", 1)))}, // what follows is ignored
			{"or=(and.eq.1,or.eq.2,not.eq.3,not.not.eq.4)", where(Or(
				Where("and", "eq", 1), Where("or", "eq", 2), Where("not", "eq", 3), Not(Where("not", "eq", 4)),
			))},
			{"or=(a.fts(english).x,b.eq(any).{1,2},c.is.TRUE)", where(Or(Where("a", "fts(english)", "x"), Where("b", "eq(any)", "{1,2}"), Where("c", "is", true)))},
		}},
		{"order", []pair{
			{"order=a,b.asc,c.desc", Query{Order: []Order{{Column: "a"}, {Column: "b"}, {Column: "c", Desc: true}}}},
			{"order=a.nullsfirst,b.asc.nullslast, c.desc.nullsfirst ", Query{Order: []Order{
				{Column: "a", Nulls: NullsFirst},
				{Column: "b", Nulls: NullsLast},
				{Column: "c", Desc: true, Nulls: NullsFirst},
			}}},
		}},
		{"limit and offset", []pair{
			{"limit=0", Query{Limit: -1}},
			{"limit=&offset=", Query{}},
			{"limit= &offset=%09&limit=3&limit=", Query{Limit: 3}},
			{"limit= 7 &offset=-3", Query{Limit: 7}},
			{"limit=99999999999999999999", Query{Limit: 1<<63 - 1}},
			{"limit=-1&limit=2", Query{Limit: 2}},
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range group.pairs {
				got, bad := pgrest.Parse(p.url)
				if bad != nil {
					t.Errorf("%s: %v", p.url, bad)
				} else if diff := cmp.Diff(p.query, got.Query, whole); diff != "" {
					t.Errorf("%s (-want +got):\n%s", p.url, diff)
				}
			}
		})
	}
}

type pair struct {
	url   string
	query Query
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"": "", "format=json": "json", "format=ndjson": "ndjson", "format=csv&format=text": "text", "format=html": "html", "format=eq.csv": "",
	} {
		got, bad := pgrest.Parse(raw)
		if bad != nil || got.Format != want {
			t.Errorf("%s: %q, %v", raw, got.Format, bad)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, bad := pgrest.Parse("select=id,name,total&status=eq.open&created=gte.2024-01-01&order=id.desc&limit=50"); bad != nil {
			b.Fatal(bad)
		}
	}
}
