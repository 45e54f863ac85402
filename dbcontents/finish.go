package dbcontents

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/message"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
)

// finish ends the read: it receives or cancels what is left, gives the
// connection back, and settles the error.
func (r *Rows) finish(err error) {
	if r.released {
		return
	}
	r.released = true
	r.values = nil
	worked, s := r.giveBack(), r.store
	s.counters.rows.Add(r.count)
	reason, ended := r.watch.Ended()
	if ended {
		s.counters.canceled.Add(1)
	}
	switch {
	case r.err != nil: // why it was closed
	case reason != nil:
		r.err = classify("read", r.tableName(), diagnosis.Reading, reason)
	case err != nil:
		r.err = r.classify(err, worked)
	}
	if r.err != nil && r.begun {
		s.counters.errors.Add(1)
	}
	r.trace.finished(r, ended)
}

// giveBack receives or cancels what is left, gives the connection back, and says how long the query was under way. However
// it ends, it gives the connection back: closed, unless nothing is left on it.
func (r *Rows) giveBack() (worked time.Duration) {
	usable := false
	defer func() { r.release(usable) }()
	if r.flight.Running(r.read) {
		r.watch.EndSoon(nil)
		r.watch.WaitAsked()
	}
	r.flight.Skip(r.read)
	for refresh := range r.carried() {
		refresh.Take(&r.flight)
	}
	r.takeSample()
	idle := r.flight.Drain()
	idle = r.settle() && idle
	worked = r.watch.Worked()
	if r.snapshot == nil && r.conn != nil {
		idle = idle && r.store.rolledBack(r.conn, &r.reader)
	}
	usable = idle
	return worked
}

// settle ends the watch, which is done once.
func (r *Rows) settle() (usable bool) {
	r.settled = true
	return r.watch.Settle()
}

// release gives the connection back, if there is one. After a panic nobody knows what is still to come on it.
func (r *Rows) release(usable bool) {
	conn := r.conn
	if r.snapshot != nil {
		conn = r.snapshot.conn
	}
	if !r.settled {
		r.settle()
		if conn != nil {
			conn.Conn().PgConn().Conn().Close()
		}
	}
	if r.snapshot != nil {
		r.snapshot.done(usable)
	} else if conn != nil {
		pool.Release(conn, usable)
	}
	r.store.leave(&r.reader)
}

// abandon is finish after a panic, before anybody has r.
func (r *Rows) abandon() {
	if !r.released {
		r.released = true
		r.release(false)
	}
}

// classify makes the Error for what ended the read after the query was under way for so long.
func (r *Rows) classify(err error, worked time.Duration) error {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == "57014" && worked >= r.store.config.QueryTimeout {
		return newError("read", r.tableName(), "query_timeout", "the database ended the read after "+r.store.config.QueryTimeout.String(), err)
	}
	if e := r.guarded(pgErr); e != nil {
		return e
	}
	if e := notAsked(&r.flight, "read", r.tableName(), err); e != nil {
		return e
	}
	at := diagnosis.Reading
	if r.mandatoryFailed() {
		return newError("read", r.tableName(), "session_invalid", "the mandatory filter of the session: "+err.Error(), err)
	}
	if r.callRefused(pgErr) {
		return newError("read", r.tableName(), "function_changed", err.Error(), err)
	}
	if r.plan.HasInput || r.query.TimeZone != "" {
		at |= diagnosis.Valued
	}
	e := classify("read", r.tableName(), r.store.session.stage(&r.flight, at), err)
	if f := r.flight.Failed(); f != nil && f.Said == pgErr && valueRefused(e) {
		e.Message, e.Addition = message.Of(r.query, r.plan, f)
	}
	return e
}

// mandatoryFailed reports whether the database could not read a value of the mandatory filter.
func (r *Rows) mandatoryFailed() bool {
	f := r.flight.Failed()
	if f == nil || r.store.session == nil || f.Statement.SQL == compile.SetTimeZone {
		return false
	}
	n, ok := f.Parameter()
	return ok && r.plan.Parameter(r.query, n).Mandatory
}
