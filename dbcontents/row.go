package dbcontents

import (
	"iter"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// Row is the current row of a [Rows]. It is valid until the next one.
type Row struct{ rows *Rows }

// Scan copies the row's columns to dest, see [Rows.Scan].
func (row Row) Scan(dest ...any) error { return row.rows.Scan(dest...) }

// Values returns the row's values, see [Rows.Values].
func (row Row) Values() ([]any, error) { return row.rows.Values() }

// All returns an iterator over the rows for use in one range loop. It closes r
// however the loop ends: after the last row, by break, return or panic. An
// error is yielded once, as the last pair; if the rows were closed
// before, that error matches [ErrClosed]. After a break, Err tells whether
// the close found anything. A caller of [iter.Pull2] must close r itself: its
// stop does nothing before the first next.
func (r *Rows) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		defer r.Close()
		if err := r.readable("read"); err != nil {
			yield(Row{}, r.fail(err))
			return
		}
		if r.closed && r.err == nil {
			yield(Row{}, newError("read", r.tableName(), "rows_closed", "the rows were closed, or read by All, Collect or WriteTo", nil))
			return
		}
		for r.Next() {
			if !yield(Row{r}, nil) {
				return
			}
		}
		if r.err != nil {
			yield(Row{}, r.err)
		}
	}
}

// Scan copies the columns of the current row to dest, one for each column, with
// pgx's conversions: pointers to Go values, to pointers for columns that may
// be null, to anything that implements [database/sql.Scanner], or nil to skip.
func (r *Rows) Scan(dest ...any) error {
	if err := r.readable("read"); err != nil {
		return err
	}
	if r.values == nil || r.released {
		return newError("read", r.tableName(), "rows_closed", "Scan without a row; call Next first", nil)
	}
	columns, err := r.columnValues()
	if err != nil {
		return err
	}
	if err := pgx.ScanRow(r.types, r.fields(), columns, dest...); err != nil {
		return newError("read", r.tableName(), "query_invalid", err.Error(), err)
	}
	return nil
}

// Values returns the current row as Go values without loss. Each is one of:
// nil; bool; int64; float64; time.Time for a finite date, timestamp (in UTC)
// or timestamptz; []byte for bytea; [json.RawMessage] for json and jsonb; and
// for every other type, numeric among them, a string as PostgreSQL prints it.
func (r *Rows) Values() ([]any, error) {
	if err := r.readable("read"); err != nil {
		return nil, err
	}
	if r.values == nil || r.released {
		return nil, newError("read", r.tableName(), "rows_closed", "Values without a row; call Next first", nil)
	}
	columns, err := r.columnValues()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	left := r.store.config.MaxRowBytes // for what is printed: a numeric of 10 bytes may have 131,072 digits
	for i, src := range columns {
		if src == nil {
			continue
		}
		if values[i] = encode.GoValue(r.plan.Columns[i].OID, src); values[i] == nil {
			return nil, newError("read", r.tableName(), "invalid_value", "column "+strconv.Quote(r.plan.Columns[i].Name)+" is not what its type says", nil)
		}
		if text, ok := values[i].(string); ok {
			if left -= len(text); left < 0 {
				return nil, r.tooLarge()
			}
		}
	}
	return values, nil
}

// Claim takes all rows for an encoder of a format that this package does not have, which then
// reads them by Next and RawValues. Like WriteTo it is for rows of which nothing was read, so that none is left
// out unseen: after Next or Claim it fails with [ErrInvalid] and closes the rows, and of rows that are
// closed or read to their end it fails with [ErrClosed]. It reads nothing.
func (r *Rows) Claim() error {
	if err := r.usable("write"); err != nil {
		return err
	}
	return r.unread("Claim")
}

// MaxRowBytes is [Config.MaxRowBytes], for an encoder that makes more of a row than there is on
// the wire: of one that becomes larger it is to make an [Error] with the Code "row_too_large".
func (r *Rows) MaxRowBytes() int {
	if r.usable("write") != nil {
		return 0
	}
	return r.store.config.MaxRowBytes
}

// RawValues are the bytes of the current row's values, in the forms that FieldDescriptions
// tells; nil is null. They are valid until the next row. The Format of the Query must be [Wire]
// or empty. It is for encoders of formats that this package does not have, which call Claim first.
func (r *Rows) RawValues() ([][]byte, error) {
	if err := r.raw(); err != nil {
		return nil, err
	}
	if r.values == nil || r.released {
		return nil, newError("read", r.tableName(), "rows_closed", "RawValues without a row; call Next first", nil)
	}
	return r.columnValues()
}

// FieldDescriptions tell the name, the type and the form of each column as pgx does it: Name,
// DataTypeOID, of a domain that of its base type, and Format. Nothing else is set. They
// may be called at any time, and are not to be changed.
func (r *Rows) FieldDescriptions() []pgconn.FieldDescription {
	if r.raw() != nil {
		return nil
	}
	return r.fields()
}

// raw is for the methods that give what the wire has.
func (r *Rows) raw() error {
	if err := r.usable("read"); err != nil {
		return err
	}
	if r.query.Format == encode.Wire {
		return nil
	}
	return r.readable("read")
}

// readable is for the methods that give Go values.
func (r *Rows) readable(op string) error {
	if err := r.usable(op); err != nil {
		return err
	}
	if r.query.Format != "" {
		return invalid(r.tableName(), "query_invalid", "the rows were asked for as "+string(r.query.Format)+" for WriteTo; leave Query.Format empty to read Go values")
	}
	return nil
}

// fields describes the columns to pgx.
func (r *Rows) fields() []pgconn.FieldDescription {
	if r.described == nil {
		r.described = make([]pgconn.FieldDescription, len(r.plan.Columns))
		for i, c := range r.plan.Columns {
			r.described[i] = pgconn.FieldDescription{Name: c.Name, DataTypeOID: c.OID, Format: encode.TextForm}
		}
		column, value := 0, 0
		for i := range r.plan.Members {
			m := &r.plan.Members[i]
			if m.Embed == nil {
				oid := r.plan.Types[value]
				if oid == 0 {
					oid = pgtype.TextOID // whatever it is, it comes as text
				}
				r.described[column].DataTypeOID, r.described[column].Format = oid, r.plan.Formats[value]
			}
			column += m.Columns()
			value += m.Values()
		}
	}
	return r.described
}
