package dbcontents

// A read may run code that is not PostgreSQL's own: in a view, a policy, a computed
// column, an operator, an expression of an index. It can change the session, by
// SET, SET ROLE or LISTEN, for every read after it. All of that is undone when
// its transaction is rolled back, and a read has nothing to lose by that.
//
// What is not undone: advisory locks of the session, prepared statements, and
// what code of the server itself keeps outside of transactions.

const (
	// ROLLBACK alone has a warning, also in the server's log, where no BEGIN was.
	// BEGIN makes the implicit transaction an explicit one, with all that was done in it.
	beginSQL    = "BEGIN"
	rollbackSQL = "ROLLBACK"
	// Where the transaction goes on it is undone up to this point.
	savepointSQL  = "SAVEPOINT dbcontents"
	rollbackToSQL = "ROLLBACK TO SAVEPOINT dbcontents"
)

// An undo is how the statements of a read, or of its estimate, are to end.
type undo struct {
	plain    bool // they run no code but PostgreSQL's own, and the session is checked now and then
	snapshot bool // the transaction is that of a snapshot, which has the savepoint
	begun    bool // the savepoint is in a transaction that was begun in this flight
}

// undo is how the statements of r are to end.
func (r *Rows) undo() undo {
	return undo{plain: r.plan.plain && r.store.preamble.startup, snapshot: r.snapshot != nil}
}

// between appends counting to statements, and what undoes it before the read.
// last is the index of the last statement that counts.
func (u *undo) between(statements, counting []statement) (all []statement, last int) {
	if u.begun = !u.plain && !u.snapshot; u.begun {
		statements = append(statements, statement{sql: beginSQL}, statement{sql: savepointSQL})
	}
	statements = append(statements, counting...)
	last = len(statements) - 1
	if !u.plain {
		statements = append(statements, statement{sql: rollbackToSQL})
	}
	return statements, last
}

// end appends what undoes statements, and ends their transaction. It costs no
// round trip, but a plain read of a few rows would take a tenth longer at the server.
func (u *undo) end(statements []statement) []statement {
	switch {
	case u.plain:
	case u.snapshot:
		statements = append(statements, statement{sql: rollbackToSQL})
	case u.begun:
		// Behind a sync, as it must not be skipped when the read fails.
		statements[len(statements)-1].sync = true
		statements = append(statements, statement{sql: rollbackSQL})
	default:
		statements = append(statements, statement{sql: beginSQL}, statement{sql: rollbackSQL})
	}
	statements[len(statements)-1].sync = true
	return statements
}
