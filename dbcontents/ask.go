package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// acquire takes a connection from the pool, see [pool.Pool.AcquireElsewhere].
func (s *Store) acquire(w *interrupt.Watch, op, table string, avoid pool.Hosts) (*pgxpool.Conn, error) {
	conn, err := s.pool.AcquireElsewhere(w, avoid)
	if err == nil {
		return conn, nil
	}
	if s.isClosed() && !w.CallerEnded() {
		return nil, newError(op, table, "store_closed", "", nil)
	}
	return nil, classify(op, table, diagnosis.Connecting, err)
}

// connection is acquire for a reader whose question has a watch of its own.
func (s *Store) connection(ctx context.Context, op string, avoid pool.Hosts) (*pgxpool.Conn, error) {
	var w interrupt.Watch
	w.Begin(ctx, s.pool.Limit())
	conn, err := s.acquire(&w, op, "", avoid)
	if err != nil {
		return nil, err
	}
	if !w.Settle() {
		pool.Release(conn, false)
		reason, _ := w.Ended()
		return nil, classify(op, "", diagnosis.Reading, reason)
	}
	return conn, nil
}

// ask lends f a connection for a short question of the Store itself.
func (s *Store) ask(ctx context.Context, op string, f func(*pgxpool.Conn, *reader) (usable bool, err error)) error {
	unnamed := false
	return s.retrying(ctx, func() error {
		r := reader{op: op, what: "a connection for " + op, unnamed: unnamed}
		if err := s.enter(&r); err != nil {
			return err
		}
		defer s.leave(&r)
		conn, err := s.connection(ctx, op, nil)
		if err != nil {
			return err
		}
		usable := false
		defer func() { pool.Release(conn, usable) }()
		usable, err = f(conn, &r)
		unnamed = codeOf(err) == "statement_missing" // another connection through the pooler may miss it as well
		return err
	})
}

// A storeAsker makes look-ups on any connection of a Store.
type storeAsker struct {
	store *Store
	op    string        // for errors
	limit time.Duration // of one flight
}

func (a *storeAsker) Ask(ctx context.Context, look func(catalog.Exchange) error) (err error) {
	ctx, end := a.store.lookingUp(ctx)
	defer func() { end(err) }()
	return a.store.ask(ctx, a.op, func(conn *pgxpool.Conn, r *reader) (usable bool, err error) {
		return a.store.lookUp(ctx, conn, r, a.limit, look)
	})
}

func (a *storeAsker) AsOf() time.Time { return time.Time{} }
func (a *storeAsker) PerCaller() bool { return a.store.pool.Prepares() }
func (a *storeAsker) Probed() error   { return a.store.pool.Probed() }

// lookUp lends look a connection that r holds, for flights of at most so long each.
func (s *Store) lookUp(ctx context.Context, conn *pgxpool.Conn, r *reader, limit time.Duration, look func(catalog.Exchange) error) (usable bool, err error) {
	usable = true
	err = look(func(statements []wire.Statement, receive func(f *wire.Flight, first int) error) (more bool, err error) {
		f := wire.Flight{Statements: s.session.enterRole(s.pool.BeforeLookup(nil, conn.Conn().PgConn()))}
		first := len(f.Statements)
		f.Statements = append(f.Statements, statements...)
		usable, err = s.exchange(ctx, conn, r, limit, &f, func() error { return receive(&f, first) })
		return usable, err
	})
	return usable, err
}

// exchange runs a short flight of r to its end, under ctx and for at most so long. receive
// may be nil. usable tells whether the connection is.
func (s *Store) exchange(ctx context.Context, conn *pgxpool.Conn, r *reader, most time.Duration, f *wire.Flight, receive func() error) (usable bool, err error) {
	pg := conn.Conn().PgConn()
	var w interrupt.Watch
	first := &interrupt.Limit{Code: "first_row_timeout", After: most}
	w.Begin(ctx, first)
	w.Work(first, &s.limits.query)
	s.watched(r, &w)
	defer s.watched(r, nil)
	settled := false
	settle := func() bool {
		settled = true
		return w.Settle()
	}
	defer func() {
		if !settled { // a panic: nobody knows what is still to come
			settle()
			pg.Conn().Close()
		}
	}()
	if !w.Has(pg) {
		usable = settle()
		reason, _ := w.Ended()
		return usable, classify(r.op, "", r.stage(), reason)
	}
	f.Unnamed = f.Unnamed || r.unnamed
	switch err = f.Send(pg, s.pool.KeepsStatements()); {
	case err != nil:
	case receive != nil:
		err = receive()
	default:
		_, err = f.Row(len(f.Statements) - 1)
	}
	idle := f.Drain()
	usable = settle() && idle
	if reason, ended := w.Ended(); ended {
		return usable, classify(r.op, "", r.stage(), reason)
	}
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		return usable, classify(r.op, "", s.session.stage(f, r.stage()), err)
	}
	return usable, nil
}

// caller is the file and line outside this package that opened a reader.
func caller() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	f, more := frames.Next()
	own := strings.TrimSuffix(f.Function, "caller") // this function's package, whatever the module is called
	rooms := strings.TrimSuffix(own, ".") + "/internal/"
	for more {
		if f, more = frames.Next(); !strings.HasPrefix(f.Function, own) && !strings.HasPrefix(f.Function, rooms) {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
	return "?"
}

// retrying runs attempt a second time if it failed for a cause that a second
// attempt does not meet again: a connection that died while it was idle, or a
// table that changed. Nothing has been delivered yet when it is used.
func (s *Store) retrying(ctx context.Context, attempt func() error) error {
	err := attempt()
	if err == nil {
		return nil
	}
	var e *Error
	if ctx.Err() != nil || !errors.As(err, &e) || !diagnosis.ByCode(e.Code).Retry || e.Err == nil || e.RetryAfter > 0 {
		// Without a cause it is our own finding, which would be the same again;
		// with RetryAfter the next attempt has its time.
		return err
	}
	s.counters.retries.Add(1)
	if e.Code == "connection_lost" {
		s.pool.DropDead(ctx)
	}
	return attempt()
}
