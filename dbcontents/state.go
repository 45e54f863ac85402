package dbcontents

import (
	"context"
	"regexp"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A state is one of the database that several snapshots see. The first of them, whose
// transaction must not end before the others have begun, gives it its id. A nil state is
// that of one snapshot alone.
type state struct {
	id string // by which PostgreSQL knows it, empty until the first snapshot has begun
	// server and seen tell it from a state that another server knows by the same id, as ids count up from
	// the start of a server: when that was, and the transactions that are seen.
	server, seen string
	lsn, reached string // the position of the first snapshot, as Snapshot has it
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
	const which = "pg_catalog.pg_current_snapshot()::text, " + thisServer
	switch {
	case x == nil:
		return wire.Statement{SQL: "SELECT pg_catalog.pg_current_snapshot()"}
	case x.id != "":
		return wire.Statement{SQL: "SELECT " + which}
	}
	return wire.Statement{SQL: "SELECT " + which + ", pg_catalog.pg_export_snapshot()"}
}

// receive takes in the result of fix, which is statement first of f, and what follows it. n, whose position
// is known, gets that of the first snapshot: what was committed since is not in the state.
func (x *state) receive(f *wire.Flight, first int, n *Snapshot) error {
	values, err := f.Row(first)
	if err != nil {
		return err
	}
	switch {
	case x == nil:
	case x.id != "":
		if len(values) != 2 || string(values[0]) != x.seen || string(values[1]) != x.server {
			return newError("snapshot", "", "snapshot_not_shared", "another server has a state of the same name", nil)
		}
		n.lsn, n.reached = x.lsn, x.reached
	case len(values) != 3 || !stateID.Match(values[2]):
		return newError("snapshot", "", "snapshot_not_shared", "the database has no name for the state that it shows", nil)
	default:
		x.seen, x.server, x.id = string(values[0]), string(values[1]), string(values[2])
		x.lsn, x.reached = n.lsn, n.reached
	}
	_, err = f.Row(first + 1)
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

// locked is what a transaction has locked of the tables that its state has, with partitions, what inherits,
// and what is below a view.
type locked struct {
	tables  string // their object identifiers, sorted
	foreign bool   // foreign tables are among them, of which each connection sees a state of its own
}

// lockedSQL is what of the user's tables the transaction has locked, whether what the state has of them is
// gone, and whether there are foreign tables. Gone is a file, a partition, of which a policy may keep some from
// being locked, or what inherits. The tables of the catalog show the state; functions such as pg_relation_filenode
// show what is there now. No function tells what inherits. The row that says so in the state is deleted by now if the
// transaction in its xmax has committed, unless that had ended before the state: then it only locked the row, or was
// undone. xmax has 32 of the 64 bits of a transaction, which are counted on from the oldest that was running.
const lockedSQL = `
WITH RECURSIVE running AS MATERIALIZED (
  SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint AS oldest
), own AS MATERIALIZED (
  SELECT DISTINCT c.oid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.oid >= 16384::oid AND c.relkind = ANY ('{r,p,f,m,v}'::"char"[])
), tree AS (
  SELECT oid, true AS there FROM own
  UNION
  SELECT c.oid, CASE
    WHEN c.relispartition THEN EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(c.oid::regclass) a WHERE a.relid = i.inhparent::regclass)
    WHEN i.xmax <> '0'::pg_catalog.xid AND x.later < 2147483648 THEN pg_catalog.pg_xact_status((r.oldest + x.later)::text::pg_catalog.xid8) IS DISTINCT FROM 'committed'
    ELSE true END
  FROM tree t CROSS JOIN running r JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid AND NOT i.inhdetachpending
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT (i.xmax::text::bigint - r.oldest) & 4294967295 AS later) x
)
SELECT pg_catalog.array_to_string(ARRAY(SELECT oid FROM own ORDER BY oid), ' '),
  EXISTS (SELECT FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
    WHERE NOT t.there OR c.relkind = ANY ('{r,m}'::"char"[]) AND c.relfilenode <> 0::oid AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid::regclass)),
  EXISTS (SELECT FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid WHERE c.relkind = 'f'::"char")`

// lock keeps the shape of tables as it is until the end of the snapshot, which would not hide
// that a table was emptied or rewritten, and fails if that happened before. The lock of a read can end with
// the read, as that is undone up to the savepoint; these are older than the savepoint that counts then.
func (n *Snapshot) lock(ctx context.Context, tables []tableEntry) (found locked, err error) {
	s := n.store
	statements := s.session.enter(s.pool.Before(nil, n.conn.Conn().PgConn()))
	for _, t := range tables {
		if t.table.Call == nil {
			statements = append(statements, wire.Statement{SQL: compile.Nothing(t.table)})
		}
	}
	look := len(statements)
	statements = append(statements, wire.Statement{SQL: lockedSQL}, wire.Statement{SQL: wire.SavepointSQL, Sync: true})
	changed := false
	err = n.do(ctx, statements, func(f *wire.Flight) error {
		values, err := f.Only(look, 3)
		if err != nil {
			return err
		}
		changed = string(values[1]) != "f"
		found = locked{string(values[0]), string(values[2]) != "f"}
		_, err = f.Row(look + 1)
		return err
	})
	if err == nil && changed {
		err = newError("export", tables[0].table.String(), "plan_changed", "what was to be read was emptied, rewritten or detached before it could be locked", nil)
	}
	return found, err
}

// hold uses the connection, so that it is not taken for one that was left.
func (n *Snapshot) hold(ctx context.Context) error {
	return n.do(ctx, []wire.Statement{{SQL: "SELECT 1", Sync: true}}, nil)
}

// do runs statements of our own. receive, if it is not nil, takes their results in.
func (n *Snapshot) do(ctx context.Context, statements []wire.Statement, receive func(*wire.Flight) error) error {
	f := wire.Flight{Statements: statements}
	var received func() error
	if receive != nil {
		received = func() error { return receive(&f) }
	}
	usable, err := n.store.exchange(ctx, n.conn, &n.reader, n.store.config.FirstRowTimeout, &f, received)
	n.done(usable)
	return err
}
