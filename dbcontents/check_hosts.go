package dbcontents

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

const (
	// hostsStep has the names of the hosts in its detail only: not everybody may see them.
	hostsStep = "hosts"
	// hostsLimit bounds the questions to all hosts.
	hostsLimit = 2 * time.Second
)

// positionsSQL asks where a server is in the log of the database, in bytes: what it has written or
// replayed, and what it has received.
const positionsSQL = `
SELECT CASE WHEN r THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END - '0/0',
	CASE WHEN r THEN pg_catalog.pg_last_wal_receive_lsn() - '0/0' END
FROM pg_catalog.pg_is_in_recovery() r`

// positions are where a server is in the log of the database, and how far it is behind.
type positions struct {
	at, received *float64
	lag          time.Duration
	known        bool // lag is
}

// hosts reports all hosts if there are several, or the only one is a standby: what the last attempt to connect to
// each led to, and how far standbys are behind, for which a whole Check asks each of them. One that is away, or too far behind, does
// not keep the others from being read.
func (c *checkup) hosts(ctx context.Context) {
	all := c.store.pool.Hosts()
	if len(all) < 2 && (len(all) == 0 || all[0].Role != pool.Standby) {
		return
	}
	asked := map[string]positions{}
	if c.whole {
		asked = c.askHosts(ctx, all)
		all = c.store.pool.Hosts()
	}
	var primary *float64
	for _, h := range all {
		if p, ok := asked[h.Address]; ok && h.Role == pool.Primary && (primary == nil || *p.at > *primary) {
			primary = p.at
		}
	}
	var texts []string
	down, far := false, false
	for _, h := range all {
		text := h.Name
		if h.Address != h.Name {
			text += " (" + h.Address + ")"
		}
		for _, word := range []string{string(h.Role), string(h.State)} {
			if word != "" {
				text += " " + word
			}
		}
		if h.Role == "" && h.State == "" {
			text += " not tried yet"
		}
		if h.Role == pool.Standby {
			if p, ok := asked[h.Address]; ok {
				text += p.behind(primary)
			} else if !h.LagAt.IsZero() {
				text += ", " + replayed(h.Lag+time.Since(h.LagAt), true) + " or later"
			}
			far = far || h.Far
		}
		texts = append(texts, fmt.Sprintf("%s, %d connections", text, h.Conns))
		down = down || h.State == pool.Down
	}
	detail := strings.Join(texts, "; ")
	switch {
	case down:
		c.fail(hostsStep, newError("check", "", "host_down", detail, nil)).beside = true
	case far:
		c.fail(hostsStep, newError("check", "", "standby_lagging", detail, nil)).beside = true
	default:
		c.ok(hostsStep, detail)
	}
}

// behind says how far a standby is behind, and behind its primary or behind what it has received.
func (p positions) behind(primary *float64) string {
	text := ", " + replayed(p.lag, p.known)
	switch {
	case primary != nil:
		text += fmt.Sprintf(", %.0f bytes behind the primary", max(0, *primary-*p.at))
	case p.received != nil:
		text += fmt.Sprintf(", %.0f bytes behind what it has received", max(0, *p.received-*p.at))
	}
	return text
}

// askHosts asks those hosts for their positions that can be had, primaries first, as what comes
// later must not look further behind than it is.
func (c *checkup) askHosts(ctx context.Context, all []pool.Host) map[string]positions {
	ctx, cancel := context.WithTimeout(ctx, min(hostsLimit, time.Until(c.deadline)))
	defer cancel()
	asked := map[string]positions{}
	for _, standbys := range []bool{false, true} {
		for _, h := range all {
			if (h.Role == pool.Standby) != standbys || h.State == pool.Down || h.State == pool.Unsuitable && h.Conns == 0 || ctx.Err() != nil {
				continue
			}
			if p, ok := c.askHost(ctx, h.Address); ok {
				asked[h.Address] = p
			}
		}
	}
	return asked
}

// askHost asks one host for its positions. A connection that is not there within a moment
// may be in the pool later.
func (c *checkup) askHost(ctx context.Context, address string) (p positions, ok bool) {
	s := c.store
	r := reader{op: "check", what: "a connection for check"}
	if s.enter(&r) != nil {
		return p, false
	}
	defer s.leave(&r)
	var conn *pgxpool.Conn
	for try := 0; conn == nil && try < 5 && ctx.Err() == nil; try++ {
		var w interrupt.Watch
		w.Begin(ctx, s.pool.Limit())
		if conn = s.pool.AcquireAt(&w, address); conn != nil && !w.Settle() {
			pool.Release(conn, false)
			return p, false
		}
	}
	if conn == nil {
		return p, false
	}
	usable := false
	defer func() { pool.Release(conn, usable) }()
	pg := conn.Conn().PgConn()
	asked := time.Now()
	q := wire.Flight{Statements: append(s.pool.BeforeLookup(nil, pg), wire.Statement{SQL: askLagSQL}, wire.Statement{SQL: positionsSQL, Sync: true})}
	last := len(q.Statements) - 1
	usable, err := s.exchange(ctx, conn, &r, hostsLimit, &q, func() error {
		values, err := q.Row(last - 1)
		if err != nil || values == nil {
			return err
		}
		p.lag, p.known = s.answeredLag(pg, asked, values)
		if values, err = q.Row(last); err != nil || values == nil {
			return err
		}
		return q.Scan(last, values, &p.at, &p.received)
	})
	return p, err == nil && p.at != nil
}
