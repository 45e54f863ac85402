package dbcontents

import (
	"context"
	"reflect"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/fill"
)

// Read reads all rows of a Query into a slice, see [Collect].
//
// If T is a struct, or a pointer to one, and q.Select is empty, only the columns that have a field in T are
// read, so that a column which is added to the table changes nothing. A field without a tag db
// whose name no column has keeps its zero value; what a tag db names must be a column or a computed
// column. Rows of related tables are not read unless q.Select embeds them: a field for them is an error
// then. For a Function, q.Select decides alone.
func Read[T any](ctx context.Context, store *Store, q Query) ([]T, error) {
	rows, err := query[T](ctx, store, q)
	if err != nil {
		return nil, err
	}
	return Collect[T](rows)
}

// One reads the only row of a Query, as [Read] does. If there is none, or more than one, it fails with an
// error that matches [ErrInvalid] and has the Code "not_one_row". To read the first of many, set q.Limit to 1.
func One[T any](ctx context.Context, store *Store, q Query) (one T, err error) {
	if q.Limit == 0 || q.Limit > 2 {
		q.Limit = 2 // the second tells that there is more than one
	}
	rows, err := query[T](ctx, store, q)
	if err != nil {
		return one, err
	}
	all, err := Collect[T](rows)
	switch {
	case err != nil:
		return one, err
	case len(all) == 0:
		return one, invalid(rows.tableName(), "not_one_row", "there is no row")
	case len(all) > 1 || rows.more && rows.capped:
		return one, invalid(rows.tableName(), "not_one_row", "there is more than one row")
	}
	return all[0], nil
}

// query begins to read rows for Collect[T].
func query[T any](ctx context.Context, s *Store, q Query) (*Rows, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(q.Select) == 0 && q.Function == "" && fill.IsRecord(t) {
		table, err := s.Table(ctx, q.Schema, q.Table)
		if err != nil {
			return nil, err
		}
		table = table.Only(q.Allowed)
		names := make([]string, len(table.Columns))
		for i, c := range table.Columns {
			names[i] = c.Name
		}
		if names, err = s.structs.Select(t, names); err != nil {
			return nil, invalid(table.String(), "query_invalid", err.Error())
		}
		q.Select = Columns(names...)
	}
	return s.Query(ctx, q)
}

// Count counts all rows of a Query, whatever its Limit, Offset and After are. None of them is read. The
// database looks at each of them, so that the time grows with the table.
func (s *Store) Count(ctx context.Context, q Query) (int64, error) {
	q.Count, q.Limit, q.Offset, q.After, q.Pages, q.Order = CountExact, NoRows, 0, "", false, nil
	q.Format, q.Output = "", Output{}
	rows, err := s.Query(ctx, q)
	if err != nil {
		return 0, err
	}
	n, _ := rows.Total()
	return n, rows.Close()
}
