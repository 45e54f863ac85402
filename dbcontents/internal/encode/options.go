package encode

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Format is what rows are written as.
type Format string

// The formats. The zero Format is none: the rows are Go values.
const (
	JSON   Format = "json"
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
	Text   Format = "text"
	Binary Format = "binary"
	// Wire is no form in which rows are written: their values are given as they come.
	Wire Format = "wire"
)

// Options are details of a format; see Output of package dbcontents, whose
// fields these are.
type Options struct {
	Object           bool
	StripNulls       bool
	NumbersAsStrings bool
	Separator        byte
	SpreadsheetSafe  bool
	Bare             bool
}

// separators are what a record of CSV may be separated by: none of them is
// part of a number, a date or a truth value, which are written without quotes.
const separators = ",;\t|"

// Check says which of o has no meaning for a format; empty if all is well.
func (o Options) Check(f Format) string {
	isJSON := f == JSON || f == NDJSON
	switch {
	case o == (Options{}):
	case o.Object && f != JSON:
		return "Output.Object is for JSON"
	case (o.StripNulls || o.NumbersAsStrings) && !isJSON:
		return "Output.StripNulls and NumbersAsStrings are for JSON and NDJSON"
	case (o.Separator != 0 || o.SpreadsheetSafe) && f != CSV:
		return "Output.Separator and SpreadsheetSafe are for CSV"
	case o.Bare && !isJSON && f != CSV:
		return "Output.Bare is for JSON, NDJSON and CSV"
	case o.Separator != 0 && strings.IndexByte(separators, o.Separator) < 0:
		return "Output.Separator is " + strconv.Quote(string(rune(o.Separator))) + "; want a comma, semicolon, tab or vertical bar"
	}
	return ""
}

// Shape tells o from other options, for the key of a cache. It is empty for the zero Options.
func (o Options) Shape() string {
	if o == (Options{}) {
		return ""
	}
	key := []byte{0, 1, o.Separator, '0'}
	for i, set := range [5]bool{o.Object, o.StripNulls, o.NumbersAsStrings, o.SpreadsheetSafe, o.Bare} {
		if set {
			key[3] += 1 << i
		}
	}
	return string(key)
}

func (o Options) separator() byte {
	if o.Separator == 0 {
		return ','
	}
	return o.Separator
}

// csvField is csvText with o's settings.
func (o Options) csvField(dst, src []byte) []byte {
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
