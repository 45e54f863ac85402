package pool

import (
	"context"
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
	cause   *diagnosis.Finding // why connecting failed last, nil if it did not
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
func (r *recovery) probe() (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.cause == nil:
		return false, nil
	case r.probing || time.Now().Before(r.next):
		return false, r.known()
	}
	r.probing = true
	return true, nil
}

// probed fails with what is known while a probe is under way.
func (r *recovery) probed() error {
	if !r.down.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil || !r.probing {
		return nil
	}
	return r.known()
}

// known is the cause for another caller. The lock is held.
func (r *recovery) known() *diagnosis.Finding {
	r.refusals.Add(1)
	f := *r.cause
	f.RetryAfter = max(time.Until(r.next), firstDelay)
	return &f
}

// beforeConnect keeps an owned pool from connecting for those who queued in it
// before the failure was known.
func (r *recovery) beforeConnect(ctx context.Context) error {
	if r.down.Load() && ctx.Value(probeKey{}) == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.cause != nil {
			return r.known()
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

// failed takes note that connecting, begun at start, failed by f, and says in f
// when the next attempt is due.
func (r *recovery) failed(probe bool, start time.Time, f *diagnosis.Finding) {
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
		r.cause = f
		r.delay = min(max(2*r.delay, firstDelay), lastDelay)
		if diagnosis.ByCode(f.Code).Permanent {
			r.delay = configDelay
		}
		r.postpone()
		r.down.Store(true)
	}
	f.RetryAfter = max(time.Until(r.next), firstDelay)
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
