package wire

// A read may run code that is not PostgreSQL's own: in a view, a policy, a computed
// column, an operator, an expression of an index. It can change the session, by
// SET, SET ROLE or LISTEN, for every read after it. All of that is undone when
// its transaction is rolled back, and a read has nothing to lose by that.
//
// What is not undone: advisory locks of the session, prepared statements, and
// what code of the server itself keeps outside of transactions.

// The statements that begin and end transactions.
const (
	// BEGIN makes the implicit transaction an explicit one, with all that was done in it. It comes before what may fail:
	// one that is skipped behind an error makes pgpool-II 4.3 refuse the next simple query on the connection.
	BeginSQL    = "BEGIN"
	RollbackSQL = "ROLLBACK"
	// Where the transaction goes on it is undone up to this point.
	SavepointSQL  = "SAVEPOINT dbcontents"
	rollbackToSQL = "ROLLBACK TO SAVEPOINT dbcontents"
)

// An Undo is how the statements of a read, or of its estimate, are to end.
type Undo struct {
	Plain    bool // they run no code but PostgreSQL's own, and the session is checked now and then
	Snapshot bool // the transaction is that of a snapshot, which has the savepoint
	begun    bool // the transaction was begun in this flight
}

// Begin appends begin, which makes the transaction an explicit one, which no pooler spreads over several servers:
// BeginSQL, or that with the transaction's modes. It is not for snapshots.
func (u *Undo) Begin(statements []Statement, begin string) []Statement {
	u.begun = true
	return append(statements, Statement{SQL: begin})
}

// Between appends the statements that count. Each is undone before the next statement, as
// it may run code of others. In a snapshot that undoes more, as its savepoint is older than
// the settings of the read: again are the statements that give those a second time. first
// and last are the indexes of the first and the last statement that counts.
func (u *Undo) Between(statements, counting, again []Statement) (all []Statement, first, last int) {
	if !u.Plain && !u.Snapshot {
		statements = append(statements, Statement{SQL: SavepointSQL})
	}
	first = len(statements)
	for _, counts := range counting {
		last = len(statements)
		statements = append(statements, counts)
		if !u.Plain {
			statements = append(statements, Statement{SQL: rollbackToSQL})
			if u.Snapshot {
				statements = append(statements, again...)
			}
		}
	}
	return statements, first, last
}

// End appends what undoes statements, and ends their transaction. If one of them fails that is
// skipped, and whoever sent them ends the transaction. A sync before it would spare that, but
// a read of a few rows would take a tenth longer.
func (u *Undo) End(statements []Statement) []Statement {
	switch {
	case u.begun:
		statements = append(statements, Statement{SQL: RollbackSQL})
	case u.Snapshot && !u.Plain:
		statements = append(statements, Statement{SQL: rollbackToSQL})
	}
	statements[len(statements)-1].Sync = true
	return statements
}
