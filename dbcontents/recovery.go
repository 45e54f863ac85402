package dbcontents

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// The delay between two attempts to connect doubles from the first to the last
// value. A wrong password and its like are mended by people: those wait longer,
// and do not lock the account meanwhile.
const (
	firstDelay  = 250 * time.Millisecond
	lastDelay   = 2 * time.Second
	configDelay = 5 * time.Second
)

// A recovery knows whether new connections can be had. After an attempt to
// connect has failed, reads that would need another one fail at once, with the
// same cause, until the next attempt is due; then one of them, the probe, tries
// for all. It has no goroutine: without a read nobody needs to know.
type recovery struct {
	down atomic.Bool // cause is not nil: what every read looks at

	mu      sync.Mutex
	cause   *Error // why connecting failed last, nil if it did not
	delay   time.Duration
	next    time.Time // when the next attempt is due
	probing bool      // it is under way
	cleared time.Time // when a probe succeeded last

	connects, failures, refusals atomic.Int64
}

// probeKey marks the context of the one attempt that may connect.
type probeKey struct{}

// probe makes the caller the probe if an attempt is due and nobody is at it;
// else it fails with what is known.
func (r *recovery) probe(op, table string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.cause == nil:
		return false, nil
	case r.probing || time.Now().Before(r.next):
		return false, r.known(op, table)
	}
	r.probing = true
	return true, nil
}

// probed fails with what is known while a probe is under way, for those who
// would wait for its outcome.
func (r *recovery) probed(op, table string) error {
	if !r.down.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil || !r.probing {
		return nil
	}
	return r.known(op, table)
}

// known is the cause for another caller. The lock is held.
func (r *recovery) known(op, table string) *Error {
	r.refusals.Add(1)
	e := *r.cause
	e.Op, e.Table = op, table
	e.RetryAfter = max(time.Until(r.next), firstDelay)
	return &e
}

// beforeConnect keeps an owned pool from connecting for those who queued in it
// before the failure was known.
func (r *recovery) beforeConnect(ctx context.Context) error {
	if r.down.Load() && ctx.Value(probeKey{}) == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.cause != nil {
			return r.known("connect", "")
		}
	}
	r.connects.Add(1)
	return nil
}

// succeeded takes note that a connection was had. One that was idle tells
// nothing about new ones; but when the next attempt is due anyway, whoever needs
// a new one may try.
func (r *recovery) succeeded(probe bool) {
	if !r.down.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if probe {
		r.probing, r.cleared = false, now
	} else if now.Before(r.next) || r.probing {
		return
	}
	r.cause, r.delay = nil, 0
	r.down.Store(false)
}

// failed takes note that connecting, begun at start, failed by e, and says in e
// when the next attempt is due.
func (r *recovery) failed(probe bool, start time.Time, e *Error) {
	r.failures.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if probe {
		// Its attempt began when it became the probe, however long ago its read did.
		r.probing = false
	} else if start.Before(r.cleared) {
		return // old news
	}
	if probe || r.cause == nil {
		// Others that began before it was known do not double the delay.
		r.cause = e
		r.delay = min(max(2*r.delay, firstDelay), lastDelay)
		if diagnosis.Named(e.Code).Permanent {
			r.delay = configDelay
		}
		r.postpone()
		r.down.Store(true)
	}
	e.RetryAfter = max(time.Until(r.next), firstDelay)
}

// gaveUp ends a probe that has come to no verdict: its caller left, or no
// connection was free.
func (r *recovery) gaveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.probing = false
	r.postpone()
}

// postpone puts the next attempt off by the delay, less up to a quarter, so
// that many servers do not try at the same moment.
func (r *recovery) postpone() {
	r.next = time.Now().Add(r.delay - rand.N(r.delay/4))
}

// admit decides whether a read may look for a connection, and whether it is
// the probe. One that finds an idle connection, or waits for one that is in
// use because the pool is full, needs no new one and is not held up.
func (s *Store) admit(op, table string) (probe bool, err error) {
	if !s.recovery.down.Load() {
		return false, nil
	}
	stat := s.pool.Stat()
	if stat.IdleConns() > 0 || stat.AcquiredConns() == stat.MaxConns() {
		return false, nil
	}
	return s.recovery.probe(op, table)
}

// refused finds what beforeConnect said in an error of the pool.
func refused(err error, op, table string) *Error {
	var known *Error
	if !errors.As(err, &known) {
		return nil
	}
	e := *known
	e.Op, e.Table = op, table
	return &e
}
