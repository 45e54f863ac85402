package encode

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// GoValue is the value of a column of type oid, of which the wire has src, as it
// comes without a format: a bool, int64, float64, time.Time, []byte,
// json.RawMessage or string. It is nil if src is not what its type says.
func GoValue(oid uint32, src []byte) any {
	f := familyOf(oid)
	if f.size != 0 && len(src) != f.size {
		return nil
	}
	switch oid {
	case pgtype.BoolOID:
		return src[0] != 0
	case pgtype.Int2OID:
		return int64(int16(binary.BigEndian.Uint16(src)))
	case pgtype.Int4OID:
		return int64(int32(binary.BigEndian.Uint32(src)))
	case pgtype.Int8OID:
		return int64(binary.BigEndian.Uint64(src))
	case pgtype.Float4OID:
		return floatValue(src, 32)
	case pgtype.Float8OID:
		return floatValue(src, 64)
	case pgtype.ByteaOID:
		return bytes.Clone(src)
	case pgtype.JSONOID, pgtype.JSONBOID:
		if !validText(src) {
			return nil
		}
		return json.RawMessage(bytes.Clone(src))
	case pgtype.DateOID:
		if days := int32(binary.BigEndian.Uint32(src)); days != math.MaxInt32 && days != math.MinInt32 {
			return time.Date(2000, 1, 1+int(days), 0, 0, 0, 0, time.UTC)
		}
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		if micros := int64(binary.BigEndian.Uint64(src)); micros != math.MaxInt64 && micros != math.MinInt64 {
			return time.Unix((epochDays*24*60*60)+micros/microsPerSecond, micros%microsPerSecond*1000).UTC()
		}
	}
	if f.plain == nil {
		if !validText(src) {
			return nil
		}
		return string(src)
	}
	if text := f.plain(make([]byte, 0, 64), src); text != nil {
		return string(text)
	}
	return nil
}

func floatValue(src []byte, bits int) any {
	if !isFloat(src) {
		return nil // ParseFloat knows more forms
	}
	f, err := strconv.ParseFloat(string(src), bits)
	if err != nil {
		return nil
	}
	return f
}
