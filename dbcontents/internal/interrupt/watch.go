// Package interrupt ends a query at the server when its context ends, when its
// time is up, or when nobody wants the rest. It knows neither what is read nor why.
package interrupt

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

const (
	// askAgainAfter is how long a cancel request may have no effect before it is
	// sent again, then twice as long, and so on.
	askAgainAfter = 100 * time.Millisecond
	// breakAfter is how long a server may take to end a cancelled query before
	// the connection is broken instead. It is long enough for a busy machine.
	breakAfter = 2 * time.Second
)

// A Watch ends a read at the server when its context ends, when its time is
// up, or when it is closed early. It asks the server to cancel, which keeps
// the connection usable, and breaks the connection only if that has no effect.
// It begins before there is a connection, and is the context of the wait for one:
// one timer and one registration with the caller's context serve all of a read.
//
// pgx's own handling of a context breaks the connection at once (or, by
// option, waits 100 ms after a cancel request); here the reader always drains
// to the end of the cancelled query, so the request cannot hit a later one:
// Settle waits until it was delivered.
type Watch struct {
	caller  context.Context
	done    chan struct{} // closed when the read is being ended
	stopCtx func() bool
	timer   atomic.Pointer[time.Timer]
	limit   atomic.Pointer[Limit]
	started time.Time    // when limit began to count, until the connection is there
	working atomic.Int64 // when it began to count since, after started
	total   *Limit       // of the whole read
	pg      atomic.Pointer[pgconn.PgConn]
	ending  atomic.Pointer[ending]
}

// A Limit is how long something may take.
type Limit struct {
	Code  string // of the diagnosis when it is up
	After time.Duration
}

// An ending is why a read is ended before its last row.
type ending struct {
	err      error         // what the reader is told; nil after an early Close
	asked    chan struct{} // closed when the server has taken the request to cancel, or cannot
	settled  chan struct{} // closed by the reader when the connection is drained or broken
	finished chan struct{} // closed when nothing will touch the connection any more
	failed   bool          // the request may not have been delivered, or the connection was broken
}

// overSettled marks a watch whose read ended by itself.
var overSettled = &ending{}

// Begin starts to watch, for at most l until there is a connection.
func (w *Watch) Begin(ctx context.Context, l *Limit) {
	w.caller = ctx
	w.done, w.started = make(chan struct{}), time.Now()
	w.limit.Store(l)
	w.stopCtx = context.AfterFunc(ctx, func() { w.end(diagnosis.Context(ctx)) })
	w.timer.Store(time.AfterFunc(l.After, w.tick))
	if ctx.Err() != nil {
		w.end(diagnosis.Context(ctx)) // AfterFunc may run after this check
	}
}

// tick is called when a limit may be up. The timer is not set anew for a limit
// that ends later, as most reads are over before the first.
func (w *Watch) tick() {
	l := w.limit.Load()
	if wait := l.After - (time.Since(w.started) - time.Duration(w.working.Load())); wait > 0 {
		w.timer.Store(time.AfterFunc(wait, w.tick))
		if w.ending.Load() != nil {
			w.timer.Load().Stop() // Settle has stopped the last one
		}
		return
	}
	if w.CallerEnded() {
		w.end(diagnosis.Context(w.caller))
		return
	}
	w.end(diagnosis.New(l.Code, "no end after "+l.After.String(), nil))
}

// Caller is the context that Begin was given.
func (w *Watch) Caller() context.Context { return w.caller }

// Started is when Begin was called.
func (w *Watch) Started() time.Time { return w.started }

// CallerEnded reports whether the caller's context has ended. Its deadline counts
// from when it has passed: after a pause of the whole process a later timer of
// ours may fire before that of the context.
func (w *Watch) CallerEnded() bool {
	if w.caller.Err() != nil {
		return true
	}
	deadline, ok := w.caller.Deadline()
	return ok && !time.Now().Before(deadline)
}

// Has takes note of the connection. It reports false if the read is being
// ended already; then nothing may be sent.
func (w *Watch) Has(pg *pgconn.PgConn) bool {
	w.pg.Store(pg)
	return w.ending.Load() == nil
}

