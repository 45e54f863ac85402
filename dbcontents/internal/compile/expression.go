package compile

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// An expression is a piece of SQL with what is known of its type.
type expression struct {
	sql     string
	oid     uint32          // of the type as it is sent; 0 if not known
	isJSON  bool            // in JSON the server converts it, see catalog.Column
	column  *catalog.Column // if it is a column and nothing else
	notNull bool
}

// tsvectorOID is a type that pgtype does not name.
const tsvectorOID = 3614

// column is a column or computed column, named so that no output column or
// other relation can be meant.
func (c *composer) column(name string) (expression, error) {
	col := c.table.Column(name)
	if col == nil {
		return expression{}, unknownColumn(c.table, name)
	}
	var b strings.Builder
	if col.Function != "" {
		c.hasInput = true           // what the function does with a row is not the catalog's to know
		b.WriteString(col.Function) // quoted by the server
		b.WriteString("(" + c.row() + ")")
		if c.marker != "" { // it might make something of a row that is missing
			return expression{sql: "CASE WHEN " + c.marker + " THEN " + b.String() + " END", oid: col.OID, isJSON: col.IsJSON, column: col}, nil
		}
	} else {
		b.WriteString(c.quoted(name))
	}
	return expression{sql: b.String(), oid: col.OID, isJSON: col.IsJSON, column: col, notNull: col.NotNull}, nil
}

// field is a column with the path into it.
func (c *composer) field(name string, path []any, text bool) (expression, error) {
	x, err := c.column(name)
	if err != nil || len(path) == 0 {
		return x, err
	}
	c.hasInput = true
	return x.at(path, text), nil
}

// at is what lies at a path in x. json and jsonb are used as they are, so that
// an index on the expression serves.
func (x expression) at(path []any, text bool) expression {
	var b strings.Builder
	b.WriteByte('(')
	oid := x.oid
	if oid != pgtype.JSONOID && oid != pgtype.JSONBOID || x.column != nil && x.column.Function != "" {
		oid = pgtype.JSONBOID
		b.WriteString("pg_catalog.to_jsonb(" + x.sql + ")")
	} else {
		b.WriteString(x.sql)
	}
	for i, step := range path {
		if text && i == len(path)-1 {
			oid = pgtype.TextOID
			b.WriteString(" ->> ")
		} else {
			b.WriteString(" -> ")
		}
		switch step := step.(type) {
		case int:
			b.WriteString("(" + strconv.Itoa(step) + ")")
		case string:
			quoteLiteral(&b, step)
		}
	}
	b.WriteByte(')')
	return expression{sql: b.String(), oid: oid}
}

// cast converts x to the type that the request calls name.
func (c *composer) cast(x expression, name string) expression {
	c.hasInput = true
	t := c.types[name]
	return expression{sql: "CAST(" + x.sql + " AS " + t.SQL + ")", oid: t.OID, isJSON: t.IsJSON}
}

// quoteLiteral writes a string constant that means the same whatever
// standard_conforming_strings is. It is for keys in paths: as parameters they would
// keep an index on the expression from being found once the plan is kept.
func quoteLiteral(b *strings.Builder, s string) {
	if strings.IndexByte(s, '\\') >= 0 {
		b.WriteByte('E')
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	b.WriteByte('\'')
	b.WriteString(strings.ReplaceAll(s, `'`, `''`))
	b.WriteByte('\'')
}

// An Operand is a field of a query as it is written in the SQL, for messages about it.
type Operand struct {
	SQL    string          // empty if there is no such field
	Column *catalog.Column // if it is a column and nothing else
	Type   string          // its type without its length, as messages have it
}

// FieldOperand is the operand of a field of t.
func FieldOperand(t *catalog.Table, column string, path []any, text bool) Operand {
	c := newComposer(t, nil, nil)
	x, err := c.field(column, path, text)
	if err != nil {
		return Operand{}
	}
	return Operand{SQL: x.sql, Column: x.column, Type: x.typeName()}
}

// typeName is the type of x without its length.
func (x *expression) typeName() string {
	if x.column == nil {
		return typeNames[x.oid]
	}
	name := x.column.Type
	if open, end := strings.IndexByte(name, '('), strings.IndexByte(name, ')'); open >= 0 && end > open && !strings.Contains(name, `"`) {
		return name[:open] + name[end+1:]
	}
	return name
}

// Operator is the SQL of f's operator, or the function that makes its right side.
func (f *Condition) Operator() string { return f.op.sql }

// Modifier is what is in parentheses behind the operator: "any", "all" or the
// configuration of a text search.
func (f *Condition) Modifier() string { return f.modifier }

// HasValue reports whether f compares with a value, which is a parameter.
func (f *Condition) HasValue() bool { return f.op.kind != isState }

// HasList reports whether that value is a list.
func (f *Condition) HasList() bool { return f.op.kind == inList || f.modifier != "" }

// FullText reports whether f is a text search.
func (f *Condition) FullText() bool { return f.op.kind == fullText }
