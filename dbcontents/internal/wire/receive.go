package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Row receives up to the next row of statement number n. It returns nil, nil
// after that statement's last row. The row is valid until the next call.
func (f *Flight) Row(n int) ([][]byte, error) {
	for f.at <= n {
		values, ok := f.receive()
		if ok && f.fault == nil && len(values) != len(f.prepared[f.at].types) {
			f.misplaced("a row of another number of columns")
			return nil, f.fault
		}
		if ok && f.at == n {
			return values, nil
		}
		if ok && f.Statements[f.at].Check && !f.memory.Session.Take(values, f.pg.PID()) && f.fault == nil {
			f.fault = ErrSessionChanged
		}
		if f.fault != nil && !f.repeat() {
			return nil, f.fault
		}
	}
	return nil, f.fault
}

// Only is Row for a statement that gives so many columns, and never no row.
func (f *Flight) Only(n, columns int) ([][]byte, error) {
	values, err := f.Row(n)
	if err == nil && len(values) != columns {
		err = f.misplaced(strconv.Itoa(len(values)) + " values, not " + strconv.Itoa(columns))
	}
	return values, err
}

// Err is what ended the current statement, nil if nothing did.
func (f *Flight) Err() error { return f.fault }

// Failed is the first error that the database reported, nil without one.
func (f *Flight) Failed() *Failure { return f.refused }

// Skip receives what is left of statement number n, however it ends.
func (f *Flight) Skip(n int) {
	for f.at <= n {
		f.receive()
	}
	if f.syncs >= 0 {
		f.fault = nil
	}
}

// Drain receives all that is left and reports whether the connection is idle.
func (f *Flight) Drain() (idle bool) {
	for f.syncs > 0 {
		f.receive()
	}
	return f.syncs == 0
}

// receive takes one message in, and returns its values if it is a row.
func (f *Flight) receive() (values [][]byte, ok bool) {
	if s := f.memory.source; s != nil {
		if values, ok = s.row(); ok {
			return values, true
		}
	}
	msg, err := f.pg.ReceiveMessage(context.Background())
	if err != nil {
		f.broken(err)
		return nil, false
	}
	if row, ok := msg.(*pgproto3.DataRow); ok {
		return row.Values, true
	}
	f.control(msg)
	return nil, false
}

// Past reports whether the result of statement number n has come to its end.
func (f *Flight) Past(n int) bool { return f.at > n }

// Running reports whether the server may still be at work on statement number n.
func (f *Flight) Running(n int) bool {
	return f.at <= n && (f.fault == nil || f.fault == ErrOtherTypes || f.fault == ErrSessionChanged)
}

// repeat sends all statements again, once, if they failed because the owner of
// a borrowed pool said DEALLOCATE or DISCARD: then nothing has been done or
// received. It is not left to a second attempt, which may meet another
// connection in the same state.
func (f *Flight) repeat() bool {
	var e *pgconn.PgError
	if f.repeated || !errors.As(f.fault, &e) || e.Code != "26000" ||
		slices.ContainsFunc(f.Statements[:f.at], func(s Statement) bool { return s.Sync }) {
		return false
	}
	if !f.Drain() || f.pg.TxStatus() != 'I' && !f.rollback() {
		return false
	}
	pg, named := f.pg, f.named
	*f = Flight{Statements: f.Statements, Crowded: f.Crowded, repeated: true}
	return f.Send(pg, named) == nil
}

// rollback ends the transaction that a flight with kept statements has begun and that has failed.
func (f *Flight) rollback() bool {
	undo := Flight{Statements: []Statement{{SQL: RollbackSQL, Sync: true}}, Unnamed: true}
	return f.named && undo.Send(f.pg, false) == nil && undo.Drain() && f.pg.TxStatus() == 'I'
}

// control takes in every message but a row. What is about a statement where none is left does not belong to the
// flight.
func (f *Flight) control(msg pgproto3.BackendMessage) {
	switch msg.(type) {
	case *pgproto3.ParseComplete, *pgproto3.ParameterDescription, *pgproto3.RowDescription, *pgproto3.NoData,
		*pgproto3.BindComplete, *pgproto3.CommandComplete:
		if f.at >= len(f.Statements) {
			f.misplaced("a message behind the last result")
			return
		}
	}
	switch msg := msg.(type) {
	case *pgproto3.ParseComplete:
		f.step = parsed
		for f.parsed < len(f.prepared) && f.prepared[f.parsed].known {
			f.parsed++
		}
		if f.parsed == len(f.prepared) {
			f.misplaced("a statement that was not sent is parsed")
		}
	case *pgproto3.ParameterDescription:
		f.oids = msg.ParameterOIDs
	case *pgproto3.RowDescription:
		f.describe(msg)
	case *pgproto3.NoData:
		f.describe(&pgproto3.RowDescription{})
	case *pgproto3.BindComplete:
		f.step = bound
		f.checkTypes()
	case *pgproto3.CommandComplete:
		f.step, f.oids = Sent, nil
		if f.fault == nil {
			f.at++
		}
	case *pgproto3.ErrorResponse:
		if f.fault == nil {
			said := pgconn.ErrorResponseToPgError(msg)
			f.fault = said
			f.note(said)
		}
		if msg.Code == "0A000" || msg.Code == "26000" {
			f.memory.forget() // the table has changed, or somebody deallocated
			f.memory.Lost = f.memory.Lost || msg.Code == "26000" && f.named && f.step != bound
		}
	case *pgproto3.ReadyForQuery:
		// After an error the server has skipped the rest up to its sync.
		for f.at < len(f.Statements) && f.fault != nil {
			f.at++
			if f.Statements[f.at-1].Sync {
				break
			}
		}
		f.parsed = max(f.parsed, f.at)
		f.step, f.oids = Sent, nil
		f.syncs--
	}
}

// describe takes in the types of a result: those of a statement that was parsed just now, or, once it
// is bound, of one that was kept.
func (f *Flight) describe(msg *pgproto3.RowDescription) {
	if f.step == bound {
		f.prepared[f.at].describe(msg)
		f.checkTypes()
		return
	}
	if f.parsed >= len(f.prepared) {
		f.misplaced("a statement that was not sent is described")
		return
	}
	p := f.prepared[f.parsed]
	p.describe(msg)
	p.known = p.name != ""
	if p.known {
		f.memory.keep(&f.Statements[f.parsed], p)
	}
	f.parsed++
}

// checkTypes compares what the server sends with what the catalog promised: a
// column may have got another type since, and its bytes would be misread.
func (f *Flight) checkTypes() {
	if f.fault == nil && !f.prepared[f.at].gives(f.Statements[f.at].Want) {
		f.fault = ErrOtherTypes
		f.memory.forget()
	}
}

// broken is for a connection that cannot be used any more. A message that the
// server sent before it went says more than the end of the stream does.
func (f *Flight) broken(err error) error {
	if f.fault == nil {
		f.fault = err
	}
	f.syncs = -1
	f.at = len(f.Statements)
	return f.fault
}

// misplaced is for a message that cannot be: what comes behind it means nothing either, nor to the next flight.
func (f *Flight) misplaced(what string) error {
	f.broken(fmt.Errorf("%w: %s", ErrMisplaced, what))
	f.pg.Conn().Close()
	return f.fault
}

// Buffered is how many bytes have arrived and were not yet looked at.
func (f *Flight) Buffered() int {
	if s := f.memory.source; s != nil {
		return s.buffered()
	}
	return f.pg.Frontend().ReadBufferLen()
}
