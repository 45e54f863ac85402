package dbcontents

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// Format is what a read is for. It is part of the [Query] because the database
// must know when the statement is bound in which form to send each column.
type Format string

const (
	// JSON is one array of objects. A value is what PostgreSQL's to_jsonb makes
	// of it, with all digits: numbers as numbers, NaN and infinities as
	// strings, arrays and composites as arrays and objects, json as stored. No
	// setting of the server or the role changes that, with one exception: regclass and its
	// like print a name without its schema where the role's search_path finds it. The
	// search_path is the role's own, because functions behind views rely on it.
	JSON Format = "json"
	// NDJSON is one such object on each line, https://github.com/ndjson/ndjson-spec.
	NDJSON Format = "ndjson"
	// CSV is RFC 4180 with a header line always: CRLF, null as nothing, the
	// empty string as "", other values as PostgreSQL prints them.
	CSV Format = "csv"
	// Text is one column's value on each line, as PostgreSQL prints it, null as
	// an empty line: the only column selected, else the second one.
	Text Format = "text"
	// Binary is the bytes of the one column selected, which must be a bytea,
	// the rows one after the other; null is nothing.
	Binary Format = "binary"
)

// Query says what to read. It is a value and may be reused. The zero value
// reads all columns and rows of the default table, as Go values.
type Query struct {
	// Schema of the table; empty means the first exposed schema that has it.
	Schema string
	// Table or view to read; empty means the default table.
	Table string
	// Select are the items to read, in this order; empty means all columns that
	// the role may read. See [Columns].
	Select []Field
	// Allowed is an allow-list of columns and computed columns. If it is not nil,
	// the table has no others for this Query: not in Select, Where and Order, in
	// "all columns", in a primary key for Pages, in errors and their hints, or in
	// [Rows.Table]. A list that leaves no column, an empty one too, is refused with
	// [ErrDenied], as is "all columns" where it leaves computed columns only. Nil
	// allows all. Names in it that the table does not have are no error. See [Table.Only].
	Allowed []string
	// Where lets only the rows pass for which it is true. The zero Filter lets all pass.
	Where Filter
	// Order sorts the rows; empty leaves their order to the database.
	Order []Order
	// Limit is the most rows to read. Zero means no limit but Config.MaxRows,
	// a negative number no row at all.
	Limit int64
	// Offset is how many rows to skip first; it must not be negative.
	Offset int64
	// Pages asks for tokens that lead from this page of Limit rows to its
	// neighbours: [Rows.NextPage] and [Rows.PrevPage]. To make the order unique,
	// the primary key is appended to it; a table without one has no pages, and
	// neither has every order, see [Table.Pages]. A page costs the same wherever it is, if an index has the order.
	Pages bool
	// After is such a token: the page that it leads to is read. The table, the
	// Order and the Schema must be those of the read that gave it; Select,
	// Where, Limit and Format may differ. It sets Pages.
	After string
	// Count asks how many rows there are without Limit, Offset and After, see [Rows.Total].
	Count Count
	// TimeZone is the one in which timestamps with time zone are written, and
	// in which those of the Query without one are read: a name or offset that
	// PostgreSQL knows. Empty means UTC.
	TimeZone string
	// Format is the form in which [Rows.WriteTo] writes the rows. Empty means
	// Go values: Scan, Values, All and Collect work, WriteTo does not.
	Format Format
	// Output changes details of the Format; the zero value changes nothing.
	Output Output
}

// Count is how the rows of a [Query] are counted, in the query language's own words:
//
//	exact      all of them are counted, in the same state of the database as is read
//	planned    the planner's estimate, which costs nothing and may be far off
//	estimated  exact up to Config.MaxRows, beyond it the planner's estimate;
//	           without MaxRows the greater of the two
//
// Empty means not at all.
type Count string

const (
	countExact     Count = "exact"
	countPlanned   Count = "planned"
	countEstimated Count = "estimated"
)

// check refuses what can be refused without knowing the table.
func (q Query) check() error {
	bad := func(format string, args ...any) error {
		return invalid(q.Table, "query_invalid", fmt.Sprintf(format, args...))
	}
	for _, err := range []error{q.checkName("table", q.Table), q.checkName("schema", q.Schema), q.checkAllowed(), q.checkFields(), q.checkFilter()} {
		if err != nil {
			return err
		}
	}
	switch {
	case q.Offset < 0:
		return bad("the offset %d is negative", q.Offset)
	case len(q.TimeZone) > maxSetting || strings.IndexByte(q.TimeZone, 0) >= 0:
		return bad("%q is no time zone", shorten(q.TimeZone))
	}
	switch q.Format {
	case "", JSON, NDJSON, CSV, Text, Binary:
	default:
		return bad("unknown format %q; want json, ndjson, csv, text or binary", shorten(string(q.Format)))
	}
	if problem := encode.Options(q.Output).Check(encode.Format(q.Format)); problem != "" {
		return bad("%s", problem)
	}
	switch q.Count {
	case "", countExact, countPlanned, countEstimated:
	default:
		return bad("rows are counted %q; want exact, planned or estimated", shorten(string(q.Count)))
	}
	return nil
}

// checkFilter checks Where.
func (q *Query) checkFilter() error {
	if err := q.Where.root.check(q.Table, 0); err != nil {
		return err
	}
	if n := q.Where.root.count(); n > maxParams {
		return invalid(q.Table, "query_invalid", fmt.Sprintf("the filter compares with %d values; a statement has at most %d", n, maxParams))
	}
	return nil
}

// maxSetting is longer than the value of any setting that makes sense.
const maxSetting = 200

// checkName checks a name that may be left out.
func (q *Query) checkName(what, name string) error {
	if name == "" {
		return nil
	}
	if err := checkName(name); err != nil {
		return invalid(q.Table, "name_invalid", fmt.Sprintf("%s %q: %v", what, shorten(name), err))
	}
	return nil
}

// maxSelect is PostgreSQL's limit on a select list, MaxTupleAttributeNumber.
const maxSelect = 1664

// checkFields checks Select and Order.
func (q *Query) checkFields() error {
	if len(q.Select) > maxSelect {
		return invalid(q.Table, "query_invalid", fmt.Sprintf("%d columns are selected; at most %d can be", len(q.Select), maxSelect))
	}
	for _, f := range q.Select {
		if err := f.check(q.Table); err != nil {
			return err
		}
	}
	for _, o := range q.Order {
		if o.Column == "" {
			return invalid(q.Table, "name_invalid", "order by: the name is empty")
		}
		if err := (Field{Column: o.Column, Path: o.Path, Text: o.Text}).check(q.Table); err != nil {
			return err
		}
		if o.Nulls != "" && o.Nulls != NullsFirst && o.Nulls != NullsLast {
			return invalid(q.Table, "query_invalid", fmt.Sprintf("nulls are sorted %q; want nullsfirst or nullslast", shorten(string(o.Nulls))))
		}
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

// aggregates reports whether q makes one row of many.
func (q *Query) aggregates() bool {
	return slices.ContainsFunc(q.Select, func(f Field) bool { return f.Aggregate != "" })
}
