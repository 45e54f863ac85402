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
	// else the last key in Path, else the Column, else the Table of Embed.
	Alias string
	// Omit leaves Column out of all columns, which must be selected as well.
	Omit bool
	// Embed, if not nil, are rows of a related table, see [Related]. Beside it a Field
	// has nothing but an Alias.
	Embed *Related
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
	// Embed, if not empty, is the name in the output of a [Related] in the Select of the
	// same level that leads to one row at most: Column is then one of its table's. A
	// Spread is named by its Table.
	Embed string
}

// compiled is f as the rooms below take it.
func (f *Field) compiled() compile.Field {
	return compile.Field{
		Column: f.Column, Path: f.Path, Text: f.Text, Cast: f.Cast, Aggregate: string(f.Aggregate), AggregateCast: f.AggregateCast, Alias: f.Alias,
		Omit: f.Omit, Embed: f.Embed.compiled(),
	}
}

// fieldsCompiled are fields as the rooms below take them.
func fieldsCompiled(fields []Field) []compile.Field {
	if fields == nil {
		return nil
	}
	compiled := make([]compile.Field, len(fields))
	for i := range fields {
		compiled[i] = fields[i].compiled()
	}
	return compiled
}

// orderCompiled is an order as the rooms below take it.
func orderCompiled(order []Order) []compile.Order {
	if len(order) == 0 {
		return nil
	}
	compiled := make([]compile.Order, len(order))
	for i, o := range order {
		compiled[i] = compile.Order{Column: o.Column, Path: o.Path, Text: o.Text, Desc: o.Desc, Nulls: string(o.Nulls), Embed: o.Embed}
	}
	return compiled
}
