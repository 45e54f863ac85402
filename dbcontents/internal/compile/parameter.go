package compile

import (
	"iter"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// A limitOf is the limit, or the offset, of an embed.
type limitOf struct {
	embed  *Embed
	offset bool
}

// rows is how many rows are read at most of several ones, 0 for all. One more than the
// maximum tells whether there are more.
func (e *Embed) rows() int64 {
	if most := e.MaxRows; most > 0 && (e.Limit == 0 || e.Limit > most) {
		return most + 1
	}
	return e.Limit
}

// capped reports whether MaxRows, and not Limit, bounds the rows.
func (e *Embed) capped() bool { return e.MaxRows > 0 && e.rows() > e.MaxRows }

// limits is Query.limits for an embed.
func (e *Embed) limits() int {
	q := Query{Limit: e.rows(), Offset: e.Offset}
	return q.limits()
}

// A parameter is a value that may be one of a statement.
type parameter struct {
	key   any // by which it is known: a *Condition, or a limitOf
	value []byte
	Parameter
}

// A Parameter is where a parameter of a statement comes from.
type Parameter struct {
	Arg  *Arg       // of a call, else nil
	Test *Condition // nil of a limit
	// Mandatory tells that the test is part of a mandatory filter.
	Mandatory bool
	Table     *catalog.Table // whose column is tested, nil if it is the one that is read
}

// eachParameter visits all values that may be parameters of q's statements, in an order
// that depends on q's shape alone.
func (q *Query) eachParameter(visit func(parameter)) {
	tests := func(f *Condition, mandatory bool, t *catalog.Table) {
		for test := range f.Tests() {
			visit(parameter{test, []byte(test.Value), Parameter{Test: test, Mandatory: mandatory, Table: t}})
		}
	}
	for i := range q.Args {
		a := &q.Args[i]
		visit(parameter{a, a.text, Parameter{Arg: a}})
	}
	tests(q.Mandatory, true, nil)
	tests(q.Where, false, nil)
	if q.Blocks != nil {
		visit(parameter{key: lower, value: q.Blocks.value(lower)})
		visit(parameter{key: upper, value: q.Blocks.value(upper)})
	}
	var levels func(fields []Field)
	levels = func(fields []Field) {
		for i := range fields {
			e := fields[i].Embed
			if e == nil {
				continue
			}
			tests(e.ThroughMandatory, true, e.Through)
			tests(e.Mandatory, true, e.Of)
			tests(e.Where, false, e.Of)
			visit(parameter{key: limitOf{embed: e}, value: strconv.AppendInt(nil, max(e.rows(), 0), 10)})
			visit(parameter{key: limitOf{e, true}, value: strconv.AppendInt(nil, e.Offset, 10)})
			levels(e.Select)
		}
	}
	levels(q.Select)
}

// Tests are the comparisons of the filters at all levels, without mandatory ones.
func (q *Query) Tests() iter.Seq[*Condition] {
	return func(yield func(*Condition) bool) {
		going := true
		q.eachParameter(func(p parameter) {
			going = going && (p.Test == nil || p.Mandatory || yield(p.Test))
		})
	}
}

// Parameter is where parameter n of the statement that reads comes from. Its Test is nil if it
// is none of a filter.
func (p *Plan) Parameter(q *Query, n int) (found Parameter) {
	place := -1
	switch {
	case p.order == nil:
		place = n
	case n < len(p.order):
		place = p.order[n]
	}
	i := 0
	q.eachParameter(func(x parameter) {
		if p.order == nil && x.Test != nil && !x.Test.HasValue() {
			return
		}
		if i == place {
			found = x.Parameter
		}
		i++
	})
	return found
}
