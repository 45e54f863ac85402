package compile

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// wide has as many columns as PostgreSQL takes in a SELECT, and empty none.
var (
	wide  = &catalog.Table{Schema: "public", Name: "wide", Columns: wideColumns(), PrimaryKey: []string{"c0"}}
	empty = &catalog.Table{Schema: "public", Name: "empty"}
)

func wideColumns() []catalog.Column {
	columns := make([]catalog.Column, maxSelect)
	for i := range columns {
		columns[i] = plainColumn("c"+strconv.Itoa(i), "integer", pgtype.Int4OID, true)
	}
	return columns
}

// refusedQueries are those that are wrong, whatever is in the table.
func refusedQueries() (list []goldenQuery) {
	add := func(name string, q Query) { list = append(list, goldenQuery{name: name, query: q}) }
	filter := func(name string, f *Condition) { add(name, Query{Where: f}) }
	field := func(name string, f Field) { add(name, Query{Select: []Field{f}}) }
	field("an unknown column that is like none", Field{Column: "xyzzyxyzzy"})
	field("a column in another letter case", Field{Column: "ID"})
	field("a long name", Field{Column: strings.Repeat("x", 64)})
	field("a name that is not UTF-8", Field{Column: "a\xff"})
	field("a path without a column", Field{Path: []any{"a"}})
	field("an index that is too large", Field{Column: "doc", Path: []any{1 << 40}})
	field("a step of another type", Field{Column: "doc", Path: []any{1.5}})
	field("a key with a NUL", Field{Column: "doc", Path: []any{"a\x00"}})
	field("text without a path", Field{Column: "doc", Text: true})
	field("an aggregate of nothing", Field{Aggregate: "sum"})
	field("a cast of an aggregate that is not there", Field{Column: "id", AggregateCast: "text"})
	field("a cast that is no name", Field{Column: "id", Cast: "text);--"})
	field("an alias with a NUL", Field{Column: "id", Alias: "a\x00"})
	add("too many columns", Query{Select: make([]Field, maxSelect+1)})
	add("a filter on a column that is not allowed", Query{Where: on("price", "eq", 1), Allowed: []string{"id"}})
	add("an order by a column that is not allowed", Query{Order: by("price"), Allowed: []string{"id"}})
	add("an allowed name that cannot be", Query{Allowed: []string{""}})
	filter("null by pointer", on("id", "eq", (*int)(nil)))
	filter("a value that has no text", on("id", "eq", struct{}{}))
	filter("a field without a name", on("", "eq", 1))
	filter("an unknown column in a filter", Not(on("idd", "eq", 1)))
	deep := on("id", "eq", 1)
	for range maxDepth + 1 {
		deep = Not(deep)
	}
	filter("a filter that is too deep", And([]*Condition{nil, deep}))
	add("an unknown format", Query{Format: "xml"})
	add("options of another format", Query{Format: encode.CSV, Output: encode.Options{Object: true}})
	add("a time zone with a NUL", Query{TimeZone: "a\x00"})
	add("a table's name", Query{Table: "a\x00"})
	add("a schema's name", Query{Schema: strings.Repeat("s", 64)})
	add("binary of two columns", Query{Select: columns("cover", "id"), Format: encode.Binary})
	add("an order by nothing", Query{Order: []Order{{}}})
	add("an order by an unknown column", Query{Order: by("titl")})
	add("nulls in another place", Query{Order: []Order{{Column: "id", Nulls: "middle"}}})
	many := Query{Pages: true}
	for i := range maxKeys + 1 {
		many.Order = append(many.Order, Order{Column: "doc", Path: []any{i}})
	}
	add("a page with too many keys", many)
	return append(list,
		goldenQuery{name: "too many columns of all", query: Query{Select: make([]Field, 2)}, table: wide},
		goldenQuery{name: "too many columns with the order", query: Query{Order: []Order{{Column: "c0", Path: []any{"a"}}}}, table: wide},
		goldenQuery{name: "too many columns with the keys of a page", query: Query{Pages: true}, table: wide},
		goldenQuery{name: "text of no column", query: Query{Format: encode.Text}, table: empty})
}
