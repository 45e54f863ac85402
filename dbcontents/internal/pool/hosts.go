package pool

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// A host that has failed is left alone for a time that doubles from the first to the last value.
const (
	firstRest = 250 * time.Millisecond
	lastRest  = 10 * time.Second
	// forgetAfter is when an address is forgotten that no name has any more.
	forgetAfter = time.Hour
)

// hosts remembers what came of the attempts to connect to each address, so that not
// every new connection has to find out again. It is safe for concurrent use.
type hosts struct {
	target  target
	inOrder bool          // they are tried in the order of the connection string
	maxLag  time.Duration // how far standbys may be behind, 0 for any

	mu  sync.Mutex
	all []*host // in the order in which they were met
}

// A host is one address at which a server may be. The lock of its hosts guards it.
type host struct {
	of      *hosts
	address string // as it is dialled
	name    string // as it is configured, with its port

	seen     time.Time     // when it last was the address of a name
	role     Role          // as it was last; empty as long as nothing is known
	misfit   bool          // it is not what the target asks for
	reached  bool          // a connection was accepted, and none refused since
	failures int64         // attempts that failed
	rest     time.Duration // after the next failure
	until    time.Time     // when the rest after the last failure ends
	trying   int           // attempts under way
	replay
}

// at is the host at an address, which is new or known.
func (h *hosts) at(address, name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for _, known := range h.all {
		if known.address == address {
			known.seen, known.name = now, name
			return known
		}
	}
	h.all = slices.DeleteFunc(h.all, func(x *host) bool { return now.Sub(x.seen) > forgetAfter && x.trying == 0 })
	x := &host{of: h, address: address, name: name, seen: now}
	h.all = append(h.all, x)
	return x
}

// order is the order in which the hosts among candidates are tried: those that are likely to
// do, then those that wanted says are not, then those that somebody else is
// finding out about, and last those that were not what the target asks for, which a failover may have
// changed, and standbys that are too far behind. Those that rest after a failure come after all of them, so that they are
// tried only if these fail too, the one first whose rest is over first.
func (h *hosts) order(candidates []*host, wanted func(*host) bool) []*host {
	h.mu.Lock()
	defer h.mu.Unlock()
	const classes = 6
	var by [classes][]*host
	now := time.Now()
	for _, x := range candidates {
		class := 0
		switch {
		case now.Before(x.until):
			class = 5
		case x.isFar(now):
			class = 4
		case x.misfit:
			class = 3
		case x.trying > 0 && !x.reached:
			class = 2
		case wanted != nil && !wanted(x):
			class = 1
		}
		by[class] = append(by[class], x)
	}
	if !h.inOrder {
		for _, list := range by[:classes-1] {
			rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
	}
	slices.SortStableFunc(by[classes-1], func(a, b *host) int { return a.until.Compare(b.until) })
	return slices.Concat(by[:]...)
}

// begins takes note of an attempt.
func (x *host) begins() {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.trying++
}

// accepted ends an attempt that led to a server, which is of use or not.
func (x *host) accepted(r Role, misfit bool) {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.trying--
	x.is(r)
	x.misfit = misfit
	x.reached, x.rest, x.until = true, 0, time.Time{}
}

// failed ends an attempt that failed. Those that began before it was known that the host fails
// do not double its rest.
func (x *host) failed() {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.trying--
	x.failures++
	if now := time.Now(); !now.Before(x.until) {
		x.rest = min(max(2*x.rest, firstRest), lastRest)
		x.until = now.Add(x.rest - rand.N(x.rest/4))
	}
	x.reached, x.misfit = false, false
	x.replay = replay{} // it may come back as another server
}

// changed takes note of the role that a server on a connection says it has now, and reports whether
// it is not what the target asks for any more.
func (x *host) changed(r Role) (misfit bool) {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.is(r)
	// Whether a session may write is not what has changed where that is asked for: a
	// standby that is promoted does.
	x.misfit = x.of.target.misfit(r, r == Standby) != nil
	return x.misfit
}

// is takes note of a role. The lock is held.
func (x *host) is(r Role) {
	if x.role != r {
		x.role, x.replay = r, replay{}
	}
}

// has reports whether a host that is wanted may be connected to now.
func (h *hosts) has(wanted func(*host) bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.find(wanted)
}

// find is has, with the lock held. Where standbys are preferred, a primary will do if all of them are too far behind.
func (h *hosts) find(wanted func(*host) bool) bool {
	now := time.Now()
	fit := h.awake(now, false)
	if slices.ContainsFunc(fit, wanted) {
		return true
	}
	allFar := len(fit) > 0 && !slices.ContainsFunc(fit, func(x *host) bool { return !x.isFar(now) })
	return h.target == "prefer-standby" && allFar && slices.ContainsFunc(h.awake(now, true), wanted)
}

// awake are the hosts that do not rest after a failure: those that are what the target asks for, or those that are not.
func (h *hosts) awake(now time.Time, misfit bool) (list []*host) {
	for _, x := range h.all {
		if x.misfit == misfit && !now.Before(x.until) {
			list = append(list, x)
		}
	}
	return list
}
