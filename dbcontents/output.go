package dbcontents

// Output is how a [Format] is written, where it can be written in more than
// one way. The zero value is each format's usual way; a setting of another
// format than the Query's is an error.
type Output struct {
	// Object writes the only row as an object and not an array of one. If the
	// read does not give exactly one row, WriteTo writes nothing and fails
	// with the Code "not_one_row", when it has counted them. JSON only.
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
}
