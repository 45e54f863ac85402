package dbcontents

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
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
	if _, err := s.check(q); err != nil {
		return err
	}
	_, _, err := s.catalog.find(q.Schema, q.Table)
	return err
}

// check refuses what can be refused without knowing the table, and gives what q's token says.
func (s *Store) check(q Query) (*cursor, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if !s.config.Aggregates && q.aggregates() {
		return nil, invalid(q.Table, "aggregates_off", "the query has an aggregate, and Config.Aggregates is not set")
	}
	return q.cursor()
}

// begin sends the read and waits for its first row.
func (x *request) begin(ctx context.Context, e *entry, p *plan) (*Rows, error) {
	s := x.store
	r := &Rows{store: s, snapshot: x.snapshot, query: &x.Query, cursor: x.cursor, entry: e, plan: p}
	name := p.table.String()
	r.watch.Begin(ctx, s.pool.Limit())
	r.reader = reader{op: "read", table: name, what: "rows", watch: &r.watch}
	if err := s.enter(&r.reader); err != nil {
		r.watch.Settle()
		return nil, err
	}
	conn, err := r.connection()
	if err != nil {
		s.leave(&r.reader)
		return nil, err
	}
	pg := conn.Conn().PgConn()
	r.types = conn.Conn().TypeMap()
	r.compose(pg)
	r.watch.Work(&s.limits.firstRow, &s.limits.query)
	r.flight.Unnamed, r.flight.Crowded = x.unnamed, r.reader.crowded
	if s.config.MaxCost > 0 {
		if err := r.checkCost(pg); err != nil {
			x.reused = r.flight.Reused
			return nil, err
		}
	}
	err = r.flight.Send(pg, s.pool.Named())
	x.reused = r.flight.Reused
	if err != nil {
		r.finish(err)
		return nil, r.err
	}
	if err := r.receiveTotal(); err != nil {
		r.finish(err)
		return nil, r.err
	}
	values := r.receive()
	if values != nil && r.first(values) {
		values = r.receive()
	}
	if r.err != nil {
		return nil, r.err
	}
	r.watch.FirstRow()
	r.values, r.primed = values, values != nil
	return r, nil
}

// connection takes one from the pool, or the snapshot's.
func (r *Rows) connection() (conn *pgxpool.Conn, err error) {
	if r.snapshot == nil {
		r.conn, err = r.store.acquire(&r.watch, "query", r.tableName())
		r.waited = time.Since(r.watch.Started())
		return r.conn, err
	}
	conn = r.snapshot.take(r)
	if !r.watch.Has(conn.Conn().PgConn()) {
		r.snapshot.done(r.watch.Settle())
		reason, _ := r.watch.Ended()
		err = classify("read", r.tableName(), diagnosis.Reading, reason)
	}
	return conn, err
}

// compose puts the flight together: settings that the connection lacks, the
// read, and a look-up if the catalog entry is old.
func (r *Rows) compose(pg *pgconn.PgConn) {
	s, p := r.store, r.plan
	q := *r.query
	if limit := s.config.MaxRows; limit > 0 && (q.Limit == 0 || q.Limit > limit) {
		r.max, r.capped = limit, true
	} else if p.page.keys > 0 {
		r.max = max(q.Limit, 0)
	}
	if r.max > 0 && r.max < math.MaxInt64 {
		q.Limit = r.max + 1 // the one more tells whether there are more rows
	}
	filters := q.Where.root.params(nil)
	undo := r.undo()
	statements := r.statements[:0]
	if q.Count != "" && r.snapshot == nil {
		statements = append(statements, wire.Statement{SQL: oneState})
	}
	statements = s.pool.Before(statements, pg)
	if q.TimeZone != "" {
		statements = append(statements, zoneStatement(q.TimeZone))
	}
	if q.Count != "" {
		statements, r.counted = undo.Between(statements, p.countStatements(filters, s.config.MaxRows))
		if q.TimeZone != "" && undo.Snapshot && !undo.Plain {
			statements = append(statements, zoneStatement(q.TimeZone)) // it was undone, as the snapshot's savepoint is older
		}
	}
	params := q.limitValues(r.cursor.params(filters))
	r.read = len(statements)
	statements = append(statements, wire.Statement{
		SQL: p.sql(q.limits()), Params: params, Types: p.types[:len(params)],
		Formats: p.formats, Want: p.want, Signature: p.table.signature, Width: p.width(),
	})
	statements = undo.End(statements)
	if r.snapshot == nil {
		r.asked = r.entry.refreshDue()
	}
	if !r.asked.IsZero() {
		s.counters.lookups.Add(1)
		statements = s.pool.BetweenLookup(statements, pg) // the read's ended with its transaction
		if foreign := p.table.origin().foreignTypes(); len(foreign) > 0 {
			statements = append(statements, operatorsStatement(foreign))
		}
		statements = append(statements, catalogStatement(r.entry.schemas, []string{r.plan.table.Name}))
	}
	r.flight.Statements = statements
}

// setTimeZone is undone at the end of the transaction; in that of a snapshot
// the next read sets it back, as the server reports it.
const setTimeZone = "SELECT pg_catalog.set_config('TimeZone', $1, true)"

var textTypes = []uint32{pgtype.TextOID}

func zoneStatement(zone string) wire.Statement {
	return wire.Statement{SQL: setTimeZone, Params: [][]byte{[]byte(zone)}, Types: textTypes}
}

// catalogStatement is the look-up of tables; names nil means all.
func catalogStatement(schemas, names []string) wire.Statement {
	return wire.Statement{
		SQL:    lookupSQL,
		Params: [][]byte{wire.TextArray(schemas), wire.TextArray(names)},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}
}

// undo is how the statements of r are to end.
func (r *Rows) undo() wire.Undo {
	return wire.Undo{Plain: r.plan.plain && r.store.pool.Trusted(), Snapshot: r.snapshot != nil}
}
