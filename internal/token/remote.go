package token

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// The delay between two attempts doubles from the first to the last value while
	// the keys cannot be fetched.
	firstDelay = 250 * time.Millisecond
	lastDelay  = 10 * time.Second
	// newerDelay is the shortest time between two attempts for tokens whose key is
	// unknown. It limits the requests that made-up tokens can cause.
	newerDelay = 10 * time.Second
	// fetchTimeout bounds an attempt: up to two requests, with their redirects.
	fetchTimeout = 5 * time.Second
)

var errNotYet = errors.New("keys were not fetched yet")

// A remote holds the keys of a JWKS that is fetched. At most one attempt to fetch it is
// under way at a time, and only a method call starts one: keys are not needed until
// there is a token.
type remote struct {
	source source

	mu      sync.Mutex
	set     *keySet       // nil until there is one; kept while the next cannot be fetched
	due     time.Time     // when set should be fetched again
	started time.Time     // the last attempt
	cause   error         // why it failed, nil if it did not
	delay   time.Duration // after it, if it failed
	next    time.Time     // when the next one may start
	flight  chan struct{} // closed when the attempt under way ends; nil if there is none
}

// current returns the set, nil if there is none yet, and does not wait. It starts an
// attempt if that is due.
func (r *remote) current() *keySet {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set != nil && !time.Now().Before(r.due) {
		r.start()
	}
	return r.set
}

// wait returns the set, and waits only if there is none yet.
func (r *remote) wait(ctx context.Context) (*keySet, *Error) {
	if set := r.current(); set != nil {
		return set, nil
	}
	r.mu.Lock()
	flight := r.start()
	r.mu.Unlock()
	if err := join(ctx, flight); err != nil {
		return nil, keysUnavailable(err, 0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set == nil {
		return nil, r.unavailable()
	}
	return r.set, nil
}

// newer is called when old has no key for a token. It fetches the keys again, unless
// the last attempt was a moment ago, and returns the current set. If the last attempt
// failed it returns an error instead, because the token may be signed with a new key.
func (r *remote) newer(ctx context.Context, old *keySet) (*keySet, *Error) {
	r.mu.Lock()
	flight := r.flight
	if r.set == old && flight == nil && time.Since(r.started) >= newerDelay {
		flight = r.start()
	}
	replaced := r.set != old
	r.mu.Unlock()
	if !replaced {
		if err := join(ctx, flight); err != nil {
			return nil, keysUnavailable(err, 0)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set == old && r.cause != nil {
		return nil, r.unavailable()
	}
	return r.set, nil
}

// problem returns why there is no set, nil if there is one.
func (r *remote) problem() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set != nil {
		return nil
	}
	r.start()
	if r.cause != nil {
		return r.cause
	}
	return errNotYet
}

// join waits for the end of an attempt. A nil flight is none.
func join(ctx context.Context, flight <-chan struct{}) error {
	if flight == nil {
		return nil
	}
	select {
	case <-flight:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unavailable is the error about the last attempt. The lock is held.
func (r *remote) unavailable() *Error {
	return keysUnavailable(r.cause, time.Until(r.next))
}

// start starts an attempt, unless one is under way or the last one failed too short a
// time ago, and returns its flight. The lock is held.
func (r *remote) start() chan struct{} {
	now := time.Now()
	if r.flight == nil && !now.Before(r.next) {
		r.started, r.flight = now, make(chan struct{})
		go r.attempt()
	}
	return r.flight
}

// attempt fetches the keys. It does not use the context of the request that started it,
// because other requests may wait for it too.
func (r *remote) attempt() {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	set, life, err := r.source.keys(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.flight)
	r.flight, r.cause = nil, err
	now := time.Now()
	if err != nil {
		r.delay = min(max(2*r.delay, firstDelay), lastDelay)
		r.next = now.Add(r.delay)
		return
	}
	r.delay, r.next, r.due = 0, time.Time{}, now.Add(life)
	// If nothing changed the old set is kept, so that cached tokens stay valid.
	if r.set == nil || !r.set.equal(set) {
		r.set = set
	}
}
