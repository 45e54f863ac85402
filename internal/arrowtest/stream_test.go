//go:build duckdb_arrow

package arrowtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// This file reads streams by what https://arrow.apache.org/docs/format/Columnar.html and the files
// Message.fbs and Schema.fbs say. Of arrow-go it has only the structs that hand buffers on to DuckDB.

// A flat is a table of FlatBuffers: at has how far before it the table of the offsets of its fields is.
type flat struct {
	b  []byte
	at int
}

func root(b []byte) flat { return flat{b, int(binary.LittleEndian.Uint32(b))} }

// field is where the i-th field is, 0 if it has its default.
func (f flat) field(i int) int {
	offsets := f.at - int(int32(binary.LittleEndian.Uint32(f.b[f.at:])))
	if 4+2*i >= int(binary.LittleEndian.Uint16(f.b[offsets:])) {
		return 0
	}
	if offset := int(binary.LittleEndian.Uint16(f.b[offsets+4+2*i:])); offset != 0 {
		return f.at + offset
	}
	return 0
}

// number is a field of size bytes.
func (f flat) number(i, size int, absent int64) int64 {
	at := f.field(i)
	if at == 0 {
		return absent
	}
	var b [8]byte
	copy(b[:], f.b[at:at+size])
	return int64(binary.LittleEndian.Uint64(b[:]))
}

func (f flat) follow(at int) int { return at + int(binary.LittleEndian.Uint32(f.b[at:])) }

func (f flat) table(i int) flat { return flat{f.b, f.follow(f.field(i))} }

// vector is where the elements of a vector are, and how many.
func (f flat) vector(i int) (at, n int) {
	if at = f.field(i); at == 0 {
		return 0, 0
	}
	at = f.follow(at)
	return at + 4, int(binary.LittleEndian.Uint32(f.b[at:]))
}

func (f flat) text(i int) string {
	at, n := f.vector(i)
	return string(f.b[at : at+n])
}

func (f flat) tables(i int) (list []flat) {
	at, n := f.vector(i)
	for ; n > 0; n-- {
		list = append(list, flat{f.b, f.follow(at)})
		at += 4
	}
	return list
}

// readStream reads a stream to its end.
func readStream(r io.Reader) (schema *arrow.Schema, batches []arrow.RecordBatch, err error) {
	for {
		var prefix [8]byte
		if _, err := io.ReadFull(r, prefix[:]); err != nil {
			return schema, batches, fmt.Errorf("the beginning of a message: %w", err)
		}
		if binary.LittleEndian.Uint32(prefix[:]) != 0xffffffff {
			return schema, batches, fmt.Errorf("a message begins with %x", prefix)
		}
		size := binary.LittleEndian.Uint32(prefix[4:])
		if size == 0 {
			_, err := r.Read(prefix[:])
			if err != io.EOF {
				return schema, batches, fmt.Errorf("after the end: %w", err)
			}
			return schema, batches, nil
		}
		head := make([]byte, size)
		if _, err := io.ReadFull(r, head); err != nil {
			return schema, batches, fmt.Errorf("a message: %w", err)
		}
		message := root(head)
		body := make([]byte, message.number(3, 8, 0))
		if _, err := io.ReadFull(r, body); err != nil {
			return schema, batches, fmt.Errorf("a body: %w", err)
		}
		if version := message.number(0, 2, 0); size%8 != 0 || len(body)%8 != 0 || version != 4 {
			return schema, batches, fmt.Errorf("a message of %d bytes, a body of %d, version %d", size, len(body), version)
		}
		switch kind := message.number(1, 1, 0); {
		case kind == 1 && schema == nil:
			schema, err = schemaOf(message.table(2))
		case kind == 3 && schema != nil:
			var batch arrow.RecordBatch
			batch, err = batchOf(schema, message.table(2), body)
			batches = append(batches, batch)
		default:
			err = fmt.Errorf("a message of type %d", kind)
		}
		if err != nil {
			return schema, batches, err
		}
	}
}

