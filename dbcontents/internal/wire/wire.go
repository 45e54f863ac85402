// Package wire sends several statements to PostgreSQL in one network round trip,
// and takes rows straight from the read buffer. It knows nothing of tables.
package wire

import (
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A Statement is one SQL statement of a flight.
type Statement struct {
	SQL    string
	Params [][]byte // in text form, nil is NULL
	Types  []uint32 // of Params
	// Formats of the result's columns: 0 text, 1 binary. One entry is for all.
	Formats []int16
	// Want are the types of the result's columns; nil accepts any, and so does 0 for a column.
	Want []uint32
	// Signature is that of the table whose columns give the parameters their
	// types; a statement that was prepared under another one is not used.
	Signature uint64
	Width     int // how many columns the table has
	// Role is the one that the statement is planned for. Roles never share a kept
	// statement, as PostgreSQL would have to plan it again at every change of the role
	// where a plan depends on row-level security.
	Role string
	// Sync ends a transaction here: a failure does not reach what follows.
	Sync bool
	// Check: its row says how the session is, see Session.
	Check bool
}

// A Flight is a group of statements that travels in one network round trip:
// all are sent, then their results are received in turn. Statements up to a
// sync run in one transaction, so what set_config sets with is_local
// holds for the statements after it and for nothing else. What code of others
// may change beside, see Undo.
//
// It speaks the protocol through pgconn's own connection, which goes on
// tracking parameters and transaction state. pgconn's pipeline would do, but
// costs several allocations a statement and cannot keep a prepared statement's
// description together with what was expected of it.
type Flight struct {
	Statements []Statement
	Unnamed    bool // do not use or keep what is prepared on the connection
	Crowded    bool // there are more reads than CPUs
	Reused     bool // a statement with parameters had been kept

	pg       *pgconn.PgConn
	named    bool // statements are kept
	memory   *Memory
	prepared []*prepared  // of each statement; its name is set when the server has it
	few      [5]*prepared // where prepared lies, if it is not longer
	at       int          // the statement whose result is being received
	parsed   int          // the next statement whose parse is to be confirmed
	syncs    int          // how many ReadyForQuery are still to come
	fault    error        // what ended the current statement
	refused  *Failure     // the first error that the database reported
	step     Step         // how far the server has come with the current statement
	oids     []uint32     // of its parameters, if it was described just now
	repeated bool         // all was sent a second time
}

// ErrOtherTypes means that a column's type is not what the catalog said.
var ErrOtherTypes = errors.New("a column's type has changed")

// ErrSessionChanged means that code of the database has changed the session for
// good, and what follows would be read under other settings, or as another role.
var ErrSessionChanged = errors.New("code of the database has changed the session of this connection")

// ErrMisplaced means that the server sent what cannot come there.
var ErrMisplaced = errors.New("the server does not keep to the protocol")

// Send sends all statements. With named, they are kept on the connection. If it
// fails, the connection cannot be used any more.
func (f *Flight) Send(pg *pgconn.PgConn, named bool) error {
	if err := f.write(pg, named); err != nil {
		return f.broken(err)
	}
	return nil
}

func (f *Flight) write(pg *pgconn.PgConn, named bool) error {
	f.pg, f.memory = pg, MemoryOf(pg)
	f.memory.Flown = true
	if p := f.memory.pacer; p != nil {
		p.begin(f.Crowded)
	}
	// In a transaction a kept statement that has become invalid would do more
	// harm than a new one costs.
	f.named = named && !f.Unnamed && pg.TxStatus() == 'I'
	f.prepared = f.few[:0]
	if pg.IsClosed() {
		return pgconn.ErrConnClosed // and pgconn may be about to say good-bye on it
	}
	front := pg.Frontend()
	for _, name := range f.memory.stale {
		front.SendClose(&pgproto3.Close{ObjectType: 'S', Name: name})
	}
	f.memory.stale = f.memory.stale[:0]
	for i := range f.Statements {
		s := &f.Statements[i]
		var p *prepared
		if f.named {
			p, _ = f.memory.prepared.Get(s.key())
		}
		if p != nil && (p.signature != s.Signature || !p.gives(s.Want)) {
			// Prepared before the table was altered; the catalog knows better.
			f.memory.drop(s.key(), p)
			p = nil
		}
		if p == nil {
			p = &prepared{signature: s.Signature}
			if f.named && !f.keeps(s.key()) && s.serverBytes() <= maxPreparedBytes {
				f.memory.names++
				p.name = f.memory.prefix + strconv.Itoa(f.memory.names)
			}
			front.SendParse(&pgproto3.Parse{Name: p.name, Query: s.SQL, ParameterOIDs: s.Types})
			front.SendDescribe(&pgproto3.Describe{ObjectType: 'S', Name: p.name})
		}
		f.Reused = f.Reused || p.known && len(s.Params) > 0
		f.prepared = append(f.prepared, p)
		front.SendBind(&pgproto3.Bind{PreparedStatement: p.name, Parameters: s.Params, ResultFormatCodes: s.Formats})
		if p.known && s.Want != nil && !f.memory.Session.Own {
			// A pooler that keeps statements parses the text anew on each server, and so
			// without an error where the table has changed.
			front.SendDescribe(&pgproto3.Describe{ObjectType: 'P'})
		}
		front.SendExecute(&pgproto3.Execute{})
		if s.Sync {
			front.SendSync(&pgproto3.Sync{})
			f.syncs++
		}
	}
	return front.Flush()
}

// keeps reports whether this flight has a statement already that will be kept
// for key. The settings may stand in it twice, with a sync between: then the second
// must not rely on the first, nor be kept beside it.
func (f *Flight) keeps(key preparedKey) bool {
	for i, p := range f.prepared {
		if p.name != "" && f.Statements[i].key() == key {
			return true
		}
	}
	return false
}
