package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
	"github.com/dbcontents/dbcontents-go/internal/pgrest"
)

// Access narrows what requests may ask of one table. The zero Access narrows
// nothing. Its names are those of columns and computed columns.
type Access struct {
	// Columns are those that may be read. Nil means all; a computed column
	// must be named here or nothing.
	Columns []string
	// Filters are the columns by which rows may be chosen, Orders those by
	// which they may be sorted: typically those with an index. Nil means
	// Columns, an empty list none.
	Filters, Orders []string
	// Operators are those that filters may use, to keep out "match" and "like",
	// say, where no index serves them. "eq" allows "eq(any)" too. Nil means all,
	// an empty list none.
	Operators []dbcontents.Op
}

// access checks the query against Options.Access and reports whether the
// request goes on. Without columns of its own it reads those that may be read.
func (x *exchange) access() bool {
	if len(x.h.options.Access) == 0 {
		return true
	}
	q := &x.ask.query
	t, err := x.h.store.Table(x.r.Context(), q.Schema, q.Table)
	if err != nil {
		x.fail(err)
		return false
	}
	a, ok := x.h.options.accessTo(t)
	if !ok {
		return true
	}
	q.Schema, q.Table = t.Schema, t.Name // what was checked is what is read
	if !a.reads("count") {
		x.countRows(q) // it is as if there were no such column
	}
	if bad := a.check(q, t); bad != nil {
		x.problem(*bad)
		return false
	}
	q.Select = a.selected(t, q)
	if slices.ContainsFunc(t.PrimaryKey, func(name string) bool { return !a.reads(name) }) {
		// A token holds the primary key, and compares with it.
		q.Pages = false
		if q.After != "" {
			x.problem(*notAllowed[string]("paging by", pgrest.TokenKey, nil))
			return false
		}
	}
	return true
}

func (o *Options) accessTo(t *dbcontents.Table) (a Access, ok bool) {
	if a, ok = o.Access[t.String()]; !ok {
		a, ok = o.Access[t.Name]
	}
	return a, ok
}

func (a *Access) reads(column string) bool { return allows(a.Columns, column) }

// allows reports whether a list, of which nil means all, has a name.
func allows[T comparable](list []T, name T) bool { return list == nil || slices.Contains(list, name) }

// check refuses what a does not allow. A column that may not be read is
// refused in the words for one that does not exist.
func (a *Access) check(q *dbcontents.Query, t *dbcontents.Table) *problem {
	for _, f := range q.Select {
		if f.Column != "" && !a.reads(f.Column) {
			return a.unknown(f.Column, t)
		}
	}
	for f, op := range q.Where.Fields() {
		if !a.reads(f.Column) {
			return a.unknown(f.Column, t)
		}
		if !allows(a.Filters, f.Column) {
			return notAllowed("filtering by", f.Column, a.Filters)
		}
		if !allows(a.Operators, op) {
			return notAllowed("filtering with", op, a.Operators)
		}
	}
	for _, o := range q.Order {
		if !a.reads(o.Column) {
			return a.unknown(o.Column, t)
		}
		if !allows(a.Orders, o.Column) {
			return notAllowed("sorting by", o.Column, a.Orders)
		}
	}
	return nil
}

// selected replaces "all columns" by those that may be read, in the table's order.
func (a *Access) selected(t *dbcontents.Table, q *dbcontents.Query) (fields []dbcontents.Field) {
	if a.Columns == nil {
		return q.Select
	}
	all := a.columns(t)
	if len(q.Select) == 0 {
		if q.Format == dbcontents.Text && len(all) > 1 {
			all = all[1:2] // as without Access
		}
		return dbcontents.Columns(all...)
	}
	for _, f := range q.Select {
		if f.Column == "" && f.Aggregate == "" {
			fields = append(fields, dbcontents.Columns(all...)...)
		} else {
			fields = append(fields, f)
		}
	}
	return fields
}

// columns are the names of t's columns that may be read.
func (a *Access) columns(t *dbcontents.Table) (names []string) {
	for _, c := range t.Columns {
		if a.reads(c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (a *Access) unknown(name string, t *dbcontents.Table) *problem {
	columns := a.columns(t)
	hint := "names are case-sensitive; the columns are " + strings.Join(columns, ", ")
	if meant := nearest.Of(name, columns...); meant != "" {
		hint = "perhaps you meant the column " + shown(meant) + "; " + hint
	}
	return &problem{
		Status: http.StatusBadRequest, Code: "42703", Cause: "column_unknown", Title: "no such column",
		Message: "column " + cut(t.Name+"."+name) + " does not exist", Hint: hint,
	}
}

func notAllowed[T ~string](what string, name T, allowed []T) *problem {
	hint := what + " anything is not possible here"
	if len(allowed) > 0 {
		names := make([]string, len(allowed))
		for i, other := range allowed {
			names[i] = string(other)
		}
		hint = what + " these is possible: " + strings.Join(names, ", ")
	}
	return &problem{
		Status: http.StatusForbidden, Code: "42501", Cause: "not_allowed", Title: "not allowed for this table",
		Message: what + " " + cut(string(name)) + " is not allowed", Hint: hint,
	}
}
