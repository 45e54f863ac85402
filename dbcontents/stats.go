package dbcontents

import "time"

// Stats are counters since Open and the state of the pool, as of one moment.
type Stats struct {
	// Reads, Rows and Errors count reads begun, rows delivered and reads that failed.
	Reads, Rows, Errors int64
	// Retries counts second attempts, Canceled the reads ended at the server before
	// their last row, Lookups the questions to PostgreSQL's catalog.
	Retries, Canceled, Lookups int64
	// Connects counts attempts to make a connection (in a borrowed pool the
	// owner's too), FailedConnects those of reads that failed, and FailedFast
	// how often a read was not let try because the last attempt had failed.
	Connects, FailedConnects, FailedFast int64
	// Down tells that the last attempt to make a connection failed.
	Down bool
	// Connections of the pool: its limit, all there are, and how many of them
	// are in use, idle, and being made. A borrowed pool's include its owner's use.
	MaxConns, Conns, AcquiredConns, IdleConns, ConstructingConns int
	// Acquires counts the connections that were taken from the pool, Waits those for
	// which somebody had to wait, because none was idle, and AcquireWait is how long they
	// waited in all. GivenUp counts those who stopped waiting before there was one.
	Acquires, Waits, GivenUp int64
	AcquireWait              time.Duration
	// Tables, Plans and Statements are what is remembered to answer sooner, those
	// that were used last: tables of the catalog, ways to read them (one for each
	// shape of a Query), and statements kept on connections, each for one role. Roles is
	// for how many roles the names of tables are remembered, the role that connections
	// have among them. The estimated bytes are bounded, to 32 MiB for tables and 8 MiB
	// for their names, 32 MiB for plans, and 8 MiB for the statements of one
	// connection, which lie at the server.
	Tables, Roles, Plans, Statements      int
	TableBytes, PlanBytes, StatementBytes int64
	// Hosts are the addresses of an owned pool's servers, as far as they are known. Their names are
	// not for strangers.
	Hosts []Host
}

// Host is one address of the database's servers, and what came of the attempts to connect to it.
type Host struct {
	// Name is the host and port as configured. Address is what was dialled: one of
	// the addresses of the name, or the path of a socket.
	Name, Address string
	// Role is "primary" or "standby", as the server said last; empty as long as it is not known.
	Role string
	// State is "up" or "down" after the last attempt to connect, "unsuitable" if its Role is not the one
	// that target_session_attrs asks for or prefers, and empty as long as there was no attempt.
	State string
	// Conns is how many connections of the pool there are, Failures how many attempts have failed.
	Conns    int
	Failures int64
	// Lag is how far a standby was behind at LagAt, which is zero as long as that is not known. Reads ask for it: each
	// one if Config.MaxLag is set, else one of them in a second. It is not known behind a pooler, whose servers cannot be told apart.
	//
	// It is the age of the last transaction that the standby has replayed, by the clocks of both servers, which must agree: what was
	// committed until then is there. So it is no less than the standby is behind, and more while the primary has nothing to
	// commit: nobody writes, or one long transaction alone. It is not known if the standby has replayed no transaction since it was started.
	Lag   time.Duration
	LagAt time.Time
}

// Stats returns the counters; those of a zero Store are zero.
func (s *Store) Stats() Stats {
	if s == nil || s.shared == nil {
		return Stats{}
	}
	p := s.pool.Stats()
	stats := Stats{
		Reads: s.counters.reads.Load(), Rows: s.counters.rows.Load(), Errors: s.counters.errors.Load(),
		Retries: s.counters.retries.Load(), Canceled: s.counters.canceled.Load(), Lookups: s.catalog.Lookups.Load(),
		Connects: p.Connects, FailedConnects: p.Failures, FailedFast: p.Refusals, Down: p.Down,
		MaxConns: p.Max, Conns: p.Total, AcquiredConns: p.Acquired, IdleConns: p.Idle, ConstructingConns: p.Constructing,
		Acquires: p.Acquires, Waits: p.Waits, GivenUp: p.GivenUp, AcquireWait: p.AcquireWait,
		Statements: p.Statements, StatementBytes: p.StatementBytes,
	}
	stats.Tables, stats.Roles, stats.TableBytes = s.catalog.Size()
	stats.Plans, stats.PlanBytes = s.plans.Size()
	for _, h := range s.pool.Hosts() {
		stats.Hosts = append(stats.Hosts, Host{h.Name, h.Address, string(h.Role), string(h.State), h.Conns, h.Failures, h.Lag, h.LagAt})
	}
	return stats
}
