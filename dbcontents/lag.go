package dbcontents

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// lagSQL is how many seconds a server is behind, see Host.Lag; null if it does not know. OFFSET keeps the functions from being
// called more than once. received is null if no receiver runs: the function would give what the last one had.
const lagSQL = `(SELECT standby, received, replayed, CASE WHEN NOT standby OR pg_catalog.pg_lsn_eq(received, replayed) THEN 0
	ELSE pg_catalog.date_part('epoch', pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), pg_catalog.pg_last_xact_replay_timestamp())) END AS seconds
	FROM (SELECT r AS standby, pg_catalog.pg_last_wal_replay_lsn() AS replayed, (SELECT pg_catalog.pg_last_wal_receive_lsn() FROM pg_catalog.pg_stat_get_wal_receiver() w WHERE w.pid IS NOT NULL) AS received
		FROM pg_catalog.pg_is_in_recovery() r OFFSET 0) s OFFSET 0) l`

// askLagSQL gives the seconds, whether the first parameter was replayed, and what was received.
const askLagSQL = "SELECT l.seconds, pg_catalog.pg_lsn_ge(l.replayed, $1), l.received FROM " + lagSQL

// guardLagSQL is askLagSQL that fails, by a cast, if the server is further behind than the second parameter and has
// not replayed the first one.
const guardLagSQL = `SELECT CASE WHEN pg_catalog.float8le(l.seconds, $2) OR pg_catalog.pg_lsn_ge(l.replayed, $1) THEN l.seconds
	ELSE pg_catalog.concat('the standby is ', l.seconds, ' s behind')::pg_catalog.float8 END, pg_catalog.pg_lsn_ge(l.replayed, $1), l.received FROM ` + lagSQL

// saidLag finds the seconds in what guardLagSQL says, in any language.
var saidLag = regexp.MustCompile(`the standby is ([0-9.e+-]*) s behind`)

// asking is the statement that asks q.
func asking(q pool.Lag) wire.Statement {
	s := wire.Statement{SQL: askLagSQL, Params: [][]byte{nil}, Types: []uint32{pgLSN}}
	if q.Mark() != "" {
		s.Params[0] = []byte(q.Mark())
	}
	return s
}

// guarding is asking that fails if the server is further behind than most.
func guarding(q pool.Lag, most time.Duration) wire.Statement {
	s := asking(q)
	s.SQL, s.Types = guardLagSQL, append(s.Types, pgtype.Float8OID)
	s.Params = append(s.Params, strconv.AppendFloat(nil, most.Seconds(), 'f', -1, 64))
	return s
}

// answered takes in a row of either.
func answered(q pool.Lag, values [][]byte) (lag time.Duration, known bool) {
	if len(values) != 3 {
		return q.Answer(0, false, false, "")
	}
	lag, known = seconds(values[0])
	received := string(values[2])
	if lsn(received) == 0 {
		received = ""
	}
	return q.Answer(lag, known, string(values[1]) == "t", received)
}

// seconds is a number of seconds in text form. A negative one is due to clocks that differ.
func seconds(text []byte) (d time.Duration, known bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(n) {
		return 0, false
	}
	return time.Duration(min(max(n, 0)*float64(time.Second), math.MaxInt64/2)), true
}

// guardLag appends what refuses the read if the server is too far behind. A primary is asked too: a pooler that nobody has
// told us of repeats what one server has said, and sends the read to another one.
func (r *Rows) guardLag(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	if r.snapshot != nil || r.store.config.MaxLag == 0 {
		return statements
	}
	r.lag = r.store.pool.Lag(pg)
	r.lags = len(statements) + 1
	return append(statements, guarding(r.lag, r.store.config.MaxLag))
}

// sampleLag appends, behind the read, the question how far a standby is behind, if it is due. It is in a transaction of its
// own: servers that do not know it are read all the same.
func (r *Rows) sampleLag(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	if r.snapshot != nil || r.lags > 0 {
		return statements
	}
	if q, due := r.store.pool.SampleLag(pg); due {
		r.lag = q
		sample := asking(q)
		sample.Sync = true
		statements = append(statements, sample)
	}
	return statements
}

// takeSample takes the sample in, if the flight has one.
func (r *Rows) takeSample() {
	last := len(r.flight.Statements) - 1
	if last < 0 || r.flight.Statements[last].SQL != askLagSQL || r.read == last {
		return
	}
	r.flight.Skip(last - 1)
	if values, err := r.flight.Row(last); err == nil && values != nil {
		answered(r.lag, values)
	}
}

// receiveLag takes in the result of the guard, if there is one.
func (r *Rows) receiveLag() error {
	if r.lags == 0 {
		return nil
	}
	values, err := r.flight.Row(r.lags - 1)
	if err == nil {
		answered(r.lag, values)
	}
	return err
}

// lagGuarded makes the Error for one that the guard has raised, or returns nil if it has not.
func (r *Rows) lagGuarded(said *pgconn.PgError) *Error {
	f := r.flight.Failed()
	switch {
	case f == nil || said == nil || f.Said != said || f.Statement.SQL != guardLagSQL && f.Statement.SQL != askLagSQL:
		return nil
	case said.Code != "22P02":
		return lagUnknown("read", r.tableName(), said)
	}
	var lag time.Duration
	known := false
	if found := saidLag.FindStringSubmatch(said.Message); found != nil {
		lag, known = seconds([]byte(found[1]))
	}
	lag, known = r.lag.Answer(lag, known, false, "")
	return r.store.lagging("read", r.tableName(), lag, known)
}

// askLag finds out in a flight of its own whether the server is too far behind. If it is, r is finished.
func (x *request) askLag(r *Rows, pg *pgconn.PgConn) error {
	r.lag = x.store.pool.Lag(pg)
	return r.look(pg, asking(r.lag), func(values [][]byte) error {
		lag, known := answered(r.lag, values)
		return x.store.near("read", r.tableName(), lag, known)
	})
}

// notAsked makes an error of f one that says so if the server could not be asked how far it is behind.
func notAsked(f *wire.Flight, err error) error {
	if failed := f.Failed(); failed != nil && failed.Statement.SQL == askLagSQL {
		if e := lagUnknown("snapshot", "", failed.Said); e != nil {
			return e
		}
	}
	return err
}

// lagUnknown is for a server that has no such functions, or does not let them be called; else nil.
func lagUnknown(op, table string, said *pgconn.PgError) *Error {
	if said.Code != "0A000" && !strings.HasPrefix(said.Code, "42") {
		return nil
	}
	return newError(op, table, "lsn_unknown", said.Message, said)
}

// lagging is the Error for a server that is too far behind.
func (s *Store) lagging(op, table string, lag time.Duration, known bool) *Error {
	detail := "the standby does not know how far it is behind"
	if known {
		detail = "the standby is " + lag.Round(time.Millisecond).String() + " behind"
	}
	return newError(op, table, "standby_lagging", detail+"; the limit is "+s.config.MaxLag.String(), nil)
}

// near is an error if a server is too far behind.
func (s *Store) near(op, table string, lag time.Duration, known bool) error {
	if known && lag <= s.config.MaxLag {
		return nil
	}
	return s.lagging(op, table, lag, known)
}
