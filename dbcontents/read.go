package dbcontents

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
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
	c := q.compiled()
	if err := c.Check(s.config.Aggregates); err != nil {
		return classify("query", q.subject(), diagnosis.Reading, err)
	}
	exposed := s.catalog.Exposed
	if q.Function != "" {
		exposed = func(schema, _ string) error { return s.catalog.ExposedCall(schema, q.Function, c.ArgNames()) }
	}
	if err := exposed(q.Schema, q.Table); err != nil {
		return classify("query", s.named(&c), diagnosis.Naming, err)
	}
	return nil
}

// begin sends the read and waits for its first row.
func (x *request) begin(ctx context.Context, e *catalog.Entry, p *compile.Plan) (*Rows, error) {
	s := x.store
	r := &Rows{store: s, snapshot: x.snapshot, query: &x.query, entry: e, plan: p, related: x.tables[1:], hides: x.hides}
	name := p.Table.String()
	r.watch.Begin(ctx, s.pool.Limit())
	r.reader = reader{op: "read", table: name, what: "rows", watch: &r.watch}
	if err := s.enter(&r.reader); err != nil {
		r.watch.Settle()
		return nil, err
	}
	conn, err := r.connection(x.avoid)
	if err != nil {
		s.leave(&r.reader)
		return nil, err
	}
	pg := conn.Conn().PgConn()
	r.types = conn.Conn().TypeMap()
	r.watch.Work(&s.limits.firstRow, &s.limits.query)
	r.flight.Unnamed, r.flight.Crowded = x.unnamed, r.reader.crowded
	if err := x.place(r, conn); err != nil {
		return nil, err
	}
	r.compose(pg)
	if s.config.MaxCost > 0 {
		if err := r.checkCost(pg); err != nil {
			x.reused = r.flight.Reused
			return nil, err
		}
	}
	err = r.flight.Send(pg, s.pool.KeepsStatements())
	x.reused = r.flight.Reused
	if err != nil {
		r.finish(err)
		return nil, r.err
	}
	if err := r.receivePosition(); err != nil {
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
func (r *Rows) connection(avoid pool.Hosts) (conn *pgxpool.Conn, err error) {
	if r.snapshot == nil {
		r.conn, err = r.store.acquire(&r.watch, "query", r.tableName(), avoid)
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
	s, p, q := r.store, r.plan, r.query
	limit := q.Limit
	if most := s.config.MaxRows; most > 0 && (limit == 0 || limit > most) {
		r.max, r.capped = most, true
	} else if p.Paged() {
		r.max = max(limit, 0)
	}
	if r.max > 0 && r.max < math.MaxInt64 {
		limit = r.max + 1 // the one more tells whether there are more rows
	}
	undo := r.undo()
	statements := r.statements[:0]
	if q.Count != "" && r.snapshot == nil {
		statements = append(statements, wire.Statement{SQL: oneState})
	}
	statements = r.guard(statements)
	statements = s.pool.Before(statements, pg)
	statements = s.session.enter(statements) // in a snapshot too, as the line before may have changed its timeouts
	var zone []wire.Statement
	if q.TimeZone != "" {
		zone = []wire.Statement{compile.Zone(q.TimeZone)}
	}
	statements = append(statements, zone...)
	if q.Count != "" {
		statements, r.counts, r.estimates = undo.Between(statements, p.Counting(q, s.config.MaxRows), zone)
	}
	r.read = len(statements)
	statements = undo.End(append(statements, p.Read(q, limit)))
	if r.snapshot == nil {
		carry := func(refresh *catalog.Refresh) {
			if refresh.Due() {
				statements = refresh.Append(s.session.enterRole(s.pool.BetweenLookup(statements, pg)))
			}
		}
		r.refresh = r.entry.Refresh(p.Table)
		carry(&r.refresh)
		for _, known := range r.related {
			refresh := known.entry.Refresh(known.table)
			carry(&refresh)
			if refresh.Due() {
				r.refreshes = append(r.refreshes, refresh)
			}
		}
	}
	r.flight.Statements = statements
}

// oneState makes the statements up to the next sync see the same state of the
// database. It must come first; in the transaction of a snapshot it is so already.
const oneState = "SET transaction_isolation = 'repeatable read'"

// undo is how the statements of r are to end.
func (r *Rows) undo() wire.Undo {
	return wire.Undo{Plain: r.plan.Plain && r.store.pool.Trusted(), Snapshot: r.snapshot != nil}
}

// carried are the look-ups that the flight carries.
func (r *Rows) carried() iter.Seq[*catalog.Refresh] {
	return func(yield func(*catalog.Refresh) bool) {
		if r.refresh.Due() && !yield(&r.refresh) {
			return
		}
		for i := range r.refreshes {
			if !yield(&r.refreshes[i]) {
				return
			}
		}
	}
}
