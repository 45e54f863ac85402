package openapi

import (
	"slices"
	"strings"
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
