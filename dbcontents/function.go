package dbcontents

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Parameter describes a parameter of a function, see [Table].
type Parameter struct {
	// Name is that of the argument in [Query].Args, and Type as SQL writes it; of a
	// VARIADIC parameter it is an array.
	Name, Type string
	// Optional tells that it has a default.
	Optional bool
	// Variadic tells that it takes any number of values, as an array.
	Variadic bool
}

// Function describes an exposed function: the result of each function of this name that
// can be called, as if it were a table. An empty schema means every exposed one.
func (s *Store) Function(ctx context.Context, schema, name string) ([]*Table, error) {
	if err := s.usable("function"); err != nil {
		return nil, err
	}
	q := compile.Query{Schema: schema, Function: name}
	if err := q.Check(false); err != nil {
		return nil, classify("query", name, diagnosis.Reading, err)
	}
	e, all, err := s.catalog.Functions(ctx, &s.asker, schema, name, catalog.Fresh)
	if err == nil && e == nil {
		_, _, err = s.catalog.ResolveCall(ctx, &s.asker, schema, name, nil, catalog.Forever)
	}
	if err != nil {
		return nil, classify("query", name, diagnosis.Naming, err)
	}
	var described []*Table
	for _, t := range all.Overloads() {
		if t, err = s.narrow(e, t); err == nil {
			described = append(described, describe(t))
		}
	}
	if len(described) == 0 {
		return nil, classify("query", name, diagnosis.Naming, err)
	}
	return described, nil
}

// args are the arguments as the rooms below take them.
func (q *Query) args() []compile.Arg {
	if len(q.Args) == 0 {
		return nil
	}
	args := make([]compile.Arg, 0, len(q.Args))
	for _, name := range slices.Sorted(maps.Keys(q.Args)) {
		args = append(args, compile.Arg{Name: name, Value: q.Args[name]})
	}
	return args
}

// resolve finds the table or the function of the query, not older than maxAge.
func (x *request) resolve(ctx context.Context, maxAge time.Duration) (*catalog.Entry, *catalog.Table, error) {
	q := &x.query
	if q.Function != "" {
		return x.store.catalog.ResolveCall(ctx, x.asker(), q.Schema, q.Function, q.ArgNames(), maxAge)
	}
	return x.store.catalog.Resolve(ctx, x.asker(), q.Schema, q.Table, maxAge)
}

// named is the name of what q reads, as far as the caller may know it.
func (s *Store) named(q *compile.Query) string {
	if q.Function != "" {
		return q.Function + "()"
	}
	return s.tableNamed(q.Table)
}

// subject is the name in a Query.
func (q *Query) subject() string {
	if q.Function != "" {
		return q.Function + "()"
	}
	return q.Table
}

func describeParameters(call *catalog.Call) (parameters []Parameter) {
	if call == nil {
		return nil
	}
	for _, p := range call.Params {
		parameters = append(parameters, Parameter{Name: p.Name, Type: p.Type, Optional: p.Optional, Variadic: p.Variadic})
	}
	return parameters
}

// callRefused reports whether PostgreSQL did not find the function that r calls.
func (r *Rows) callRefused(said *pgconn.PgError) bool {
	f := r.flight.Failed()
	if r.query.Function == "" || said == nil || said.Code != "42883" || f == nil || f.Said != said {
		return false
	}
	_, after, ok := f.Place()
	return ok && strings.HasPrefix(after, compile.Called(r.plan.Table)+"(")
}
