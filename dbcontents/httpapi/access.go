package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// Access narrows what requests may ask of one table. The zero value narrows
// nothing. Its lists have the names of columns and computed columns.
type Access struct {
	// Columns are the columns that may be read. For requests, other columns do not
	// exist: see [dbcontents.Query].Allowed. Nil means all columns and computed
	// columns. If the list names no column of the table, or is empty, every request
	// for the table is a 403, and for other requests the table does not exist: rows are not
	// related by it either. A list that leaves out the columns by which tables are related leaves
	// the relationship.
	Columns []string
	// Filters are the columns that filters may use, and Orders those that the sort
	// order may use: typically columns with an index. Nil means the same as Columns,
	// and an empty list means none.
	Filters, Orders []string
	// Operators are the operators that filters may use. A list can leave out "match"
	// and "like", for example, where no index serves them. "eq" allows "eq(any)" too.
	// Nil means all operators, and an empty list means none.
	Operators []dbcontents.Op
	// Embeds are the related tables, by name, that requests for this table may embed, with
	// what Access says of them. A filter by whether there are related rows, or how many,
	// needs the related table's name in Filters, unless that is nil. Nil means all
	// that are exposed, and an empty list means none. A table between two others is not
	// embedded, and so it need not be in the list.
	Embeds []string
}

// access applies the limits to the query, and reports whether the request goes
// on. The columns that may be read become the allow-list of the query. The Store
// treats other columns as if they did not exist.
func (x *exchange) access() bool {
	if len(x.limits) == 0 {
		return true
	}
	q := &x.ask.query
	if err := x.store.Validate(*q); err != nil { // before the tables are looked up
		x.fail(err)
		return false
	}
	t, err := x.store.Table(x.r.Context(), q.Schema, q.Table)
	if err != nil {
		x.fail(err)
		return false
	}
	// Read exactly the table that was checked, even if it has no Access: a table of
	// that name in another schema may have one.
	q.Schema, q.Table = t.Schema, t.Name
	return x.limit(t)
}

// limit is access to a table or function that is known.
func (x *exchange) limit(t *dbcontents.Table) bool {
	q := &x.ask.query
	if x.closes(t) { // before its relationships, which errors tell of
		x.failClosed(t)
		return false
	}
	if !x.accessEmbeds(t, q.Select, q.Order) {
		return false
	}
	a, ok := x.accessTo(t)
	if !ok {
		return true
	}
	q.Allowed = a.Columns
	if !a.reads("count") {
		x.countRows(q) // to this request there is no such column
	}
	if bad := a.check(q.Select, q.Where, q.Order, t); bad != nil {
		x.problem(*bad)
		return false
	}
	q.Pages = q.Pages && t.Only(a.Columns).Pages(q.Order)
	return true
}

// accessEmbeds is access for the tables that fields embed in t.
func (x *exchange) accessEmbeds(t *dbcontents.Table, fields []dbcontents.Field, order []dbcontents.Order) bool {
	from, _ := x.accessTo(t)
	columns := func(t *dbcontents.Table) []string {
		a, _ := x.accessTo(t)
		return a.Columns
	}
	for i := range fields {
		embed := fields[i].Embed
		if embed == nil {
			continue
		}
		related, err := x.store.Related(x.r.Context(), t, embed, columns)
		if err != nil {
			x.fail(err)
			return false
		}
		embed.Target = related
		if !allows(from.Embeds, related.Name) {
			x.problem(*notAllowed("embedding", embed.Table, x.exposed(t.Schema, from.Embeds)))
			return false
		}
		if !x.accessEmbeds(related, embed.Select, embed.Order) {
			return false
		}
		a, ok := x.accessTo(related)
		if !ok {
			continue
		}
		embed.Allowed = a.Columns
		if bad := a.check(embed.Select, embed.Where, embed.Order, related); bad != nil {
			x.problem(*bad)
			return false
		}
	}
	if bad := x.checkRelated(fields, order); bad != nil {
		x.problem(*bad)
		return false
	}
	return true
}

// exposed returns the tables in a list that are exposed to the session and not closed: only these may be shown.
func (x *exchange) exposed(schema string, list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool {
		t, err := x.store.Table(x.r.Context(), schema, name)
		return err != nil || x.closes(t)
	})
}

func (x *exchange) accessTo(t *dbcontents.Table) (a Access, ok bool) {
	if a, ok = x.limits[t.String()]; !ok {
		name := t.Name
		if isFunction(t) {
			name += "()"
		}
		a, ok = x.limits[name]
	}
	return a, ok
}

