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

// A mark is a position that a standby had received no earlier than at a time. Once it has replayed that
// position, it is behind by no more than the mark is old.
type mark struct {
	lsn string
	at  time.Time
}

// replay is what is known of how far a standby is behind. The lock of its hosts guards it.
type replay struct {
	lag      time.Duration
	lagAt    time.Time // when it was known; zero: it is not
	sampled  time.Time // when a sample was asked for
	far      bool      // it was further behind than the bound
	judged   time.Time // when that was found
	old, new mark
}

// A Lag is a question how far a server is behind, and what is known already.
type Lag struct {
	at   time.Time
	host *host // nil if it is not known which server answers
	mark mark
}

// standbyOf is the standby that a connection leads to, nil if that is not known.
func (p *Pool) standbyOf(pg *pgconn.PgConn) *host {
	if p.KeepsStatements() && pg.ParameterStatus("in_hot_standby") == "on" {
		return hostOf(pg)
	}
	return nil
}

// Lag begins a question to the server of a connection.
func (p *Pool) Lag(pg *pgconn.PgConn) Lag {
	q := Lag{at: time.Now(), host: p.standbyOf(pg)}
	if x := q.host; x != nil {
		x.of.mu.Lock()
		defer x.of.mu.Unlock()
		q.mark = x.mark(q.at)
	}
	return q
}

// SampleLag is Lag if the connection leads to a standby that has not been asked for a while.
func (p *Pool) SampleLag(pg *pgconn.PgConn) (q Lag, due bool) {
	x := p.standbyOf(pg)
	if x == nil {
		return q, false
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	now := time.Now()
	if now.Sub(x.sampled) < sampleEvery {
		return q, false
	}
	x.sampled = now
	return Lag{now, x, x.mark(now)}, true
}

// IsFar reports whether the connection leads to a standby that was too far behind a moment ago.
func (p *Pool) IsFar(pg *pgconn.PgConn) bool {
	x := p.standbyOf(pg)
	if x == nil || x.of.maxLag == 0 {
		return false
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

// Mark is a position that the server has received not long ago, empty if none is known. A server that has replayed it is near enough.
func (q Lag) Mark() string { return q.mark.lsn }

// Answer takes note of how far the server is behind by its clock, of whether it has replayed the Mark, and of what it has received,
// empty if it receives nothing. It returns how far it is behind as far as that is known.
func (q Lag) Answer(lag time.Duration, known, marked bool, received string) (time.Duration, bool) {
	if age := time.Since(q.mark.at); marked && q.mark.lsn != "" && (!known || lag > age) {
		lag, known = age, true
	}
	x := q.host
	if x == nil {
		return lag, known
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	now := time.Now()
	x.lag, x.lagAt, x.judged = 0, time.Time{}, now
	if known {
		x.lag, x.lagAt = lag, now
	}
	x.far = x.of.maxLag > 0 && (!known || lag > x.of.maxLag)
	// Marks are so far apart that one of the two is old enough to be replayed, and not too old.
	if received != "" && q.at.Sub(x.new.at) >= x.of.maxLag/2 {
		x.old, x.new = x.new, mark{received, q.at}
	}
	return lag, known
}

// mark is the oldest one that is young enough, as what was received long ago is likely to be replayed. The lock is held.
func (x *host) mark(now time.Time) mark {
	most := x.of.maxLag
	switch {
	case most == 0:
		return x.new
	case now.Sub(x.old.at) <= most:
		return x.old
	case now.Sub(x.new.at) <= most:
		return x.new
	}
	return mark{}
}

// isFar reports whether x is a standby that was too far behind a moment ago. The lock is held.
func (x *host) isFar(now time.Time) bool { return x.far && now.Sub(x.judged) < farFor }

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
