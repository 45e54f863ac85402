package dbcontents

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// query is Query on a connection of the pool, or on that of a snapshot.
func (s *Store) query(ctx context.Context, snapshot *Snapshot, q Query) (*Rows, error) {
	x := &request{store: s, snapshot: snapshot, query: q.compiled()}
	x.asked.allowed, x.asked.count = x.query.Allowed, x.query.Count
	if err := x.query.Check(s.config.Aggregates); err != nil {
		return nil, classify("query", q.subject(), diagnosis.Reading, err)
	}
	s.counters.reads.Add(1)
	attempt := func() error { return x.attempt(ctx) }
	var err error
	if snapshot != nil {
		err = attempt() // a failure ends its transaction: there is no second attempt in it
	} else {
		x.asks = q.MinLSN != "" && q.Count != "" // these statements see one state, and the position must come before it
		err = x.await(ctx, s, "read", q.subject(), s.retrying(ctx, attempt), attempt)
		if valueRefused(err) {
			err = x.confirm(ctx, err)
		}
	}
	return x.begun(err)
}

// begun gives the Rows to the caller, or err if there are none.
func (x *request) begun(err error) (*Rows, error) {
	if err != nil {
		x.store.counters.errors.Add(1)
		x.trace.over(nil, err)
		return nil, err
	}
	x.rows.begun = true
	if x.rows.released {
		x.trace.over(x.rows, nil)
	}
	return x.rows, nil
}

// A request is a Query on its way to Rows.
type request struct {
	query compile.Query
	asked struct { // what of the query a session may change
		allowed []string
		count   string
	}
	store *Store
	patience
	snapshot *Snapshot     // whose connection is to be used, else nil
	tables   []tableEntry  // the table that is read, then those related to it, as the last attempt knew them
	first    [1]tableEntry // what tables is made of if there are no others
	reused   bool          // the last attempt used a statement that was kept, with the types of its parameters
	unnamed  bool          // use none
	renewed  bool          // the next attempt takes nothing from the catalog that is not fresh
	hides    bool          // there may be rows that the session does not see
	// positions are those at which servers were that had reached it, by server; nil if none was asked.
	positions map[string]string
	rows      *Rows
	trace     *trace // of all attempts, nil if there is none
}

func (x *request) attempt(ctx context.Context) error {
	if x.trace != nil {
		ctx = x.trace.ctx
	}
	e, p, err := x.planned(ctx)
	if err != nil {
		return err
	}
	x.rows, err = x.begin(ctx, e, p)
	if code := codeOf(err); code == "plan_changed" || code == "statement_missing" {
		x.unnamed = true // a pooler that keeps statements itself would find the same one by its text
	}
	if contradictsCatalog(err) {
		for _, known := range x.tables {
			known.entry.Drop(known.table)
		}
	}
	return err
}

// asker is who asks the catalog for x.
func (x *request) asker() catalog.Asker {
	if x.snapshot != nil {
		return snapshotAsker{x.snapshot}
	}
	return &x.store.asker
}

// planned finds the table and the plan. An error about the query is reported only
// after a fresh look-up, because a rejected query does not update the catalog.
func (x *request) planned(ctx context.Context) (e *catalog.Entry, p *compile.Plan, err error) {
	var tried []tableEntry
	ages := []time.Duration{catalog.Forever, catalog.Absent}
	if x.renewed {
		ages = ages[1:]
	}
	for _, maxAge := range ages {
		e, t, failed := x.resolve(ctx, maxAge)
		if failed != nil {
			return nil, nil, classify("query", x.store.named(&x.query), diagnosis.Naming, failed)
		}
		x.tables = append(x.first[:0], tableEntry{e, t})
		if !t.Readable() {
			return nil, nil, newError("query", t.String(), "select_denied", "the role may not read "+t.String(), nil)
		}
		x.restrict(t)
		if failed = x.relate(ctx, e, t, x.query.Allowed, x.query.Select, maxAge); failed == nil {
			if slices.Equal(x.tables, tried) {
				break // the tables are as they were, and so is what is wrong with the query
			}
			if p, failed = x.plan(ctx, e, t); failed == nil {
				return e, p, nil
			}
		}
		tried = slices.Clone(x.tables)
		if err = classify("query", t.String(), diagnosis.Reading, failed); !misfits(err) {
			return nil, nil, err
		}
	}
	return nil, nil, err
}

// restrict lets the query read no more of t than the session may.
func (x *request) restrict(t *catalog.Table) {
	if session := x.store.session; session != nil {
		g := session.grant(t)
		x.query.Allowed, x.query.Count = x.asked.allowed, x.asked.count
		x.query.Restrict(session.Role, g.Columns, g.Where.root)
		// The planner's statistics are of all rows: an estimate would tell whether a value
		// occurs in rows that the session's filter, a policy or a view hides.
		x.hide(x.query.Mandatory != nil || !t.Plain && session.personal())
	}
}

// hide notes whether rows may be hidden from the session. If so, the count is exact, and what
// the planner expects is not shown.
func (x *request) hide(hidden bool) {
	x.hides = x.hides || hidden
	if hidden && x.query.Count != "" {
		x.query.Count = compile.Exact
	}
}

func (x *request) plan(ctx context.Context, e *catalog.Entry, t *catalog.Table) (*compile.Plan, error) {
	types, err := e.CastTypes(ctx, x.asker(), t, x.query.Casts())
	if err != nil {
		return nil, err
	}
	p, err := x.store.plans.Plan(e, t, types, &x.query)
	if err != nil {
		return nil, err
	}
	return p, p.Accepts(&x.query)
}

// misfits tells the errors for a query that does not fit the table.
func misfits(err error) bool {
	code := codeOf(err)
	return errors.Is(err, ErrInvalid) || code == "columns_not_allowed" || code == "session_invalid"
}

// contradictsCatalog tells the errors that a table altered or dropped since
// its look-up causes: every name in the statement came from the catalog.
func contradictsCatalog(err error) bool {
	return err != nil && diagnosis.ByCode(codeOf(err)).Contradicts
}

// valueRefused tells the errors for what a request holds beside names.
func valueRefused(err error) bool {
	if err == nil {
		return false
	}
	code := codeOf(err)
	return code == "value_refused" || code == "operator_missing"
}

// confirm makes sure that a value is wrong for the table as it is now, and not
// for one that a kept statement or the catalog's entry remembers.
func (x *request) confirm(ctx context.Context, err error) error {
	if x.reused {
		x.unnamed = true
		err = x.attempt(ctx)
	}
	if !valueRefused(err) {
		return err
	}
	if _, now, failed := x.resolve(ctx, catalog.Absent); failed != nil || now == x.tables[0].table && len(x.tables) == 1 {
		return err
	}
	x.renewed = true // a function that relates tables may be gone
	return x.attempt(ctx)
}
