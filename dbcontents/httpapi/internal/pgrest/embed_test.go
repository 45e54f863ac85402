package pgrest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// embed is rel with changes, all its columns selected unless the changes say otherwise.
func embed(table string, change func(*Related)) Field {
	f := Embed(table, Field{})
	if change != nil {
		change(f.Embed)
	}
	return f
}

func aliased(alias string, f Field) Field {
	f.Alias = alias
	return f
}

func selected(fields ...Field) Query { return Query{Select: fields} }

// related is the query for select=rel(*) with changes of the embed.
func related(change func(*Related)) Query { return selected(embed("rel", change)) }

type namedPair struct {
	name, url string
	query     Query
}

func testPairs(t *testing.T, pairs []namedPair) {
	t.Helper()
	for _, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			got, bad := pgrest.Parse(p.url)
			if bad != nil {
				t.Errorf("%s: %v", p.url, bad)
			} else if diff := cmp.Diff(p.query, got.Query, whole); diff != "" {
				t.Errorf("%s (-want +got):\n%s", p.url, diff)
			}
		})
	}
}

func TestEmbeds(t *testing.T) {
	t.Parallel()
	inner := func(r *Related) { r.Inner = true }
	hint := func(r *Related) { r.Hint = "h" }
	both := func(r *Related) { r.Hint, r.Inner = "h", true }
	spread := func(r *Related) { r.Spread = true }
	testPairs(t, []namedPair{
		{"all columns", "select=rel(*)", selected(embed("rel", nil))},
		{"none", "select=rel()", related(func(r *Related) { r.Select = []Field{} })},
		{"none, with a space", "select=rel( )", related(func(r *Related) { r.Select = []Field{} })},
		{"the written order stays", "select=rel(a),b,*,...c(*)", selected(Embed("rel", Columns("a")...), Field{Column: "b"}, Field{}, embed("c", spread))},
		{"alias", "select=x:rel(*)", selected(aliased("x", embed("rel", nil)))},
		{"inner", "select=rel!inner(*)", related(inner)},
		{"left", "select=rel!left(*)", related(nil)},
		{"hint", "select=rel!h(*)", related(hint)},
		{"hint and inner", "select=rel!h!inner(*)", related(both)},
		{"inner and hint", "select=rel!inner!h(*)", related(both)},
		{"hint and left", "select=rel!left!h(*)", related(hint)},
		{"a hint that begins like inner", "select=rel!innermost(*)", related(func(r *Related) { r.Hint = "innermost" })},
		{"a hint called inner", `select=rel!"inner"!inner(*)`, related(func(r *Related) { r.Hint, r.Inner = "inner", true })},
		{"spread", "select=...rel(*)", related(spread)},
		{"spread with a hint and inner", "select=...rel!h!inner(*)", related(func(r *Related) { both(r); spread(r) })},
		{"quoted names", `select="x.y":"r(1)"!"h!"("a,b")`, selected(aliased("x.y", Field{Embed: &Related{Table: "r(1)", Hint: "h!", Select: Columns("a,b")}}))},
		{"dashes in names", "select=r-s!h-i(a-b)", selected(Field{Embed: &Related{Table: "r-s", Hint: "h-i", Select: Columns("a-b")}})},
		{"white space", "select= x: rel !h !inner ( a , b ( * ) ) , c ", selected(
			aliased("x", Field{Embed: &Related{Table: "rel", Hint: "h", Inner: true, Select: []Field{{Column: "a"}, embed("b", nil)}}}), Field{Column: "c"},
		)},
		{"nested", "select=a(b(c(id)),...d(*))", selected(Embed("a", Embed("b", Embed("c", Columns("id")...)), embed("d", spread)))},
		{"fields of all kinds", "select=rel(x:a->b->>0::int,c::text,d.sum()::text,count(),*)", selected(Embed("rel",
			Field{Column: "a", Path: []any{"b", 0}, Text: true, Cast: "int", Alias: "x"}, Field{Column: "c", Cast: "text"},
			Field{Column: "d", Aggregate: "sum", AggregateCast: "text"}, Field{Aggregate: "count"}, Field{},
		))},
		{"an index before the parenthesis", "select=rel(a->0)", selected(Embed("rel", path("a", 0)))},
		{"count is a column", "select=rel(count),count", selected(Embed("rel", Columns("count")...), Field{Column: "count"})},
		{"count() is the aggregate", "select=count(),n:count(),rel(count())", selected(Field{Aggregate: "count"}, Field{Aggregate: "count", Alias: "n"}, Embed("rel", Field{Aggregate: "count"}))},
		{"a table called count", `select="count"(*)`, selected(embed("count", nil))},
		{"the same table twice", "select=rel(a),rel(b)", selected(Embed("rel", Columns("a")...), Embed("rel", Columns("b")...))},
		{"as deep as can be", "select=" + nested(8), selected(nestedFields(8)...)},
	})
}

// nested is that many embeds in each other.
func nested(depth int) string { return strings.Repeat("r(", depth) + "a" + strings.Repeat(")", depth) }

