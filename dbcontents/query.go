package dbcontents

import (
	"fmt"
	"strings"
)

// Format is what a read is for. It is part of the [Query] because the database
// must know when the statement is bound in which form to send each column.
type Format string

const (
	// JSON is one array of objects. A value is what PostgreSQL's to_jsonb makes
	// of it, with all digits: numbers as numbers, NaN and infinities as
	// strings, arrays and composites as arrays and objects, json as stored.
	JSON Format = "json"
	// NDJSON is one such object on each line, https://github.com/ndjson/ndjson-spec.
	NDJSON Format = "ndjson"
	// CSV is RFC 4180 with a header line always: CRLF, null as nothing, the
	// empty string as "", other values as PostgreSQL prints them.
	CSV Format = "csv"
	// Text is one column's value on each line, as PostgreSQL prints it, null as
	// an empty line: the only column selected, else the second one.
	Text Format = "text"
)

// Query says what to read. It is a value and may be reused. The zero value
// reads all columns and rows of the default table, as Go values.
type Query struct {
	// Schema of the table; empty means the first exposed schema that has it.
	Schema string
	// Table or view to read; empty means the default table.
	Table string
	// Select are the columns to read, in this order; empty means all that the
	// role may read. See [Columns].
	Select []Field
	// Order sorts the rows; empty leaves their order to the database.
	Order []Order
	// Limit is the most rows to read. Zero means no limit but Config.MaxRows,
	// a negative number no row at all.
	Limit int64
	// Offset is how many rows to skip first; it must not be negative.
	Offset int64
	// Format is the form in which [Rows.WriteTo] writes the rows. Empty means
	// Go values: Scan, Values, All and Collect work, WriteTo does not.
	Format Format
}

// Field is one item to select.
type Field struct {
	// Column is the exact name of a column.
	Column string
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
	// Column is the exact name of a column; it need not be selected.
	Column string
	// Desc sorts from the greatest value to the smallest.
	Desc bool
	// Nulls is where nulls go; empty is PostgreSQL's default: last, or first with Desc.
	Nulls Nulls
}

// check refuses what can be refused without knowing the table.
func (q Query) check() error {
	bad := func(code, format string, args ...any) error {
		return invalid(q.Table, code, fmt.Sprintf(format, args...))
	}
	name := func(what, name string) error {
		if err := checkName(name); err != nil {
			return bad("name_invalid", "%s %q: %v", what, shorten(name), err)
		}
		return nil
	}
	if q.Table != "" {
		if err := name("table", q.Table); err != nil {
			return err
		}
	}
	if q.Schema != "" {
		if err := name("schema", q.Schema); err != nil {
			return err
		}
	}
	for _, f := range q.Select {
		if err := name("column", f.Column); err != nil {
			return err
		}
	}
	for _, o := range q.Order {
		if err := name("order by", o.Column); err != nil {
			return err
		}
		if o.Nulls != "" && o.Nulls != NullsFirst && o.Nulls != NullsLast {
			return bad("query_invalid", "nulls are sorted %q; want nullsfirst or nullslast", shorten(string(o.Nulls)))
		}
	}
	if q.Offset < 0 {
		return bad("query_invalid", "the offset %d is negative", q.Offset)
	}
	switch q.Format {
	case "", JSON, NDJSON, CSV, Text:
	default:
		return bad("query_invalid", "unknown format %q; want json, ndjson, csv or text", shorten(string(q.Format)))
	}
	return nil
}

// shorten keeps what a stranger sent from filling a message.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
