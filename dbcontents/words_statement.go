package dbcontents

import (
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// statementWords are those about a statement that the server could not parse. So far
// the server has seen our SQL and the catalog only. It tells the position
// of the mistake in the SQL; the message is made of what we have put there.
func (r *Rows) statementWords(x *wire.Failure) string {
	before, after, ok := x.Place()
	if !ok {
		return ""
	}
	operand, operator := r.operandBefore(before), operatorAt(after)
	switch x.Said.Code {
	case "42883":
		if operand.sql != "" && operator != "" {
			return "operator does not exist: " + typeText(operand) + " " + operator
		}
		return r.functionWords(before, after)
	case "42804":
		rest, ok := strings.CutPrefix(r.afterOperand(&operand, before, after), " IS ")
		for _, state := range [...]string{"TRUE", "FALSE", "UNKNOWN"} {
			if ok && strings.HasPrefix(rest, state) {
				return "argument of IS " + state + " must be type boolean, not type " + typeText(operand)
			}
		}
	case "42846":
		for i := range r.query.Select {
			f := &r.query.Select[i]
			if inner, ok := strings.CutPrefix(after, "CAST("); ok && f.Cast != "" {
				x := r.operand(f.Column, f.Path, f.Text)
				if strings.HasPrefix(inner, x.sql+" AS ") && x.sql != "" {
					return "cannot cast type " + typeText(x) + " to " + f.Cast
				}
			}
		}
	case "42803":
		if r.afterOperand(&operand, before, after); operand.column != nil {
			return `column "` + r.plan.table.Name + "." + operand.column.Name + `" must appear in the GROUP BY clause or be used in an aggregate function`
		}
	case "42704":
		for f := range r.query.Where.root.tests() {
			if name := strings.TrimSpace(f.modifier); f.op.kind == fullText && name != "" && strings.HasPrefix(after, "'"+name+"'") {
				return `text search configuration "` + name + `" does not exist`
			}
		}
	}
	return ""
}

// functionWords are those about an aggregate, a sort order or a group that the type does not support.
func (r *Rows) functionWords(before, after string) string {
	for i := range r.query.Select {
		f := &r.query.Select[i]
		rest, ok := strings.CutPrefix(after, f.Aggregate+"(")
		if !ok || f.Aggregate == "" {
			continue
		}
		x, cast := r.operand(f.Column, f.Path, f.Text), f.Cast
		switch {
		case cast != "" && strings.HasPrefix(rest, "CAST("+x.sql+" AS "):
			return "function " + f.Aggregate + "(" + cast + ") does not exist"
		case cast == "" && strings.HasPrefix(rest, x.sql+")"):
			return "function " + f.Aggregate + "(" + typeText(x) + ") does not exist"
		}
	}
	var x expression
	r.afterOperand(&x, before, after)
	order, group := strings.LastIndex(before, " ORDER BY "), strings.LastIndex(before, " GROUP BY ")
	switch {
	case x.sql == "":
	case order > group:
		return "could not identify an ordering operator for type " + typeText(x)
	default:
		return "could not identify an equality operator for type " + typeText(x)
	}
	return ""
}

// operand is a field of the Query as it is written in the SQL; its sql is empty if there is no such field.
func (r *Rows) operand(column string, path []any, text bool) expression {
	c := composer{table: r.plan.table}
	x, err := c.field(column, path, text)
	if err != nil {
		return expression{}
	}
	return x
}

// operands calls yield with every expression that can be an operand in the SQL.
func (r *Rows) operands(yield func(expression)) {
	t, q := r.plan.table, r.query
	for _, columns := range [...][]Column{t.Columns, t.computed} {
		for i := range columns {
			yield(r.operand(columns[i].Name, nil, false))
		}
	}
	for f := range q.Where.root.tests() {
		yield(r.operand(f.field.Column, f.field.Path, f.field.Text))
	}
	for i := range q.Order {
		yield(r.operand(q.Order[i].Column, q.Order[i].Path, q.Order[i].Text))
	}
	for i := range q.Select {
		yield(r.operand(q.Select[i].Column, q.Select[i].Path, q.Select[i].Text))
	}
}

// operandBefore is the operand right before an operator.
func (r *Rows) operandBefore(before string) (found expression) {
	r.operands(func(x expression) {
		if x.sql != "" && len(x.sql) > len(found.sql) && strings.HasSuffix(before, x.sql+" ") {
			found = x
		}
	})
	return found
}

// afterOperand finds the operand that begins at this position, or one character before
// it if the operand is in parentheses, and returns the SQL behind it.
func (r *Rows) afterOperand(found *expression, before, after string) (rest string) {
	r.operands(func(x expression) {
		if x.sql == "" || len(x.sql) <= len(found.sql) {
			return
		}
		if tail, ok := strings.CutPrefix(after, x.sql); ok {
			*found, rest = x, tail
		} else if inner, ok := strings.CutPrefix(x.sql, "("); ok && strings.HasSuffix(before, "(") {
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

// typeText is the type of x without its length, as messages have it.
func typeText(x expression) string {
	if x.column == nil {
		return typeNames[x.oid]
	}
	name := x.column.Type
	if open, end := strings.IndexByte(name, '('), strings.IndexByte(name, ')'); open >= 0 && end > open && !strings.Contains(name, `"`) {
		return name[:open] + name[end+1:]
	}
	return name
}
