package dbcontents

// Output are details of a [Format] for those who need them other than they
// are. The zero value changes nothing.
type Output struct {
	// StripNulls leaves members that are null out of the objects of JSON and
	// NDJSON, also of those inside json and jsonb values.
	StripNulls bool
	// Object writes JSON as one object instead of an array; the read fails if
	// there is not exactly one row.
	Object bool
	// NumbersAsStrings writes values of type bigint and numeric as strings in JSON and
	// NDJSON, for readers whose numbers hold 53 bits.
	NumbersAsStrings bool
	// Separator stands between the fields of CSV; zero means a comma.
	Separator byte
	// SpreadsheetSafe puts an apostrophe before text in CSV that a spreadsheet would take
	// for a formula.
	SpreadsheetSafe bool
}
