package arrow

import (
	"regexp"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A table is what is known of the rows before the first one.
type table struct {
	name    string
	schema  *arrow.Schema
	columns []column
}

// A column is how values of one column become Arrow's.
type column struct {
	kind    kind
	element *kind // of an array, else nil
	null    int   // how many bytes a null takes
}

// newTable looks at the columns of rows.
func newTable(rows *dbcontents.Rows) (*table, error) {
	t := &table{}
	fields := rows.FieldDescriptions()
	if fields == nil {
		if _, err := rows.RawValues(); err != nil { // it says why there are none
			return nil, err
		}
	}
	t.name = rows.Table().String()
	described := rows.Columns()
	list := make([]arrow.Field, len(fields))
	for i := range fields {
		c, ok := columnOf(&fields[i], described[i].Type)
		if !ok {
			return nil, t.failed("query_invalid", "the rows must be read with the Query.Format Wire", nil)
		}
		t.columns = append(t.columns, c)
		list[i] = arrow.Field{Name: fields[i].Name, Type: c.kind.arrow, Nullable: true, Metadata: c.kind.metadata()}
		if c.element != nil {
			of := arrow.Field{Name: "item", Type: c.element.arrow, Nullable: true, Metadata: c.element.metadata()}
			list[i].Type, list[i].Metadata = arrow.ListOfField(of), arrow.Metadata{}
		}
	}
	t.schema = arrow.NewSchema(list, nil)
	return t, nil
}

// columnOf is how a column is written; it reports false if its form is not that of Wire.
func columnOf(f *pgconn.FieldDescription, typeName string) (c column, ok bool) {
	binary := f.Format == pgtype.BinaryFormatCode
	if of, isArray := elements[f.DataTypeOID]; isArray {
		element := kindOf(of, "")
		return column{kind: kind{oid: of}, element: &element, null: offset}, binary
	}
	c.kind = kindOf(f.DataTypeOID, typeName)
	c.null = c.kind.least()
	return c, binary == c.kind.binary
}

// elements are the types of the elements of arrays that come in the binary format.
var elements = map[uint32]uint32{
	pgtype.BoolArrayOID: pgtype.BoolOID, pgtype.Int2ArrayOID: pgtype.Int2OID, pgtype.Int4ArrayOID: pgtype.Int4OID, pgtype.Int8ArrayOID: pgtype.Int8OID,
	1028: pgtype.OIDOID, pgtype.Float4ArrayOID: pgtype.Float4OID, pgtype.Float8ArrayOID: pgtype.Float8OID, pgtype.NumericArrayOID: pgtype.NumericOID,
	pgtype.DateArrayOID: pgtype.DateOID, pgtype.TimeArrayOID: pgtype.TimeOID, pgtype.TimestampArrayOID: pgtype.TimestampOID,
	pgtype.TimestamptzArrayOID: pgtype.TimestamptzOID, pgtype.IntervalArrayOID: pgtype.IntervalOID, pgtype.UUIDArrayOID: pgtype.UUIDOID,
	pgtype.ByteaArrayOID: pgtype.ByteaOID, pgtype.TextArrayOID: pgtype.TextOID, pgtype.VarcharArrayOID: pgtype.VarcharOID,
	pgtype.BPCharArrayOID: pgtype.BPCharOID, pgtype.NameArrayOID: pgtype.NameOID, pgtype.JSONArrayOID: pgtype.JSONOID,
}

// constrained is a numeric with as many digits, and digits behind the point, as it says.
var constrained = regexp.MustCompile(`^numeric\((\d+)(?:,(\d+))?\)$`)

// decimalOf is the type of a numeric that is called so, nil if it is not a decimal of Arrow.
func decimalOf(typeName string) arrow.DecimalType {
	m := constrained.FindStringSubmatch(typeName)
	if m == nil {
		return nil
	}
	precision, _ := strconv.Atoi(m[1])
	scale, _ := strconv.Atoi(m[2]) // none is 0
	switch {
	case scale > precision:
	case precision <= 38:
		return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}
	case precision <= 76:
		return &arrow.Decimal256Type{Precision: int32(precision), Scale: int32(scale)}
	}
	return nil
}

// appenders append to the fields of a builder.
func (t *table) appenders(b *array.RecordBuilder) []appender {
	list := make([]appender, len(t.columns))
	for i, c := range t.columns {
		if c.element != nil {
			list[i] = appendList(b.Field(i).(*array.ListBuilder), c)
		} else {
			list[i] = c.kind.appender(b.Field(i))
		}
	}
	return list
}

// refused is the error for a value of a column. It does not have the value.
func (t *table) refused(column int, problem string) error {
	name := strconv.Quote(t.schema.Field(column).Name)
	switch problem {
	case malformed:
		return t.failed("invalid_value", "column "+name+" is not what its type says", nil)
	case tooLarge:
		return t.failed("row_too_large", "column "+name+" has "+problem+" as it is written, see Config.MaxRowBytes", nil)
	}
	return t.failed("value_failed", "column "+name+" has "+problem, nil)
}

// failed is an error while the table is written.
func (t *table) failed(code, detail string, cause error) error {
	e := &dbcontents.Error{Op: "write", Table: t.name, Code: code, Detail: detail, Err: cause}
	switch code {
	case "value_failed":
		e.Hint = "Arrow's type for the column cannot hold a value that is in it; cast the column to text"
	case "row_too_large":
		e.Hint = "a row or value exceeds a limit; select fewer columns, and limit the rows of related tables in each row"
	case "query_invalid":
		e.Message, e.Hint = detail, "set Query.Format to Wire"
	case "writer_failed":
		e.Hint = "the receiver of the rows failed or went away"
	default:
		e.Hint = "a value that the database sent is not what its type says; see the server's log"
	}
	if cause != nil {
		e.Detail += ": " + cause.Error()
	}
	return e
}
