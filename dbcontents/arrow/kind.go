package arrow

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5/pgtype"
)

// A kind is how values of one type are written.
type kind struct {
	oid       uint32
	arrow     arrow.DataType
	binary    bool   // it comes in PostgreSQL's binary format
	extension string // the name of an extension type, else empty
	// appender makes what appends to a builder of the type.
	appender func(array.Builder) appender
}

// An appender appends a value, which is not null, to its builder, and says how many bytes it takes there. It
// says what is wrong with one that it does not append, in words without the value. One that takes more than most bytes may
// be appended in part, or as a whole.
type appender func(src []byte, most int) (size int, problem string)

const (
	// malformed is the problem of bytes that are not what their type says.
	malformed = "bytes that are not what its type says"
	// tooLarge is that of a value with which the row takes too many bytes.
	tooLarge = "a value with which the row is too large"
	// offset is how many bytes a text, bytes and a list take beside what is in them.
	offset = 4
)

// least is how many bytes any value takes, null too.
func (k *kind) least() int {
	if of, ok := k.arrow.(arrow.FixedWidthDataType); ok {
		return (of.BitWidth() + 7) / 8
	}
	return offset
}

// metadata names the extension.
func (k *kind) metadata() arrow.Metadata {
	if k.extension == "" {
		return arrow.Metadata{}
	}
	return arrow.NewMetadata([]string{"ARROW:extension:name", "ARROW:extension:metadata"}, []string{k.extension, ""})
}

// fixed is a kind of values of a size.
func fixed[B array.Builder](of arrow.DataType, size int, add func(B, []byte) string) kind {
	return kind{arrow: of, binary: true, appender: func(b array.Builder) appender {
		to := b.(B)
		return func(src []byte, _ int) (int, string) {
			if len(src) != size {
				return 0, malformed
			}
			return size, add(to, src)
		}
	}}
}

var (
	int32Of = func(src []byte) int32 { return int32(binary.BigEndian.Uint32(src)) }
	int64Of = func(src []byte) int64 { return int64(binary.BigEndian.Uint64(src)) }
)

// kindOf is the kind of a type. typeName is needed for numeric.
func kindOf(oid uint32, typeName string) kind {
	k := kindsOf(oid, typeName)
	k.oid = oid
	return k
}

func kindsOf(oid uint32, typeName string) kind {
	switch oid {
	case pgtype.BoolOID:
		return fixed(arrow.FixedWidthTypes.Boolean, 1, func(b *array.BooleanBuilder, src []byte) string { b.Append(src[0] != 0); return "" })
	case pgtype.Int2OID:
		return fixed(arrow.PrimitiveTypes.Int16, 2, func(b *array.Int16Builder, src []byte) string {
			b.Append(int16(binary.BigEndian.Uint16(src)))
			return ""
		})
	case pgtype.Int4OID:
		return fixed(arrow.PrimitiveTypes.Int32, 4, func(b *array.Int32Builder, src []byte) string { b.Append(int32Of(src)); return "" })
	case pgtype.Int8OID:
		return fixed(arrow.PrimitiveTypes.Int64, 8, func(b *array.Int64Builder, src []byte) string { b.Append(int64Of(src)); return "" })
	case pgtype.OIDOID:
		return fixed(arrow.PrimitiveTypes.Uint32, 4, func(b *array.Uint32Builder, src []byte) string { b.Append(binary.BigEndian.Uint32(src)); return "" })
	case pgtype.Float4OID:
		return fixed(arrow.PrimitiveTypes.Float32, 4, func(b *array.Float32Builder, src []byte) string {
			b.Append(math.Float32frombits(binary.BigEndian.Uint32(src)))
			return ""
		})
	case pgtype.Float8OID:
		return fixed(arrow.PrimitiveTypes.Float64, 8, func(b *array.Float64Builder, src []byte) string {
			b.Append(math.Float64frombits(binary.BigEndian.Uint64(src)))
			return ""
		})
	case pgtype.NumericOID:
		return numericKind(decimalOf(typeName))
	case pgtype.UUIDOID:
		k := fixed(&arrow.FixedSizeBinaryType{ByteWidth: 16}, 16, func(b *array.FixedSizeBinaryBuilder, src []byte) string { b.Append(src); return "" })
		k.extension = "arrow.uuid"
		return k
	case pgtype.ByteaOID:
		return kind{arrow: arrow.BinaryTypes.Binary, binary: true, appender: func(b array.Builder) appender {
			to := b.(*array.BinaryBuilder)
			return func(src []byte, most int) (int, string) {
				if len(src) > most {
					return 0, tooLarge
				}
				to.Append(src)
				return offset + len(src), ""
			}
		}}
	case pgtype.JSONOID, pgtype.JSONBOID:
		return kind{arrow: arrow.BinaryTypes.String, extension: "arrow.json", appender: appendText}
	}
	if k, ok := timeKind(oid); ok {
		return k
	}
	return kind{arrow: arrow.BinaryTypes.String, appender: appendText}
}

func appendText(b array.Builder) appender {
	to := b.(*array.StringBuilder)
	return func(src []byte, most int) (int, string) {
		switch {
		case len(src) > most:
			return 0, tooLarge
		case !utf8.Valid(src):
			return 0, malformed
		}
		to.BinaryBuilder.Append(src)
		return offset + len(src), ""
	}
}

// appendList appends arrays, whose elements are in the same order in the binary format: how
// many dimensions there are, whether there are nulls, the type, the size and first index of each dimension,
// and then each element with its length, which is -1 for null.
func appendList(to *array.ListBuilder, c column) appender {
	add, null := c.element.appender(to.ValueBuilder()), c.element.least()
	return func(src []byte, most int) (size int, problem string) {
		if len(src) < 12 || binary.BigEndian.Uint32(src[8:]) != c.element.oid {
			return 0, malformed
		}
		dimensions := int32Of(src)
		src = src[12:]
		if dimensions > 1 {
			return 0, "an array of more than one dimension"
		}
		to.Append(true)
		if size = offset; dimensions == 0 {
			return size, ""
		}
		if len(src) < 8 {
			return size, malformed
		}
		n := int32Of(src)
		src = src[8:]
		for ; n > 0; n-- {
			if len(src) < 4 {
				return size, malformed
			}
			length := int(int32Of(src))
			src = src[4:]
			if length == -1 {
				to.ValueBuilder().AppendNull()
				size += null
			} else if length < 0 || length > len(src) {
				return size, malformed
			} else {
				took, problem := add(src[:length], most-size)
				if size += took; problem != "" {
					return size, problem
				}
				src = src[length:]
			}
			if size > most {
				return size, tooLarge
			}
		}
		if len(src) > 0 {
			return size, malformed
		}
		return size, ""
	}
}
