package dbcontents

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

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

// separators are what a record of CSV may be separated by: none of them is
// part of a number, a date or a truth value, which are written without quotes.
const separators = ",;\t|"

// check refuses settings that have no meaning for a format.
func (o Output) check(f Format) string {
	isJSON := f == JSON || f == NDJSON
	switch {
	case o == Output{}:
	case o.Object && f != JSON:
		return "Output.Object is for JSON"
	case (o.StripNulls || o.NumbersAsStrings) && !isJSON:
		return "Output.StripNulls and NumbersAsStrings are for JSON and NDJSON"
	case (o.Separator != 0 || o.SpreadsheetSafe) && f != CSV:
		return "Output.Separator and SpreadsheetSafe are for CSV"
	case o.Separator != 0 && strings.IndexByte(separators, o.Separator) < 0:
		return "Output.Separator is " + quoted(string(rune(o.Separator))) + "; want a comma, semicolon, tab or vertical bar"
	}
	return ""
}

// shape tells o from other settings in the key of a plan.
func (o Output) shape() string {
	if o == (Output{}) {
		return ""
	}
	key := []byte{0, 1, o.Separator, '0'}
	for i, set := range [4]bool{o.Object, o.StripNulls, o.NumbersAsStrings, o.SpreadsheetSafe} {
		if set {
			key[3] += 1 << i
		}
	}
	return string(key)
}

// column tells what to do with a column of type oid: the SQL to put around it,
// the type that gives, in which form it is to be sent, and how it is written.
// With isJSON the server makes JSON of it.
func (q *Query) column(oid uint32, isJSON bool) (before, after string, sent uint32, wire int16, encode encoder) {
	f, o := q.Format, q.Output
	toJSON := f == JSON || f == NDJSON
	if isJSON && toJSON {
		before, after = "pg_catalog.to_json(", ")"
		if o.NumbersAsStrings && (oid == pgtype.Int8ArrayOID || oid == pgtype.NumericArrayOID) {
			after = "::pg_catalog.text[])"
		}
		oid = pgtype.JSONOID
	}
	if o.StripNulls && oid == pgtype.JSONBOID {
		before, after = "pg_catalog.jsonb_strip_nulls(", ")"
	}
	wire, encode = encoderFor(oid, f)
	switch {
	case o.StripNulls && oid == pgtype.JSONOID:
		encode = withoutNulls
	case o.NumbersAsStrings && (oid == pgtype.Int8OID || oid == pgtype.NumericOID):
		encode = inQuotes(familyOf(oid).plain)
	case f == CSV && familyOf(oid).quote && o != Output{}:
		encode = o.csvField
	}
	return before, after, oid, wire, encode
}

func (o Output) separator() byte {
	if o.Separator == 0 {
		return ','
	}
	return o.Separator
}

// csvField is csvText with o's settings.
func (o Output) csvField(dst, src []byte) []byte {
	if o.SpreadsheetSafe && mayBeFormula(src) {
		src = append([]byte{'\''}, src...)
	}
	return csvTextBetween(dst, src, o.separator(), o.SpreadsheetSafe)
}

// mayBeFormula tells the text that some spreadsheet computes. Those for East
// Asian languages take the full-width signs for the plain ones, and what is
// invisible at the beginning may be dropped.
func mayBeFormula(src []byte) bool {
	if len(src) > 0 && strings.IndexByte("\t\r\n", src[0]) >= 0 {
		return true
	}
	for len(src) > 0 {
		c, size := utf8.DecodeRune(src)
		if !unicode.IsSpace(c) && !unicode.In(c, unicode.Cf, unicode.Cc) {
			return strings.ContainsRune(formulaSigns, c)
		}
		src = src[size:]
	}
	return false
}

// formulaSigns are what a formula may begin with: plain, full-width, small, and the minus sign.
const formulaSigns = "=+-@" + "\uff1d\uff0b\uff0d\uff20" + "\ufe66\ufe62\ufe63\ufe6b" + "\u2212"
