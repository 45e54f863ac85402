package dbcontents

import (
	"math"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// receiveTotal takes the results of the statements that count.
func (r *Rows) receiveTotal() error {
	if r.query.Count == "" {
		return nil
	}
	counts, estimates := r.plan.Counted()
	if !estimates {
		total, err := r.receiveCount(r.counts)
		r.total = total
		return err
	}
	var exact int64
	var err error
	if counts {
		if exact, err = r.receiveCount(r.counts); err != nil {
			return err
		}
	}
	planned, err := r.receivePlanned(r.estimates)
	r.total = planned
	if most := r.store.config.MaxRows; counts && (exact > planned || most > 0 && exact <= most) {
		r.total = exact
	}
	return err
}

func (r *Rows) receiveCount(n int) (int64, error) {
	values, err := r.flight.Only(n, 1)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(values[0]), 10, 64)
}

// receivePlanned is the number of rows that the planner expects.
func (r *Rows) receivePlanned(n int) (int64, error) {
	values, err := r.flight.Only(n, 1)
	if err != nil {
		return 0, err
	}
	e, err := compile.ParseEstimate(values[0])
	if err != nil {
		return 0, classify("read", r.tableName(), diagnosis.Reading, err)
	}
	if e.Rows >= math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return int64(e.Rows), nil
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
