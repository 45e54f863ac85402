package openapi

import (
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A scalar is how JSON has the values of a base type.
type scalar struct{ kind, format, pattern string }

// scalars are the base types of PostgreSQL that are not just strings.
var scalars = map[string]scalar{
	"bool": {kind: "boolean"}, "int2": {kind: "integer", format: "int32"}, "int4": {kind: "integer", format: "int32"}, "int8": {kind: "integer", format: "int64"},
	"date": {kind: "string", format: "date"}, "timestamptz": {kind: "string", format: "date-time"}, "uuid": {kind: "string", format: "uuid"},
	"bytea": {kind: "string", pattern: `^\\x([0-9a-f]{2})*$`},
}

// floats are the components for numbers that may be no numbers.
var floats = map[string]string{"float4": "float", "float8": "double", "numeric": "numeric"}

// strung are the numbers that can be strings.
var strung = map[string]scalar{
	"int8":    {kind: "string", pattern: `^-?[0-9]+$`},
	"numeric": {kind: "string", pattern: `^(-?[0-9]+(\.[0-9]+)?|NaN|-?Infinity)$`},
}

// column writes the schema of a column or field. nullable tells that there may be nulls, and
// outer that it is a column and no field: its numbers can be strings.
func (d *document) column(c *dbcontents.Column, nullable, outer bool) {
	d.open('{')
	d.shape(d.Types[c.Type], nullable, outer)
	if d.nameable(c.Type) {
		d.key("x-pg-type")
		d.text(c.Type)
	}
	d.comment(c.Comment)
	d.close('}')
}

// nameable reports whether a type's name tells of no table, which may be hidden.
func (d *document) nameable(sql string) bool {
	t := d.Types[sql]
	for t != nil && t.Element != "" {
		t = d.Types[t.Element]
	}
	return t != nil && t.Name != ""
}

func (d *document) comment(text string) {
	if d.Comments && text != "" {
		d.key("description")
		d.text(text)
	}
}

// shape writes the members of a schema that say of what kind values are.
func (d *document) shape(t *dbcontents.Type, nullable, outer bool) {
	switch {
	case t == nil || t.Custom: // anything
	case isShared(t):
		d.refer("#/components/schemas/"+d.types[typeKey(t)], nullable)
	case t.Kind == "array":
		d.kind("array", nullable)
		d.key("items")
		d.elements(d.Types[t.Element], outer && t.Schema == "pg_catalog") // in an array of a domain, numbers stay numbers
	case t.Kind == "composite" || t.Kind == "pseudo":
		d.kind("object", nullable)
	case t.Kind != "base" || t.Schema != "pg_catalog":
		d.kind("string", nullable)
	case t.Name == "json" || t.Name == "jsonb":
	default:
		d.base(t, nullable, outer)
	}
}

// elements writes the schema of what is in an array: elements, nulls, or arrays. PostgreSQL does
// not keep to the number of dimensions that was declared.
func (d *document) elements(t *dbcontents.Type, outer bool) {
	d.open('{')
	if t != nil && !t.Custom && (t.Kind != "base" || t.Name != "json" && t.Name != "jsonb") {
		d.key("anyOf")
		d.open('[')
		d.open('{')
		d.shape(t, true, outer)
		d.close('}')
		d.raw(`{"type":"array","items":{}}`)
		d.close(']')
	}
	d.close('}')
}

// base is shape for a base type of PostgreSQL.
func (d *document) base(t *dbcontents.Type, nullable, outer bool) {
	s, ok := strung[t.Name]
	if !ok || !outer || !d.NumbersAsStrings {
		if float := floats[t.Name]; float != "" {
			d.refer("#/components/schemas/"+float, nullable)
			return
		}
		if s, ok = scalars[t.Name]; !ok {
			s.kind = "string"
		}
	}
	d.kind(s.kind, nullable)
	if s.format != "" {
		d.key("format")
		d.text(s.format)
	}
	if s.pattern != "" {
		d.key("pattern")
		d.text(s.pattern)
	}
	if t.Length > 0 {
		d.member("maxLength", strconv.Itoa(t.Length))
	}
}

// kind writes the type in the words of JSON Schema.
func (d *document) kind(name string, nullable bool) {
	if nullable {
		d.member("type", `["`+name+`","null"]`)
	} else {
		d.member("type", `"`+name+`"`)
	}
}

// refer writes a reference.
func (d *document) refer(to string, nullable bool) {
	if nullable {
		d.member("anyOf", `[{"$ref":"`+to+`"},{"type":"null"}]`)
	} else {
		d.member("$ref", `"`+to+`"`)
	}
}

// typeComponent writes the schema of an enum or a composite type.
func (d *document) typeComponent(t *dbcontents.Type) {
	d.open('{')
	if t.Kind == "enum" {
		d.kind("string", false)
		d.key("enum")
		d.texts(t.Labels)
	} else {
		d.object(t.Fields, func(*dbcontents.Column) bool { return true }, false)
	}
	d.close('}')
}

// object writes the members of a schema that describe an object.
func (d *document) object(columns []dbcontents.Column, nullable func(*dbcontents.Column) bool, outer bool) {
	d.kind("object", false)
	d.key("properties")
	d.open('{')
	var names []string
	for i := range columns {
		d.entry(columns[i].Name)
		d.column(&columns[i], nullable(&columns[i]), outer)
		names = append(names, columns[i].Name)
	}
	d.close('}')
	if len(names) > 0 {
		d.key("required")
		d.texts(names)
	}
}

// rowComponent writes the schema of a row. table is nil for a function.
func (d *document) rowComponent(t *dbcontents.Table, table *Table) {
	if t.Scalar && len(t.Columns) == 1 {
		d.column(&t.Columns[0], true, true)
		return
	}
	// The NOT NULL of a foreign table is what somebody says of it.
	nullable := func(c *dbcontents.Column) bool { return !c.NotNull || t.Kind == "foreign table" }
	d.open('{')
	d.object(t.Columns, nullable, true)
	d.comment(t.Comment)
	if table != nil {
		d.relations(table)
	}
	d.close('}')
}

// relations writes what relates a table to others.
func (d *document) relations(t *Table) {
	d.key("x-kind")
	d.text(t.Of.Kind)
	if t.Of.PrimaryKey != nil {
		d.key("x-primary-key")
		d.texts(t.Of.PrimaryKey)
	}
	var foreign, related []*Key
	for i := range t.Keys {
		k := &t.Keys[i]
		if !k.Inverse {
			foreign = append(foreign, k)
		}
		if k.Select != "" {
			related = append(related, k)
		}
	}
	if len(foreign) > 0 {
		d.key("x-foreign-keys")
		d.open('[')
		for _, k := range foreign {
			d.open('{')
			d.key("constraint")
			d.text(k.Constraint)
			d.pairs(k)
			d.close('}')
		}
		d.close(']')
	}
	if len(related) > 0 {
		d.key("x-related")
		d.open('[')
		for _, k := range related {
			d.open('{')
			d.key("select")
			d.text(k.Select)
			d.member("many", strconv.FormatBool(!k.ToOne))
			d.pairs(k)
			d.close('}')
		}
		d.close(']')
	}
}

// pairs writes by which columns of both tables a key relates.
func (d *document) pairs(k *Key) {
	var own, other []string
	for _, pair := range k.Columns {
		own, other = append(own, pair[0]), append(other, pair[1])
	}
	d.key("columns")
	d.texts(own)
	d.key("table")
	d.text(k.Table.String())
	d.key("references")
	d.texts(other)
}

// operators is the pattern of the values of filters by these operators.
func operators(list []dbcontents.Op) string {
	var words []string
	for _, op := range list {
		word, _, _ := strings.Cut(string(op), "(")
		words = append(words, word)
	}
	return `^(not\.)?(` + strings.Join(words, "|") + `)(\([^)]*\))?\.`
}
