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
	// Name is that of the argument in [Query].Args, and Type as [Column] has it; of a
	// VARIADIC parameter it is an array.
	Name, Type string
	// Optional tells that it has a default.
	Optional bool
	// Variadic tells that it takes any number of values, as an array.
	Variadic bool
}

// Functions describes the exposed functions of a name that can be called: the result of each,
// as if it were a table. An empty schema means every exposed one. If there is none, the error
// is the one of a Query.
func (s *Store) Functions(ctx context.Context, schema, name string) ([]*Table, error) {
	q := compile.Query{Schema: schema, Function: name}
	if err := s.checkCall(&q); err != nil {
		return nil, err
	}
	e, all, err := s.catalog.Functions(ctx, &s.asker, schema, name, catalog.Fresh)
	if err != nil {
		return nil, classify("query", s.named(&q), diagnosis.Naming, err)
	}
	if e == nil {
		return nil, classify("query", s.named(&q), diagnosis.Naming, s.catalog.FunctionMissing(schema, name))
	}
	return s.describeOverloads(e, all)
}

// KnownFunctions is what Functions would return, if that is known already, else nil. It never
// asks the database.
func (s *Store) KnownFunctions(schema, name string) []*Table {
	if s.usable("function") != nil {
		return nil
	}
	e, all := s.catalog.KnownFunctions(schema, name)
	if all == nil {
		return nil
	}
	list, _ := s.describeOverloads(e, all) // those that may not be read are not known
	return list
}

// Called describes the function that a Query calls.
func (s *Store) Called(ctx context.Context, q Query) (*Table, error) {
	c := compile.Query{Schema: q.Schema, Function: q.Function, Args: q.args()}
	if err := s.checkCall(&c); err != nil {
		return nil, err
	}
	e, t, err := s.catalog.ResolveCall(ctx, &s.asker, c.Schema, c.Function, c.ArgNames(), catalog.Fresh)
	if err == nil {
		t, err = s.narrow(e, t)
	}
	if err != nil {
		return nil, classify("query", s.named(&c), diagnosis.Naming, err)
	}
	return describe(t), nil
}

func (s *Store) checkCall(q *compile.Query) error {
	if err := s.usable("function"); err != nil {
		return err
	}
	if err := q.Check(false); err != nil {
		return classify("query", s.named(q), diagnosis.Reading, err)
	}
	return nil
}

// describeOverloads describes what the session may read of the functions of a name.
func (s *Store) describeOverloads(e *catalog.Entry, all *catalog.Table) (list []*Table, err error) {
	for _, t := range all.Overloads() {
		narrowed, failed := s.narrow(e, t)
		if failed != nil {
			err = classify("query", t.String(), diagnosis.Naming, failed)
			continue
		}
		list = append(list, describe(narrowed))
	}
	if len(list) > 0 {
		err = nil
	}
	return list, err
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
