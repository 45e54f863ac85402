package dbcontents

import (
	"context"
	"regexp"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A state is one of the database that several snapshots see. The first of them, whose
// transaction must not end before the others have begun, gives it its id. A nil state is
// that of one snapshot alone.
type state struct {
	id string // by which PostgreSQL knows it, empty until the first snapshot has begun
}

// stateID is what an id may be, as it becomes a part of a statement that has no parameters.
var stateID = regexp.MustCompile(`^[0-9A-F]+(-[0-9A-F]+)+$`)

const useState = "SET TRANSACTION SNAPSHOT '"

// enter appends what makes the transaction see the state, before its first query.
func (x *state) enter(statements []wire.Statement) []wire.Statement {
	if x == nil || x.id == "" {
		return statements
	}
	return append(statements, wire.Statement{SQL: useState + x.id + "'"})
}

// fix is the first query of the transaction.
func (x *state) fix() wire.Statement {
	if x == nil || x.id != "" {
		return wire.Statement{SQL: "SELECT pg_catalog.pg_current_snapshot()"}
	}
	return wire.Statement{SQL: "SELECT pg_catalog.pg_export_snapshot()"}
}

// receive takes in the result of fix, which is statement n of f, and what follows it.
func (x *state) receive(f *wire.Flight, n int) error {
	values, err := f.Row(n)
	if err != nil {
		return err
	}
	if x != nil && x.id == "" {
		id := string(values[0])
		if !stateID.MatchString(id) {
			return newError("snapshot", "", "snapshot_not_shared", "the database has no name for the state that it shows", nil)
		}
		x.id = id
	}
	_, err = f.Row(n + 1)
	return err
}

// notShared makes an error of f one that says so if the connection does not know the state.
func (x *state) notShared(f *wire.Flight, err error) error {
	failed := f.Failed()
	if x == nil || x.id == "" || failed == nil || failed.Statement.SQL != useState+x.id+"'" {
		return err
	}
	return newError("snapshot", "", "snapshot_not_shared", failed.Said.Message, failed.Said)
}

// lock keeps the shape of a table as it is until the end of the snapshot, which would not hide
// that the table was emptied or rewritten. The lock of a read can end with the read, as that
// is undone up to the savepoint; this one is older than the savepoint that counts then.
func (n *Snapshot) lock(ctx context.Context, t *catalog.Table) error {
	if t.Call != nil {
		return nil
	}
	s := n.store
	statements := s.session.enter(s.pool.Before(nil, n.conn.Conn().PgConn()))
	return n.do(ctx, append(statements, wire.Statement{SQL: compile.Nothing(t)}, wire.Statement{SQL: wire.SavepointSQL, Sync: true}))
}

// hold uses the connection, so that it is not taken for one that was left.
func (n *Snapshot) hold(ctx context.Context) error {
	return n.do(ctx, []wire.Statement{{SQL: "SELECT 1", Sync: true}})
}

// do runs statements of our own.
func (n *Snapshot) do(ctx context.Context, statements []wire.Statement) error {
	f := wire.Flight{Statements: statements}
	usable, err := n.store.exchange(ctx, n.conn, &n.reader, n.store.config.FirstRowTimeout, &f, nil)
	n.done(usable)
	return err
}
