package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func (d *document) tableParameters(t *Table) {
	d.key("parameters")
	d.open('[')
	d.refers("parameters", "select")
	switch {
	case t.Orders == nil:
		d.refers("parameters", "order")
	case len(t.Orders) > 0:
		d.open('{')
		d.member("name", `"order"`)
		d.member("in", `"query"`)
		d.member("schema", `{"type":"string"}`)
		d.key("description")
		d.text("The sort order, by these columns: " + strings.Join(t.Orders, ", "))
		d.close('}')
	}
	for _, name := range []string{"limit", "offset", "after"} {
		d.refers("parameters", name)
	}
	if t.Filterable {
		for _, name := range []string{"and", "or"} {
			d.refers("parameters", name)
		}
		d.filters(t)
	}
	for _, name := range []string{"format", "range", "prefer"} {
		d.refers("parameters", name)
	}
	d.useProfile()
	d.close(']')
}

// filters writes the parameter that stands for all filters. Its members are parameters of the URL. Others may be
// columns whose names must be in quotes, paths into JSON, and columns of embedded tables.
func (d *document) filters(t *Table) {
	d.open('{')
	d.member("name", `"filters"`)
	d.member("in", `"query"`)
	d.member("style", `"form"`)
	d.member("explode", "true")
	d.key("schema")
	d.open('{')
	d.kind("object", false)
	d.key("properties")
	d.open('{')
	for _, name := range t.Filters {
		d.key(name)
		if t.Operators == nil {
			d.refers("schemas", "filter")
			continue
		}
		d.open('{')
		d.kind("string", false)
		d.key("pattern")
		d.text(operators(t.Operators))
		d.close('}')
	}
	d.close('}')
	d.member("additionalProperties", `{"type":"string"}`)
	d.close('}')
	d.close('}')
}

// argument writes a parameter that is one of a function. It is required if no overload can do without.
func (d *document) argument(f *Function, p dbcontents.Parameter) {
	required := true
	for _, t := range f.Overloads {
		i := slices.IndexFunc(t.Parameters, func(other dbcontents.Parameter) bool { return other.Name == p.Name })
		if i < 0 || t.Parameters[i].Optional {
			required = false
		}
		if i >= 0 && t.Parameters[i].Type != p.Type {
			p.Type, p.Variadic = "", p.Variadic && t.Parameters[i].Variadic
		}
	}
	d.open('{')
	d.key("name")
	d.text(p.Name)
	d.member("in", `"query"`)
	d.member("required", strconv.FormatBool(required))
	t := d.Types[p.Type]
	if d.nameable(p.Type) {
		d.key("x-pg-type")
		d.text(p.Type)
	}
	d.key("schema")
	if p.Variadic && t != nil {
		d.open('{')
		d.kind("array", false)
		d.key("items")
		d.value(d.Types[t.Element])
		d.close('}')
	} else {
		d.value(t)
	}
	d.close('}')
}

// value writes the schema of a value in a URL, which PostgreSQL reads as text of the type.
func (d *document) value(t *dbcontents.Type) {
	d.open('{')
	switch {
	case t == nil || t.Schema != "pg_catalog" || t.Kind != "base":
		if t != nil && t.Kind == "enum" && isShared(t) {
			d.refer("#/components/schemas/"+d.types[typeKey(t)], false)
		} else {
			d.kind("string", false)
		}
	case floats[t.Name] != "":
		d.kind("number", false)
		d.member("format", `"double"`)
	case t.Name == "bool" || t.Name == "uuid" || scalars[t.Name].kind == "integer":
		d.base(t, false, false)
	default:
		d.kind("string", false)
	}
	d.close('}')
}

// useProfile writes the parameter for Accept-Profile, where it has a use.
func (d *document) useProfile() {
	if len(d.Schemas) > 0 {
		d.refers("parameters", "profile")
	}
}

// profileParameter writes the component for it.
func (d *document) profileParameter() {
	if len(d.Schemas) == 0 {
		return
	}
	values := d.Schemas
	if d.Profile != "" {
		values = []string{d.Profile}
	}
	d.entry("profile")
	d.open('{')
	d.member("name", `"Accept-Profile"`)
	d.member("in", `"header"`)
	d.member("required", strconv.FormatBool(d.Profile != ""))
	d.member("description", `"The schema in which the name is looked for. Without the header it is the first one that has it."`)
	d.key("schema")
	d.open('{')
	d.kind("string", false)
	d.key("enum")
	d.texts(values)
	d.close('}')
	d.close('}')
}
