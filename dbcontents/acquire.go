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
		s.knows(conn.Conn().PgConn())
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
	if e := refused(err, op, table); e != nil && s.owned {
		return e, false
	}
	switch stat := s.pool.Stat(); {
	case w.callerEnded():
		return contextError(op, table, w.caller), false
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
// transaction, or not what it was, is closed first: the pool then replaces it.
func release(conn *pgxpool.Conn, idle bool) {
	if !idle || memoryOf(conn.Conn().PgConn()).session.spoiled {
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
	types := memoryOf(pg).typeMap()
	f := flight{statements: append(s.lookSettings(nil, pg), catalogStatement(schemas, names))}
	look := len(f.statements) - 1
	var asked time.Time
	if r.op == "catalog" { // a snapshot sees an older state
		asked = s.catalog.directory.due()
	}
	if !asked.IsZero() {
		f.statements[look].sync = false
		f.statements = append(f.statements, s.catalog.exposure.directoryStatement())
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
	var foreign []uint32
	for _, t := range tables {
		foreign = append(foreign, t.foreignTypes()...)
	}
	if !usable || err != nil || len(foreign) == 0 {
		return tables, usable, err
	}
	operators := operatorsStatement(foreign)
	operators.sync = true
	f = flight{statements: append(s.lookSettings(nil, pg), operators)}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() error {
		found, err := receiveOperators(&f, len(f.statements)-1, types)
		for _, t := range tables {
			found.give(t, foreign)
		}
		return err
	})
	return tables, usable, err
}

// lookSettings appends to a flight what must precede a look-up: names are text too.
func (s *Store) lookSettings(statements []statement, pg *pgconn.PgConn) []statement {
	return rawText(s.preamble.before(statements, pg), pg)
}

// rawText makes a look-up take texts as bytes in a database in SQL_ASCII. Such a
// database holds any bytes, and refuses to send those that are not UTF-8: one of them,
// in a comment, would hide all tables. See validUTF8. It is undone at the end of the
// transaction; in that of a snapshot the next read sets it back, as the server reports it.
func rawText(statements []statement, pg *pgconn.PgConn) []statement {
	if pg.ParameterStatus("server_encoding") != "SQL_ASCII" {
		return statements
	}
	return append(statements, statement{sql: "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', true)"})
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
