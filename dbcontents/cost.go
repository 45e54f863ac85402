package dbcontents

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// checkCost asks the planner, in a flight before that of the read, what the
// read and its exact count would cost, and refuses what is above
// Config.MaxCost. If it fails, r is finished.
func (r *Rows) checkCost(pg *pgconn.PgConn) error {
	s, read := r.store, r.flight.Statements[r.read]
	f := wire.Flight{Statements: make([]wire.Statement, 0, 5), Unnamed: r.flight.Unnamed}
	f.Statements = s.pool.Before(f.Statements, pg)
	first := len(f.Statements)
	f.Statements = append(f.Statements, explain(read))
	if r.query.Count == countExact {
		filters := r.query.Where.root.params(nil)
		f.Statements = append(f.Statements, explain(wire.Statement{
			SQL: r.plan.count, Params: filters, Types: make([]uint32, len(filters)), Signature: read.Signature, Width: read.Width,
		}))
	}
	last := len(f.Statements) - 1
	undo := r.undo()
	f.Statements = undo.End(f.Statements) // planning may run code too
	err := f.Send(pg, s.pool.Named())
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
	r.flight, r.read = f, last
	if !r.asked.IsZero() {
		r.asked = time.Time{}
		r.entry.notRefreshed()
	}
	if e, ok := err.(*Error); ok {
		r.err, err = e, nil
	}
	r.finish(err)
	return r.err
}

func explain(s wire.Statement) wire.Statement {
	return wire.Statement{SQL: "EXPLAIN (FORMAT JSON) " + s.SQL, Params: s.Params, Types: s.Types, Signature: s.Signature, Width: s.Width}
}

// affordable is an *Error if the plan that statement n of f has explained costs too much.
func (r *Rows) affordable(f *wire.Flight, n int) error {
	values, err := f.Row(n)
	if err != nil {
		return err
	}
	var explained []struct {
		Plan struct {
			Cost float64 `json:"Total Cost"`
		}
	}
	if err := json.Unmarshal(values[0], &explained); err != nil || len(explained) != 1 {
		return newError("query", r.tableName(), "database_error", "EXPLAIN answered in another form than PostgreSQL does", err)
	}
	if cost, most := explained[0].Plan.Cost, r.store.config.MaxCost; cost > most {
		return invalid(r.tableName(), "too_costly", "the planner expects a cost of "+costText(cost)+"; the limit is "+costText(most))
	}
	return nil
}

func costText(cost float64) string { return strconv.FormatFloat(cost, 'f', -1, 64) }
