// Package encode writes values, as they come over PostgreSQL's wire, as JSON,
// NDJSON, CSV, text and Go values, and the rows of related tables that lie in
// them as JSON. It knows neither connections nor tables.
package encode

import (
	"encoding/hex"

	"github.com/jackc/pgx/v5/pgtype"
)

// An Encoder appends one value, as it came over the wire, to dst in its output
// form. It returns nil if src is not what its type says. Nulls never reach it.
type Encoder func(dst, src []byte) []byte

// The forms in which the server sends a value.
const (
	TextForm   int16 = pgtype.TextFormatCode
	BinaryForm int16 = pgtype.BinaryFormatCode
)

// A family is a group of types that is encoded alike.
type family struct {
	wire  int16   // the form in which the server sends it
	size  int     // in bytes as it is sent, 0 if that varies
	json  Encoder // as a JSON value
	plain Encoder // as PostgreSQL prints it; nil if the bytes are that already
	// quote: the plain form may hold commas, quotes or line ends.
	quote bool
}

// families of the types that are not simply text. Binary is used where it is
// cheap and unambiguous; every other type is sent as text, which is what
// to_jsonb would put into a string. float4 and float8 are not unambiguous: Go
// and PostgreSQL print the fewest digits that read back as the same number, but
// where these lie exactly between two numbers, as 1e23 does, PostgreSQL prints more.
var families = map[uint32]family{
	pgtype.BoolOID:        {wire: BinaryForm, size: 1, json: boolJSON, plain: boolPlain},
	pgtype.Int2OID:        {wire: BinaryForm, size: 2, json: int2, plain: int2},
	pgtype.Int4OID:        {wire: BinaryForm, size: 4, json: int4, plain: int4},
	pgtype.Int8OID:        {wire: BinaryForm, size: 8, json: int8s, plain: int8s},
	pgtype.Float4OID:      {wire: TextForm, json: floatJSON, plain: float},
	pgtype.Float8OID:      {wire: TextForm, json: floatJSON, plain: float},
	pgtype.NumericOID:     {wire: BinaryForm, json: numericJSON, plain: numeric},
	pgtype.DateOID:        {wire: BinaryForm, size: 4, json: inQuotes(date), plain: date},
	pgtype.TimestampOID:   {wire: BinaryForm, size: 8, json: timestampJSON, plain: timestampPlain},
	pgtype.TimestamptzOID: {wire: BinaryForm, size: 8, json: timestamptzJSON, plain: timestamptzPlain},
	pgtype.UUIDOID:        {wire: BinaryForm, size: 16, json: uuidJSON, plain: uuid},
	pgtype.ByteaOID:       {wire: BinaryForm, json: byteaJSON, plain: byteaPlain},
	pgtype.JSONOID:        {wire: TextForm, json: raw, quote: true},
	pgtype.JSONBOID:       {wire: TextForm, json: raw, quote: true},
}

var textFamily = family{wire: TextForm, json: jsonString, quote: true}

func familyOf(oid uint32) family {
	if f, ok := families[oid]; ok {
		return f
	}
	return textFamily
}

// For tells in which form a column of type oid is to be sent for a format, and
// how its values are written.
func For(oid uint32, f Format, o Options) (wire int16, encode Encoder) {
	wire, encode = usual(oid, f)
	switch {
	case o.StripNulls && oid == pgtype.JSONOID:
		encode = withoutNulls
	case o.NumbersAsStrings && (oid == pgtype.Int8OID || oid == pgtype.NumericOID):
		encode = inQuotes(familyOf(oid).plain)
	case f == CSV && familyOf(oid).quote && o != Options{}:
		encode = o.csvField
	}
	return wire, encode
}

// usual is For without options.
func usual(oid uint32, f Format) (wire int16, encode Encoder) {
	t := familyOf(oid)
	switch f {
	case Wire:
		return wireForm(oid), nil
	case JSON:
		return t.wire, t.json
	case NDJSON:
		if oid == pgtype.JSONOID {
			return t.wire, rawOneLine
		}
		return t.wire, t.json
	case Binary:
		return t.wire, copied
	case CSV:
		if t.quote {
			return t.wire, csvText
		}
	}
	if t.plain == nil {
		return t.wire, Printed
	}
	return t.wire, t.plain
}

// inQuotes makes a JSON string of what an Encoder writes, if that needs no escapes.
func inQuotes(e Encoder) Encoder {
	return func(dst, src []byte) []byte {
		if dst = e(append(dst, '"'), src); dst == nil {
			return nil
		}
		return append(dst, '"')
	}
}

func boolJSON(dst, src []byte) []byte {
	if len(src) != 1 {
		return nil
	}
	if src[0] != 0 {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

func boolPlain(dst, src []byte) []byte {
	if len(src) != 1 {
		return nil
	}
	if src[0] != 0 {
		return append(dst, 't')
	}
	return append(dst, 'f')
}

func uuid(dst, src []byte) []byte {
	if len(src) != 16 {
		return nil
	}
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[:8], src[:4])
	hex.Encode(text[9:13], src[4:6])
	hex.Encode(text[14:18], src[6:8])
	hex.Encode(text[19:23], src[8:10])
	hex.Encode(text[24:], src[10:])
	return append(dst, text[:]...)
}

func uuidJSON(dst, src []byte) []byte {
	if dst = uuid(append(dst, '"'), src); dst == nil {
		return nil
	}
	return append(dst, '"')
}

func byteaPlain(dst, src []byte) []byte { return hex.AppendEncode(append(dst, `\x`...), src) }

func byteaJSON(dst, src []byte) []byte {
	return append(hex.AppendEncode(append(dst, `"\\x`...), src), '"')
}
