package httpapi

import (
	"errors"
	"net/http"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// rpcPath is what precedes the name of a function in a path.
const rpcPath = "/rpc/"

// call responds with the result of a function.
func (x *exchange) call(function string) {
	x.vary(varies)
	schema, bad := x.profile()
	if bad != nil {
		x.problem(*bad)
		return
	}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		x.w.Header().Set("Allow", allow)
		x.problem(problem{
			Status: http.StatusMethodNotAllowed, Code: "PGRST101", Cause: "method_not_allowed", Title: "method not allowed",
			Message: "Cannot use the " + cut(x.r.Method) + " method on RPC", Hint: "only reading is possible: use GET, HEAD or OPTIONS",
		})
		return
	}
	if !x.readOnly(func() bool { return x.functionExists(schema, function) }) || !x.discardBody() {
		return
	}
	if x.formSent(true) {
		return
	}
	if x.ask, bad = x.callQuestion(schema, function); bad != nil {
		x.problem(*bad)
		return
	}
	x.answer(x.arguments)
}

// functionExists reports whether there is such a function. If not, it has responded.
func (x *exchange) functionExists(schema, function string) bool {
	if !x.takeTurn(x.r.Context(), dbcontents.Query{Schema: schema, Function: function}) {
		return false
	}
	if _, err := x.store.Functions(x.r.Context(), schema, function); err != nil {
		x.fail(err)
		return false
	}
	return true
}

// callQuestion is question for a function. The arguments are those that are no filters
// whatever the function is; see arguments.
func (x *exchange) callQuestion(schema, function string) (ask question, bad *problem) {
	request, invalid := pgrest.ParseCall(x.separate(&ask))
	if invalid != nil {
		return ask, badQuery(invalid)
	}
	ask.query, ask.args = request.Query, request.Args
	q := &ask.query
	q.Schema, q.Function = schema, function
	for _, a := range ask.args {
		if !a.IsFilter {
			setArg(q, a.Name, a.Value)
		}
	}
	bad = x.represent(&ask, request.Format)
	switch q.Format {
	case dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV:
		q.Output.Bare = true
	}
	return ask, bad
}

func setArg(q *dbcontents.Query, name string, value any) {
	if q.Args == nil {
		q.Args = map[string]any{}
	}
	q.Args[name] = value
}

// arguments finds out which parameters of the query string are arguments, applies the limits on
// the function, and reports whether the request goes on.
//
// The value of a parameter of the function is an argument as it stands, unless the result has a
// column of the same name and the value reads like a filter. PostgREST takes
// every value that reads like a filter for one, so that some texts cannot be arguments.
func (x *exchange) arguments() bool {
	q := &x.ask.query
	list := x.store.KnownFunctions(q.Schema, q.Function)
	c := x.chooseCall(list)
	if c == nil {
		var err error
		if list, err = x.store.Functions(x.r.Context(), q.Schema, q.Function); errors.Is(err, dbcontents.ErrDenied) {
			x.fail(err) // the session closes them
			return false
		}
		c = x.chooseCall(list)
	}
	if c == nil { // the Store knows why, and tells the parameters
		closed := slices.IndexFunc(list, x.closes)
		if closed >= 0 && !slices.ContainsFunc(list, func(t *dbcontents.Table) bool { return !x.closes(t) }) {
			x.failClosed(list[closed])
			return false
		}
		t, err := x.store.Called(x.r.Context(), *q)
		var e *dbcontents.Error
		switch {
		case err == nil:
		case closed >= 0 && (!errors.As(err, &e) || e.Code != "function_missing"):
			x.failClosed(list[closed]) // what the error lists may be closed
			return false
		default:
			x.fail(err)
			return false
		}
		c = x.callOf(t)
	}
	if c.bad != nil {
		x.problem(*badQuery(c.bad))
		return false
	}
	q.Schema, q.Args = c.function.Schema, c.args
	if q.Where != (dbcontents.Filter{}) {
		c.filters = append(c.filters, q.Where)
	}
	q.Where = pgrest.AllOf(c.filters)
	return len(x.limits) == 0 || x.limit(c.function)
}

// A call is a way to take the query string for a call of one function.
type call struct {
	function *dbcontents.Table
	args     map[string]any
	filters  []dbcontents.Filter
	bad      *pgrest.Error // of a filter
}

// callOf takes the query string for a call of t. Of an argument that is repeated the last
// one counts. A VARIADIC parameter takes all of them.
func (x *exchange) callOf(t *dbcontents.Table) *call {
	c := &call{function: t, args: map[string]any{}}
	a, _ := x.accessTo(t)
	visible := t.Only(a.Columns) // other columns do not exist, and so they decide nothing
	for i := range x.ask.args {
		arg := &x.ask.args[i]
		p := parameter(t, arg.Name)
		switch {
		case arg.IsFilter && (p == nil || visible.Has(arg.Name)):
			c.filters = append(c.filters, arg.Filter)
			if c.bad == nil {
				c.bad = arg.Bad
			}
		case p != nil && p.Variadic:
			list, _ := c.args[arg.Name].([]string)
			c.args[arg.Name] = append(list, arg.Value)
		default:
			c.args[arg.Name] = arg.Value
		}
	}
	return c
}

// chooseCall takes the query string for a call of the one function in the list that has all
// its arguments. If several have, it is the one that takes the most of
// them. It is nil if there is none, or more than one.
func (x *exchange) chooseCall(list []*dbcontents.Table) (best *call) {
	tied := false
	for _, t := range list {
		if best != nil && t.Schema != best.function.Schema {
			break // the first schema that has one
		}
		switch c := x.callOf(t); {
		case !c.complete():
		case best == nil || len(c.args) > len(best.args):
			best, tied = c, false
		case len(c.args) == len(best.args):
			tied = true
		}
	}
	if tied {
		x.ask.query.Args = best.args // which says which ones are tied
		return nil
	}
	return best
}

// complete reports whether the function has all arguments, and the arguments are all it needs.
func (c *call) complete() bool {
	for name := range c.args {
		if parameter(c.function, name) == nil {
			return false
		}
	}
	return !slices.ContainsFunc(c.function.Parameters, func(p dbcontents.Parameter) bool {
		_, given := c.args[p.Name]
		return !given && (!p.Optional || p.Variadic && len(c.args) > 0)
	})
}

func parameter(t *dbcontents.Table, name string) *dbcontents.Parameter {
	for i := range t.Parameters {
		if t.Parameters[i].Name == name {
			return &t.Parameters[i]
		}
	}
	return nil
}
