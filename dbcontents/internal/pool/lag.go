package pool

import (
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// sampleEvery is how often reads ask a standby how far it is behind, if nothing depends on it.
	sampleEvery = time.Second
	// farFor is how long a standby that was too far behind is taken to be so still. Then it is tried again.
	farFor = 5 * time.Second
)

// replay is what a standby has said last of how far it is behind. The lock of its hosts guards it.
type replay struct {
	lag     time.Duration
	known   bool      // lag is
	asked   time.Time // when the question was sent, zero if there is no answer
	sampled time.Time // when a sample was asked for
	silent  bool      // it does not answer samples
}

// standbyOf is the standby that a connection leads to, nil if that is not known.
func (p *Pool) standbyOf(pg *pgconn.PgConn) *host {
	if p.KeepsStatements() && pg.ParameterStatus("in_hot_standby") == "on" {
		return hostOf(pg)
	}
	return nil
}

// NoteLag takes note of how far the server of a connection is behind, as far as that is known, by its answer to a
// question that was sent when asked says.
func (p *Pool) NoteLag(pg *pgconn.PgConn, asked time.Time, lag time.Duration, known bool) {
	x := p.standbyOf(pg)
	if x == nil {
		if p.hosts.far(lag, known) {
			p.refused.Store(time.Now().UnixNano())
		}
		return
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.note(asked, lag, known)
}

// note is NoteLag with the lock held. The answer to an earlier question may come later.
func (x *host) note(asked time.Time, lag time.Duration, known bool) {
	if !asked.Before(x.asked) {
		x.asked, x.lag, x.known = asked, lag, known
	}
}

// SampleDue reports whether the connection leads to a standby that has not been asked for a while how far it is behind. It
// counts as asked then.
func (p *Pool) SampleDue(pg *pgconn.PgConn) bool {
	x := p.standbyOf(pg)
	if x == nil {
		return false
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	now := time.Now()
	if x.silent || now.Sub(x.sampled) < sampleEvery {
		return false
	}
	x.sampled = now
	return true
}

// NoSamples is for a standby that does not answer: it is asked again after it has failed, or changed.
func (p *Pool) NoSamples(pg *pgconn.PgConn) {
	if x := p.standbyOf(pg); x != nil {
		x.of.mu.Lock()
		defer x.of.mu.Unlock()
		x.silent = true
	}
}

// IsFar reports whether the connection leads to a standby that was too far behind a moment ago, or to a server of which
// nothing is known, and such a one was.
func (p *Pool) IsFar(pg *pgconn.PgConn) bool {
	if p.hosts.maxLag == 0 {
		return false
	}
	x := p.standbyOf(pg)
	if x == nil {
		return time.Since(time.Unix(0, p.refused.Load())) < farFor
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	return x.isFar(time.Now())
}

// Far are the standbys that were too far behind a moment ago.
func (p *Pool) Far() Hosts {
	far, h := Hosts{}, &p.hosts
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.all {
		if x.isFar(time.Now()) {
			far[x] = struct{}{}
		}
	}
	return far
}

// far reports whether this is too far behind.
func (h *hosts) far(lag time.Duration, known bool) bool {
	return h.maxLag > 0 && (!known || lag > h.maxLag)
}

// isFar reports whether x is a standby that was too far behind a moment ago. The lock is held.
func (x *host) isFar(now time.Time) bool {
	return now.Sub(x.asked) < farFor && x.of.far(x.lag, x.known)
}

// strays reports whether a connection leads to a standby that is too far behind, and there is a host to which one may lead
// that is not.
func strays(pg *pgconn.PgConn) bool {
	x := hostOf(pg)
	if x == nil || x.of.maxLag == 0 {
		return false
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	now := time.Now()
	return x.isFar(now) && x.of.find(func(other *host) bool { return !other.isFar(now) })
}
