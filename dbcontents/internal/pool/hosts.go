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
	// forgetAfter is when an address is forgotten that no name has any more. Until then it may come back, as some names
	// give a few of their addresses at a time.
	forgetAfter = time.Hour
)

// hosts remembers what came of the attempts to connect to each address, so that not
// every new connection has to find out again. It is safe for concurrent use.
type hosts struct {
	target  target
	inOrder bool          // they are tried in the order of the connection string
	maxLag  time.Duration // how far standbys may be behind, 0 for any

	mu     sync.Mutex
	all    []*host // in the order in which they were met
	names  map[string]*name
	answer chan struct{} // closed at the end of the next look-up, nil if nobody waits for it
}

// A host is one address at which a server may be. The lock of its hosts guards it.
type host struct {
	of      *hosts
	address string // as it is dialled
	name    string // as it is configured, with its port

	seen     time.Time // when it last was the address of a name
	gone     bool      // its name has other addresses since
	nameless bool      // no address is known of its name since
	role     Role      // as it was last; empty as long as nothing is known
	misfit   bool      // it is not what the target asks for
	reached  bool      // a connection was accepted, and none refused since
	failures int64     // attempts that failed
	trying   int       // attempts under way
	respite
	replay
}

// A respite is the rest of a host, or a name, after failures.
type respite struct {
	rest  time.Duration // after the last failure, zero if there was none since the last success
	until time.Time     // when it ends
}

// fails takes note of a failure. One of an attempt that began before the last was known does not double the rest.
func (r *respite) fails() {
	if now := time.Now(); !now.Before(r.until) {
		r.rest = min(max(2*r.rest, firstRest), lastRest)
		r.until = now.Add(r.rest - rand.N(r.rest/4))
	}
}

// at is the host at an address, which is new or known.
func (h *hosts) at(address, name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for _, known := range h.all {
		if known.address == address {
			known.seen, known.name, known.gone, known.nameless = now, name, false, false
			return known
		}
	}
	x := &host{of: h, address: address, name: name, seen: now}
	h.all = append(h.all, x)
	return x
}

// compare takes note of hosts to which a look-up does not lead any more: their names have other addresses,
// or none is known.
func (h *hosts) compare(all []stop, results []found, candidates []*host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range all {
		for _, x := range h.all {
			if r := &results[i]; x.name == all[i].String() && !slices.Contains(candidates, x) {
				x.gone = r.current || x.gone
				x.nameless = r.err != nil && len(r.addresses) == 0
			}
		}
	}
	now := time.Now()
	h.all = slices.DeleteFunc(h.all, func(x *host) bool { return x.gone && now.Sub(x.seen) > forgetAfter && x.trying == 0 })
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
	x.reached, x.respite = true, respite{}
}

// failed ends an attempt that failed.
func (x *host) failed() {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.trying--
	x.failures++
	x.fails()
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

// awake are the hosts to which a look-up led and that do not rest after a failure: those that are what the target asks for, or those that are not.
func (h *hosts) awake(now time.Time, misfit bool) (list []*host) {
	for _, x := range h.all {
		if !x.gone && !x.nameless && x.misfit == misfit && !now.Before(x.until) {
			list = append(list, x)
		}
	}
	return list
}
