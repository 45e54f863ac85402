package dbcontents

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
)

// acquire takes a connection from the pool, see [pool.Pool.Acquire].
func (s *Store) acquire(w *interrupt.Watch, op, table string) (*pgxpool.Conn, error) {
	conn, err := s.pool.Acquire(w)
	if err == nil {
		return conn, nil
	}
	if s.isClosed() && !w.CallerEnded() {
		return nil, newError(op, table, "store_closed", "", nil)
	}
	return nil, classify(op, table, diagnosis.Connecting, err)
}

// connection is acquire for a reader whose question has a watch of its own.
func (s *Store) connection(ctx context.Context, op string) (*pgxpool.Conn, error) {
	var w interrupt.Watch
	w.Begin(ctx, s.pool.Limit())
	conn, err := s.acquire(&w, op, "")
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
		pool.Release(conn, usable)
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
	f := wire.Flight{Statements: append(s.pool.BeforeLookup(nil, pg), catalogStatement(schemas, names))}
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
	f = wire.Flight{Statements: append(s.pool.BeforeLookup(nil, pg), operators)}
	usable, err = s.exchange(ctx, conn, r, s.config.FirstRowTimeout, &f, func() error {
		found, err := receiveOperators(&f, len(f.Statements)-1)
		for _, t := range tables {
			found.give(t, foreign)
		}
		return err
	})
	return tables, usable, err
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
	switch err = f.Send(pg, s.pool.Named()); {
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
