package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Access narrows what requests may ask of one table. The zero Access narrows
// nothing. Its names are those of columns and computed columns.
type Access struct {
	// Columns are those that may be read; what is not named here does not exist
	// for any request, see [dbcontents.Query].Allowed. Nil means all columns and
	// computed columns. A list that names no column of the table, an empty one
	// too, makes every request for the table a 403.
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

// access applies Options.Access to the query and reports whether the request
// goes on. The columns that may be read become the query's allow-list, which
// the Store applies: to it the others do not exist.
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
	// The table that was asked about is the one that is read, also if there is
	// no Access to it: a table of that name in another schema may have one.
	q.Schema, q.Table = t.Schema, t.Name
	a, ok := x.h.options.accessTo(t)
	if !ok {
		return true
	}
	q.Allowed = a.Columns
	if !a.reads("count") {
		x.countRows(q) // it is as if there were no such column
	}
	if bad := a.check(q); bad != nil {
		x.problem(*bad)
		return false
	}
	q.Pages = q.Pages && t.Only(a.Columns).Pages(q.Order)
	return true
}

func (o *Options) accessTo(t *dbcontents.Table) (a Access, ok bool) {
	if a, ok = o.Access[t.String()]; !ok {
		a, ok = o.Access[t.Name]
	}
	return a, ok
}

// closes reports whether the allow-list for t leaves nothing of all columns.
func (o *Options) closes(t *dbcontents.Table) bool {
	a, _ := o.accessTo(t)
	return a.Columns != nil && len(t.Only(a.Columns).Columns) == 0
}

func (a *Access) reads(column string) bool { return allows(a.Columns, column) }

// allows reports whether a list, of which nil means all, has a name.
func allows[T comparable](list []T, name T) bool { return list == nil || slices.Contains(list, name) }

// check refuses what a does not allow of columns that may be read. Others are
// left to the Store, which refuses them as it does columns that do not exist.
func (a *Access) check(q *dbcontents.Query) *problem {
	for f, op := range q.Where.Fields() {
		switch {
		case !a.reads(f.Column):
		case !allows(a.Filters, f.Column):
			return notAllowed("filtering by", f.Column, a.readable(a.Filters))
		case !allows(a.Operators, op):
			return notAllowed("filtering with", op, a.Operators)
		}
	}
	for _, o := range q.Order {
		if a.reads(o.Column) && !allows(a.Orders, o.Column) {
			return notAllowed("sorting by", o.Column, a.readable(a.Orders))
		}
	}
	return nil
}

// readable are those names in a list that may be read, and so may be told.
func (a *Access) readable(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !a.reads(name) })
}

// checkAccess is what is wrong with Options.Access as far as can be told
// without the database: a key that no table can have, behind which the table
// that was meant would be open, and names that no column can have.
func (o *Options) checkAccess(store *dbcontents.Store) error {
	for key, a := range o.Access {
		if !exposes(store, key) {
			return errors.New("key " + strconv.Quote(key) + ` names no exposed table; want "name" or "schema.name"`)
		}
		for _, list := range [...]struct {
			name    string
			columns []string
		}{{"Columns", a.Columns}, {"Filters", a.Filters}, {"Orders", a.Orders}} {
			if err := store.Validate(dbcontents.Query{Allowed: list.columns}); errors.Is(err, dbcontents.ErrInvalid) {
				return errors.New(list.name + " of " + key + ": " + err.Error())
			}
		}
	}
	return nil
}

// exposes reports whether a key of Options.Access may be that of an exposed
// table. A name that holds a dot must come with its schema where all tables
// are exposed, since else no schema could be wrong.
func exposes(store *dbcontents.Store, key string) bool {
	exposed := func(schema, name string) bool {
		err := store.Validate(dbcontents.Query{Schema: schema, Table: name})
		return err == nil || errors.Is(err, dbcontents.ErrClosed)
	}
	for i, c := range key {
		if c == '.' && i > 0 && i+1 < len(key) && exposed(key[:i], key[i+1:]) {
			return true
		}
	}
	_, all := store.Exposed()
	return key != "" && (!all || !strings.Contains(key, ".")) && exposed("", key)
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
