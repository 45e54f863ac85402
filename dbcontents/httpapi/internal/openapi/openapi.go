// Package openapi writes the description of tables and functions as an OpenAPI 3.1 document.
//
// The document is written as a stream, and the same description gives the same bytes. What is shared is
// in components, so that its size grows with the number of columns.
package openapi

import (
	"cmp"
	"io"
	"maps"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// An API is what a document describes. It has nothing that may not be shown.
type API struct {
	Server  string // the path that all other paths are below; "/" for none
	Version string
	// NumbersAsStrings describes responses with bigint and numeric as strings.
	NumbersAsStrings bool
	Comments         bool // of tables, columns and functions are part of it
	// Bearer tells that requests may have a token, and Anonymous that they need none.
	Bearer, Anonymous bool
	// Schemas are the values that Accept-Profile may have; nil if it has no use. Profile is
	// the one that all requests must have; empty for none.
	Schemas   []string
	Profile   string
	Default   *Table // at the path of the server; nil if there is none
	Tables    []*Table
	Functions []*Function
	Types     map[string]*dbcontents.Type // by Column.Type and Parameter.Type
}

// A Table is a table, with its path.
type Table struct {
	Of   *dbcontents.Table // with the columns that may be shown
	Path string            // percent-encoded, below that of the server
	// Filterable tells that there are filters, and Filters are the columns whose names are
	// parameters as they stand.
	Filterable bool
	Filters    []string
	Operators  []dbcontents.Op // nil: all
	Orders     []string        // the columns that may sort; nil: all
	Keys       []Key
}

// A Key is a foreign key of a table or one that leads to it.
type Key struct {
	dbcontents.Relationship
	Select string // the item of select that embeds the related rows; empty if there is none
}

// A Function is all functions of one name, with their path.
type Function struct {
	Name, Path string
	Overloads  []*dbcontents.Table
}

// Write writes the document.
func (a *API) Write(w io.Writer) error {
	d := document{API: a, writer: writer{out: w}}
	d.name()
	d.open('{')
	d.entry("openapi")
	d.text("3.1.1")
	d.info()
	d.entry("servers")
	d.open('[')
	d.open('{')
	d.key("url")
	d.text(a.Server)
	d.close('}')
	d.close(']')
	d.security()
	d.tags()
	d.paths()
	d.components()
	d.close('}')
	d.line()
	return d.flush()
}

// A document is being written.
type document struct {
	*API
	writer
	rows       map[*dbcontents.Table]string // the names of the components that describe a row
	responses  map[any]string               // of those that describe a response: of a *Table or *Function
	types      map[string]string            // of those of types, by schema and name
	shared     []*dbcontents.Type           // the types that are components
	operations map[any]string               // the names of operations: of a *Table or *Function, and nil for the default table
}

func (d *document) info() {
	d.entry("info")
	d.open('{')
	d.key("title")
	d.text("Contents of PostgreSQL tables")
	d.key("version")
	d.text(cmp.Or(d.Version, "unknown"))
	d.key("description")
	text := infoText
	if d.NumbersAsStrings {
		text += numbersText
	}
	if d.Profile != "" {
		text += "\n\nAll requests need the header Accept-Profile."
	}
	d.text(text)
	d.close('}')
	d.entry("externalDocs")
	d.raw(externalDocs)
}

func (d *document) security() {
	switch {
	case !d.Bearer:
	case d.Anonymous:
		d.entry("security")
		d.raw(`[{},{"bearer":[]}]`)
	default:
		d.entry("security")
		d.raw(`[{"bearer":[]}]`)
	}
}

// tags are the schemas.
func (d *document) tags() {
	schemas := map[string]bool{}
	for _, t := range d.Tables {
		schemas[t.Of.Schema] = true
	}
	for _, f := range d.Functions {
		schemas[f.Overloads[0].Schema] = true
	}
	d.entry("tags")
	d.open('[')
	for _, schema := range slices.Sorted(maps.Keys(schemas)) {
		d.open('{')
		d.key("name")
		d.text(schema)
		d.close('}')
	}
	d.close(']')
}

func (d *document) components() {
	d.entry("components")
	d.open('{')
	d.entry("schemas")
	d.open('{')
	for _, part := range fixedSchemas {
		d.entry(part.name)
		d.raw(part.json)
	}
	for _, t := range d.shared {
		d.entry(d.types[typeKey(t)])
		d.typeComponent(t)
	}
	for _, t := range d.Tables {
		d.entry(d.rows[t.Of])
		d.rowComponent(t.Of, t)
	}
	for _, f := range d.Functions {
		for _, t := range f.Overloads {
			d.entry(d.rows[t])
			d.rowComponent(t, nil)
		}
	}
	d.close('}')
	d.entry("parameters")
	d.open('{')
	for _, part := range fixedParameters {
		d.entry(part.name)
		d.raw(part.json)
	}
	d.profileParameter()
	d.close('}')
	d.entry("headers")
	d.raw(fixedHeaders)
	d.entry("responses")
	d.open('{')
	for _, part := range fixedResponses {
		d.entry(part.name)
		d.raw(part.json)
	}
	for _, t := range d.Tables {
		d.entry(d.responses[t])
		d.response(func() { d.tableContent(t) })
	}
	for _, f := range d.Functions {
		d.entry(d.responses[f])
		d.response(func() { d.functionContent(f) })
	}
	d.close('}')
	if d.Bearer {
		d.entry("securitySchemes")
		d.raw(`{"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}}`)
	}
	d.close('}')
}
