package dbcontents

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// checkCost asks the planner, in a flight before that of the read, what the
// read and its exact count would cost, and refuses what is above
// Config.MaxCost. If it fails, r is finished.
func (r *Rows) checkCost(pg *pgconn.PgConn) error {
	s, read := r.store, r.flight.Statements[r.read]
	f := wire.Flight{Statements: make([]wire.Statement, 0, 6), Unnamed: r.flight.Unnamed}
	undo := r.undo()
	if r.snapshot == nil {
		f.Statements = r.begin(f.Statements, &undo, pg, false, false)
	}
	f.Statements = s.session.enter(s.pool.Before(f.Statements, pg))
	if undo.Plain && r.snapshot == nil && len(f.Statements) == 1 {
		f.Statements, undo = f.Statements[:0], r.undo() // as in compose
	}
	first := len(f.Statements)
	f.Statements = append(f.Statements, r.plan.Explaining(r.query, read)...)
	last := len(f.Statements) - 1
	f.Statements = undo.End(f.Statements) // planning may run code too
	err := f.Send(pg, s.pool.KeepsStatements())
	for n := first; n <= last && err == nil; n++ {
		err = r.affordable(&f, n)
	}
	idle := f.Drain()
	if err == nil {
		err = f.Err()
	}
	if idle && err == nil {
		return nil
	}
	// What is left to finish is this flight, not that of the read.
	r.flight, r.read, r.lagSample = f, last, 0
	for refresh := range r.carried() {
		refresh.Drop()
	}
	if e, ok := err.(*Error); ok {
		r.err, err = e, nil
	}
	r.finish(err)
	return r.err
}

// price is checkCost for a read that is not made.
func (x *request) price(ctx context.Context, e *catalog.Entry, p *compile.Plan) error {
	r, limit := x.newRows(e, p)
	pg, err := x.prepare(ctx, r, limit)
	if err != nil {
		return err
	}
	if err := r.checkCost(pg); err != nil {
		return err
	}
	return r.unsent(nil)
}

// unsent finishes r, of which nothing was sent, for a reason or because that was not the point.
func (r *Rows) unsent(reason error) error {
	r.err = reason
	r.flight, r.read, r.lagSample = wire.Flight{}, -1, 0
	r.finish(nil)
	return r.err
}

// affordable is an *Error if the plan that statement n of f has explained costs too much.
func (r *Rows) affordable(f *wire.Flight, n int) error {
	values, err := f.Only(n, 1)
	if err != nil {
		return err
	}
	e, err := compile.ParseEstimate(values[0])
	if err != nil {
		return classify("query", r.tableName(), diagnosis.Reading, err)
	}
	switch cost, most := e.Cost, r.store.config.MaxCost; {
	case cost <= most:
	case r.hides: // the figure would tell of rows that are not the caller's
		return invalid(r.tableName(), "too_costly", "the planner expects a cost above the limit, which is "+costText(most))
	default:
		return invalid(r.tableName(), "too_costly", "the planner expects a cost of "+costText(cost)+"; the limit is "+costText(most))
	}
	return nil
}

func costText(cost float64) string { return strconv.FormatFloat(cost, 'f', -1, 64) }
