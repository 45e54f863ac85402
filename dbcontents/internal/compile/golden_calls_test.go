package compile

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// found is a function whose rows are like those of books.
var found = &catalog.Table{
	Schema: "public", Name: "found", Kind: "function", Columns: books.Columns, Computed: books.Computed,
	Call: &catalog.Call{Set: true, Row: catalog.Name{Schema: "public", Name: "books"}, Params: []catalog.Param{
		{Name: "words", Type: "text", SQL: "pg_catalog.text"},
		{Name: `p"`, Type: "integer", SQL: "pg_catalog.int4", Optional: true},
		{Name: "also", Type: "text[]", SQL: "pg_catalog._text", Optional: true, Variadic: true},
	}},
}

// number is a function that gives a value.
var number = &catalog.Table{
	Schema: "public", Name: "number", Kind: "function", Columns: []catalog.Column{plainColumn("number", "integer", pgtype.Int4OID, false)},
	Call: &catalog.Call{Scalar: true},
}

var goldenCalls = []goldenQuery{
	{name: "no argument", table: number, query: Query{Function: "number"}},
	{name: "no argument, as a bare value", table: number, query: Query{Function: "number", Format: encode.JSON, Output: encode.Options{Bare: true}}},
	{name: "one argument", table: found, query: Query{Function: "found", Args: []Arg{{Name: "words", Value: "a b"}}, Select: columns("id")}},
	{name: "VARIADIC comes last", table: found, query: Query{
		Function: "found", Select: columns("id"),
		Args: []Arg{{Name: "also", Value: []string{"x", "y"}}, {Name: `p"`, Value: 1}, {Name: "words", Value: nil}},
	}},
	{name: "arguments before filters, and limits last", table: found, query: Query{
		Function: "found", Args: []Arg{{Name: `p"`, Value: 1}, {Name: "words", Value: "w"}}, Select: columns("id", "age"),
		Where: on("title", "match", "^a"), Mandatory: on("sold", "eq", true), Order: by("id"), Limit: 5, Offset: 2,
	}},
	{name: "counted", table: found, query: Query{
		Function: "found", Args: []Arg{{Name: "words", Value: "w"}}, Select: columns("id"), Where: on("id", "gt", 3), Count: Estimated, Limit: 1,
	}},
	{name: "columns hidden", table: found, query: Query{Function: "found", Args: []Arg{{Name: "words", Value: "w"}}, Allowed: []string{"id"}}},
	{name: "a table as well", query: Query{Function: "found", Table: "books"}},
	{name: "arguments of a table", query: Query{Table: "books", Args: []Arg{{Name: "words", Value: "w"}}}},
	{name: "pages", table: found, query: Query{Function: "found", Args: []Arg{{Name: "words", Value: "w"}}, Pages: true}},
}
