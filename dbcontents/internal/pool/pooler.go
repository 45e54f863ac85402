package pool

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A manner is how reads use connections.
type manner struct {
	named    bool // statements may be kept on connections
	preamble *preamble
}

// A pooler is what an owned pool has noticed of a pooler in transaction mode that nobody has told it of.
type pooler struct{ noticed atomic.Bool }

// throughPooler makes a pool of our own leave nothing on connections from now on, as
// default_query_exec_mode=exec does.
func (p *Pool) throughPooler() {
	if p.owned && !p.pooler.noticed.Swap(true) {
		p.manner.Store(&manner{preamble: newPreamble(p.preamble().settings, false, p.preamble().own)})
	}
}

// refusesSettings reports whether an attempt to connect failed because a pooler refuses one of the settings that
// we make with a connection. PostgreSQL knows all of them, and has another error.
func refusesSettings(said *pgconn.PgError, settings []setting) bool {
	if said.Code != "08P01" {
		return false
	}
	_, name, _ := strings.Cut(said.Message, "startup parameter: ")
	return slices.ContainsFunc(settings, func(s setting) bool { return s.startup == name })
}

// withoutSettings takes out of a configuration what a pooler refuses or shares.
func withoutSettings(cc *pgx.ConnConfig, settings []setting) {
	for _, s := range settings {
		delete(cc.RuntimeParams, s.startup)
	}
}

// learn looks at what a read has met on its connection: a kept statement that went away, where
// nobody else could have dropped it, was left on another connection by a pooler.
func learn(pg *pgconn.PgConn) {
	if m := wire.MemoryOf(pg); m.Lost {
		m.Lost = false
		if p, ok := m.Home.(*Pool); ok {
			p.throughPooler()
		}
	}
}
