package dbcontents

import (
	"encoding/json"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// setCount makes the statements that count the rows of s.
func (p *plan) setCount(how Count, s selection, grouped bool) {
	s.order = ""
	if grouped && s.group == "" {
		s.list = []string{"pg_catalog.count(*)"} // one row, whatever there is
	}
	if how != countExact {
		p.explain = "EXPLAIN (FORMAT JSON) " + s.sql("")
	}
	switch {
	case how == countEstimated:
		p.count = "SELECT pg_catalog.count(*) FROM (" + s.sql(limitSQL(1, p.filters)) + ") counted"
	case how == countExact && grouped:
		p.count = "SELECT pg_catalog.count(*) FROM (" + s.sql("") + ") counted"
	case how == countExact:
		s.list = []string{"pg_catalog.count(*)"}
		p.count = s.sql("")
	}
}

// oneState makes the statements up to the next sync see the same state of the
// database. It must come first; in the transaction of a snapshot it is so already.
const oneState = "SET transaction_isolation = 'repeatable read'"

// countStatements are those that count, for filters as parameters. An
// estimate counts no further than one row more than most, if that is not 0.
func (p *plan) countStatements(filters [][]byte, most int64) (statements []wire.Statement) {
	types := make([]uint32, len(filters), len(filters)+1)
	if p.count != "" && p.explain == "" {
		statements = append(statements, wire.Statement{SQL: p.count, Params: filters, Types: types, Signature: p.table.signature, Width: p.width()})
	} else if p.count != "" {
		limit := []byte(nil) // none
		if most > 0 {
			limit = strconv.AppendInt(nil, most+1, 10)
		}
		params := append(filters[:len(filters):len(filters)], limit)
		statements = append(statements, wire.Statement{SQL: p.count, Params: params, Types: append(types, pgtype.Int8OID), Signature: p.table.signature, Width: p.width()})
	}
	if p.explain != "" {
		statements = append(statements, wire.Statement{SQL: p.explain, Params: filters, Types: types, Signature: p.table.signature, Width: p.width()})
	}
	return statements
}

// receiveTotal takes the results of the statements that count.
func (r *Rows) receiveTotal() error {
	if r.query.Count == "" {
		return nil
	}
	n := r.counted
	if r.plan.explain == "" {
		total, err := r.receiveCount(n)
		r.total = total
		return err
	}
	var exact int64
	var err error
	if r.plan.count != "" {
		if exact, err = r.receiveCount(n - 1); err != nil {
			return err
		}
	}
	planned, err := r.receivePlanned(n)
	r.total = planned
	if most := r.store.config.MaxRows; r.plan.count != "" && (exact > planned || most > 0 && exact <= most) {
		r.total = exact
	}
	return err
}

func (r *Rows) receiveCount(n int) (int64, error) {
	values, err := r.flight.Row(n)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(values[0]), 10, 64)
}

// receivePlanned is the number of rows that the planner expects.
func (r *Rows) receivePlanned(n int) (int64, error) {
	values, err := r.flight.Row(n)
	if err != nil {
		return 0, err
	}
	var explained []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal(values[0], &explained); err != nil || len(explained) != 1 {
		return 0, newError("read", r.tableName(), "database_error", "EXPLAIN answered in another form than PostgreSQL does", err)
	}
	return int64(explained[0].Plan.Rows), nil
}

// Total is how many rows there are without Limit, Offset and After, counted as
// Query.Count says; known is false if that asks for none. It is known as soon
// as Query has returned.
func (r *Rows) Total() (n int64, known bool) {
	if r.usable("read") != nil || r.query.Count == "" {
		return 0, false
	}
	return r.total, true
}
