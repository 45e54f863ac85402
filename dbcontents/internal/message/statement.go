package message

import (
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// statementWords are those about a statement that the server could not parse. So far
// the server has seen our SQL and the catalog only. It tells the position
// of the mistake in the SQL; the message is made of what we have put there.
func (m *maker) statementWords(x *wire.Failure) string {
	before, after, ok := x.Place()
	if !ok {
		return ""
	}
	operand, operator := m.operandBefore(before), operatorAt(after)
	switch x.Said.Code {
	case "42883":
		if operand.SQL != "" && operator != "" {
			return "operator does not exist: " + operand.Type + " " + operator
		}
		return m.functionWords(before, after)
	case "42804":
		rest, ok := strings.CutPrefix(m.afterOperand(&operand, before, after), " IS ")
		for _, state := range [...]string{"TRUE", "FALSE", "UNKNOWN"} {
			if ok && strings.HasPrefix(rest, state) {
				return "argument of IS " + state + " must be type boolean, not type " + operand.Type
			}
		}
	case "42846":
		for i := range m.query.Select {
			f := &m.query.Select[i]
			if inner, ok := strings.CutPrefix(after, "CAST("); ok && f.Cast != "" {
				x := m.operand(f.Column, f.Path, f.Text)
				if strings.HasPrefix(inner, x.SQL+" AS ") && x.SQL != "" {
					return "cannot cast type " + x.Type + " to " + f.Cast
				}
			}
		}
	case "42803":
		if m.afterOperand(&operand, before, after); operand.Column != nil {
			return `column "` + m.table.Name + "." + operand.Column.Name + `" must appear in the GROUP BY clause or be used in an aggregate function`
		}
	case "42704":
		for f := range m.query.Where.Tests() {
			if name := strings.TrimSpace(f.Modifier()); f.FullText() && name != "" && strings.HasPrefix(after, "'"+name+"'") {
				return `text search configuration "` + name + `" does not exist`
			}
		}
	}
	return ""
}

// functionWords are those about an aggregate, a sort order or a group that the type does not support.
func (m *maker) functionWords(before, after string) string {
	for i := range m.query.Select {
		f := &m.query.Select[i]
		rest, ok := strings.CutPrefix(after, f.Aggregate+"(")
		if !ok || f.Aggregate == "" {
			continue
		}
		x, cast := m.operand(f.Column, f.Path, f.Text), f.Cast
		switch {
		case cast != "" && strings.HasPrefix(rest, "CAST("+x.SQL+" AS "):
			return "function " + f.Aggregate + "(" + cast + ") does not exist"
		case cast == "" && strings.HasPrefix(rest, x.SQL+")"):
			return "function " + f.Aggregate + "(" + x.Type + ") does not exist"
		}
	}
	var x compile.Operand
	m.afterOperand(&x, before, after)
	order, group := strings.LastIndex(before, " ORDER BY "), strings.LastIndex(before, " GROUP BY ")
	switch {
	case x.SQL == "":
	case order > group:
		return "could not identify an ordering operator for type " + x.Type
	default:
		return "could not identify an equality operator for type " + x.Type
	}
	return ""
}

// operand is a field of the query as it is written in the SQL.
func (m *maker) operand(column string, path []any, text bool) compile.Operand {
	return compile.FieldOperand(m.table, column, path, text)
}

// operands calls yield with every expression that can be an operand in the SQL.
func (m *maker) operands(yield func(compile.Operand)) {
	t, q := m.table, m.query
	for _, columns := range [...][]catalog.Column{t.Columns, t.Computed} {
		for i := range columns {
			yield(m.operand(columns[i].Name, nil, false))
		}
	}
	for f := range q.Where.Tests() {
		yield(m.operand(f.Field.Column, f.Field.Path, f.Field.Text))
	}
	for i := range q.Order {
		yield(m.operand(q.Order[i].Column, q.Order[i].Path, q.Order[i].Text))
	}
	for i := range q.Select {
		yield(m.operand(q.Select[i].Column, q.Select[i].Path, q.Select[i].Text))
	}
}

// operandBefore is the operand right before an operator.
func (m *maker) operandBefore(before string) (found compile.Operand) {
	m.operands(func(x compile.Operand) {
		if x.SQL != "" && len(x.SQL) > len(found.SQL) && strings.HasSuffix(before, x.SQL+" ") {
			found = x
		}
	})
	return found
}

// afterOperand finds the operand that begins at this position, or one character before
// it if the operand is in parentheses, and returns the SQL behind it.
func (m *maker) afterOperand(found *compile.Operand, before, after string) (rest string) {
	m.operands(func(x compile.Operand) {
		if x.SQL == "" || len(x.SQL) <= len(found.SQL) {
			return
		}
		if tail, ok := strings.CutPrefix(after, x.SQL); ok {
			*found, rest = x, tail
		} else if inner, ok := strings.CutPrefix(x.SQL, "("); ok && strings.HasSuffix(before, "(") {
			if tail, ok := strings.CutPrefix(after, inner); ok {
				*found, rest = x, tail
			}
		}
	})
	return rest
}

// operatorNames are those of operators that have words in SQL.
var operatorNames = map[string]string{"IS": "="}

// operatorAt is the operator at this position and the type of its right side; empty if either is not known.
func operatorAt(after string) string {
	word, rest, _ := strings.Cut(after, " ")
	if inner, ok := strings.CutPrefix(word, "OPERATOR("); ok {
		word = strings.TrimSuffix(inner[strings.LastIndexByte(inner, '.')+1:], ")")
	} else if name := operatorNames[word]; name != "" {
		rest = strings.TrimPrefix(rest, "DISTINCT FROM ")
		word = name
	}
	for _, list := range [...]string{"ANY (", "ALL ("} {
		rest = strings.TrimPrefix(rest, list)
	}
	switch {
	case strings.Trim(word, "+-*/<>=~!@#%^&|`?") != "" || word == "":
		return ""
	case strings.HasPrefix(rest, "$"):
		return word + " unknown" // it takes its type from the operator
	case word == "@@" && strings.HasPrefix(rest, "pg_catalog."):
		return word + " tsquery"
	}
	return ""
}
