package compile

import (
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

type goldenQuery struct {
	name  string
	query Query
	table *catalog.Table // nil is books
}

func columns(names ...string) []Field {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i].Column = name
	}
	return fields
}

func on(column, op string, value any) *Condition { return Where(Field{Column: column}, op, value) }

func where(c *Condition) Query { return Query{Select: columns("id"), Where: c} }

func by(column string) []Order { return []Order{{Column: column}} }

// tokenAfter is a token of a page of q, at a row with these values.
func tokenAfter(t *catalog.Table, q Query, back bool, values ...string) string {
	c := newComposer(t, nil, nil)
	keys, err := c.orderKeys(&q)
	if err != nil {
		panic(err)
	}
	cur := cursor{order: digest(t, keys), back: back}
	for _, v := range values {
		if v == "NULL" {
			cur.values = append(cur.values, nil)
		} else {
			cur.values = append(cur.values, []byte(v))
		}
	}
	return cur.token()
}

func page(t *catalog.Table, back bool, order []Order, values ...string) Query {
	q := Query{Select: columns(t.Columns[0].Name), Order: order, Limit: 10, Pages: true}
	q.After = tokenAfter(t, q, back, values...)
	return q
}

var goldenQueries = []struct {
	name    string
	queries []goldenQuery
}{
	{"select", []goldenQuery{
		{name: "everything, as Go values", query: Query{}},
		{name: "everything as JSON", query: Query{Format: encode.JSON}},
		{name: "everything as NDJSON without nulls", query: Query{Format: encode.NDJSON, Output: encode.Options{StripNulls: true}}},
		{name: "everything as JSON with numbers as strings", query: Query{Format: encode.JSON, Output: encode.Options{NumbersAsStrings: true}}},
		{name: "everything as CSV", query: Query{Format: encode.CSV}},
		{name: "everything as it comes, and a time in a zone", query: Query{Format: encode.Wire, TimeZone: "Europe/Berlin"}},
		{name: "text of the second column", query: Query{Format: encode.Text}},
		{name: "text of the one selected", query: Query{Format: encode.Text, Select: columns("price")}},
		{name: "text of two", query: Query{Format: encode.Text, Select: columns("price", "id")}},
		{name: "binary", query: Query{Format: encode.Binary, Select: columns("cover")}},
		{name: "binary of a text", query: Query{Format: encode.Binary, Select: columns("title")}},
		{name: "columns in another order, one twice", query: Query{Select: columns("title", "id", "title")}},
		{name: "an alias", query: Query{Select: []Field{{Column: "title", Alias: "name"}}, Format: encode.JSON}},
		{name: "a star and more", query: Query{Select: []Field{{}, {Column: "age"}}}},
		{name: "a computed column", query: Query{Select: columns("age"), Format: encode.JSON}},
		{name: "paths", query: Query{Select: []Field{{Column: "doc", Path: []any{"a", 0, `b'\`}}, {Column: "doc", Path: []any{"a", -1}, Text: true}, {Column: "part", Path: []any{"b"}}}}},
		{name: "casts", query: Query{Select: []Field{{Column: "price", Cast: "text"}, {Column: "doc", Path: []any{"n"}, Text: true, Cast: "text", Alias: "n"}}, Format: encode.JSON}},
		{name: "a domain with casts", query: Query{Select: columns("code"), Format: encode.JSON}},
		{name: "a domain with casts as CSV", query: Query{Select: columns("code"), Format: encode.CSV}},
		{name: "times in a zone", query: Query{Select: columns("published"), TimeZone: "Europe/Berlin", Format: encode.JSON}},
		{name: "some blocks", query: Query{Select: columns("id"), Blocks: &Blocks{1024, 2048}, Format: encode.CSV}},
		{name: "the last blocks, with filters and a limit", query: Query{
			Select: columns("id"), Mandatory: on("title", "eq", "a"), Where: on("id", "gt", 1), Blocks: &Blocks{2048, AllBlocks}, Limit: 5,
		}},
		{name: "a mandatory filter alone", query: Query{Select: columns("id"), Mandatory: on("title", "eq", "a")}},
		{name: "a mandatory filter and a plain one, on a page", query: Query{
			Select: columns("id"), Mandatory: on("title", "eq", "a"), Where: on("id", "gt", 1), Order: by("id"), Limit: 2, Offset: 1, Count: Exact,
		}},
		{name: "a mandatory filter on a hidden column, and tests that could tell", query: Query{
			Allowed: []string{"id", "age", "doc"}, Select: columns("id"), Mandatory: on("title", "eq", "a"),
			Where: And([]*Condition{on("age", "gt", 1), Not(on("id", "eq", 2)), Where(Field{Column: "doc", Path: []any{"n"}, Text: true}, "eq", "x")}),
		}},
		{name: "a mandatory filter that matches every row", query: Query{Select: columns("id"), Mandatory: And(nil), Where: on("age", "gt", 1)}},
		{name: "a mandatory filter that matches none", query: Query{Select: columns("id"), Mandatory: Or(nil)}},
		{name: "a mandatory filter on a column that is not there", query: Query{Mandatory: on("absent", "eq", "a")}},
		{name: "times in a zone as CSV", query: Query{Select: columns("published"), TimeZone: "Europe/Berlin", Format: encode.CSV}},
		{name: "names that have to be quoted", query: Query{Format: encode.JSON}, table: odd},
		{name: "an allow-list", query: Query{Allowed: []string{"id", "title"}}},
		{name: "an allow-list of a computed column alone", query: Query{Allowed: []string{"age"}}},
		{name: "what an allow-list hides", query: Query{Allowed: []string{"id", "title"}, Select: columns("price")}},
		{name: "a column that was misspelt", query: Query{Select: columns("titel")}},
	}},
	{"aggregates", []goldenQuery{
		{name: "rows", query: Query{Select: []Field{{Aggregate: "count"}}}},
		{name: "of columns", query: Query{Select: []Field{{Column: "price", Aggregate: "sum"}, {Column: "id", Aggregate: "avg"}, {Column: "big", Aggregate: "max"}, {Column: "title", Aggregate: "min"}, {Column: "mail", Aggregate: "max"}}}},
		{name: "of a path, cast", query: Query{Select: []Field{{Column: "doc", Path: []any{"n"}, Text: true, Cast: "text", Aggregate: "max", AggregateCast: "text", Alias: "most"}}}},
		{name: "in groups", query: Query{Select: []Field{{Column: "sold"}, {Column: "price", Aggregate: "sum"}}, Order: by("sold"), Limit: 5}},
		{name: "in groups, counted", query: Query{Select: []Field{{Column: "sold"}, {Aggregate: "count"}}, Count: Exact}},
		{name: "of all, counted", query: Query{Select: []Field{{Aggregate: "count"}}, Count: Exact}},
		{name: "one that there is not", query: Query{Select: []Field{{Column: "price", Aggregate: "median"}}}},
		{name: "pages of groups", query: Query{Select: []Field{{Column: "sold"}, {Aggregate: "count"}}, Pages: true}},
	}},
	{"operators", []goldenQuery{
		{name: "eq", query: where(on("id", "eq", 1))},
		{name: "neq", query: where(on("id", "neq", 1))},
		{name: "order", query: where(And([]*Condition{on("id", "gt", 1), on("id", "gte", 1), on("id", "lt", 1), on("id", "lte", 1)}))},
		{name: "isdistinct", query: where(on("price", "isdistinct", 1.5))},
		{name: "isdistinct of a composite", query: where(on("part", "isdistinct", "(1,x)"))},
		{name: "in", query: where(on("id", "in", []int{1, 2}))},
		{name: "in of a domain with a cast", query: where(on("code", "in", []string{"a", "b"}))},
		{name: "in of one value", query: where(on("id", "in", 1))},
		{name: "is", query: where(And([]*Condition{on("sold", "is", true), on("price", "is", nil), on("price", "is", "not_null"), on("sold", "is", "unknown")}))},
		{name: "is of a number", query: where(on("id", "is", 1))},
		{name: "like", query: where(on("title", "like", "*go%"))},
		{name: "ilike of an extension's type", query: where(on("mail", "ilike", "*@x"))},
		{name: "match", query: where(And([]*Condition{on("title", "match", "^a"), on("title", "imatch", "^a")}))},
		{name: "any and all", query: where(And([]*Condition{on("id", "eq(any)", []int{1}), on("title", "like(all)", []string{"*a*", "*b*"})}))},
		{name: "arrays", query: where(And([]*Condition{on("tags", "cs", []string{"a", `b"c`}), on("tags", "cd", []string{"a"}), on("tags", "ov", []string{"a"})}))},
		{name: "ranges", query: where(And([]*Condition{on("sizes", "sl", "x"), on("sizes", "sr", "x"), on("sizes", "nxr", "x"), on("sizes", "nxl", "x"), on("sizes", "adj", "x")}))},
		{name: "text searches", query: where(Or([]*Condition{on("words", "fts", "a"), on("title", "plfts(english)", "a b"), on("title", "phfts", "a b"), on("age", "wfts(simple)", "a")}))},
		{name: "an extension's type", query: where(And([]*Condition{on("mail", "eq", "a"), on("mail", "gt", "a"), on("mail", "isdistinct", "a")}))},
		{name: "a type that prints names", query: where(And([]*Condition{on("class", "eq", 1259), on("class", "in", []int{1259})}))},
		{name: "a path", query: where(Where(Field{Column: "doc", Path: []any{"a", "b"}, Text: true}, "eq", "x"))},
		{name: "values of Go", query: where(And([]*Condition{on("published", "lt", time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)), on("cover", "eq", []byte{1, 255}), on("sold", "eq", false), on("price", "eq", 0.1)}))},
		{name: "not, or, and nothing", query: where(Not(Or([]*Condition{And(nil), Or(nil), Not(on("id", "eq", 1)), nil})))},
		{name: "null", query: where(on("id", "eq", nil))},
		{name: "an operator that there is not", query: where(on("id", "==", 1))},
		{name: "one that takes no any", query: where(on("id", "neq(any)", 1))},
		{name: "a cast in a filter", query: where(Where(Field{Column: "id", Cast: "text"}, "eq", 1))},
	}},
	{"order", []goldenQuery{
		{name: "limit", query: Query{Select: columns("id"), Limit: 3}},
		{name: "offset", query: Query{Select: columns("id"), Offset: 3}},
		{name: "both", query: Query{Select: columns("id"), Limit: 3, Offset: 4}},
		{name: "no rows", query: Query{Select: columns("id"), Limit: -1}},
		{name: "with a filter", query: Query{Select: columns("id"), Where: on("id", "gt", 7), Limit: 3, Offset: 4}},
		{name: "a negative offset", query: Query{Offset: -1}},
		{name: "orders", query: Query{Select: columns("id"), Order: []Order{{Column: "price", Desc: true}, {Column: "title", Nulls: NullsFirst}, {Column: "published", Desc: true, Nulls: NullsLast}, {Column: "doc", Path: []any{"k"}, Text: true}}}},
		{name: "by a composite and by names", query: Query{Select: columns("id"), Order: []Order{{Column: "part"}, {Column: "class"}}}},
	}},
	{"counts", []goldenQuery{
		{name: "exact", query: Query{Select: columns("id"), Count: Exact, Where: on("id", "gt", 7), Limit: 3}},
		{name: "planned", query: Query{Select: columns("id"), Count: Planned, Where: on("id", "gt", 7)}},
		{name: "estimated", query: Query{Select: columns("id"), Count: Estimated, Where: on("id", "gt", 7)}},
		{name: "another word", query: Query{Count: "guessed"}},
	}},
	{"pages", []goldenQuery{
		{name: "the first", query: Query{Select: columns("title"), Pages: true, Limit: 10}},
		{name: "after a row, by the key alone", query: page(books, false, nil, "17")},
		{name: "before a row, by the key alone", query: page(books, true, nil, "17")},
		{name: "after a row, keys alike", query: page(books, false, by("title"), "x", "17")},
		{name: "after a row, keys that can be null", query: page(books, false, by("price"), "1.5", "17")},
		{name: "after a null, which is last", query: page(books, false, by("price"), "NULL", "17")},
		{name: "after a null, which is first", query: page(books, false, []Order{{Column: "price", Nulls: NullsFirst}}, "NULL", "17")},
		{name: "before a row, downwards", query: page(books, true, []Order{{Column: "price", Desc: true}}, "1.5", "17")},
		{name: "ways that differ", query: page(pairs, false, []Order{{Column: "a", Desc: true}, {Column: "c"}}, "1", "2024-01-01", "x"), table: pairs},
		{name: "a key of two columns", query: page(pairs, false, nil, "1", "x"), table: pairs},
		{name: "by an extension's type", query: page(books, false, by("mail"), "a@b", "17")},
		{name: "by a composite", query: page(books, false, by("part"), "(1,x)", "17")},
		{name: "a table without a key", query: Query{Pages: true}, table: odd},
		{name: "a token of another order", query: Query{Order: by("title"), After: tokenAfter(books, Query{Pages: true}, false, "17")}},
		{name: "what is no token", query: Query{After: "x"}},
	}},
	{"page_orders", pageQueries()},
	{"limits", limitQueries()},
	{"refused", refusedQueries()},
	{"calls", goldenCalls},
	{"related", goldenRelated},
}