func isFunction(t *dbcontents.Table) bool { return t.Kind == "function" }

func (a *Access) reads(column string) bool { return allows(a.Columns, column) }

// allows reports whether a list has a name. A nil list has all names.
func allows[T comparable](list []T, name T) bool { return list == nil || slices.Contains(list, name) }

// check refuses what a does not allow for columns of one level that may be read. Other columns
// are left to the Store, which refuses them like columns that do not exist.
func (a *Access) check(fields []dbcontents.Field, where dbcontents.Filter, order []dbcontents.Order, t *dbcontents.Table) *problem {
	for f, op := range where.Fields() {
		related := embedded(fields, f.Column)
		if related != nil && related.Target != nil && (f.Aggregate != "" || op == dbcontents.OpIs && len(f.Path) == 0) {
			if name := related.Target.Name; !allows(a.Filters, name) {
				return notAllowed("filtering by", name, a.readable(a.Filters, t))
			}
			if !allows(a.Operators, op) {
				return notAllowed("filtering with", op, a.Operators)
			}
			if f.Aggregate != "" || !t.Has(f.Column) {
				continue
			} // else a column of that name may be what is tested
		}
		switch {
		case !a.reads(f.Column):
		case !allows(a.Filters, f.Column):
			return notAllowed("filtering by", f.Column, a.readable(a.Filters, t))
		case !allows(a.Operators, op):
			return notAllowed("filtering with", op, a.Operators)
		}
	}
	for _, o := range order {
		if o.Embed == "" && a.reads(o.Column) && !allows(a.Orders, o.Column) {
			return notAllowed("sorting by", o.Column, a.readable(a.Orders, t))
		}
	}
	return nil
}

// checkRelated refuses keys of an order that are columns of a related table where that
// table's Access does not allow them.
func (x *exchange) checkRelated(fields []dbcontents.Field, order []dbcontents.Order) *problem {
	for _, o := range order {
		embed := embedded(fields, o.Embed)
		if o.Embed == "" || embed == nil || embed.Target == nil {
			continue // the Store refuses an embed that there is not
		}
		a, _ := x.accessTo(embed.Target)
		if a.reads(o.Column) && !allows(a.Orders, o.Column) {
			return notAllowed("sorting by", o.Column, a.readable(a.Orders, embed.Target))
		}
	}
	return nil
}

// embedded returns what fields embed under a name, by which filters and the order refer to it.
func embedded(fields []dbcontents.Field, name string) *dbcontents.Related {
	for i := range fields {
		if f := &fields[i]; f.Embed != nil && pgrest.OutputName(f) == name {
			return f.Embed
		}
	}
	return nil
}

// readable returns the names in a list that may be read: only these may be shown. If the
// session has an allow-list of columns, t has no others.
func (a *Access) readable(list []string, t *dbcontents.Table) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !a.reads(name) || !t.Has(name) })
}

// checkAccess returns what is wrong with the limits on tables, as far as that can be found
// out without the database: names that no column can have, and keys that no table
// can have. With such a key, the table that was meant would be open.
func checkAccess(limits map[string]Access, store *dbcontents.Store) error {
	for key, a := range limits {
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

// exposes reports whether a key of Options.Access can belong to an exposed table. If
// all tables are exposed, a name with a dot needs its schema. Otherwise a wrong
// schema would pass as part of a name.
func exposes(store *dbcontents.Store, key string) bool {
	exposed := func(schema, name string) bool {
		err := store.Validate(dbcontents.Query{Schema: schema, Table: name})
		return err == nil || errors.Is(err, dbcontents.ErrClosed)
	}
	if name, call := strings.CutSuffix(key, "()"); call && (store.Config().AllTables || exposesCall(store, name)) {
		return exposesCall(store, name)
	}
	for i, c := range key {
		if c == '.' && i > 0 && i+1 < len(key) && exposed(key[:i], key[i+1:]) {
			return true
		}
	}
	return key != "" && (!store.Config().AllTables || !strings.Contains(key, ".")) && exposed("", key)
}

// exposesCall is exposes for the key of a function without its parentheses.
func exposesCall(store *dbcontents.Store, key string) bool {
	exposed := func(schema, name string) bool {
		err := store.Validate(dbcontents.Query{Schema: schema, Function: name})
		return name != "" && (err == nil || errors.Is(err, dbcontents.ErrClosed))
	}
	for i, c := range key {
		if c == '.' && i > 0 && exposed(key[:i], key[i+1:]) {
			return true
		}
	}
	return exposed("", key)
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
