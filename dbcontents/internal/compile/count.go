package compile

import (
	"encoding/json"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// setCount makes the statements that count the rows of s.
func (p *Plan) setCount(how string, s selection, grouped bool) {
	s.order = ""
	if grouped && s.group == "" {
		s.list = []string{"pg_catalog.count(*)"} // one row, whatever there is
	}
	if how != Exact {
		p.explain = explainSQL + s.sql("")
	}
	switch {
	case how == Estimated:
		p.count = "SELECT pg_catalog.count(*) FROM (" + s.sql(limitSQL(1, p.filters)) + ") counted"
	case how == Exact && grouped:
		p.count = "SELECT pg_catalog.count(*) FROM (" + s.sql("") + ") counted"
	case how == Exact:
		s.list = []string{"pg_catalog.count(*)"}
		p.count = s.sql("")
	}
}

// Counting are the statements that count the rows of q: the one that counts, then
// the one that estimates, as far as q asks for them. An estimate counts no further
// than one row more than most, if that is not 0.
func (p *Plan) Counting(q *Query, most int64) (statements []wire.Statement) {
	filters := p.filterParams(q)[:p.filters]
	types := make([]uint32, len(filters), len(filters)+1)
	if p.count != "" && p.explain == "" {
		statements = append(statements, p.statement(q, p.count, filters, types))
	} else if p.count != "" {
		limit := []byte(nil) // none
		if most > 0 {
			limit = strconv.AppendInt(nil, most+1, 10)
		}
		params := append(filters[:len(filters):len(filters)], limit)
		statements = append(statements, p.statement(q, p.count, params, append(types, pgtype.Int8OID)))
	}
	if p.explain != "" {
		statements = append(statements, p.statement(q, p.explain, filters, types))
	}
	return statements
}

// Counted tells what Counting gives: a statement that counts, one that estimates, or both.
func (p *Plan) Counted() (counts, estimates bool) { return p.count != "", p.explain != "" }

// Explaining are the statements whose costs are those of a read of q and of its
// exact count: EXPLAIN of each.
func (p *Plan) Explaining(q *Query, read wire.Statement) []wire.Statement {
	statements := []wire.Statement{explained(read)}
	if q.Count == Exact {
		statements = append(statements, explained(p.Counting(q, 0)[0]))
	}
	return statements
}

// explained is the EXPLAIN of s. Its result is another one, and it need not end a transaction where s does.
func explained(s wire.Statement) wire.Statement {
	s.SQL, s.Formats, s.Want, s.Sync = explainSQL+s.SQL, nil, nil, false
	return s
}

const explainSQL = "EXPLAIN (FORMAT JSON) "

// An Estimate is what the planner expects of a statement.
type Estimate struct {
	Rows float64 `json:"Plan Rows"`
	Cost float64 `json:"Total Cost"`
}

// ParseEstimate reads the answer to EXPLAIN.
func ParseEstimate(answer []byte) (Estimate, error) {
	var plans []struct{ Plan Estimate }
	if err := json.Unmarshal(answer, &plans); err != nil || len(plans) != 1 {
		return Estimate{}, diagnosis.New("database_error", "EXPLAIN answered in another form than PostgreSQL does", err)
	}
	return plans[0].Plan, nil
}
