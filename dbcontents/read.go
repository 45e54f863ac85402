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

// newRows makes Rows that have no connection yet, and says how many are to be asked for.
func (x *request) newRows(e *catalog.Entry, p *compile.Plan) (r *Rows, limit int64) {
	r = &Rows{store: x.store, snapshot: x.snapshot, query: &x.query, entry: e, plan: p, related: x.tables[1:], hides: x.hides}
	return r, r.limit()
}

// prepare takes a connection for r and puts its statements together, of which nothing is sent yet.
func (x *request) prepare(ctx context.Context, r *Rows, limit int64) (*pgconn.PgConn, error) {
	s, name := x.store, r.tableName()
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
	r.compose(pg, limit)
	return pg, nil
}

// begin sends the read and waits for its first row.
func (x *request) begin(ctx context.Context, e *catalog.Entry, p *compile.Plan) (rows *Rows, err error) {
	r, limit := x.newRows(e, p)
	returns := false
	defer func() {
		if !returns { // but panics
			r.abandon()
		}
	}()
	rows, err = x.send(ctx, r, limit)
	returns = true
	return rows, err
}

func (x *request) send(ctx context.Context, r *Rows, limit int64) (*Rows, error) {
	s := x.store
	if s.config.Trace != nil {
		ctx = x.traced(ctx, r.plan, limit)
		r.trace = x.trace
	}
	pg, err := x.prepare(ctx, r, limit)
	if err != nil {
		return nil, err
	}
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
	if err := x.receivePosition(r); err != nil {
		r.finish(err)
		return nil, r.err
	}
	if err := r.receiveLag(); err != nil {
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
		if r.trace != nil {
			r.trace.Waited = r.waited
		}
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

// limit decides how many rows are given, and how many are asked for.
func (r *Rows) limit() (asked int64) {
	asked = r.query.Limit
	if most := r.store.config.MaxRows; most > 0 && (asked == 0 || asked > most) {
		r.max, r.capped = most, true
	} else if r.plan.Paged() {
		r.max = max(asked, 0)
	}
	if r.max > 0 && r.max < math.MaxInt64 {
		asked = r.max + 1 // the one more tells whether there are more rows
	}
	return asked
}

// compose puts the flight together: in a transaction, settings that the connection lacks and the
// read of at most limit rows, and behind it a look-up if the catalog entry is old.
func (r *Rows) compose(pg *pgconn.PgConn, limit int64) {
	s, p, q := r.store, r.plan, r.query
	undo := r.undo()
	statements := r.statements[:0]
	if r.snapshot == nil {
		statements = r.begin(statements, &undo, pg, q.Count != "", q.MinLSN != "")
	}
	before := len(statements)
	statements = r.guardLag(r.guard(statements))
	statements = s.pool.Before(statements, pg)
	statements = s.session.enter(statements) // in a snapshot too, as the line before may have changed its timeouts
	var zone []wire.Statement
	if q.TimeZone != "" {
		zone = []wire.Statement{compile.Zone(q.TimeZone)}
	}
	statements = append(statements, zone...)
	if r.snapshot == nil && undo.Plain && q.Count == "" && len(statements) == before {
		statements, undo = statements[:before-1], r.undo() // it is alone, and leaves nothing to undo
	}
	if q.Count != "" {
		statements, r.counts, r.estimates = undo.Between(statements, p.Counting(q, s.config.MaxRows), zone)
	}
	r.read = len(statements)
	statements = undo.End(append(statements, p.Read(q, limit)))
	ended := len(statements)
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
		statements = r.sampleLag(statements, pg)
	}
	if len(statements) > ended {
		statements[r.read].Sync = true // the transaction ends also if the read fails, for what follows
	}
	r.flight.Statements = statements
}

// These begin a transaction whose statements all see the same state of the database, or each what was committed before
// it began, which cannot be set after a query. pgpool-II makes some of its own: after BEGIN, so that it is one statement,
// and before the first statement of a connection, so that nothingSQL comes before that.
const (
	beginOneState     = wire.BeginSQL + " ISOLATION LEVEL REPEATABLE READ"
	beginOneStateEach = wire.BeginSQL + " ISOLATION LEVEL READ COMMITTED"
	nothingSQL        = "SELECT WHERE false"
)

// begin appends what begins the transaction of a flight on pg. Of statements that are in no transaction pgpool-II sends those
// that set to the primary, and the read to a standby, where another role would read, with other settings.
func (r *Rows) begin(statements []wire.Statement, undo *wire.Undo, pg *pgconn.PgConn, oneState, oneStateEach bool) []wire.Statement {
	begin := wire.BeginSQL
	switch {
	case oneState:
		begin = beginOneState
	case oneStateEach || r.store.pool.Shared(pg): // others may have left an isolation of their own
		begin = beginOneStateEach
	}
	if begin != wire.BeginSQL && !wire.MemoryOf(pg).Flown {
		statements = append(statements, wire.Statement{SQL: nothingSQL, Sync: true})
	}
	return undo.Begin(statements, begin)
}

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