func nestedFields(depth int) []Field {
	fields := Columns("a")
	for range depth {
		fields = []Field{Embed("r", fields...)}
	}
	return fields
}

func TestOmissions(t *testing.T) {
	t.Parallel()
	testPairs(t, []namedPair{
		{"one", "select=*,-secret", selected(Field{}, Field{Column: "secret", Omit: true})},
		{"several", "select=-a,*,-b-c", selected(Field{Column: "a", Omit: true}, Field{}, Field{Column: "b-c", Omit: true})},
		{"quoted", `select=*,-"a,b"`, selected(Field{}, Field{Column: "a,b", Omit: true})},
		{"in an embed", "select=rel(*,-secret)", selected(Embed("rel", Field{}, Field{Column: "secret", Omit: true}))},
		{"a name that begins with a dash", `select="-a"`, selected(Field{Column: "-a"})},
	})
}

func TestEmbedParameters(t *testing.T) {
	t.Parallel()
	one := Where("a", "eq", "1")
	where := func(f Filter) func(*Related) { return func(r *Related) { r.Where = f } }
	limited := func(limit, offset int64) Query {
		return related(func(r *Related) { r.Limit, r.Offset = limit, offset })
	}
	ordered := func(order ...Order) Query { return related(func(r *Related) { r.Order = order }) }
	twoLevels := func(change func(*Related)) Query {
		return selected(Embed("rel", embed("b", change)))
	}
	testPairs(t, []namedPair{
		{"filter", "select=rel(*)&rel.a=eq.1", related(where(one))},
		{"filter before select", "rel.a=eq.1&select=rel(*)", related(where(one))},
		{"not", "select=rel(*)&rel.a=not.eq.1", related(where(Not(one)))},
		{"several filters", "rel.a=eq.1&select=rel(*)&rel.or=(a.eq.1,a.eq.1)&rel.a=eq.1", related(where(And(one, Or(one, one), one)))},
		{"filters of both levels", "select=rel(*)&a=eq.1&rel.a=eq.1", Query{Select: related(where(one)).Select, Where: one}},
		{"JSON path", "select=rel(*)&rel.a->>b=eq.1", related(where(Where(textPath("a", "b"), "eq", "1")))},
		{"and", "select=rel(*)&rel.and=(a.eq.1)", related(where(And(one)))},
		{"or", "select=rel(*)&rel.or=(a.eq.1)", related(where(Or(one)))},
		{"not and", "select=rel(*)&rel.not.and=(a.eq.1)", related(where(Not(And(one))))},
		{"not or", "select=rel(*)&rel.not.or=(a.eq.1)", related(where(Not(Or(one))))},
		{"below", "select=rel(b(*))&rel.b.a=eq.1", twoLevels(where(one))},
		{"logic below", "select=rel(b(*))&rel.b.not.or=(a.eq.1)", twoLevels(where(Not(Or(one))))},
		{"order and limits below", "select=rel(b(*))&rel.b.order=a&rel.b.limit=1&rel.b.offset=2", twoLevels(func(r *Related) {
			r.Order, r.Limit, r.Offset = []Order{{Column: "a"}}, 1, 2
		})},
		{"order", "select=rel(*)&rel.order=a.desc.nullslast,b", ordered(Order{Column: "a", Desc: true, Nulls: NullsLast}, Order{Column: "b"})},
		{"the first order counts", "select=rel(*)&rel.order=a&rel.order=b", ordered(Order{Column: "a"})},
		{"limit and offset", "select=rel(*)&rel.limit=3&rel.offset=2", limited(3, 2)},
		{"the last limit counts", "select=rel(*)&rel.limit=-1&rel.limit=2&rel.offset=1&rel.offset=3", limited(2, 3)},
		{"no rows", "select=rel(*)&rel.limit=0", limited(NoRows, 0)},
		{"an empty limit", "select=rel(*)&rel.limit=&rel.offset= ", limited(0, 0)},
		{"a negative offset", "select=rel(*)&rel.offset=-1", limited(0, 0)},
		{"a huge limit", "select=rel(*)&rel.limit=99999999999999999999", limited(1<<63-1, 0)},
		{"quoted names", `select="r.s"("t"(*))&"r.s".t.a=eq.1&"r.s"."t"."b.c"=eq.1`, selected(Embed("r.s", embed("t", where(And(one, Where("b.c", "eq", "1"))))))},
		{"quoted keywords", `select=rel(*),"not"(*)&rel."order"=eq.1&"not".and=(a.eq.1)`, selected(embed("rel", where(Where("order", "eq", "1"))), embed("not", where(And(one))))},
		{"spread", "select=...rel(*)&rel.a=eq.1", related(func(r *Related) { r.Spread, r.Where = true, one })},
		{"alias", "select=x:rel(*)&x.a=eq.1", selected(aliased("x", embed("rel", where(one))))},
		{"the table of an alias", "select=x:rel(*)&rel.a=eq.1&x.a=eq.1", selected(aliased("x", embed("rel", where(And(one, one)))))},
		{"a name before the table of an alias", "select=x:rel(*),rel(*)&rel.a=eq.1", selected(aliased("x", embed("rel", nil)), embed("rel", where(one)))},
		{"an alias before the table of an alias", "select=x:rel(*),rel:b(*)&rel.a=eq.1", selected(aliased("x", embed("rel", nil)), aliased("rel", embed("b", where(one))))},
		{"two aliases of a table", "select=x:rel(*),y:rel(*)&y.a=eq.1", selected(aliased("x", embed("rel", nil)), aliased("y", embed("rel", where(one))))},
		{"the first of two of a name", "select=rel(*),rel(*)&rel.a=eq.1", selected(embed("rel", where(one)), embed("rel", nil))},
		{"an embed with an empty alias", `select="":rel(*)&rel.a=eq.1`, related(where(one))},
	})
}

