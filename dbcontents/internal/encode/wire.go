package encode

import "github.com/jackc/pgx/v5/pgtype"

// oidArrayOID is the type oid[], for which pgtype has no name.
const oidArrayOID = 1028

// wireTypes are the types whose values come in PostgreSQL's binary format as [Wire]. Their text
// would have to be parsed, or says less.
var wireTypes = map[uint32]bool{
	pgtype.BoolOID: true, pgtype.Int2OID: true, pgtype.Int4OID: true, pgtype.Int8OID: true, pgtype.OIDOID: true, pgtype.Float4OID: true, pgtype.Float8OID: true,
	pgtype.NumericOID: true, pgtype.DateOID: true, pgtype.TimeOID: true, pgtype.TimestampOID: true, pgtype.TimestamptzOID: true, pgtype.IntervalOID: true,
	pgtype.UUIDOID: true, pgtype.ByteaOID: true,

	pgtype.BoolArrayOID: true, pgtype.Int2ArrayOID: true, pgtype.Int4ArrayOID: true, pgtype.Int8ArrayOID: true, oidArrayOID: true,
	pgtype.Float4ArrayOID: true, pgtype.Float8ArrayOID: true, pgtype.NumericArrayOID: true, pgtype.DateArrayOID: true, pgtype.TimeArrayOID: true,
	pgtype.TimestampArrayOID: true, pgtype.TimestamptzArrayOID: true, pgtype.IntervalArrayOID: true, pgtype.UUIDArrayOID: true, pgtype.ByteaArrayOID: true,
	pgtype.TextArrayOID: true, pgtype.VarcharArrayOID: true, pgtype.BPCharArrayOID: true, pgtype.NameArrayOID: true, pgtype.JSONArrayOID: true,
}

// wireForm is the form of a type for [Wire].
func wireForm(oid uint32) int16 {
	if wireTypes[oid] {
		return BinaryForm
	}
	return TextForm
}

// WireJSON reports whether a type comes as JSON for [Wire], given that to_json makes more
// of it than its text: whoever has its bytes cannot know what they are made of.
func WireJSON(oid uint32) bool { return !wireTypes[oid] }