// Work begins the limits of the query: first until the first row, or the
// end, and total for all of it.
func (w *Watch) Work(first, total *Limit) {
	if first.After >= total.After {
		first = total
	}
	waited := time.Since(w.started)
	armed := w.limit.Load().After
	w.total = total
	w.working.Store(int64(waited))
	w.limit.Store(first)
	if waited+first.After < armed && w.timer.Load().Stop() {
		w.timer.Store(time.AfterFunc(first.After, w.tick))
	}
}

// FirstRow exchanges the limit on the first row for that on the whole read.
func (w *Watch) FirstRow() { w.limit.Store(w.total) }

// Worked is how long the query has been under way.
func (w *Watch) Worked() time.Duration {
	return time.Since(w.started) - time.Duration(w.working.Load())
}

// Deadline, Done, Err and Value make a Watch the context of the wait for a connection.
func (w *Watch) Deadline() (time.Time, bool) { return w.caller.Deadline() }
func (w *Watch) Done() <-chan struct{}       { return w.done }
func (w *Watch) Value(key any) any           { return w.caller.Value(key) }

func (w *Watch) Err() error {
	select {
	case <-w.done:
	default:
		return nil
	}
	if err := w.caller.Err(); err != nil {
		return err
	}
	return context.DeadlineExceeded
}

// Ended reports whether the read is being ended, and with what error.
func (w *Watch) Ended() (error, bool) {
	e := w.ending.Load()
	if e == nil || e == overSettled {
		return nil, false
	}
	return e.err, true
}

// end ends the read at the server and returns when the reader has settled.
// Only the first call has an effect.
func (w *Watch) end(err error) {
	if e := w.claim(err); e != nil {
		w.carryOut(e)
	}
}

// EndSoon is end without waiting. From now on the reader is told err.
func (w *Watch) EndSoon(err error) {
	if e := w.claim(err); e != nil {
		go w.carryOut(e)
	}
}

// claim makes err the reason for the end of the read, or returns nil if it
// is being ended, or over, already.
func (w *Watch) claim(err error) *ending {
	e := &ending{err: err, asked: make(chan struct{}), settled: make(chan struct{}), finished: make(chan struct{})}
	if !w.ending.CompareAndSwap(nil, e) {
		return nil
	}
	close(w.done)
	return e
}

func (w *Watch) carryOut(e *ending) {
	defer close(e.finished)
	pg := w.pg.Load()
	if pg == nil {
		close(e.asked)
		return // there is no connection yet, and the reader will see that it must not use one
	}
	deadline := time.Now().Add(breakAfter)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	ask := func() bool {
		// CancelRequest does not say that it gave up waiting for the server to
		// take the request; such a one may come late and hit the next query.
		return pg.CancelRequest(ctx) == nil && ctx.Err() == nil
	}
	asked := ask()
	close(e.asked)
	// Asked again while it has no effect, as a request that overtakes its query
	// has none: the server takes it while it is idle, and then begins to read.
	for pause := askAgainAfter; asked; pause *= 2 {
		if e.settledWithin(min(pause, time.Until(deadline))) {
			return
		}
		asked = time.Now().Before(deadline) && ask() // by the clock, as ctx may not know of its end yet
	}
	e.failed = true
	pg.Conn().SetDeadline(time.Unix(1, 0)) // wakes the reader
	if e.settledWithin(breakAfter) {
		return
	}
	// Nobody is reading. A server that waits to send its next row does not see
	// a cancel request; it does see that the connection has gone.
	pg.Conn().Close()
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

// WaitAsked waits until the server of a read that is being ended knows it. A
// reader that went on receiving until then would keep the server at work, and
// busy the CPUs that have to carry the request.
func (w *Watch) WaitAsked() {
	if e := w.ending.Load(); e != nil && e != overSettled {
		<-e.asked
	}
}

// Settle is called by the reader when nothing more will come for it. It waits
// for a cancel request under way, and reports whether the connection may be used again.
func (w *Watch) Settle() (usable bool) {
	if w.stopCtx == nil {
		return true
	}
	w.stopCtx()
	w.timer.Load().Stop()
	over := overSettled
	if w.caller.Err() != nil {
		// The rows have arrived, and AfterFunc has not run yet. Whether
		// a context that has ended is seen must not depend on who is faster.
		over = &ending{err: diagnosis.Context(w.caller)}
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
