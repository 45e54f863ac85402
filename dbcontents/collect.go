package dbcontents

import (
	"errors"
	"iter"
	"reflect"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/fill"
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
	for i, src := range columns {
		if src == nil {
			continue
		}
		if values[i] = encode.GoValue(r.plan.Columns[i].OID, src); values[i] == nil {
			return nil, newError("read", r.tableName(), "invalid_value", "column "+strconv.Quote(r.plan.Columns[i].Name)+" is not what its type says", nil)
		}
	}
	return values, nil
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

// Collect reads all rows into a slice and closes them. If T is a struct, each
// column goes to the field of its name (case and underscores do not matter, a
// tag `db:"name"` decides, fields without a column keep their zero value);
// otherwise the rows must have one column, which is scanned into a T. A struct
// that is one value to pgx, such as [time.Time], netip.Addr or pgtype.Range, or that
// implements [database/sql.Scanner] or one of pgtype's, or has no exported field, is no row.
// A column that embeds related rows goes to a field that is a struct, a pointer to one (nil if there
// is no row), a slice of either, or anything that its JSON can be decoded into.
// After Next it fails with [ErrInvalid], and of rows that are closed or read to their end with [ErrClosed].
func Collect[T any](r *Rows) ([]T, error) {
	if r == nil {
		return nil, newError("read", "", "rows_closed", "the rows were not opened", nil)
	}
	defer r.Close()
	if err := r.readable("read"); err != nil {
		return nil, r.fail(err)
	}
	if err := r.unread("Collect"); err != nil {
		return nil, err
	}
	convert := pgx.RowTo[T]
	if t := reflect.TypeFor[T](); fill.IsRecord(t) {
		convert = pgx.RowToStructByNameLax[T]
		if r.plan.Nested() {
			f := fill.New(r.types, t, r.plan.Members, r.plan.Types, r.plan.Formats)
			convert = func(pgx.CollectableRow) (v T, err error) {
				cut, err := f.Fill(reflect.ValueOf(&v).Elem(), r.values)
				r.cut = r.cut || cut
				return v, err
			}
		}
	}
	var all []T
	for row, err := range r.All() {
		if err != nil {
			return nil, err
		}
		v, err := convert(collectable(row))
		switch {
		case errors.Is(err, fill.ErrMalformed):
			r.dropRelated()
			return nil, newError("read", r.tableName(), "invalid_value", err.Error(), err)
		case err != nil:
			return nil, newError("read", r.tableName(), "query_invalid", err.Error(), err)
		}
		all = append(all, v)
	}
	return all, nil
}

// collectable shows a Row to pgx.
type collectable Row

func (c collectable) FieldDescriptions() []pgconn.FieldDescription { return c.rows.fields() }
func (c collectable) Scan(dest ...any) error {
	columns, err := c.rows.columnValues()
	if err != nil {
		return err
	}
	return pgx.ScanRow(c.rows.types, c.rows.fields(), columns, dest...)
}
func (c collectable) Values() ([]any, error) { return c.rows.Values() }
func (c collectable) RawValues() [][]byte    { return c.rows.values }