func schemaOf(f flat) (*arrow.Schema, error) {
	if f.number(0, 2, 0) != 0 {
		return nil, errors.New("the schema is not little-endian")
	}
	var fields []arrow.Field
	for _, f := range f.tables(1) {
		field, err := fieldOf(f)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	return arrow.NewSchema(fields, nil), nil
}

func fieldOf(f flat) (field arrow.Field, err error) {
	field.Name, field.Nullable = f.text(0), f.number(1, 1, 0) != 0
	var keys, values []string
	for _, pair := range f.tables(6) {
		keys, values = append(keys, pair.text(0)), append(values, pair.text(1))
	}
	field.Metadata = arrow.NewMetadata(keys, values)
	of, t := f.number(2, 1, 0), f.table(3)
	children := f.tables(5)
	switch {
	case of == 2:
		width, signed := t.number(0, 4, 0), t.number(1, 1, 0) != 0
		field.Type = map[string]arrow.DataType{"16 true": arrow.PrimitiveTypes.Int16, "32 true": arrow.PrimitiveTypes.Int32, "64 true": arrow.PrimitiveTypes.Int64, "32 false": arrow.PrimitiveTypes.Uint32}[fmt.Sprint(width, signed)]
	case of == 3:
		field.Type = map[int64]arrow.DataType{1: arrow.PrimitiveTypes.Float32, 2: arrow.PrimitiveTypes.Float64}[t.number(0, 2, 0)]
	case of == 4:
		field.Type = arrow.BinaryTypes.Binary
	case of == 5:
		field.Type = arrow.BinaryTypes.String
	case of == 6:
		field.Type = arrow.FixedWidthTypes.Boolean
	case of == 7 && t.number(2, 4, 128) == 128:
		field.Type = &arrow.Decimal128Type{Precision: int32(t.number(0, 4, 0)), Scale: int32(t.number(1, 4, 0))}
	case of == 7 && t.number(2, 4, 128) == 256:
		field.Type = &arrow.Decimal256Type{Precision: int32(t.number(0, 4, 0)), Scale: int32(t.number(1, 4, 0))}
	case of == 8 && t.number(0, 2, 1) == 0:
		field.Type = arrow.FixedWidthTypes.Date32
	case of == 9 && t.number(0, 2, 1) == 2 && t.number(1, 4, 32) == 64:
		field.Type = arrow.FixedWidthTypes.Time64us
	case of == 10 && t.number(0, 2, 0) == 2:
		zone := ""
		if t.field(1) != 0 {
			zone = t.text(1)
		}
		field.Type = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	case of == 11 && t.number(0, 2, 0) == 2:
		field.Type = arrow.FixedWidthTypes.MonthDayNanoInterval
	case of == 12 && len(children) == 1:
		element, err := fieldOf(children[0])
		if err != nil {
			return field, err
		}
		field.Type, children = arrow.ListOfField(element), nil
	case of == 15:
		field.Type = &arrow.FixedSizeBinaryType{ByteWidth: int(t.number(0, 4, 0))}
	}
	if field.Type == nil || len(children) > 0 || f.field(4) != 0 {
		return field, fmt.Errorf("field %q has the type %d, %d children, a dictionary: %t", field.Name, of, len(children), f.field(4) != 0)
	}
	return field, nil
}

// A body is a record batch whose nodes and buffers are taken one after the other.
type body struct {
	flat
	bytes          []byte
	nodes, buffers int // where the next one is
	left           int // buffers
	err            error
}

func batchOf(schema *arrow.Schema, f flat, bytes []byte) (arrow.RecordBatch, error) {
	if f.field(3) != 0 {
		return nil, errors.New("the body is compressed")
	}
	b := &body{flat: f, bytes: bytes}
	b.nodes, _ = f.vector(1)
	b.buffers, b.left = f.vector(2)
	rows := f.number(0, 8, 0)
	var columns []arrow.Array
	for _, field := range schema.Fields() {
		data := b.array(field.Type)
		if int64(data.Len()) != rows {
			return nil, fmt.Errorf("column %q has %d rows of %d", field.Name, data.Len(), rows)
		}
		columns = append(columns, array.MakeFromData(data))
	}
	if b.err == nil && b.left != 0 {
		b.err = fmt.Errorf("%d buffers are left", b.left)
	}
	if b.err != nil {
		return nil, b.err
	}
	return array.NewRecordBatch(schema, columns, rows), nil
}

// next is the next of the 16-byte structs at a position.
func (b *body) next(at *int) (first, second int64) {
	first, second = int64(binary.LittleEndian.Uint64(b.b[*at:])), int64(binary.LittleEndian.Uint64(b.b[*at+8:]))
	*at += 16
	return first, second
}

// buffer is the next buffer, which must have at least a number of bytes.
func (b *body) buffer(least int64) []byte {
	offset, size := b.next(&b.buffers)
	b.left--
	if offset%8 != 0 || offset+size > int64(len(b.bytes)) || size < least {
		b.err = fmt.Errorf("a buffer of %d bytes at %d of %d, which needs %d", size, offset, len(b.bytes), least)
		return make([]byte, least)
	}
	return b.bytes[offset : offset+size]
}

// array is the next array of a type.
func (b *body) array(of arrow.DataType) arrow.ArrayData {
	n, nulls := b.next(&b.nodes)
	var buffers []*memory.Buffer
	var children []arrow.ArrayData
	add := func(bytes []byte) { buffers = append(buffers, memory.NewBufferBytes(bytes)) }
	if valid := b.buffer(0); len(valid) > 0 {
		set := int64(0)
		for i := range n {
			set += int64(bits.OnesCount8(valid[i/8] & (1 << (i % 8))))
		}
		if n-set != nulls {
			b.err = fmt.Errorf("%d nulls of %d", n-set, nulls)
		}
		add(valid)
	} else {
		if nulls != 0 {
			b.err = fmt.Errorf("%d nulls without a bitmap", nulls)
		}
		buffers = append(buffers, nil)
	}
	offsets := func() (end int64) {
		if n == 0 { // then there may be none
			add(b.buffer(0))
			return 0
		}
		bytes := b.buffer(4 * (n + 1))
		list := make([]int32, n+1)
		for i := range list {
			list[i] = int32(binary.LittleEndian.Uint32(bytes[4*i:]))
		}
		if list[0] < 0 || !slices.IsSorted(list) {
			b.err = errors.New("offsets that are not in order")
		}
		add(bytes)
		return int64(list[n])
	}
	switch of := of.(type) {
	case *arrow.BinaryType, *arrow.StringType:
		add(b.buffer(offsets()))
	case *arrow.ListType:
		end := offsets()
		child := b.array(of.Elem())
		if int64(child.Len()) < end {
			b.err = fmt.Errorf("%d elements of %d", child.Len(), end)
		}
		children = append(children, child)
	case arrow.FixedWidthDataType:
		add(b.buffer((n*int64(of.BitWidth()) + 7) / 8))
	}
	return array.NewData(of, int(n), buffers, children, int(nulls), 0)
}
