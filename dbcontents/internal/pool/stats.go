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
