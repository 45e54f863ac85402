package httpapi

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/openapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// api is what the caller may read of what was found, as a document describes it.
func (x *exchange) api(ask *description, d *dbcontents.Description) *openapi.API {
	o := &x.h.options
	api := &openapi.API{
		Server: cmp.Or(x.outer()+o.Prefix, "/"), Version: o.Build.Version, NumbersAsStrings: ask.numbers, Comments: o.OpenAPI.Comments,
		Bearer: o.OpenAPI.Bearer, Anonymous: len(x.r.Header["Authorization"]) == 0, Profile: ask.schema, Types: d.Types,
	}
	leads := map[string]bool{} // whether the next table of this name is the one that its path leads to
	for _, name := range d.Names {
		leads[name] = true
	}
	schemas := map[string]bool{}
	for _, t := range d.Tables {
		first := leads[t.Name]
		leads[t.Name] = false
		if x.closes(t) {
			continue
		}
		if slices.Contains(x.h.config.Schemas, t.Schema) {
			schemas[t.Schema] = true
		}
		path, ok := pathBelow("/", t.Name)
		if !ok || !first && ask.schema == "" {
			continue // with Accept-Profile it has a path
		}
		described := x.described(d, t, path)
		api.Tables = append(api.Tables, described)
		if t == d.Default {
			api.Default = described
		}
	}
	x.addFunctions(api, d, schemas)
	if len(x.h.config.Schemas) > 1 || ask.schema != "" {
		api.Schemas = slices.DeleteFunc(slices.Clone(x.h.config.Schemas), func(name string) bool { return !schemas[name] })
	}
	return api
}

// pathBelow is the path of a name, percent-encoded. It reports false for those that a browser resolves.
func pathBelow(prefix, name string) (path string, ok bool) {
	return prefix + url.PathEscape(name), name != "." && name != ".." && name != ""
}

// described is what the caller may know of a table.
func (x *exchange) described(d *dbcontents.Description, t *dbcontents.Table, path string) *openapi.Table {
	a, _ := x.accessTo(t)
	of := t.Only(a.Columns)
	described := &openapi.Table{Of: of, Path: path, Operators: a.Operators}
	for _, c := range of.Columns {
		if allows(a.Filters, c.Name) && (a.Operators == nil || len(a.Operators) > 0) {
			described.Filterable = true
			if pgrest.Quote(c.Name) == c.Name { // not all generators take quotes in names
				described.Filters = append(described.Filters, c.Name)
			}
		}
	}
	if a.Orders != nil {
		described.Orders = append([]string{}, a.readable(a.Orders, of)...)
	}
	for _, r := range d.ForeignKeys(t) {
		to, _ := x.accessTo(r.Table)
		if slices.ContainsFunc(r.Columns, func(pair [2]string) bool { return !a.reads(pair[0]) || !to.reads(pair[1]) }) {
			continue
		}
		key := openapi.Key{Relationship: r}
		if r.Table.Schema == t.Schema && allows(a.Embeds, r.Table.Name) {
			key.Select = embedding(t, &r)
		}
		described.Keys = append(described.Keys, key)
	}
	return described
}

// embedding is the item of select that embeds the rows to which r leads from t, empty if none does.
func embedding(t *dbcontents.Table, r *dbcontents.Relationship) string {
	name := pgrest.Quote(r.Table.Name)
	if r.Table.Schema != t.Schema || r.Table.Name != t.Name {
		return name + "!" + pgrest.Quote(r.Constraint) + "(*)"
	}
	// A table is related to itself by the names of columns.
	switch {
	case len(r.Columns) > 1:
		return ""
	case r.Inverse:
		return name + "!" + pgrest.Quote(r.Columns[0][1]) + "(*)"
	}
	return pgrest.Quote(r.Columns[0][0]) + "(*)"
}

// addFunctions adds the functions that the caller may call.
func (x *exchange) addFunctions(api *openapi.API, d *dbcontents.Description, schemas map[string]bool) {
	byName := map[string]*openapi.Function{}
	for _, t := range d.Functions {
		path, ok := pathBelow(rpcPath, t.Name)
		if !ok || x.closes(t) {
			continue
		}
		if slices.Contains(x.h.config.Schemas, t.Schema) {
			schemas[t.Schema] = true
		}
		f := byName[t.Name]
		if f == nil {
			f = &openapi.Function{Name: t.Name, Path: path}
			byName[t.Name], api.Functions = f, append(api.Functions, f)
		}
		a, _ := x.accessTo(t)
		f.Overloads = append(f.Overloads, t.Only(a.Columns))
	}
	// The order in which the database has overloads depends on when they were made.
	for _, f := range api.Functions {
		slices.SortStableFunc(f.Overloads, func(a, b *dbcontents.Table) int {
			return cmp.Or(slices.Index(x.h.config.Schemas, a.Schema)-slices.Index(x.h.config.Schemas, b.Schema), slices.CompareFunc(a.Parameters, b.Parameters, compareParameters))
		})
	}
}

func compareParameters(a, b dbcontents.Parameter) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
}
