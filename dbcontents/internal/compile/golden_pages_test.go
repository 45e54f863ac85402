package compile

import "fmt"

// pageQueries are the pages after a row and before it, in each kind of order. The keys
// of pairs are not null, its column c can be.
func pageQueries() (list []goldenQuery) {
	a, b, c := Order{Column: "a"}, Order{Column: "b"}, Order{Column: "c"}
	down := func(o Order) Order { o.Desc = true; return o }
	nulls := func(o Order, where string) Order { o.Nulls = where; return o }
	for _, tt := range []struct {
		name   string
		order  []Order
		values []string
	}{
		{"the primary key", nil, []string{"1", "x"}},
		{"keys alike, downwards", []Order{down(b), down(a)}, []string{"x", "1"}},
		{"ways that differ", []Order{a, down(b)}, []string{"1", "x"}},
		{"a value that can be null", []Order{c}, []string{"2024-01-01", "1", "x"}},
		{"a value that is null", []Order{c}, []string{"NULL", "1", "x"}},
		{"a value that can be null, nulls first", []Order{nulls(c, NullsFirst)}, []string{"2024-01-01", "1", "x"}},
		{"a value that is null, nulls first", []Order{nulls(c, NullsFirst)}, []string{"NULL", "1", "x"}},
		{"downwards, nulls last", []Order{nulls(down(c), NullsLast)}, []string{"2024-01-01", "1", "x"}},
		{"the second can be null", []Order{a, c}, []string{"1", "2024-01-01", "x"}},
		{"the second is null", []Order{a, c}, []string{"1", "NULL", "x"}},
		{"the second is null, nulls first", []Order{a, nulls(c, NullsFirst)}, []string{"1", "NULL", "x"}},
	} {
		list = append(list,
			goldenQuery{name: tt.name + ", after", query: page(pairs, false, tt.order, tt.values...), table: pairs},
			goldenQuery{name: tt.name + ", before", query: page(pairs, true, tt.order, tt.values...), table: pairs})
	}
	filtered := page(pairs, false, []Order{c}, "2024-01-01", "1", "x")
	filtered.Where = on("b", "gt", "m")
	// In books age is a computed column, whose function may tell of any row.
	guarded, plain := page(books, false, by("age"), "1", "2"), page(books, false, by("id"), "2")
	guarded.Mandatory, plain.Mandatory = on("title", "eq", "a"), on("title", "eq", "a")
	counted := filtered
	counted.Count = Exact
	return append(list,
		goldenQuery{name: "with a filter", query: filtered, table: pairs},
		goldenQuery{name: "with a filter, counted", query: counted, table: pairs},
		goldenQuery{name: "by a computed column, with a mandatory filter", query: guarded},
		goldenQuery{name: "by a column, with a mandatory filter", query: plain})
}

// limitQueries have a limit, an offset, both or neither, for each kind of statement.
func limitQueries() (list []goldenQuery) {
	for _, limit := range []int64{0, 10, -1} {
		for _, offset := range []int64{0, 20} {
			add := func(kind string, q Query) {
				q.Limit, q.Offset = limit, offset
				list = append(list, goldenQuery{name: fmt.Sprintf("limit %d, offset %d, %s", limit, offset, kind), query: q, table: pairs})
			}
			add("all", Query{Select: columns("a")})
			add("filtered", Query{Select: columns("a"), Where: on("b", "eq", "x")})
			// Each part needs as many rows as the limit and the offset together.
			add("after a row, in parts", page(pairs, false, by("c"), "2024-01-01", "1", "x"))
			add("before a row", page(pairs, true, nil, "1", "x"))
			add("counted", Query{Select: columns("a"), Count: Estimated})
		}
	}
	return list
}
