package dbcontents

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Query begins to read. It returns when the first row has arrived, or the
// knowledge that there is none, so that most failures come from Query itself
// and not in the middle of the rows. A bad Query is refused before a
// connection is taken.
//
// ctx governs the whole read, until the Rows are closed: when it ends, the
// query ends at the server as well. The caller must close the Rows.
func (s *Store) Query(ctx context.Context, q Query) (*Rows, error) {
	if err := s.usable("query"); err != nil {
		return nil, err
	}
	return s.query(ctx, nil, q)
}

// Validate reports what is wrong with a Query as far as that can be told
// without the database: names, limits and what is exposed. Query fails with the
// same error; Validate takes no connection and never waits.
func (s *Store) Validate(q Query) error {
	if err := s.usable("query"); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	_, _, err := s.catalog.find(q.Schema, q.Table)
	return err
}

// query is Query on a connection of the pool, or on that of a snapshot.
func (s *Store) query(ctx context.Context, snapshot *Snapshot, q Query) (*Rows, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	s.counters.reads.Add(1)
	resolve, attempts := s.resolve, s.retrying
	if snapshot != nil {
		// A failure ends its transaction: there is no second attempt in it.
		resolve = snapshot.resolve
		attempts = func(_ context.Context, attempt func() error) error { return attempt() }
	}
	var r *Rows
	err := attempts(ctx, func() (err error) {
		e, p, err := planned(ctx, q, resolve)
		if err != nil {
			return err
		}
		r, err = s.begin(ctx, snapshot, q, e, p)
		if contradictsCatalog(err) {
			e.drop(p.table)
		}
		return err
	})
	if err != nil {
		s.counters.errors.Add(1)
		return nil, err
	}
	r.begun = true
	return r, nil
}

// planned finds q's table and its plan. That q does not fit the table is said
// only if the table was looked at just now: a read that is refused brings no
// news of it.
func planned(ctx context.Context, q Query, resolve func(context.Context, string, string, time.Duration) (*entry, *Table, error)) (e *entry, p *plan, err error) {
	for _, maxAge := range []time.Duration{forever, absent} {
		var t *Table
		if e, t, err = resolve(ctx, q.Schema, q.Table, maxAge); err != nil {
			return nil, nil, err
		}
		if !t.readable() {
			return nil, nil, newError("query", t.String(), "select_denied", "the role may not read "+t.String(), nil)
		}
		if p, err = e.plan(t, &q); err == nil {
			return e, p, nil
		}
	}
	return nil, nil, err
}

// contradictsCatalog tells the errors that a table altered or dropped since
// its look-up causes: every name in the statement came from the catalog.
func contradictsCatalog(err error) bool {
	if err == nil {
		return false
	}
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "plan_changed", "column_missing", "table_missing", "select_denied":
		return true
	}
	return false
}

// begin sends the read and waits for its first row.
func (s *Store) begin(ctx context.Context, snapshot *Snapshot, q Query, e *entry, p *plan) (*Rows, error) {
	r := &Rows{store: s, snapshot: snapshot, query: q, entry: e, plan: p}
	r.reader = reader{op: "read", table: p.table.String(), what: "rows"}
	if err := s.enter(&r.reader); err != nil {
		return nil, err
	}
	conn, err := r.connection(ctx)
	if err != nil {
		s.leave(&r.reader)
		return nil, err
	}
	pg := conn.Conn().PgConn()
	r.types = conn.Conn().TypeMap()
	r.compose(pg)
	r.watch.begin(ctx, pg, "read", p.table.String(), s.config.FirstRowTimeout, s.config.QueryTimeout)
	s.watched(&r.reader, &r.watch)
	if err := r.flight.send(pg, s.named); err != nil {
		r.finish(r.flight.broken(err))
		return nil, r.err
	}
	values := r.receive()
	if r.err != nil {
		return nil, r.err
	}
	r.watch.firstRow()
	r.values, r.primed = values, values != nil
	return r, nil
}

// connection takes one from the pool, or the snapshot's.
func (r *Rows) connection(ctx context.Context) (*pgxpool.Conn, error) {
	if r.snapshot != nil {
		return r.snapshot.take(r)
	}
	start := time.Now()
	conn, err := r.store.acquire(ctx, "query", r.tableName())
	r.waited = time.Since(start)
	r.conn = conn
	return conn, err
}

// compose puts the flight together: settings that the connection lacks, the
// read, and a look-up if the catalog entry is old.
func (r *Rows) compose(pg *pgconn.PgConn) {
	s := r.store
	q := r.query
	if limit := s.config.MaxRows; limit > 0 && (q.Limit == 0 || q.Limit > limit) {
		r.max = limit
		q.Limit = limit + 1 // the one more tells whether the limit cut anything off
		if limit == math.MaxInt64 {
			q.Limit = limit
		}
	}
	statements := r.statements[:0]
	if sql := s.preamble.statement(pg); sql != "" {
		statements = append(statements, statement{sql: sql})
	}
	params := q.limitValues()
	r.read = len(statements)
	statements = append(statements, statement{
		sql: r.plan.sql + limitShapes[q.limits()], params: params, types: limitTypes[:len(params)],
		formats: r.plan.formats, want: r.plan.want, sync: true,
	})
	if r.snapshot == nil {
		r.asked = r.entry.refreshDue()
	}
	if !r.asked.IsZero() {
		s.counters.lookups.Add(1)
		if sql := s.preamble.statement(pg); sql != "" {
			statements = append(statements, statement{sql: sql}) // the read's ended with its transaction
		}
		statements = append(statements, catalogStatement(r.types, r.entry.schemas, []string{r.plan.table.Name}))
	}
	r.flight.statements = statements
}

// catalogStatement is the look-up of tables; names nil means all.
func catalogStatement(types *pgtype.Map, schemas, names []string) statement {
	array := func(list []string) []byte {
		if list == nil {
			return nil
		}
		text, err := types.Encode(pgtype.TextArrayOID, textFormat, list, nil)
		if err != nil {
			panic("unreachable: a list of strings has a text form: " + err.Error())
		}
		return text
	}
	return statement{
		sql:    lookupSQL,
		params: [][]byte{array(schemas), array(names)},
		types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		sync:   true,
	}
}
