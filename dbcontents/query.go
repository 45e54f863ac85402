package dbcontents

import (
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
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
	// Wire is the values as PostgreSQL sends them, for [Rows.RawValues], and so for other
	// encoders: numbers, bool, uuid, bytea, dates, times, intervals and arrays of these and of
	// texts in PostgreSQL's binary format, other types as text. What is made of several values, such as
	// a composite or other array, is JSON.
	Wire Format = "wire"
)

// Query says what to read. It is a value and may be reused. The zero value
// reads all columns and rows of the default table, as Go values.
type Query struct {
	// Schema of the table or function; empty means the first exposed schema that has it.
	Schema string
	// Table or view to read; empty means the default table.
	Table string
	// Function to call, one of Config.Functions, instead of a Table: its result is read
	// like a table. It must be STABLE or IMMUTABLE.
	Function string
	// Args are the arguments of the Function by the names of its parameters. Values are
	// as those of [Where]; nil is null, and a slice makes an array, as for a VARIADIC
	// parameter. Their names choose among functions of the same name. A parameter with a
	// default may be left out.
	Args map[string]any
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
	// Where decides which rows are read. The zero Filter matches every row.
	Where Filter
	// Order sorts the rows; empty leaves their order to the database.
	Order []Order
	// Limit is the most rows to read. Zero means no limit other than Config.MaxRows.
	// NoRows, or any negative number, means no rows.
	Limit int64
	// Offset is how many rows to skip first; it must not be negative.
	Offset int64
	// Pages asks for tokens that lead from this page of Limit rows to its
	// neighbours: [Rows.NextPage] and [Rows.PrevPage]. To make the order unique,
	// the primary key is appended to it; a table without one has no pages, and
	// neither has every order, see [Table.Pages]. No token is longer than 1536 bytes: next to a row with longer
	// values in its order there is none, see [Rows.More]. A page costs the same wherever it is, if an index has the order.
	Pages bool
	// After is such a token: the page that it leads to is read. The table, the
	// Order and the Schema must be those of the read that gave it; Select,
	// Where, Limit and Format may differ. It sets Pages.
	After string
	// Count asks how many rows there are without Limit, Offset and After, see [Rows.Total].
	Count Count
	// MinLSN is the position in the database's write-ahead log, such as "0/3000148", up to which
	// the rows must include what was committed: that of the reader's own last write, say, as
	// pg_current_wal_insert_lsn() gives it after COMMIT. A server that has not replayed so far is
	// waited for, within the deadline of the context and at most Config.AcquireTimeout, and
	// others are tried. At most half as many reads as the pool has connections wait for more
	// than a tenth of a second. Then the read fails with [ErrBusy] and the Code "standby_behind".
	// In a [Snapshot] it fails at once if the snapshot is older. "0/0" asks for no position,
	// and lets [Rows.LSN] tell that of the rows. Empty means neither, and costs nothing.
	MinLSN string
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

// NoRows is the Query.Limit of a read that is to give no row: for its columns, say,
// or for a count alone.
const NoRows int64 = -1

// Count is how the rows of a [Query] are counted, in the query language's own words:
//
//	exact      all of them are counted, in the same state of the database as is read
//	planned    the planner's estimate, which costs nothing and may be far off
//	estimated  exact up to Config.MaxRows, beyond it the planner's estimate;
//	           without MaxRows the greater of the two
//
// Empty means not at all.
type Count string

// How rows are counted, see [Count].
const (
	CountExact     Count = "exact"
	CountPlanned   Count = "planned"
	CountEstimated Count = "estimated"
)

// compiled is q as the rooms below take it.
func (q *Query) compiled() compile.Query {
	c := compile.Query{
		Schema: q.Schema, Table: q.Table, Function: q.Function, Args: q.args(), Allowed: q.Allowed, Where: q.Where.root, Limit: q.Limit, Offset: q.Offset, Pages: q.Pages, After: q.After,
		Count: string(q.Count), TimeZone: q.TimeZone, MinLSN: q.MinLSN, Format: encode.Format(q.Format), Output: encode.Options(q.Output),
	}
	if len(q.Select) > 0 {
		c.Select = fieldsCompiled(q.Select)
	}
	c.Order = orderCompiled(q.Order)
	return c
}

// Output is how a [Format] is written, where it can be written in more than
// one way. The zero value is each format's usual way; a setting of another
// format than the Query's is an error.
type Output struct {
	// Object writes the only row as an object and not as an array of one. WriteTo
	// reads all rows first. Unless there is exactly one, it writes nothing and fails
	// with the Code "not_one_row". JSON only.
	Object bool
	// StripNulls leaves members that are null out of objects, also within the
	// values; nulls in arrays stay. JSON and NDJSON.
	StripNulls bool
	// NumbersAsStrings writes bigint and numeric, and the elements of their
	// arrays, as strings, for readers whose numbers are floats (JavaScript).
	// Numbers within composite and json values stay numbers. JSON and NDJSON.
	NumbersAsStrings bool
	// Separator stands between the fields of a record: a comma (as does 0), a
	// semicolon, a tab or a vertical bar. CSV only.
	Separator byte
	// SpreadsheetSafe keeps spreadsheets from taking text for a formula: every text
	// field is put in quotes, and one that begins with =, +, -, @, also in their
	// full-width and small forms and behind white space, or with a tab or a line end,
	// is preceded by an apostrophe. Numbers and dates are not touched. The text
	// is not what was stored any more. CSV only.
	SpreadsheetSafe bool
	// Bare writes the result of a Function as PostgREST does. A row of a function that
	// gives single values is the value, and not an object, and the header of CSV is then
	// "pgrst_scalar". If the function gives one row, and not a set, it is not in an array; no
	// row is null. It changes nothing for tables, or if other items than the value are
	// selected. JSON, NDJSON and CSV.
	Bare bool
}
