package dbcontents

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// lagSQL is how many seconds a server is behind, see Host.Lag; null if it does not know. OFFSET keeps the functions from being
// called more than once.
const lagSQL = `(SELECT CASE WHEN r THEN pg_catalog.date_part('epoch', pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), pg_catalog.pg_last_xact_replay_timestamp()))
	ELSE 0 END AS seconds FROM pg_catalog.pg_is_in_recovery() r OFFSET 0) l`

// askLagSQL gives the seconds.
const askLagSQL = "SELECT l.seconds FROM " + lagSQL

// guardLagSQL is askLagSQL that fails, by a cast, if there are more of them than the parameter.
const guardLagSQL = `SELECT CASE WHEN pg_catalog.float8le(l.seconds, $1) THEN l.seconds
	ELSE pg_catalog.concat('the standby is ', l.seconds, ' s behind')::pg_catalog.float8 END FROM ` + lagSQL

// saidLag finds the seconds in what guardLagSQL says, in any language.
var saidLag = regexp.MustCompile(`the standby is ([0-9.e+-]*) s behind`)

// answeredLag takes in a row that askLagSQL or guardLagSQL gave when it was asked.
func (s *Store) answeredLag(pg *pgconn.PgConn, asked time.Time, values [][]byte) (lag time.Duration, known bool) {
	if len(values) == 1 {
		lag, known = seconds(values[0])
	}
	s.pool.NoteLag(pg, asked, lag, known)
	return lag, known
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
func (r *Rows) guardLag(statements []wire.Statement) []wire.Statement {
	most := r.store.config.MaxLag
	if r.snapshot != nil || most == 0 {
		return statements
	}
	r.lagAsked, r.lagGuard = time.Now(), len(statements)+1
	limit := strconv.AppendFloat(nil, most.Seconds(), 'f', -1, 64)
	return append(statements, wire.Statement{SQL: guardLagSQL, Params: [][]byte{limit}, Types: []uint32{pgtype.Float8OID}})
}

// sampleLag appends, behind the read, the question how far a standby is behind, if it is due. It is in a transaction of its
// own: servers that do not know it are read all the same.
func (r *Rows) sampleLag(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	if r.lagGuard > 0 || !r.store.pool.SampleDue(pg) {
		return statements
	}
	r.lagAsked, r.lagSample = time.Now(), len(statements)+1
	return append(statements, wire.Statement{SQL: askLagSQL, Sync: true})
}

// takeSample takes the sample in, if the flight has one. A server that cannot answer would log each question.
func (r *Rows) takeSample() {
	if r.lagSample == 0 {
		return
	}
	r.flight.Skip(r.lagSample - 2)
	values, err := r.flight.Row(r.lagSample - 1)
	var said *pgconn.PgError
	switch pg := r.conn.Conn().PgConn(); {
	case values != nil:
		r.store.answeredLag(pg, r.lagAsked, values)
	case errors.As(err, &said) && unanswerable(said):
		r.store.pool.NoSamples(pg)
	}
}

// receiveLag takes in the result of the guard, if there is one.
func (r *Rows) receiveLag() error {
	if r.lagGuard == 0 {
		return nil
	}
	pg := r.conn.Conn().PgConn()
	values, err := r.flight.Row(r.lagGuard - 1)
	var said *pgconn.PgError
	switch {
	case err == nil:
		lag, known := r.store.answeredLag(pg, r.lagAsked, values)
		return r.store.near("read", r.tableName(), lag, known)
	case errors.As(err, &said) && said.Code == "22P02" && saidOfLag(&r.flight, said):
		var answer [][]byte
		if found := saidLag.FindStringSubmatch(said.Message); found != nil {
			answer = [][]byte{[]byte(found[1])}
		}
		lag, known := r.store.answeredLag(pg, r.lagAsked, answer)
		r.err = r.store.lagging("read", r.tableName(), lag, known)
	}
	return err
}

// saidOfLag reports whether it is the guard of f, or its question how far the server is behind, that has failed.
func saidOfLag(f *wire.Flight, said *pgconn.PgError) bool {
	failed := f.Failed()
	return failed != nil && failed.Said == said && (failed.Statement.SQL == guardLagSQL || failed.Statement.SQL == askLagSQL)
}

// askLag finds out in a flight of its own whether the server is too far behind. If it is, r is finished.
func (x *request) askLag(r *Rows, pg *pgconn.PgConn) error {
	asked := time.Now()
	return r.look(pg, wire.Statement{SQL: askLagSQL}, func(values [][]byte) error {
		lag, known := x.store.answeredLag(pg, asked, values)
		return x.store.near("read", r.tableName(), lag, known)
	})
}

// notAsked is the Error for a server that could not be asked in f how far it is behind, nil if err is something else.
func notAsked(f *wire.Flight, op, table string, err error) *Error {
	var said *pgconn.PgError
	if !errors.As(err, &said) || !saidOfLag(f, said) || !unanswerable(said) {
		return nil
	}
	return newError(op, table, "lsn_unknown", said.Message, said)
}

// unanswerable is for a server that has no such functions, or does not let them be called.
func unanswerable(said *pgconn.PgError) bool {
	return said.Code == "0A000" || strings.HasPrefix(said.Code, "42")
}

// lagging is the Error for a server that is too far behind.
func (s *Store) lagging(op, table string, lag time.Duration, known bool) *Error {
	return newError(op, table, "standby_lagging", "standby: "+replayed(lag, known)+"; the limit is "+s.config.MaxLag.String(), nil)
}

// replayed says how far a standby has come.
func replayed(lag time.Duration, known bool) string {
	if !known {
		return "no replayed commit since it was started"
	}
	return "last replayed commit " + lag.Round(time.Millisecond).String() + " ago"
}

// near is an error if a server is too far behind.
func (s *Store) near(op, table string, lag time.Duration, known bool) error {
	if known && lag <= s.config.MaxLag {
		return nil
	}
	return s.lagging(op, table, lag, known)
}
