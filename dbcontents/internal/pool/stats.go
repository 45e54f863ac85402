package pool

import "time"

// Stats are counters since Open and the state of the pool, as of one moment.
type Stats struct {
	Connects, Failures, Refusals             int64
	Down                                     bool
	Max, Total, Acquired, Idle, Constructing int
	Acquires, Waits, GivenUp                 int64
	AcquireWait                              time.Duration // of all Waits
	Statements                               int           // kept on connections
	StatementBytes                           int64         // that they take at the server, about
}

// A Host is one address of the pool's servers, and what is known of it.
type Host struct {
	Name, Address string // as configured, and as it is dialled
	Role          Role
	State         State
	Conns         int
	Failures      int64
	Lag           time.Duration
	LagAt         time.Time // zero: it is not known
	Far           bool      // it was too far behind a moment ago
}

// A State is what came of the last attempt to connect to a host.
type State string

// The states. A host that has not been tried yet has none.
const (
	Up         State = "up"
	Down       State = "down"
	Unsuitable State = "unsuitable" // its role is not the one that is asked for, or preferred
)

// Hosts are the addresses of the servers of an owned pool, as far as they are known, in the order in which they were met. One
// that its name does not have any more is among them as long as a connection leads to it.
func (p *Pool) Hosts() []Host {
	conns, h := p.connections.perHost(), &p.hosts
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Host
	for _, x := range h.all {
		if x.gone && conns[x] == 0 {
			continue
		}
		host := Host{Name: x.name, Address: x.address, Role: x.role, Conns: conns[x], Failures: x.failures}
		if x.role == Standby {
			if host.Far = x.isFar(time.Now()); x.known {
				host.Lag, host.LagAt = x.lag, x.asked
			}
		}
		switch {
		case x.rest > 0, x.nameless:
			host.State = Down
		case x.misfit:
			host.State = Unsuitable
		case x.reached:
			host.State = Up
		}
		all = append(all, host)
	}
	return all
}

// Size is the most connections that the pool has.
func (p *Pool) Size() int { return int(p.pool.Stat().MaxConns()) }

// Stats returns the counters.
func (p *Pool) Stats() Stats {
	stat, r := p.pool.Stat(), &p.recovery
	s := Stats{
		Connects: r.connects.Load(), Failures: r.failures.Load(), Refusals: r.refusals.Load(), Down: r.down.Load(),
		Max: int(stat.MaxConns()), Total: int(stat.TotalConns()), Acquired: int(stat.AcquiredConns()),
		Idle: int(stat.IdleConns()), Constructing: int(stat.ConstructingConns()),
		Acquires: stat.AcquireCount(), Waits: stat.EmptyAcquireCount(), GivenUp: stat.CanceledAcquireCount(), AcquireWait: stat.EmptyAcquireWaitTime(),
	}
	if !p.owned {
		s.Connects = stat.NewConnsCount()
	}
	s.Statements, s.StatementBytes = p.connections.size()
	return s
}
