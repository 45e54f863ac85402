package dbcontents

import (
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// pgLSN is the object identifier of PostgreSQL's type for positions.
const pgLSN = 3220

// reachedSQL is where a server is in the write-ahead log: at is what rows that are read from
// now on include, and reached what may be asked for. A primary has reached what it has not written yet. OFFSET keeps
// the functions from being called more than once.
const reachedSQL = `(SELECT r AS standby,
	CASE WHEN r THEN coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0') ELSE pg_catalog.pg_current_wal_lsn() END AS at,
	CASE WHEN r THEN coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0') ELSE pg_catalog.pg_current_wal_insert_lsn() END AS reached
	FROM pg_catalog.pg_is_in_recovery() r OFFSET 0) p`

// thisServer tells servers apart, whatever the settings are: by when each was started, to the microsecond.
const thisServer = "pg_catalog.encode(pg_catalog.timestamptz_send(pg_catalog.pg_postmaster_start_time()), 'hex')"

// serverSQL gives the server. Behind a pooler each transaction may be another one's.
const serverSQL = "SELECT " + thisServer

// guardSQL gives the position and the server, or fails, so that nothing of what follows in its transaction is done,
// if that is before the parameter. Its error is that of a cast.
const guardSQL = `SELECT CASE WHEN pg_catalog.pg_lsn_ge(p.reached, $1) THEN p.at
	ELSE pg_catalog.concat('the log is replayed up to ', p.reached)::pg_catalog.pg_lsn END, ` + thisServer + ` FROM ` + reachedSQL

// positionSQL is guardSQL without the failure, which PostgreSQL would log again and again.
const positionSQL = "SELECT p.at, pg_catalog.pg_lsn_ge(p.reached, $1), p.standby, p.reached, " + thisServer + " FROM " + reachedSQL

// positioned is a statement on the position least.
func positioned(sql, least string) wire.Statement {
	return wire.Statement{SQL: sql, Params: [][]byte{[]byte(least)}, Types: []uint32{pgLSN}}
}

// LSN is the position in the database's write-ahead log up to which the rows include what was committed, such as
// "0/3000148", if Query.MinLSN was set, else empty. They may include more: on the primary it is the position
// just before they were read, on a standby what was replayed. A commit that is in the log of the primary and still
// waits for a synchronous standby is not visible yet, and nobody was told that it is done: rows may lack it.
func (r *Rows) LSN() string {
	if r.usable("read") != nil {
		return ""
	}
	return r.lsn
}

// guard appends what refuses the read if the server has not reached Query.MinLSN, or tells which one the
// snapshot is of.
func (r *Rows) guard(statements []wire.Statement) []wire.Statement {
	if r.query.MinLSN == "" {
		return statements
	}
	question := positioned(guardSQL, r.query.MinLSN)
	if r.snapshot != nil {
		question = wire.Statement{SQL: serverSQL}
	}
	statements = append(statements, question)
	r.guards = len(statements)
	return statements
}

// receivePosition takes the result of the guard, if there is one.
func (x *request) receivePosition(r *Rows) error {
	if r.guards == 0 {
		return nil
	}
	values, err := r.flight.Row(r.guards - 1)
	switch {
	case err != nil:
		return err
	case r.snapshot != nil:
		if len(values) != 1 || string(values[0]) != r.snapshot.server {
			return newError("read", r.tableName(), "lsn_unknown", "the position was asked for before the snapshot was taken, and that was another server", nil)
		}
		return nil // inSnapshot has set it
	}
	var server string
	if r.lsn = ""; len(values) == 2 {
		r.lsn, server = string(values[0]), string(values[1])
	}
	if err := r.located(); err != nil || r.query.Count == "" {
		return err
	}
	// The rows' state was fixed just before this position was asked for. It has what the server had
	// reached earlier, in this attempt or another one.
	before, known := x.positions[server]
	x.positions[server] = r.lsn
	if r.lsn = before; !known {
		return newError("read", r.tableName(), "standby_behind", "the position that was asked for before the read is that of another server", nil)
	}
	return nil
}

// located is an error if what the server gave is no position: it becomes a header.
func (r *Rows) located() error {
	if len(r.lsn) > len("FFFFFFFF/FFFFFFFF") || strings.Trim(r.lsn, "0123456789ABCDEF/") != "" || r.lsn == "" {
		r.lsn = ""
		return newError("read", r.tableName(), "lsn_unknown", "the server gave no position", nil)
	}
	return nil
}

// guarded makes the Error for one that the guard has raised, or returns nil if it has not.
func (r *Rows) guarded(said *pgconn.PgError) *Error {
	f := r.flight.Failed()
	if f == nil || said == nil || f.Said != said || f.Statement.SQL != guardSQL && f.Statement.SQL != positionSQL && f.Statement.SQL != serverSQL {
		return nil
	}
	if said.Code == "22P02" {
		return r.behind()
	}
	return newError("read", r.tableName(), "lsn_unknown", said.Message, said)
}

func (r *Rows) behind() *Error {
	return newError("read", r.tableName(), "standby_behind", "the server has not replayed the log up to "+r.query.MinLSN, nil)
}

// ask finds out in a flight of its own whether the server has reached Query.MinLSN. If it
// has not, r is finished.
func (x *request) ask(r *Rows, pg *pgconn.PgConn) error {
	return r.look(pg, positioned(positionSQL, r.query.MinLSN), func(values [][]byte) error {
		if len(values) == 5 {
			r.lsn, r.primary = string(values[0]), string(values[2]) == "f"
		}
		switch err := r.located(); {
		case err != nil:
			return err
		case string(values[1]) != "t":
			return r.behind()
		case x.positions == nil:
			x.positions = map[string]string{}
		}
		x.positions[string(values[4])] = r.lsn
		return nil
	})
}

// look asks the server something before the read, in a flight of its own. If that or take fails, r is finished.
func (r *Rows) look(pg *pgconn.PgConn, question wire.Statement, take func(values [][]byte) error) error {
	question.Sync = true
	f := wire.Flight{Statements: []wire.Statement{question}, Unnamed: r.flight.Unnamed}
	err := f.Send(pg, r.store.pool.KeepsStatements())
	var found error
	if err == nil {
		var values [][]byte
		if values, err = f.Row(0); err == nil {
			found = take(values)
		}
	}
	idle := f.Drain()
	if err == nil {
		err = f.Err()
	}
	if idle && err == nil && found == nil {
		return nil
	}
	r.flight, r.read = f, 0 // what is left to finish
	if err == nil {
		r.err = found
	}
	r.finish(err)
	return r.err
}

// inSnapshot refuses a read that needs a position which its snapshot has not. Waiting cannot help.
func (r *Rows) inSnapshot() error {
	least, at := r.query.MinLSN, r.snapshot.reached
	if least == "" {
		return nil
	}
	if at == "" {
		return newError("read", r.tableName(), "lsn_unknown", "the server did not say where it was when the snapshot was taken", nil)
	}
	if lsn(at) < lsn(least) {
		return newError("read", r.tableName(), "standby_behind", "the snapshot was taken at "+at+", before "+least, nil)
	}
	r.lsn = r.snapshot.lsn
	return r.located()
}

// lsn is a position as a number; that of a malformed one is 0.
func lsn(text string) uint64 {
	high, low, _ := strings.Cut(text, "/")
	h, err := strconv.ParseUint(high, 16, 32)
	l, failed := strconv.ParseUint(low, 16, 32)
	if errors.Join(err, failed) != nil {
		return 0
	}
	return h<<32 | l
}

// place makes sure, before the read, that r can be read where conn leads, if that cannot be found out
// together with the read. If it cannot, r is finished.
func (x *request) place(r *Rows, conn *pgxpool.Conn) error {
	pg := conn.Conn().PgConn()
	if r.snapshot != nil {
		if err := r.inSnapshot(); err != nil {
			return r.unsent(err)
		}
		return nil
	}
	if x.avoid != nil {
		x.avoid.Add(conn) // while it is here; if it is near enough there is no further attempt
	}
	// If a server has reached the position, the guard tells whether this is the one.
	if x.asks && len(x.positions) == 0 {
		if err := x.ask(r, pg); err != nil {
			x.beyond = r.primary && len(x.store.pool.Hosts()) < 2
			return err
		}
	}
	if x.store.config.MaxLag > 0 && (x.asksLag || x.store.pool.IsFar(pg)) {
		return x.askLag(r, pg)
	}
	return nil
}
