package pool

import (
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A preamble finds, for a connection, the settings that a read must bring
// along because the connection does not have them.
type preamble struct {
	settings []setting
	own      map[string]string // what the connection string says of origins
	// startup: the settings were given when the connection was made, so those
	// that are not reported need not be sent if they arrived. Reported ones are
	// compared at each read anyway.
	startup bool
	check   string   // empty if every connection leads through a pooler, see checkSQL and ownSQL
	sql     sync.Map // bit set of missing settings -> statement
}

func newPreamble(settings []setting, startup bool, own map[string]string) *preamble {
	p := &preamble{settings: settings, startup: startup, own: own}
	if startup {
		p.check = checkSQL(settings)
	}
	return p
}

// shared reports whether others may have left something on pg, as it leads through a pooler or that is not known yet. What it
// has reported is then nothing to go by either: a pooler repeats what it heard once.
func (p *preamble) shared(pg *pgconn.PgConn) bool {
	return p.check == "" || !wire.MemoryOf(pg).Session.Own
}

// before appends to statements what must come before a read on pg, or before a look-up.
func (p *preamble) before(statements []wire.Statement, pg *pgconn.PgConn, lookup bool) []wire.Statement {
	if p.check != "" && pg.TxStatus() == 'I' && wire.MemoryOf(pg).Session.Due(time.Now()) {
		statements = append(statements, wire.Statement{SQL: p.check, Check: true})
	}
	if p.shared(pg) {
		return p.anew(statements, pg, lookup)
	}
	return p.set(statements, pg)
}

// set appends the SELECT that sets what pg lacks until the end of the
// transaction, if it lacks anything.
func (p *preamble) set(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	trusted := p.startup && wire.MemoryOf(pg).Session.Holds
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
		sql = setSQL(strings.Join(p.calls(missing), ", "))
		p.sql.Store(missing, sql)
	}
	return append(statements, wire.Statement{SQL: sql.(string)})
}

// calls set the settings of a bit set.
func (p *preamble) calls(of uint64) (calls []string) {
	for i, s := range p.settings {
		if of&(1<<i) != 0 {
			calls = append(calls, s.call())
		}
	}
	return calls
}

// setSQL makes calls of set_config. They are the arguments of one function, all of which
// are evaluated, for a result without rows or columns: a column for each setting costs
// PostgreSQL and the wire as much as half of the settings do.
func setSQL(calls string) string { return "SELECT WHERE pg_catalog.num_nulls(" + calls + ") IS NULL" }

// call sets s until the end of the transaction. Name and value are constants of
// this package or numbers made by it.
func (s setting) call() string {
	return "pg_catalog.set_config('" + s.name + "', '" + s.value + "', true)"
}

// checkSQL asks for the session's role and search path, whether it has those of
// settings that are not reported, and which session it is. They are set on the way, until the end
// of the transaction: that gives each value as PostgreSQL writes it, 10min for
// 600000, and holds for the read that follows whatever the answer is.
func checkSQL(settings []setting) string {
	var is, want []string
	for _, s := range settings {
		if !s.reported {
			is = append(is, "pg_catalog.current_setting('"+s.name+"')")
			want = append(want, s.call())
		}
	}
	var found []string
	for _, name := range [...]string{"role", "session_authorization", "search_path", "row_security"} {
		found = append(found, "pg_catalog.current_setting('"+name+"')")
	}
	list := func(values []string) string { return "pg_catalog.concat_ws(',', " + strings.Join(values, ", ") + ")" }
	return "SELECT " + list(found) + ", pg_catalog.texteq(" + list(is) + ", " + list(want) + "), pg_catalog.pg_backend_pid()"
}

// ownSQL asks a borrowed connection, on which statements are kept, which session it is.
const ownSQL = "SELECT pg_catalog.pg_backend_pid()"

// Before appends to statements what must come before a read on pg: the settings
// that it lacks, until the end of the transaction, and now and then a check of what
// the server does not report.
func (p *Pool) Before(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	return p.preamble().before(statements, pg, false)
}

// Shared reports whether others may have left something on pg, see [Pool.Before].
func (p *Pool) Shared(pg *pgconn.PgConn) bool { return p.preamble().shared(pg) }

// BeforeLookup is Before for a look-up in the catalog: names are text too.
func (p *Pool) BeforeLookup(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	return forLookup(p.preamble().before(statements, pg, true), pg)
}

// BetweenLookup appends what must come between a read on pg and a look-up that
// follows it: the settings have ended with the read's transaction.
func (p *Pool) BetweenLookup(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	preamble := p.preamble()
	if preamble.shared(pg) {
		return forLookup(preamble.anew(statements, pg, true), pg)
	}
	return forLookup(preamble.set(statements, pg), pg)
}

// forLookup appends the settings of look-ups alone. One makes them take texts as bytes in a database in SQL_ASCII. Such a
// database holds any bytes, and refuses to send those that are not UTF-8: one of them,
// in a comment, would hide all tables. It is undone at the end of the
// transaction; in that of a snapshot the next read sets it back, as the server reports it.
//
// The other is not for a snapshot, whose transaction goes on: PostgreSQL expects far more rows of a catalog than
// there are, and would compile a look-up (jit), which takes longer than to run it.
func forLookup(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	if pg.TxStatus() == 'I' {
		statements = append(statements, wire.Statement{SQL: withoutJIT})
	}
	if pg.ParameterStatus("server_encoding") == "SQL_ASCII" {
		statements = append(statements, wire.Statement{SQL: "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', true)"})
	}
	return statements
}

// withoutJIT does nothing where there is no such setting.
var withoutJIT = setSQL("CASE WHEN pg_catalog.current_setting('jit', true) IS NOT NULL THEN pg_catalog.set_config('jit', 'off', true) END")
