package encode

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

// samples are ordinary values as they come over the wire.
var samples = []struct {
	name string
	oid  uint32
	src  []byte
}{
	{"bool", pgtype.BoolOID, []byte{1}},
	{"int2", pgtype.Int2OID, wire(int16(-1234))},
	{"int4", pgtype.Int4OID, wire(int32(123456789))},
	{"int8", pgtype.Int8OID, wire(int64(1234567890123456789))},
	{"float4", pgtype.Float4OID, []byte("0.1234567")},
	{"float8", pgtype.Float8OID, []byte("-1.2345678901234567e-05")},
	{"numeric", pgtype.NumericOID, wire([]uint16{3, 1, numericPositive, 2, 123, 4567, 8900})},
	{"numericNaN", pgtype.NumericOID, wire([]uint16{0, 0, numericNaN, 0})},
	{"date", pgtype.DateOID, wire(int32(9000))},
	{"timestamp", pgtype.TimestampOID, wire(int64(777_777_777_123_456))},
	{"timestamptz", pgtype.TimestamptzOID, wire(int64(777_777_777_000_000))},
	{"uuid", pgtype.UUIDOID, []byte("0123456789abcdef")},
	{"bytea", pgtype.ByteaOID, bytes.Repeat([]byte{0xa5}, 64)},
	{"json", pgtype.JSONOID, []byte(`{"id": 1, "tags": ["a", "b"], "note": "line"}`)},
	{"jsonb", pgtype.JSONBOID, []byte(`{"id": 1, "tags": ["a", "b"], "note": "line"}`)},
	{"text", pgtype.TextOID, []byte("an ordinary line of text")},
	{"textAccents", pgtype.TextOID, []byte("une ligne déjà plus étrange")},
	{"textEscapes", pgtype.TextOID, []byte("a \"quoted\"\nline, C:\\path")},
	{"text4K", pgtype.TextOID, []byte(strings.Repeat("an ordinary line of text, ", 160))},
}

func wire(v any) []byte {
	src, err := binary.Append(nil, binary.BigEndian, v)
	if err != nil {
		panic(err)
	}
	return src
}

func BenchmarkEncode(b *testing.B) {
	for _, s := range samples {
		for _, format := range []Format{JSON, NDJSON, CSV} {
			if format == NDJSON && s.oid != pgtype.JSONOID {
				continue // as in JSON
			}
			_, encode := For(s.oid, format, Options{})
			b.Run(s.name+"/"+string(format), func(b *testing.B) {
				dst := make([]byte, 0, 8<<10)
				b.SetBytes(int64(len(s.src)))
				b.ReportAllocs()
				for b.Loop() {
					dst = encode(dst[:0], s.src)
				}
			})
		}
	}
}

func BenchmarkGoValue(b *testing.B) {
	for _, s := range samples {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				GoValue(s.oid, s.src)
			}
		})
	}
}

// TestEncodersDoNotAllocate guards what makes a read's cost not depend on its values.
func TestEncodersDoNotAllocate(t *testing.T) { // not parallel: others would be counted
	for _, s := range samples {
		for _, format := range []Format{JSON, NDJSON, CSV, Text} {
			_, encode := For(s.oid, format, Options{})
			dst := make([]byte, 0, 8<<10)
			if n := testing.AllocsPerRun(100, func() { dst = encode(dst[:0], s.src) }); n != 0 || dst == nil {
				t.Errorf("%s as %s: %v allocations, %q", s.name, format, n, dst)
			}
		}
	}
}