func TestFiltersByEmbeds(t *testing.T) {
	t.Parallel()
	rows := func(op Op, value any) Filter {
		return Where(Field{Column: "rel", Aggregate: AggregateCount}, op, value)
	}
	where := func(f Filter) Query { return Query{Select: related(nil).Select, Where: f} }
	below := func(f Filter) Query {
		return selected(embed("a", func(r *Related) { r.Select, r.Where = []Field{embed("rel", nil)}, f }), Field{Column: "b"})
	}
	testPairs(t, []namedPair{
		{"no row", "select=rel(*)&rel=is.null", where(Where("rel", "is", nil))},
		{"a row", "select=rel(*)&rel=not.is.null", where(Not(Where("rel", "is", nil)))},
		{"quoted", `select="r.s"(*)&"r.s"=is.null`, Query{Select: selected(embed("r.s", nil)).Select, Where: Where("r.s", "is", nil)}},
		{"in a tree", "select=rel(*)&or=(rel.is.null,rel.not.is.null)", where(Or(Where("rel", "is", nil), Not(Where("rel", "is", nil))))},
		{"below", "select=a(rel(*)),b&a.rel=is.null", below(Where("rel", "is", nil))},
		{"number of rows", "select=rel(*)&rel.count()=gt.5", where(rows("gt", 5))},
		{"number of rows, negated", "select=rel(*)&rel.count()=not.in.(1,2)", where(Not(rows("in", []int{1, 2})))},
		{"number of rows below", "select=a(rel(*)),b&a.rel.count()=eq.0", below(rows("eq", 0))},
		{"number of rows in a tree", "select=rel(*)&and=(rel.count().gt.5,or(rel.count().not.lt.7,rel.count() .eq.1))", where(And(rows("gt", 5), Or(Not(rows("lt", 7)), rows("eq", 1))))},
		{"number of rows, quoted", `select="rel"(*)&"rel".count()=gte.5&or=("rel".count().lte.5)`, where(And(rows("gte", 5), Or(rows("lte", 5))))},
		{"a column called count", "select=rel(*)&rel.count=eq.1&count=eq.2", Query{
			Select: related(func(r *Related) { r.Where = Where("count", "eq", "1") }).Select, Where: Where("count", "eq", "2"),
		}},
	})
}

func TestOrderByEmbeds(t *testing.T) {
	t.Parallel()
	ordered := func(order ...Order) Query { return Query{Select: related(nil).Select, Order: order} }
	testPairs(t, []namedPair{
		{"column", "select=rel(*)&order=rel(a)", ordered(Order{Embed: "rel", Column: "a"})},
		{"before select", "order=rel(a)&select=rel(*)", ordered(Order{Embed: "rel", Column: "a"})},
		{"with all", "select=rel(*)&order=b, rel( a ).desc.nullslast,c.asc", ordered(Order{Column: "b"}, Order{Embed: "rel", Column: "a", Desc: true, Nulls: NullsLast}, Order{Column: "c"})},
		{"JSON path", "select=rel(*)&order=rel(a->b->>0).nullsfirst", ordered(Order{Embed: "rel", Column: "a", Path: []any{"b", 0}, Text: true, Nulls: NullsFirst})},
		{"quoted", `select="r.s"(*)&order="r.s"("a)b")`, Query{Select: selected(embed("r.s", nil)).Select, Order: []Order{{Embed: "r.s", Column: "a)b"}}}},
		{"below", "select=a(rel(*))&a.order=rel(id)", selected(embed("a", func(r *Related) {
			r.Select, r.Order = []Field{embed("rel", nil)}, []Order{{Embed: "rel", Column: "id"}}
		}))},
		{"spread", "select=...rel(*)&order=rel(a)", Query{Select: related(func(r *Related) { r.Spread = true }).Select, Order: []Order{{Embed: "rel", Column: "a"}}}},
		{"alias", "select=x:rel(*)&order=x(a)", Query{Select: []Field{aliased("x", embed("rel", nil))}, Order: []Order{{Embed: "x", Column: "a"}}}},
		{"the table of an alias", "select=x:rel(*)&order=rel(a)", Query{Select: []Field{aliased("x", embed("rel", nil))}, Order: []Order{{Embed: "x", Column: "a"}}}},
	})
}
