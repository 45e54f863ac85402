package pool

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
)

const (
	// elsewhereLimit bounds how long a connection to another host is waited for. What is made later
	// is in the pool all the same.
	elsewhereLimit = 100 * time.Millisecond
	// idleLimit bounds how long idle connections are kept from others, so that a new one is made
	// and not one of them found. Making one begins at once.
	idleLimit = 2 * time.Millisecond
	// moveAfter is how often reads make the pool connect to another host, and close a connection if there
	// is no room. Strangers choose which position a read needs, and must neither make the pool close all it
	// has nor fill it with attempts at a host that hangs.
	moveAfter = time.Second
)

// wantedKey marks the context of an attempt that is to lead to certain hosts, if it can.
type wantedKey struct{}

// Hosts are some of those that a pool connects to.
type Hosts map[*host]struct{}

// Add adds the host that a connection leads to, if it is known.
func (h Hosts) Add(conn *pgxpool.Conn) {
	if x := hostOf(conn.Conn().PgConn()); x != nil {
		h[x] = struct{}{}
	}
}

// AcquireElsewhere is Acquire for a read that some hosts cannot serve now. It prefers a connection to
// another one: an idle one, else now and then a new one, for which it closes another if the pool is full. If
// there is none it gives any connection.
func (p *Pool) AcquireElsewhere(w *interrupt.Watch, avoid Hosts) (*pgxpool.Conn, error) {
	if len(avoid) == 0 {
		return p.Acquire(w)
	}
	avoid = maps.Clone(avoid) // an attempt to connect may go on after this call
	if wanted := func(x *host) bool { _, no := avoid[x]; return !no }; p.hosts.has(wanted) || p.connections.lead(wanted) {
		if conn := p.elsewhere(w, wanted, false); conn != nil {
			return p.give(conn, w)
		}
	}
	return p.Acquire(w)
}

// AcquireAt is a connection to the host at an address, or nil if there is none soon, and then w has settled.
func (p *Pool) AcquireAt(w *interrupt.Watch, address string) *pgxpool.Conn {
	conn := p.elsewhere(w, func(x *host) bool { return x.address == address }, true)
	if conn == nil {
		w.Settle()
		return nil
	}
	pg := conn.Conn().PgConn()
	p.register(pg)
	if x := hostOf(pg); x != nil && x.address == address && w.Has(pg) {
		return conn
	}
	Release(conn, w.Settle()) // in this order, as a request to cancel may be under way
	return nil
}

// elsewhere is a connection to a host that is wanted, or nil. At any time it may make one if the pool has room.
func (p *Pool) elsewhere(ctx context.Context, wanted func(*host) bool, anytime bool) *pgxpool.Conn {
	idle := p.pool.AcquireAllIdle(ctx)
	release := sync.OnceFunc(func() {
		for _, conn := range idle {
			Release(conn, true)
		}
	})
	defer release()
	for i, conn := range idle {
		if x := hostOf(conn.Conn().PgConn()); x != nil && wanted(x) {
			idle = slices.Delete(idle, i, i+1)
			return conn
		}
	}
	stat := p.pool.Stat()
	full := stat.TotalConns() >= stat.MaxConns()
	switch {
	case p.recovery.down.Load(), full && len(idle) == 0:
		return nil
	case anytime && !full:
	case !p.hosts.has(func(x *host) bool { return x.trying == 0 && wanted(x) }), !p.moved.due():
		return nil
	}
	if full {
		Release(idle[0], false)
		idle = idle[1:]
	}
	soon := time.AfterFunc(idleLimit, release)
	defer soon.Stop()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, wantedKey{}, wanted), elsewhereLimit)
	defer cancel()
	chosen, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil // the attempt goes on, and whoever needs a connection next learns how it ended
	}
	return chosen
}

// A pause lets something happen once in a while.
type pause struct{ last atomic.Int64 }

// due reports whether it may happen now, and if so, counts it as done.
func (p *pause) due() bool {
	now := time.Now().UnixNano()
	last := p.last.Load()
	return now-last >= int64(moveAfter) && p.last.CompareAndSwap(last, now)
}
