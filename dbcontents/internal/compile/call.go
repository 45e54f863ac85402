package compile

import (
	"fmt"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// An Arg is an argument of the function that a Query calls.
type Arg struct {
	Name  string
	Value any // what a filter can compare with, or nil for null

	text []byte // as PostgreSQL reads it; set by Check
}

// maxArgs is the most arguments of a call, as a function has no more parameters.
const maxArgs = 100

// checkCall checks Function and Args, and takes in the values of the arguments.
func (q *Query) checkCall() error {
	bad := func(format string, args ...any) error {
		return refuse("query_invalid", fmt.Sprintf(format, args...))
	}
	switch {
	case q.Function == "" && len(q.Args) > 0:
		return bad("there are arguments, and no function")
	case q.Function == "":
		return nil
	case q.Table != "":
		return bad("a query reads a table or calls a function; it names both")
	case q.Pages || q.After != "":
		return refuse("page_unordered", "the rows of a function have no primary key, so they have no pages")
	case len(q.Args) > maxArgs:
		return bad("there are %d arguments; at most %d can be", len(q.Args), maxArgs)
	}
	for i := range q.Args {
		a := &q.Args[i]
		if err := catalog.CheckName(a.Name); err != nil {
			return refuse("name_invalid", fmt.Sprintf("argument %q: %v", shorten(a.Name), err))
		}
		text, err := textOf(a.Value)
		switch {
		case err == errNull:
			a.text = nil
		case err != nil:
			return bad("argument %q: %v", shorten(a.Name), err)
		default:
			a.text = []byte(text)
		}
	}
	return nil
}

// ArgNames are the names of the arguments.
func (q *Query) ArgNames() []string {
	names := make([]string, len(q.Args))
	for i := range q.Args {
		names[i] = q.Args[i].Name
	}
	return names
}

// argParams are the parameters of the arguments, which are the first ones of a statement.
func (q *Query) argParams() (params [][]byte) {
	for i := range q.Args {
		params = append(params, q.Args[i].text)
	}
	return params
}

// shapeArgs appends the names of the arguments to the shape of q.
func (q *Query) shapeArgs(dst []byte) []byte {
	if len(q.Args) == 0 {
		return dst
	}
	dst = append(dst, 'c', 0)
	for i := range q.Args {
		dst = shapeText(dst, q.Args[i].Name)
	}
	return append(dst, 0)
}

// from is what q reads: the table, or the call of the function. A call is not put into a
// subquery, so that PostgreSQL can put the query of an SQL function in its place.
func (c *composer) from(q *Query) string {
	t := c.table
	if t.Call == nil {
		return fromTable(t)
	}
	var b, last strings.Builder
	b.WriteString(fromTable(t) + "(")
	for i := range q.Args {
		p := t.Call.Param(q.Args[i].Name)
		into := &b
		if p.Variadic {
			into = &last // as the grammar wants it
			into.WriteString("VARIADIC ")
		}
		catalog.QuoteName(into, p.Name)
		into.WriteString(" => CAST(" + c.param(&q.Args[i]) + " AS " + p.SQL + "), ")
	}
	call := strings.TrimSuffix(b.String()+last.String(), ", ")
	b.Reset()
	b.WriteString(call + ") AS ")
	catalog.QuoteName(&b, t.Name)
	if columns := t.Origin().Columns; len(columns) == 1 { // a value alone would be called by an alias of the table
		b.WriteByte('(')
		catalog.QuoteName(&b, columns[0].Name)
		b.WriteByte(')')
	}
	return b.String()
}

// Called is how the SQL names the function t.
func Called(t *catalog.Table) string { return fromTable(t) }

// setBare lets the writer write what a function gives without what only rows of a table need.
func (p *Plan) setBare(q *Query) {
	call := p.Table.Call
	if call == nil || !q.Output.Bare || q.Format == "" {
		return
	}
	value := call.Scalar && len(p.Columns) == 1 && p.Columns[0] == &p.Table.Columns[0]
	p.Writer.Bare(q.Format, q.Output, !call.Set, value)
}
