package encode

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"
)

// Records reads records in PostgreSQL's binary form (record_send) that are the elements
// of a bytea[] in binary form (array_send). They can be trusted only if OK reports true after the last one.
type Records struct {
	rest []byte
	left int // or malformed
}

// malformed is how many records or fields are left where the input is malformed.
const malformed = -1

// ReadRecords begins to read src; nil is no records.
func ReadRecords(src []byte) Records {
	if src == nil {
		return Records{}
	}
	const (
		header    = 12 // dimensions, whether there are nulls, type of the elements
		dimension = 8  // size, lower bound
		atLeast   = 8  // bytes that a record takes: its length, its number of fields
	)
	if len(src) < header || binary.BigEndian.Uint32(src[8:]) != pgtype.ByteaOID {
		return Records{left: malformed}
	}
	switch binary.BigEndian.Uint32(src) {
	case 0:
		return Records{rest: src[header:]}
	case 1:
		if len(src) < header+dimension {
			return Records{left: malformed}
		}
		size, rest := binary.BigEndian.Uint32(src[header:]), src[header+dimension:]
		if uint64(size) <= uint64(len(rest)/atLeast) {
			return Records{rest: rest, left: int(size)}
		}
	}
	return Records{left: malformed}
}

// Len is how many records are left. It is bounded by the length of the input.
func (r *Records) Len() int { return max(r.left, 0) }

// Next returns the next record; ok is false if there is none, or if the input
// is malformed, which it also is if a record is null.
func (r *Records) Next() (record Record, ok bool) {
	if r.left <= 0 {
		return Record{}, false
	}
	src, rest, ok := sized(r.rest)
	if !ok || len(src) < 4 {
		r.left = malformed
		return Record{}, false
	}
	fields := binary.BigEndian.Uint32(src)
	if uint64(fields) > uint64(len(src)/fieldHeader) {
		r.left = malformed
		return Record{}, false
	}
	r.rest = rest
	r.left--
	return Record{rest: src[4:], left: int(fields)}, true
}

// OK reports whether all records have been read and nothing follows them.
func (r *Records) OK() bool { return r.left == 0 && len(r.rest) == 0 }

// A Record reads the fields of one record. They can be trusted only if OK
// reports true after the last one.
type Record struct {
	rest []byte
	left int // or malformed
}

// fieldHeader is how many bytes precede the value of a field: its type, its length.
const fieldHeader = 8

// Len is how many fields are left. It is bounded by the length of the input.
func (r *Record) Len() int { return max(r.left, 0) }

// Next returns the next field: its type and its value, which is nil if it is null
// and shares the memory of the input. ok is false if there is none, or if the
// input is malformed.
func (r *Record) Next() (oid uint32, value []byte, ok bool) {
	if r.left <= 0 || len(r.rest) < fieldHeader {
		r.left = malformed
		return 0, nil, false
	}
	oid = binary.BigEndian.Uint32(r.rest)
	value, rest, ok := sized(r.rest[4:])
	if !ok {
		r.left = malformed
		return 0, nil, false
	}
	r.rest = rest
	r.left--
	return oid, value, true
}

// OK reports whether all fields have been read and nothing follows them.
func (r *Record) OK() bool { return r.left == 0 && len(r.rest) == 0 }

// sized splits off a value that follows its length; it is nil if the length is
// -1, which is null.
func sized(src []byte) (value, rest []byte, ok bool) {
	if len(src) < 4 {
		return nil, nil, false
	}
	n := int64(int32(binary.BigEndian.Uint32(src)))
	rest = src[4:]
	if n == -1 {
		return nil, rest, true
	}
	if n < 0 || n > int64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n:n], rest[n:], true
}

// InRecord is the encoder of values of type oid that lie in a record, which are in
// binary form, as JSON. It is nil if there is none; the server's to_json must
// then convert the value before, to type json. In formats other than JSON and
// NDJSON, too, what is embedded is JSON.
func InRecord(oid uint32, f Format, o Options) Encoder {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.JSONOID:
		// Their binary form is their text.
	case pgtype.JSONBOID:
		return jsonbJSON
	default:
		if families[oid].wire != BinaryForm {
			return nil
		}
	}
	if f != NDJSON {
		f = JSON
	}
	_, encode := For(oid, f, o)
	return encode
}

// jsonbJSON is for jsonb in binary form: the number of its version, which is 1,
// and its text.
func jsonbJSON(dst, src []byte) []byte {
	if len(src) == 0 || src[0] != 1 {
		return nil
	}
	return raw(dst, src[1:])
}
