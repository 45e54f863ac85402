package compile

import (
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// An Operand is a field of a query as it is written in the SQL, for messages about it.
type Operand struct {
	SQL    string          // empty if there is no such field
	Column *catalog.Column // if it is a column and nothing else
	Type   string          // its type without its length, as messages have it
}

// FieldOperand is the operand of a field of t.
func FieldOperand(t *catalog.Table, column string, path []any, text bool) Operand {
	c := composer{table: t}
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
