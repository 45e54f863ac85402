package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
)

// acquire takes a connection from the pool within Config.AcquireTimeout, for
// which w has begun. While the database is known to be away it fails at once.
// If it fails, w has settled.
func (s *Store) acquire(w *interrupt.Watch, op, table string) (*pgxpool.Conn, error) {
	probe, err := s.admit(op, table)
	if err != nil {
		w.Settle()
		return nil, err
	}
	var ctx context.Context = w
	if probe {
		ctx = context.WithValue(w, probeKey{}, true)
	}
	conn, err := s.pool.Acquire(ctx)
	if err == nil {
		s.recovery.succeeded(probe)
		s.knows(conn.Conn().PgConn())
		if w.Has(conn.Conn().PgConn()) {
			return conn, nil
		}
		// The end has come together with the connection.
		e, _ := s.notAcquired(w, op, table, w.Err())
		release(conn, w.Settle())
		return nil, e
	}
	e, connect := s.notAcquired(w, op, table, err)
	switch {
	case connect:
		s.recovery.failed(probe, w.Started, e)
	case probe:
		s.recovery.gaveUp()
	}
	w.Settle()
	return nil, e
}

// notAcquired says why there is no connection, and whether it is because a
// new one could not be made.
func (s *Store) notAcquired(w *interrupt.Watch, op, table string, err error) (e *Error, connect bool) {
	if e := refused(err, op, table); e != nil && s.owned {
		return e, false
	}
	switch stat := s.pool.Stat(); {
	case w.CallerEnded():
		return contextError(op, table, w.Caller), false
	case s.isClosed():
		return newError(op, table, "store_closed", "", nil), false
	case !s.owned && diagnosis.PoolClosed(err):
		return newError(op, table, "pool_closed", "the pool was closed by its owner", err), false
	case !errors.Is(err, context.DeadlineExceeded) || w.Err() == nil:
		if !s.owned && !diagnosis.Is[*pgconn.ConnectError](err) {
			return s.hookFailed(op, table, err)
		}
		return classify(op, table, diagnosis.Connecting, err), true
	case s.prepares && stat.ConstructingConns() == 0 && stat.AcquiredConns() < stat.MaxConns():
		return newError(op, table, "pool_hook_failed",
			fmt.Sprintf("PrepareConn or BeforeAcquire of the pool, or its ping, did not return within %v", s.config.AcquireTimeout), nil), false
	case stat.ConstructingConns() > 0 || stat.AcquiredConns() < stat.MaxConns():
		// The cause is our own deadline and must not look like the caller's.
		return newError(op, table, "connect_timeout",
			fmt.Sprintf("no answer from %s within %v", s.address(), s.config.AcquireTimeout), nil), true
	default:
		return newError(op, table, "pool_busy",
			fmt.Sprintf("all %d connections were in use for %v", stat.MaxConns(), s.config.AcquireTimeout), nil), false
	}
}

// hookFailed is the error for what a hook of a borrowed pool said: pgx's own
// attempts to connect fail by a ConnectError. A hook that is called for each
// caller may refuse one of them; one of new connections refuses all.
func (s *Store) hookFailed(op, table string, err error) (e *Error, connect bool) {
	if e = classify(op, table, diagnosis.Reading, err); e.Code == "connection_lost" {
		return e, false // it has met a connection that died while it was idle
	}
	detail, cause := diagnosis.Disarm(err)
	return newError(op, table, "pool_hook_failed", "a hook of the pool gave no connection: "+detail, cause), !s.prepares
}

// connection is acquire for a reader whose question has a watch of its own.
func (s *Store) connection(ctx context.Context, op string) (*pgxpool.Conn, error) {
	var w interrupt.Watch
	w.Begin(ctx, &s.limits.acquire)
	conn, err := s.acquire(&w, op, "")
	if err != nil {
		return nil, err
	}
	if !w.Settle() {
		release(conn, false)
		reason, _ := w.Ended()
		return nil, classify(op, "", diagnosis.Reading, reason)
	}
	return conn, nil
}

// address is where the pool connects, without anything secret.
func (s *Store) address() string {
	c := s.pool.Config().ConnConfig
	return fmt.Sprintf("%s:%d", c.Host, c.Port)
}

// release gives a connection back. One that is not idle at the end of a
// transaction, or not what it was, is closed first: the pool then replaces it.
func release(conn *pgxpool.Conn, idle bool) {
	if !idle || wire.MemoryOf(conn.Conn().PgConn()).Session.Spoiled {
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
	pg := conn.Conn().PgConn()
	f := wire.Flight{Statements: append(s.lookSettings(nil, pg), catalogStatement(schemas, names))}
	look := len(f.Statements) - 1
	var asked time.Time
	if r.op == "catalog" { // a snapshot sees an older state
		asked = s.catalog.directory.due()
	}
	if !asked.IsZero() {
		f.Statements[look].Sync = false
		f.Statements = append(f.Statements, s.catalog.exposure.directoryStatement())
	}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() (err error) {
		if tables, err = receiveTables(&f, look); err != nil || asked.IsZero() {
			return err
		}
		known, failed := receiveNames(&f, look+1)
		f.Skip(look + 1)
		if failed == nil { // else there are no hints, which is no reason to fail
			s.catalog.directory.learn(&s.catalog.exposure, known, asked)
		}
		return nil
	})
	var foreign []uint32
	for _, t := range tables {
		foreign = append(foreign, t.foreignTypes()...)
	}
	if !usable || err != nil || len(foreign) == 0 {
		return tables, usable, err
	}
	operators := operatorsStatement(foreign)
	operators.Sync = true
	f = wire.Flight{Statements: append(s.lookSettings(nil, pg), operators)}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() error {
		found, err := receiveOperators(&f, len(f.Statements)-1)
		for _, t := range tables {
			found.give(t, foreign)
		}
		return err
	})
	return tables, usable, err
}

// lookSettings appends to a flight what must precede a look-up: names are text too.
func (s *Store) lookSettings(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	return rawText(s.preamble.before(statements, pg), pg)
}

// rawText makes a look-up take texts as bytes in a database in SQL_ASCII. Such a
// database holds any bytes, and refuses to send those that are not UTF-8: one of them,
// in a comment, would hide all tables. See validUTF8. It is undone at the end of the
// transaction; in that of a snapshot the next read sets it back, as the server reports it.
func rawText(statements []wire.Statement, pg *pgconn.PgConn) []wire.Statement {
	if pg.ParameterStatus("server_encoding") != "SQL_ASCII" {
		return statements
	}
	return append(statements, wire.Statement{SQL: "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', true)"})
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
	if !w.Has(pg) {
		usable = w.Settle()
		reason, _ := w.Ended()
		return usable, classify(r.op, "", r.stage(), reason)
	}
	switch err = f.Send(pg, s.named); {
	case err != nil:
	case receive != nil:
		err = receive()
	default:
		_, err = f.Row(len(f.Statements) - 1)
	}
	idle := f.Drain()
	usable = w.Settle() && idle
	if reason, ended := w.Ended(); ended {
		return usable, classify(r.op, "", r.stage(), reason)
	}
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		return usable, classify(r.op, "", r.stage(), err)
	}
	return usable, nil
}

// caller is the file and line outside this package that opened a reader.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	f, more := frames.Next()
	own := strings.TrimSuffix(f.Function, "caller") // this function's package, whatever the module is called
	for more {
		if f, more = frames.Next(); !strings.HasPrefix(f.Function, own) {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
	return "?"
}
