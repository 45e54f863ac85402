package dbcontents

import "github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"

// Field is one item to select, or what a [Filter] tests. The zero Field selects
// all columns.
type Field struct {
	// Column is the exact name of a column, or of a computed column: a function
	// in the table's schema whose one argument is a row of the table.
	Column string
	// Path leads into the value as JSON: a string is the key of an object, an int
	// the index in an array, negative from its end. A column that is not JSON is converted to jsonb first.
	Path []any
	// Text gives the last step of Path as text instead of as JSON.
	Text bool
	// Cast is the name of a type to convert to, such as "text" or "double
	// precision": a built-in type, or a domain, enum, range or extension's type in
	// one of Config.Schemas. Row types, pseudo-types, and types that look names
	// up in the database, such as regclass, are refused like types that do not exist.
	Cast string
	// Aggregate makes one row of many. The rows are grouped by all items without one.
	// It needs Config.Aggregates.
	Aggregate Aggregate
	// AggregateCast is the name of a type to convert the Aggregate to.
	AggregateCast string
	// Alias is the name of the item in the output. Empty means the Aggregate,
	// else the last key in Path, else the Column.
	Alias string
}

// An Aggregate computes one value from a column of many rows. The zero value means none.
type Aggregate string

// The aggregates.
const (
	AggregateSum Aggregate = "sum"
	AggregateAvg Aggregate = "avg"
	AggregateMin Aggregate = "min"
	AggregateMax Aggregate = "max"
	// AggregateCount counts the values that are not null, or, with an empty
	// Field.Column, rows.
	AggregateCount Aggregate = "count"
)

// Columns makes the fields for plain columns.
func Columns(names ...string) []Field {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i].Column = name
	}
	return fields
}

// Nulls says where nulls are sorted.
type Nulls string

const (
	// NullsFirst puts nulls before all other values.
	NullsFirst Nulls = "nullsfirst"
	// NullsLast puts nulls after all other values.
	NullsLast Nulls = "nullslast"
)

// Order is one key to sort by.
type Order struct {
	// Column is the exact name of a column or computed column; it need not be selected.
	Column string
	// Path and Text lead into a JSON value, as in a [Field].
	Path []any
	Text bool
	// Desc sorts from the greatest value to the smallest.
	Desc bool
	// Nulls is where nulls go; empty is PostgreSQL's default: last, or first with Desc.
	Nulls Nulls
}

// compiled is f as the rooms below take it.
func (f *Field) compiled() compile.Field {
	return compile.Field{
		Column: f.Column, Path: f.Path, Text: f.Text, Cast: f.Cast, Aggregate: string(f.Aggregate), AggregateCast: f.AggregateCast, Alias: f.Alias,
	}
}
