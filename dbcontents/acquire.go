package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// acquire takes a connection from the pool within Config.AcquireTimeout, for
// which w has begun. While the database is known to be away it fails at once.
// If it fails, w has settled.
func (s *Store) acquire(w *watch, op string) (*pgxpool.Conn, error) {
	probe, err := s.admit(op, w.table)
	if err != nil {
		w.settle()
		return nil, err
	}
	var ctx context.Context = w
	if probe {
		ctx = context.WithValue(w, probeKey{}, true)
	}
	conn, err := s.pool.Acquire(ctx)
	if err == nil {
		s.recovery.succeeded(probe)
		if w.has(conn.Conn().PgConn()) {
			return conn, nil
		}
		// The end has come together with the connection.
		e, _ := s.notAcquired(w, op, w.Err())
		release(conn, w.settle())
		return nil, e
	}
	e, connect := s.notAcquired(w, op, err)
	switch {
	case connect:
		s.recovery.failed(probe, w.started, e)
	case probe:
		s.recovery.gaveUp()
	}
	w.settle()
	return nil, e
}

// notAcquired says why there is no connection, and whether it is because a
// new one could not be made.
func (s *Store) notAcquired(w *watch, op string, err error) (e *Error, connect bool) {
	table := w.table
	if e := refused(err, op, table); e != nil {
		return e, false
	}
	switch stat := s.pool.Stat(); {
	case w.callerEnded():
		return contextError(op, table, w.caller), false
	case s.isClosed():
		return newError(op, table, "store_closed", "", nil), false
	case !errors.Is(err, context.DeadlineExceeded) || w.Err() == nil:
		return classify(op, table, connecting, err), true
	case stat.ConstructingConns() > 0 || stat.AcquiredConns() < stat.MaxConns():
		// The cause is our own deadline and must not look like the caller's.
		return newError(op, table, "connect_timeout",
			fmt.Sprintf("no answer from %s within %v", s.address(), s.config.AcquireTimeout), nil), true
	default:
		return newError(op, table, "pool_busy",
			fmt.Sprintf("all %d connections were in use for %v", stat.MaxConns(), s.config.AcquireTimeout), nil), false
	}
}

// connection is acquire for a reader whose question has a watch of its own.
func (s *Store) connection(ctx context.Context, op string) (*pgxpool.Conn, error) {
	var w watch
	w.begin(ctx, op, "", &s.limits.acquire)
	conn, err := s.acquire(&w, op)
	if err != nil {
		return nil, err
	}
	if !w.settle() {
		release(conn, false)
		err, _ := w.ended()
		return nil, err
	}
	return conn, nil
}

// address is where the pool connects, without anything secret.
func (s *Store) address() string {
	c := s.pool.Config().ConnConfig
	return fmt.Sprintf("%s:%d", c.Host, c.Port)
}

// release gives a connection back. One that is not idle at the end of a
// transaction is closed first: the pool then replaces it.
func release(conn *pgxpool.Conn, idle bool) {
	if !idle {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn.Conn().Close(ctx)
		cancel()
	}
	conn.Release()
}

// ask lends f a connection for a short question of the Store itself.
func (s *Store) ask(ctx context.Context, op string, f func(*pgxpool.Conn, *reader) (usable bool, err error)) error {
	return s.retrying(ctx, func() error {
		r := reader{op: op, what: "a connection for " + op}
		if err := s.enter(&r); err != nil {
			return err
		}
		defer s.leave(&r)
		conn, err := s.connection(ctx, op)
		if err != nil {
			return err
		}
		usable, err := f(conn, &r)
		release(conn, usable)
		return err
	})
}

// lookup reads tables from the catalog, on a connection of its own. names nil means all.
func (s *Store) lookup(ctx context.Context, schemas, names []string) (tables []*Table, err error) {
	err = s.ask(ctx, "catalog", func(conn *pgxpool.Conn, r *reader) (usable bool, err error) {
		tables, usable, err = s.lookupOn(ctx, conn, r, schemas, names)
		return usable, err
	})
	return tables, err
}

func (s *Store) lookupOn(ctx context.Context, conn *pgxpool.Conn, r *reader, schemas, names []string) (tables []*Table, usable bool, err error) {
	s.counters.lookups.Add(1)
	types := conn.Conn().TypeMap()
	var f flight
	if sql := s.preamble.statement(conn.Conn().PgConn()); sql != "" {
		f.statements = append(f.statements, statement{sql: sql}) // names are text too
	}
	look := len(f.statements)
	f.statements = append(f.statements, catalogStatement(types, schemas, names))
	var asked time.Time
	if r.op == "catalog" { // a snapshot sees an older state
		asked = s.catalog.directory.due()
	}
	if !asked.IsZero() {
		f.statements[look].sync = false
		f.statements = append(f.statements, s.catalog.exposure.directoryStatement(types))
	}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() (err error) {
		if tables, err = receiveTables(&f, look, types); err != nil || asked.IsZero() {
			return err
		}
		known, failed := receiveNames(&f, look+1, types)
		f.skip(look + 1)
		if failed == nil { // else there are no hints, which is no reason to fail
			s.catalog.directory.learn(&s.catalog.exposure, known, asked)
		}
		return nil
	})
	return tables, usable, err
}

// exchange runs a short flight of r to its end, under ctx and for at most so long. receive
// may be nil. usable tells whether the connection is.
func (s *Store) exchange(ctx context.Context, conn *pgxpool.Conn, r *reader, most time.Duration, f *flight, receive func() error) (usable bool, err error) {
	pg := conn.Conn().PgConn()
	var w watch
	first := &limit{"first_row_timeout", most}
	w.begin(ctx, r.op, "", first)
	w.work(first, &s.limits.query)
	s.watched(r, &w)
	defer s.watched(r, nil)
	if !w.has(pg) {
		usable = w.settle()
		err, _ = w.ended()
		return usable, err
	}
	if err = f.send(pg, s.named); err != nil {
		err = f.broken(err)
	} else if receive != nil {
		err = receive()
	} else {
		_, err = f.row(len(f.statements) - 1)
	}
	idle := f.drain()
	usable = w.settle() && idle
	if reason, ended := w.ended(); ended {
		return usable, reason
	}
	if err == nil {
		err = f.err
	}
	if err != nil {
		return usable, classify(r.op, "", r.stage(), err)
	}
	return usable, nil
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
	if ctx.Err() != nil || !errors.As(err, &e) || !diagnosisOf(e.Code).retry || e.Err == nil || e.RetryAfter > 0 {
		// Without a cause it is our own finding, which would be the same again;
		// with RetryAfter the next attempt has its time.
		return err
	}
	s.counters.retries.Add(1)
	if e.Code == "connection_lost" {
		s.dropDead(ctx)
	}
	return attempt()
}

// dropDead removes idle connections that died together with one that a read
// has just met, so that the second attempt does not meet the next.
func (s *Store) dropDead(ctx context.Context) {
	if s.owned {
		s.pool.Reset()
		return
	}
	// The pool is not ours to reset; its idle connections are asked one by one,
	// in a second for all, as nobody else can have them meanwhile.
	ping, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, conn := range s.pool.AcquireAllIdle(ctx) {
		if conn.Ping(ping) != nil {
			conn.Conn().Close(ping)
		}
		conn.Release()
	}
}

// caller is the file and line outside this package that opened a reader.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "dbcontents-go/dbcontents.") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "?"
		}
	}
}
