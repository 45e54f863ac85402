package pool

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lookUpPatience is how long other names are waited for once one has an address that is likely to do. It
// leaves a connection elsewhere half of its time.
const lookUpPatience = elsewhereLimit / 2

// A name is what is remembered of the look-ups of one name. One that has failed rests as hosts do. The lock of the
// hosts guards it.
type name struct {
	addresses []string  // of the last answer
	failing   time.Time // since when there was no other; zero if the last look-up got one
	err       error     // of the last look-up
	respite
	asking *question // the look-up under way, nil if there is none
}

// A question is one look-up of a name, for all attempts that need it at the time.
type question struct {
	cancel    context.CancelFunc
	over      bool
	addresses []string
	err       error
}

// found is what is known of a name for an attempt.
type found struct {
	addresses []string // an earlier answer's, if the name server does not answer
	err       error
	current   bool // the name server has answered
}

// lookUp finds the addresses of all names. It asks for all at once, for those that rest only if no other has an address that
// will do. It waits for each answer until there is an address that is likely to do, and then only briefly: a late answer is
// for later attempts.
func (h *hosts) lookUp(ctx context.Context, all []stop, lookup pgconn.LookupFunc) []found {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := make([]*question, len(all))
	ask := func(resting bool) {
		for i := range all {
			if n := h.name(&all[i]); n != nil && asked[i] == nil && (resting || !time.Now().Before(n.until)) {
				asked[i] = h.ask(ctx, &all[i], lookup)
			}
		}
		h.await(ctx, all, asked)
	}
	ask(false)
	if best, _ := h.prospect(all, asked); best == hopeless {
		ask(true)
	}
	results := make([]found, len(all))
	for i := range all {
		n := h.name(&all[i])
		switch q := asked[i]; {
		case n == nil:
		case q != nil && q.over && q.err == nil:
			results[i] = found{addresses: q.addresses, current: true}
		case q != nil && q.over:
			results[i] = found{addresses: n.known(), err: q.err}
		case n.err != nil:
			results[i] = found{addresses: n.known(), err: n.err}
		default:
			results[i] = found{addresses: n.known(), err: &net.DNSError{Err: "no answer yet", Name: all[i].Name, IsTimeout: true}}
		}
	}
	return results
}

// name is what is remembered of the name of s, nil for a socket. The lock is held.
func (h *hosts) name(s *stop) *name {
	if s.Socket() {
		return nil
	}
	n := h.names[s.Name]
	if n == nil {
		if h.names == nil {
			h.names = map[string]*name{}
		}
		n = &name{}
		h.names[s.Name] = n
	}
	return n
}

// known are the addresses of the last answer, unless none has come for long. The lock is held.
func (n *name) known() []string {
	if !n.failing.IsZero() && time.Since(n.failing) > forgetAfter {
		return nil
	}
	return n.addresses
}

// ask asks for the addresses of s, or joins who does. The lock is held.
func (h *hosts) ask(ctx context.Context, s *stop, lookup pgconn.LookupFunc) *question {
	n := h.name(s)
	if n.asking != nil {
		return n.asking
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // others may join
	q := &question{cancel: cancel}
	n.asking = q
	go func() {
		defer cancel()
		addresses, err := lookup(ctx, s.Name)
		h.mu.Lock()
		defer h.mu.Unlock()
		q.over, q.addresses, q.err = true, addresses, err
		n.asking, n.err = nil, err
		var e *net.DNSError
		switch {
		case err == nil:
			n.addresses, n.failing, n.respite = addresses, time.Time{}, respite{}
		case errors.As(err, &e) && e.IsNotFound:
			n.addresses = nil
			fallthrough
		default:
			if n.failing.IsZero() {
				n.failing = time.Now()
			}
			n.fails()
		}
		if h.answer != nil {
			close(h.answer)
			h.answer = nil
		}
	}()
	return q
}

// close ends the look-ups under way.
func (h *hosts) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.names {
		if n.asking != nil {
			n.asking.cancel()
		}
	}
}

// await waits for the answers to those questions. It releases the lock while it waits.
func (h *hosts) await(ctx context.Context, all []stop, asked []*question) {
	var patience <-chan time.Time
	for slices.ContainsFunc(asked, func(q *question) bool { return q != nil && !q.over }) {
		if best, expected := h.prospect(all, asked); patience == nil && (best == good || best == fair && !expected) {
			timer := time.NewTimer(lookUpPatience)
			defer timer.Stop()
			patience = timer.C
		}
		if h.answer == nil {
			h.answer = make(chan struct{})
		}
		answer, goesOn := h.answer, true
		h.mu.Unlock()
		select {
		case <-answer:
		case <-patience:
			goesOn = false
		case <-ctx.Done():
			goesOn = false
		}
		h.mu.Lock()
		if !goesOn {
			return
		}
	}
}

// A chance is what may be expected of an address.
type chance int

const (
	hopeless chance = iota // it rests, or is not what the target asks for
	fair                   // it will do if there is no better one
	good                   // it is likely to do
)

// prospect is the best chance that the known addresses give, and whether a better answer is expected. A name that has failed
// is not expected to answer soon. In the order of the connection string nothing counts that comes behind a name from which an
// answer is expected. The lock is held.
func (h *hosts) prospect(all []stop, asked []*question) (best chance, expected bool) {
	for i := range all {
		s, n := &all[i], h.name(&all[i])
		switch {
		case n == nil:
			_, path := pgconn.NetworkAddress(s.Name, s.Port)
			best = max(best, h.chance(path))
		case asked[i] != nil && !asked[i].over && n.rest == 0:
			expected = true
			if h.inOrder {
				return best, true
			}
		default:
			for _, ip := range n.known() {
				best = max(best, h.chance(s.at(ip)))
			}
		}
		if best == good {
			return best, expected
		}
	}
	return best, expected
}

// chance is that of the host at an address, which may be new. The lock is held.
func (h *hosts) chance(address string) chance {
	i := slices.IndexFunc(h.all, func(x *host) bool { return x.address == address })
	if i < 0 || !h.all[i].reached && h.all[i].rest == 0 {
		if h.target == "" {
			return good
		}
		return hopeless
	}
	now := time.Now()
	switch x := h.all[i]; {
	case now.Before(x.until), x.misfit && h.target != "prefer-standby", !x.reached && h.target != "":
		return hopeless
	case x.misfit, x.rest > 0, x.isFar(now):
		return fair
	}
	return good
}

// at is the address to dial for one of the addresses of s. A look-up may give a port as well.
func (s *stop) at(ip string) string {
	if _, _, err := net.SplitHostPort(ip); err == nil {
		return ip
	}
	return net.JoinHostPort(ip, strconv.Itoa(int(s.Port)))
}
