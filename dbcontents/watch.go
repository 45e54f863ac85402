package dbcontents

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// askAgainAfter is how long a cancel request may have no effect before it is
	// sent again, then twice as long, and so on.
	askAgainAfter = 100 * time.Millisecond
	// breakAfter is how long a server may take to end a cancelled query before
	// the connection is broken instead. It is long enough for a busy machine.
	breakAfter = 2 * time.Second
)

// A watch ends a read at the server when its context ends, when its time is
// up, or when it is closed early. It asks the server to cancel, which keeps
// the connection usable, and breaks the connection only if that has no effect.
//
// pgx's own handling of a context breaks the connection at once (or, by
// option, waits 100 ms after a cancel request); here the reader always drains
// to the end of the cancelled query, so the request cannot hit a later one:
// settle waits until it was delivered.
type watch struct {
	ctx     context.Context
	op      string // for errors, as table
	table   string
	pg      *pgconn.PgConn
	stopCtx func() bool
	timer   *time.Timer
	total   time.Duration
	started time.Time
	ending  atomic.Pointer[ending]
}

// An ending is why a read is ended before its last row.
type ending struct {
	err      error         // what the reader is told; nil after an early Close
	settled  chan struct{} // closed by the reader when the connection is drained or broken
	finished chan struct{} // closed when nothing will touch the connection any more
	failed   bool          // the request may not have been delivered, or the connection was broken
}

// overSettled marks a watch whose read ended by itself.
var overSettled = &ending{}

// begin starts to watch. op and table are for the errors.
func (w *watch) begin(ctx context.Context, pg *pgconn.PgConn, op, table string, firstRow, total time.Duration) {
	w.ctx, w.op, w.table = ctx, op, table
	w.pg, w.total, w.started = pg, total, time.Now()
	w.stopCtx = context.AfterFunc(ctx, func() { w.end(contextError(op, table, ctx)) })
	w.timer = time.AfterFunc(min(firstRow, total), func() {
		code, d := "first_row_timeout", firstRow
		if time.Since(w.started) >= total {
			code, d = "query_timeout", total
		}
		w.end(newError(op, table, code, "no end after "+d.String(), nil))
	})
}

// firstRow exchanges the limit on the first row for that on the whole read.
func (w *watch) firstRow() {
	if w.timer.Stop() {
		w.timer.Reset(w.total - time.Since(w.started))
	}
}

// ended reports whether the read is being ended, and with what error.
func (w *watch) ended() (error, bool) {
	e := w.ending.Load()
	if e == nil || e == overSettled {
		return nil, false
	}
	return e.err, true
}

// end ends the read at the server and returns when the reader has settled.
// Only the first call has an effect.
func (w *watch) end(err error) {
	if e := w.claim(err); e != nil {
		w.carryOut(e)
	}
}

// endSoon is end without waiting. From now on the reader is told err.
func (w *watch) endSoon(err error) {
	if e := w.claim(err); e != nil {
		go w.carryOut(e)
	}
}

// claim makes err the reason for the end of the read, or returns nil if it
// is being ended, or over, already.
func (w *watch) claim(err error) *ending {
	e := &ending{err: err, settled: make(chan struct{}), finished: make(chan struct{})}
	if !w.ending.CompareAndSwap(nil, e) {
		return nil
	}
	return e
}

func (w *watch) carryOut(e *ending) {
	defer close(e.finished)
	ctx, cancel := context.WithTimeout(context.Background(), breakAfter)
	defer cancel()
	// Asked again while it has no effect, as a request that overtakes its query
	// has none: the server takes it while it is idle, and then begins to read.
	for pause := askAgainAfter; ctx.Err() == nil; pause *= 2 {
		// CancelRequest does not say that it gave up waiting for the server to
		// take the request; such a one may come late and hit the next query.
		if w.pg.CancelRequest(ctx) != nil || ctx.Err() != nil {
			e.failed = true
			break
		}
		if e.settledWithin(pause) {
			return
		}
	}
	e.failed = true
	w.pg.Conn().SetDeadline(time.Unix(1, 0)) // wakes the reader
	if e.settledWithin(breakAfter) {
		return
	}
	// Nobody is reading. A server that waits to send its next row does not see
	// a cancel request; it does see that the connection has gone.
	w.pg.Conn().Close()
	<-e.settled
}

func (e *ending) settledWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-e.settled:
		return true
	case <-timer.C:
		return false
	}
}

// settle is called by the reader when nothing more will come for it. It waits
// for a cancel request under way, and reports whether the connection may be used again.
func (w *watch) settle() (usable bool) {
	if w.stopCtx == nil {
		return true
	}
	w.stopCtx()
	w.timer.Stop()
	over := overSettled
	if w.ctx.Err() != nil {
		// The rows had arrived already, and the news of the end had not. Whether
		// a context that has ended is seen must not depend on who is faster.
		over = &ending{err: contextError(w.op, w.table, w.ctx)}
	}
	if w.ending.CompareAndSwap(nil, over) {
		return true
	}
	e := w.ending.Load()
	if e == overSettled {
		return true
	}
	close(e.settled)
	<-e.finished
	return !e.failed
}

// contextError is the error for a context that has ended: [context.Canceled]
// or the caller's own deadline, with its cause if the caller gave one.
func contextError(op, table string, ctx context.Context) *Error {
	err := ctx.Err()
	code, detail := "canceled", "the caller gave up"
	if err == context.DeadlineExceeded {
		code, detail = "deadline_exceeded", "the caller's deadline passed"
	}
	if cause := context.Cause(ctx); cause != err {
		err = &causedError{err, cause}
		detail += ": " + cause.Error()
	}
	return newError(op, table, code, detail, err)
}

// causedError is a context's error together with its cause.
type causedError struct{ err, cause error }

func (e *causedError) Error() string   { return e.cause.Error() }
func (e *causedError) Unwrap() []error { return []error{e.err, e.cause} }
