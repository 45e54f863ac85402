package dbcontents

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// checkCost asks the planner, in a flight before that of the read, what the
// read and its exact count would cost, and refuses what is above
// Config.MaxCost. If it fails, r is finished.
func (r *Rows) checkCost(pg *pgconn.PgConn) error {
	s, read := r.store, r.flight.statements[r.read]
	f := flight{statements: make([]statement, 0, 5), unnamed: r.flight.unnamed}
	f.statements = s.preamble.before(f.statements, pg)
	first := len(f.statements)
	f.statements = append(f.statements, explain(read))
	if r.query.Count == countExact {
		filters := r.query.Where.root.params(nil)
		f.statements = append(f.statements, explain(statement{
			sql: r.plan.count, params: filters, types: make([]uint32, len(filters)), signature: read.signature, width: read.width,
		}))
	}
	last := len(f.statements) - 1
	undo := r.undo()
	f.statements = undo.end(f.statements) // planning may run code too
	err := f.send(pg, s.named)
	if err != nil {
		f.broken(err)
	}
	for n := first; n <= last && err == nil; n++ {
		err = r.affordable(&f, n)
	}
	idle := f.drain()
	if err == nil {
		err = f.err
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

func explain(s statement) statement {
	return statement{sql: "EXPLAIN (FORMAT JSON) " + s.sql, params: s.params, types: s.types, signature: s.signature, width: s.width}
}

// affordable is an *Error if the plan that statement n of f has explained costs too much.
func (r *Rows) affordable(f *flight, n int) error {
	values, err := f.row(n)
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
