package dbcontents

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// rollbackTimeout is how long the end of a transaction may take. Then the server is asked to cancel, as with any query, and
// if it is silent still the connection is closed, which ends the transaction as well.
const rollbackTimeout = time.Second

// Snapshot is one state of the database, in which several reads see the same
// rows whatever is written meanwhile (except TRUNCATE and rewrites of a table,
// which PostgreSQL does not hide from older snapshots). It holds one connection
// in a REPEATABLE READ, READ ONLY transaction until Release, and keeps the
// server from cleaning up old rows for as long: do not hold it longer than
// needed. A Snapshot is used by one goroutine.
type Snapshot struct {
	store    *Store
	conn     *pgxpool.Conn
	began    time.Time // no later than the state that is seen
	lsn      string    // where the server was before, see Rows.LSN; empty if it did not say
	reached  string    // the latest position that a read in the snapshot may ask for
	server   string    // whose positions these are
	reader   reader
	open     *Rows // the Rows that use the connection now
	failed   bool  // the transaction is over
	released bool
}

// Snapshot takes a connection and a snapshot. ctx governs the taking only. The
// caller must Release it. Its reads have the Store's session.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	if err := s.usable("snapshot"); err != nil {
		return nil, err
	}
	return s.snapshot(ctx, nil)
}

// snapshot is Snapshot of a state that may be shared with others; nil is the present one.
func (s *Store) snapshot(ctx context.Context, state *state) (*Snapshot, error) {
	n := &Snapshot{store: s, reader: reader{op: "snapshot", what: "a snapshot"}}
	first := state != nil && state.id == ""
	var p patience
	attempt := func() error {
		if first {
			state.id = ""
		}
		return n.begin(ctx, state, &p)
	}
	if err := p.await(ctx, s, "snapshot", "", s.retrying(ctx, attempt), attempt); err != nil {
		return nil, err
	}
	return n, nil
}

func (n *Snapshot) begin(ctx context.Context, state *state, p *patience) error {
	s := n.store
	if err := s.enter(&n.reader); err != nil {
		return err
	}
	conn, err := s.connection(ctx, "snapshot", p.avoid)
	if err != nil {
		s.leave(&n.reader)
		return err
	}
	kept := false
	defer func() {
		if !kept {
			pool.Release(conn, false)
			s.leave(&n.reader)
		}
	}()
	if p.avoid != nil {
		p.avoid.Add(conn)
	}
	n.began = time.Now()
	pg := conn.Conn().PgConn()
	// Unnamed, as a BEGIN that succeeds before something else is found missing
	// could not be repeated.
	position := positioned(positionSQL, "0/0")
	position.Sync = true // in its own transaction, before the state that is seen
	f := wire.Flight{Unnamed: true, Statements: []wire.Statement{position, {SQL: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}}}
	f.Statements = state.enter(f.Statements)
	// The first query fixes the state that is seen. How far behind that is does not fail in it: a transaction that can go
	// on is ended without losing the connection, and nothing is logged.
	lags, far := 0, error(nil)
	if s.config.MaxLag > 0 && (state == nil || state.id == "") {
		lags = len(f.Statements)
		f.Statements = append(f.Statements, wire.Statement{SQL: askLagSQL})
	}
	f.Statements = s.session.enter(s.pool.Before(f.Statements, pg))
	first := len(f.Statements)
	f.Statements = append(f.Statements, state.fix(), wire.Statement{SQL: wire.SavepointSQL, Sync: true})
	usable, err := s.exchange(ctx, conn, &n.reader, s.config.FirstRowTimeout, &f, func() error {
		n.lsn, n.reached, n.server = "", "", ""
		if values, err := f.Row(0); err == nil && len(values) == 5 {
			n.lsn, n.reached, n.server = string(values[0]), string(values[3]), string(values[4])
		}
		f.Skip(0) // a server that has no such functions can be read all the same
		if lags > 0 {
			values, err := f.Row(lags)
			if err != nil {
				return err
			}
			lag, known := s.answeredLag(pg, n.began, values)
			far = s.near("snapshot", "", lag, known)
		}
		return state.receive(&f, first, n)
	})
	if err != nil || !usable {
		if e := notAsked(&f, "snapshot", "", err); e != nil {
			return e
		}
		return state.notShared(&f, err)
	}
	n.conn, kept = conn, true
	if far != nil {
		n.end()
	}
	return far
}

// Query reads in the snapshot, see [Store.Query]. While Rows of an earlier
// Query are open it fails with [ErrInvalid] rather than wait for them. A read
// that fails at the database ends the snapshot's transaction: later ones fail
// with [ErrInterrupted], and a new Snapshot is needed.
func (n *Snapshot) Query(ctx context.Context, q Query) (*Rows, error) {
	if n == nil || n.store == nil || n.released {
		return nil, newError("query", q.Table, "snapshot_released", "", nil)
	}
	if n.open != nil {
		return nil, newError("query", q.Table, "snapshot_busy", "rows of "+n.open.tableName()+" are still open in this snapshot", nil)
	}
	if n.failed {
		return nil, newError("query", q.Table, "snapshot_failed", "", nil)
	}
	return n.store.query(ctx, n, q)
}

// take lends the connection to r.
func (n *Snapshot) take(r *Rows) *pgxpool.Conn {
	n.open = r
	return n.conn
}

// done takes the connection back from the Rows that had it.
func (n *Snapshot) done(usable bool) {
	n.open = nil
	n.failed = n.failed || !usable || n.conn.Conn().PgConn().TxStatus() != 'T'
}

// A snapshotAsker makes look-ups on the snapshot's own connection: with another one,
// a pool of one connection would wait for itself.
type snapshotAsker struct{ snapshot *Snapshot }

func (a snapshotAsker) Ask(ctx context.Context, look func(catalog.Exchange) error) (err error) {
	n := a.snapshot
	ctx, end := n.store.lookingUp(ctx)
	defer func() { end(err) }()
	usable, err := n.store.lookUp(ctx, n.conn, &n.reader, n.store.config.FirstRowTimeout, look)
	n.done(usable)
	return err
}

func (a snapshotAsker) AsOf() time.Time { return a.snapshot.began }
func (a snapshotAsker) PerCaller() bool { return a.snapshot.store.pool.Prepares() }
func (a snapshotAsker) Probed() error   { return nil }

// Release ends the snapshot and gives the connection back. Rows that are still
// open are closed first. It may be called more than once.
func (n *Snapshot) Release() {
	if n == nil || n.store == nil || n.released {
		return
	}
	n.released = true
	defer n.end()
	if n.open != nil {
		n.open.Close()
	}
}

// end ends the transaction and gives the connection back.
func (n *Snapshot) end() {
	usable := false
	defer func() {
		pool.Release(n.conn, usable)
		n.store.leave(&n.reader)
	}()
	usable = n.store.rolledBack(n.conn, &n.reader)
}

// rolledBack ends the transaction of a connection that r has, if it is in one, and reports whether it can be used
// again. A read ends its own unless it fails, or is ended early.
func (s *Store) rolledBack(conn *pgxpool.Conn, r *reader) bool {
	if conn.Conn().PgConn().TxStatus() == 'I' {
		return true
	}
	f := wire.Flight{Statements: []wire.Statement{{SQL: wire.RollbackSQL, Sync: true}}}
	usable, err := s.exchange(context.Background(), conn, r, rollbackTimeout, &f, nil)
	return usable && err == nil
}
