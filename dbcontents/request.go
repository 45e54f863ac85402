package dbcontents

import (
	"context"
	"errors"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// query is Query on a connection of the pool, or on that of a snapshot.
func (s *Store) query(ctx context.Context, snapshot *Snapshot, q Query) (*Rows, error) {
	cursor, err := s.check(q)
	if err != nil {
		return nil, err
	}
	s.counters.reads.Add(1)
	x := &request{store: s, snapshot: snapshot, Query: q, cursor: cursor}
	attempt := func() error { return x.attempt(ctx) }
	if snapshot != nil {
		err = attempt() // a failure ends its transaction: there is no second attempt in it
	} else if err = s.retrying(ctx, attempt); valueRefused(err) {
		err = x.insist(ctx, err)
	}
	if err != nil {
		s.counters.errors.Add(1)
		return nil, err
	}
	x.rows.begun = true
	return x.rows, nil
}

// A request is a Query on its way to Rows.
type request struct {
	Query
	store    *Store
	snapshot *Snapshot // whose connection is to be used, else nil
	cursor   *cursor   // of Query.After, else nil
	table    *Table    // as the last attempt knew it
	reused   bool      // the last attempt used a statement that was kept, with the types of its parameters
	unnamed  bool      // use none
	rows     *Rows
}

// A finder knows the catalog: a Store, or a Snapshot on its own connection.
type finder interface {
	resolve(ctx context.Context, schema, name string, maxAge time.Duration) (*entry, *Table, error)
	lookupTypes(ctx context.Context, schema string, names []string) (map[string]*castType, error)
}

func (x *request) attempt(ctx context.Context) error {
	var f finder = x.store
	if x.snapshot != nil {
		f = x.snapshot
	}
	e, p, err := x.planned(ctx, f)
	if err != nil {
		return err
	}
	x.table = p.table.origin()
	x.rows, err = x.begin(ctx, e, p)
	if contradictsCatalog(err) {
		e.drop(x.table)
	}
	return err
}

// planned finds the table and the plan. That the query does not fit the table is
// said only if the table was looked at just now: a read that is refused brings
// no news of it.
func (x *request) planned(ctx context.Context, f finder) (e *entry, p *plan, err error) {
	var tried *Table
	for _, maxAge := range [...]time.Duration{forever, absent} {
		e, t, failed := f.resolve(ctx, x.Schema, x.Table, maxAge)
		if failed != nil {
			return nil, nil, failed
		}
		if t == tried {
			break // the table is as it was, and so is what is wrong with the query
		}
		tried = t
		if !t.readable() {
			return nil, nil, newError("query", t.String(), "select_denied", "the role may not read "+t.String(), nil)
		}
		var types map[string]*castType
		if types, err = e.castTypes(ctx, t, &x.Query, f); err == nil {
			p, err = e.plan(t, types, &x.Query, x.cursor)
		}
		if err == nil {
			err = p.accepts(x.cursor)
		}
		if err == nil || !misfits(err) {
			return e, p, err
		}
	}
	return nil, nil, err
}

// misfits tells the errors for a query that does not fit the table.
func misfits(err error) bool {
	var e *Error
	return errors.Is(err, ErrInvalid) || errors.As(err, &e) && e.Code == "columns_not_allowed"
}

// contradictsCatalog tells the errors that a table altered or dropped since
// its look-up causes: every name in the statement came from the catalog.
func contradictsCatalog(err error) bool {
	if err == nil {
		return false
	}
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return diagnosis.Named(e.Code).Contradicts
}

// valueRefused tells the errors for what a request holds beside names.
func valueRefused(err error) bool {
	if err == nil {
		return false
	}
	var e *Error
	return errors.As(err, &e) && (e.Code == "value_refused" || e.Code == "operator_missing")
}

// insist makes sure that a value is wrong for the table as it is now, and not
// for one that a kept statement or the catalog's entry remembers.
func (x *request) insist(ctx context.Context, err error) error {
	if x.reused {
		x.unnamed = true
		err = x.attempt(ctx)
	}
	if !valueRefused(err) {
		return err
	}
	if _, now, failed := x.store.resolve(ctx, x.Schema, x.Query.Table, absent); failed != nil || now == x.table {
		return err
	}
	return x.attempt(ctx)
}
