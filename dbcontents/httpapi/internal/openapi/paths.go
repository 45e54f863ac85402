package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// describeOperation is the name of the operation at the path of the server, if there is no default table.
const describeOperation = "describe"

// paths writes the paths in their order.
func (d *document) paths() {
	d.entry("paths")
	d.open('{')
	d.root()
	type path struct {
		path  string
		write func()
	}
	var list []path
	for _, t := range d.Tables {
		list = append(list, path{t.Path, func() { d.tablePath(t) }})
	}
	for _, f := range d.Functions {
		list = append(list, path{f.Path, func() { d.functionPath(f) }})
	}
	slices.SortFunc(list, func(a, b path) int { return strings.Compare(a.path, b.path) })
	for _, p := range list {
		d.entry(p.path)
		d.open('{')
		d.key("get")
		d.open('{')
		p.write()
		d.close('}')
		d.close('}')
	}
	d.close('}')
}

// root writes the path of the server itself, for the default table. What it says of this document too is
// left out, because generated clients take one JSON for the other.
func (d *document) root() {
	d.entry("/")
	d.open('{')
	d.key("get")
	d.open('{')
	d.key("operationId")
	if d.Default == nil {
		d.text(describeOperation)
		d.member("summary", `"This document"`)
		d.key("responses")
		d.responsesWith(func() { d.raw(documentResponse) })
	} else {
		d.text(d.operations[nil])
		d.member("summary", `"Rows of the default table"`)
		d.comment(d.Default.Of.Comment)
		d.tableParameters(d.Default)
		d.key("responses")
		d.responsesWith(func() { d.refers("responses", d.responses[d.Default]) })
	}
	d.close('}')
	d.close('}')
}

func (d *document) tablePath(t *Table) {
	d.operation(d.operations[t], t.Of.Schema, "Rows of "+t.Of.String())
	d.comment(t.Of.Comment)
	d.tableParameters(t)
	d.key("responses")
	d.responsesWith(func() { d.refers("responses", d.responses[t]) })
}

func (d *document) functionPath(f *Function) {
	t := f.Overloads[0]
	d.operation(d.operations[f], t.Schema, "Result of "+t.String())
	d.comment(t.Comment)
	d.key("parameters")
	d.open('[')
	taken := map[string]bool{}
	for _, t := range f.Overloads {
		for _, p := range t.Parameters {
			if !taken[p.Name] && !slices.Contains(reserved, p.Name) {
				taken[p.Name] = true
				d.argument(f, p)
			}
		}
	}
	for _, name := range []string{"select", "order", "limit", "offset", "and", "or", "format", "range", "prefer"} {
		d.refers("parameters", name)
	}
	d.useProfile()
	d.close(']')
	d.key("responses")
	d.responsesWith(func() { d.refers("responses", d.responses[f]) })
}

func (d *document) operation(id, tag, summary string) {
	d.key("operationId")
	d.text(id)
	d.key("tags")
	d.texts([]string{tag})
	d.key("summary")
	d.text(summary)
}

// refers writes a reference to a component.
func (d *document) refers(kind, name string) {
	d.raw(`{"$ref":"#/components/` + kind + `/` + name + `"}`)
}

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

// responsesWith writes the responses of an operation; ok writes the one with rows.
func (d *document) responsesWith(ok func()) {
	d.open('{')
	for _, status := range []string{"200", "206"} {
		d.key(status)
		ok()
	}
	d.raw(otherResponses)
	d.close('}')
}

// response writes a response with rows.
func (d *document) response(content func()) {
	d.open('{')
	d.member("description", `"The rows. The status is 206 if there are more, as far as their number is known."`)
	d.member("headers", rowsHeaders)
	d.key("content")
	d.open('{')
	content()
	d.close('}')
	d.close('}')
}

func (d *document) tableContent(t *Table) {
	row := `{"$ref":"#/components/schemas/` + d.rows[t.Of] + `"}`
	d.member("application/json", `{"schema":{"type":"array","items":`+row+`}}`)
	d.raw(otherContent)
}

// functionContent is for what any of the overloads returns.
func (d *document) functionContent(f *Function) {
	d.key("application/json")
	var schemas []string
	for _, t := range f.Overloads {
		row := `{"$ref":"#/components/schemas/` + d.rows[t] + `"}`
		switch {
		case t.Set:
			row = `{"type":"array","items":` + row + `}`
		case !t.Scalar:
			row = `{"anyOf":[` + row + `,{"type":"null"}]}`
		}
		schemas = append(schemas, row)
	}
	if len(schemas) == 1 {
		d.raw(`{"schema":` + schemas[0] + `}`)
	} else {
		d.raw(`{"schema":{"anyOf":[` + strings.Join(schemas, ",") + `]}}`)
	}
	d.raw(otherContent)
}
