package dbcontents

import (
	"fmt"
	"strings"
	"unicode"
)

// Field is one item to select, or what a [Filter] tests. The zero Field selects
// all columns.
type Field struct {
	// Column is the exact name of a column, or of a computed column: a function
	// in the table's schema whose one argument is a row of the table.
	Column string
	// Path leads into the value as JSON: a string is the key of an object, an int
	// the index in an array, negative from its end. A column that is not JSON is made it first.
	Path []any
	// Text gives the last step of Path as text instead of as JSON.
	Text bool
	// Cast is the name of a type to convert to, such as "text" or "double
	// precision": a built-in type, or a domain, enum, range or extension's type in
	// one of Config.Schemas. Row types, pseudo-types, and types that look names
	// up in the database, such as regclass, are as if they did not exist.
	Cast string
	// Aggregate makes one row of many: "sum", "avg", "count", "min" or "max".
	// The rows are grouped by all items without one. It needs Config.Aggregates.
	// "count" with an empty Column counts rows.
	Aggregate string
	// AggregateCast is the name of a type to convert the Aggregate to.
	AggregateCast string
	// Alias is the name of the item in the output. Empty means the Aggregate,
	// else the last key in Path, else the Column.
	Alias string
}

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

// star reports whether f is all columns.
func (f *Field) star() bool {
	return f.Column == "" && f.Aggregate == "" && len(f.Path) == 0 && !f.Text && f.Cast == "" && f.AggregateCast == "" && f.Alias == ""
}

// check refuses what can be refused without knowing the table.
func (f Field) check(table string) error {
	bad := func(format string, args ...any) error {
		return invalid(table, "query_invalid", fmt.Sprintf(format, args...))
	}
	if f.star() {
		return nil
	}
	if f.Column != "" || f.Aggregate != "count" {
		if err := checkName(f.Column); err != nil {
			return invalid(table, "name_invalid", fmt.Sprintf("column %q: %v", shorten(f.Column), err))
		}
	}
	for _, step := range f.Path {
		switch step := step.(type) {
		case int:
			if int(int32(step)) != step {
				return bad("the index %d in the path of %q is too large", step, f.Column)
			}
		case string:
			if strings.IndexByte(step, 0) >= 0 {
				return bad("a key in the path of %q holds a NUL", f.Column)
			}
		default:
			return bad("a %T in the path of %q; want a string key or an int index", step, f.Column)
		}
	}
	switch f.Aggregate {
	case "", "sum", "avg", "count", "min", "max":
	default:
		return bad("unknown aggregate %q; want sum, avg, count, min or max", shorten(f.Aggregate))
	}
	switch {
	case f.Text && len(f.Path) == 0:
		return bad("column %q is asked for as text of a path, and has no path; want a cast", f.Column)
	case f.Column == "" && (len(f.Path) > 0 || f.Cast != ""):
		return bad("a path or cast without a column")
	case f.AggregateCast != "" && f.Aggregate == "":
		return bad("column %q has a cast for its aggregate, and no aggregate", f.Column)
	case strings.IndexByte(f.Alias, 0) >= 0:
		return bad("the alias of column %q holds a NUL", f.Column)
	}
	for _, cast := range []string{f.Cast, f.AggregateCast} {
		if cast != "" && !isIdent(cast) {
			return bad("%q is no name of a type; want letters, digits, _, $ and spaces, as in text or double precision", shorten(cast))
		}
	}
	return nil
}

// key is the name of f in the output.
func (f *Field) key() string {
	switch {
	case f.Alias != "":
		return f.Alias
	case f.Aggregate != "":
		return f.Aggregate
	}
	for i := len(f.Path) - 1; i >= 0; i-- {
		if key, ok := f.Path[i].(string); ok {
			return key
		}
	}
	return f.Column
}

// isIdent tells the words that may name a type or a text search configuration.
func isIdent(s string) bool {
	return s != "" && len(s) <= maxSetting && strings.IndexFunc(s, func(r rune) bool {
		return !(r == '_' || r == '$' || r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r))
	}) < 0
}
