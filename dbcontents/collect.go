package dbcontents

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/fill"
)

// Collect reads all rows into a slice and closes them. T is one of:
//
//   - a struct or a pointer to one. Each column goes to the field that has its name in a tag `db:"name"`, else
//     in a tag `json:"name"`, else as its own name, in which case and underscores do not matter. The fields of embedded
//     structs without a tag db are the struct's own, and `db:"-"` is for fields that are none. A column without a field is an
//     error; a field without a column keeps its zero value.
//   - map[string]any: the values of [Rows.Values] by the names of the columns.
//   - any other type that pgx can read the value of one column into, which must be the only one. A struct
//     that is one value to pgx, such as [time.Time], netip.Addr or pgtype.Range, or that implements
//     [database/sql.Scanner] or one of pgtype's, or has no exported field, is such a type.
//
// A column that embeds related rows goes to a field that is a struct, a pointer to one (nil if there
// is no row), a slice of either, or anything that its JSON can be decoded into. Columns of related rows for
// which their struct has no field are left out.
//
// A value that does not fit is [ErrInvalid]; the error names the column and the field, and its Hint a type that
// fits. After Next, Collect fails with [ErrInvalid], and of rows that are closed or read to their end with [ErrClosed].
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
	convert, err := converter[T](r)
	if err != nil {
		return nil, r.fail(err)
	}
	var all []T
	for _, err := range r.All() {
		if err != nil {
			return nil, err
		}
		var zero T
		all = append(all, zero)
		if err := convert(&all[len(all)-1]); err != nil {
			return nil, r.fail(r.unfit(err))
		}
	}
	return all, nil
}

// converter makes what turns the current row into a T.
func converter[T any](r *Rows) (func(*T) error, error) {
	t := reflect.TypeFor[T]()
	pointer := t.Kind() == reflect.Pointer && fill.IsRecord(t.Elem())
	switch {
	case t == reflect.TypeFor[map[string]any]():
		return func(v *T) (err error) {
			*any(v).(*map[string]any), err = r.byName()
			return err
		}, nil
	case pointer || fill.IsRecord(t):
		if pointer {
			t = t.Elem()
		}
		f, err := r.store.structs.New(r.types, t, r.plan.Members, r.plan.Types, r.plan.Formats)
		if err != nil {
			return nil, r.unfit(err)
		}
		return func(v *T) error {
			target := reflect.ValueOf(v).Elem()
			if pointer {
				target.Set(reflect.New(t))
				target = target.Elem()
			}
			cut, err := f.Fill(target, r.values)
			r.cut = r.cut || cut
			return err
		}, nil
	}
	if n := len(r.plan.Columns); n != 1 {
		return nil, invalid(r.tableName(), "query_invalid", fmt.Sprintf("%d columns do not fit one %s; select one column, or collect structs or maps", n, t))
	}
	return func(v *T) error { return r.only(v, t) }, nil
}

// byName is the current row by the names of its columns.
func (r *Rows) byName() (map[string]any, error) {
	values, err := r.Values()
	if err != nil {
		return nil, err
	}
	row := make(map[string]any, len(values))
	for i, v := range values {
		row[r.plan.Columns[i].Name] = v
	}
	return row, nil
}

// only scans the only column of the current row.
func (r *Rows) only(dest any, into reflect.Type) error {
	columns, err := r.columnValues()
	if err != nil {
		return err
	}
	column := &r.fields()[0]
	if err := pgx.ScanRow(r.types, r.fields(), columns, dest); err != nil {
		return &fill.Mismatch{Column: column.Name, Type: fill.TypeName(r.types, column.DataTypeOID), Into: into, Null: columns[0] == nil, Err: err}
	}
	return nil
}

// unfit makes the Error for a row that does not fit a Go type.
func (r *Rows) unfit(err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	if errors.Is(err, fill.ErrTooLarge) {
		return r.tooLarge()
	}
	if errors.Is(err, fill.ErrMalformed) {
		r.dropRelated()
		return newError("read", r.tableName(), "invalid_value", err.Error(), err)
	}
	e := newError("read", r.tableName(), "query_invalid", err.Error(), err)
	if x, ok := err.(interface{ Hint() string }); ok {
		e.Hint = x.Hint()
	}
	return e
}
