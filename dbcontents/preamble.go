package dbcontents

import (
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A preamble finds, for a connection, the settings that a read must bring
// along because the connection does not have them.
type preamble struct {
	settings []setting
	// startup: the settings were given when the connection was made, so those
	// that are not reported need not be sent if they arrived. Reported ones are
	// compared at each read anyway.
	startup bool
	check   string   // see checkSQL
	sql     sync.Map // bit set of missing settings -> statement
}

func newPreamble(settings []setting, startup bool) *preamble {
	p := &preamble{settings: settings, startup: startup}
	if startup {
		p.check = checkSQL(settings)
	}
	return p
}

// before appends to statements what must come before a read on pg.
func (p *preamble) before(statements []statement, pg *pgconn.PgConn) []statement {
	if p.startup && pg.TxStatus() == 'I' && memoryOf(pg).session.due(time.Now()) {
		statements = append(statements, statement{sql: p.check, check: true})
	}
	return p.set(statements, pg)
}

// set appends the SELECT that sets what pg lacks until the end of the
// transaction, if it lacks anything.
func (p *preamble) set(statements []statement, pg *pgconn.PgConn) []statement {
	trusted := p.startup && memoryOf(pg).session.holds
	var missing uint64
	for i, s := range p.settings {
		if s.reported && pg.ParameterStatus(s.startup) == s.value || !s.reported && trusted {
			continue
		}
		missing |= 1 << i
	}
	if missing == 0 {
		return statements
	}
	sql, ok := p.sql.Load(missing)
	if !ok {
		// As the arguments of one function, all of which are evaluated, for a result
		// without rows or columns: a column for each setting costs PostgreSQL and the
		// wire as much as half of the settings do.
		var calls []string
		for i, s := range p.settings {
			if missing&(1<<i) != 0 {
				calls = append(calls, s.call())
			}
		}
		sql = "SELECT WHERE pg_catalog.num_nulls(" + strings.Join(calls, ", ") + ") IS NULL"
		p.sql.Store(missing, sql)
	}
	return append(statements, statement{sql: sql.(string)})
}

// call sets s until the end of the transaction. Name and value are constants of
// this package or numbers made by it.
func (s setting) call() string {
	return "pg_catalog.set_config('" + s.name + "', '" + s.value + "', true)"
}
