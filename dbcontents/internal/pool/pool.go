// Package pool gives out read-only connections, its own or those of a borrowed
// pool, and fails fast while the database is away.
package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// Config says how to connect, or which pool to borrow. Its fields are those of
// the library's Config; all but the two that the connection string may give are set.
type Config struct {
	ConnString string
	Borrowed   *pgxpool.Pool // nil for one of our own

	Size           int           // of our own; zero: the connection string's, or the default
	ConnectTimeout time.Duration // zero: the connection string's, or the default
	AcquireTimeout time.Duration
	LockTimeout    time.Duration
	QueryTimeout   time.Duration
	MaxRowBytes    int
	MaxLag         time.Duration // zero: none
	// Connecting, if it is not nil, is called at the begin of each attempt of our own pool to
	// make a connection, which has the context that it returns; end is called at its end.
	Connecting func(ctx context.Context, at Endpoint) (connecting context.Context, end func(error))
}

// A Pool gives out connections that are ready for reads. It is safe for
// concurrent use. Its errors are findings, see [diagnosis.Finding].
type Pool struct {
	pool     *pgxpool.Pool
	owned    bool
	prepares bool // it is borrowed and has a hook that is called for each caller
	manner   atomic.Pointer[manner]
	pooler   pooler
	recovery recovery
	hosts    hosts        // of our own pool
	moved    pause        // when reads made it connect to another host
	refused  atomic.Int64 // when a server that is none of the hosts was too far behind, in Unix nanoseconds
	// connections are those that were given out, as far as they are there.
	connections connections
	acquire     interrupt.Limit
	endpoint    Endpoint
}

// Open makes a Pool. It does not connect.
func Open(c Config) (*Pool, error) {
	p := &Pool{pool: c.Borrowed, owned: c.Borrowed == nil, acquire: interrupt.Limit{Code: "pool_busy", After: c.AcquireTimeout}}
	p.hosts.maxLag = c.MaxLag
	if p.owned {
		var err error
		if p.pool, err = c.newPool(p); err != nil {
			return nil, err
		}
	} else {
		cc := p.pool.Config().ConnConfig
		m := &manner{usesNamedStatements(cc), newPreamble(c.settings(), false, cc.RuntimeParams)}
		m.preamble.check = ownSQL
		p.manner.Store(m)
	}
	config := p.pool.Config()
	p.endpoint = endpointOf(config.ConnConfig)
	//lint:ignore SA1019 the owner of a pool may use it still
	p.prepares = !p.owned && (config.PrepareConn != nil || config.BeforeAcquire != nil)
	return p, nil
}

// KeepsStatements reports whether statements may be kept on connections: nobody has said that a pooler is in
// between, and none was noticed. One that keeps statements itself, and takes our settings or drops them, is not.
func (p *Pool) KeepsStatements() bool { return p.manner.Load().named }

// Trusted reports whether connections keep the settings that they were made with,
// and are asked for them now and then.
func (p *Pool) Trusted() bool { return p.preamble().startup }

func (p *Pool) preamble() *preamble { return p.manner.Load().preamble }

// Prepares reports whether the pool is borrowed and has a hook that is called for each
// caller: its connections may then differ by who asks.
func (p *Pool) Prepares() bool { return p.prepares }

// Close closes a pool of our own. It returns when every connection was given back.
func (p *Pool) Close() {
	if p.owned {
		p.pool.Close()
		p.hosts.close()
	}
}

// Limit is what a Watch begins with that is to wait for a connection.
func (p *Pool) Limit() *interrupt.Limit { return &p.acquire }

// Acquire takes a connection, for which w has begun with Limit. While the
// database is known to be away it fails at once. If it fails, w has settled.
func (p *Pool) Acquire(w *interrupt.Watch) (*pgxpool.Conn, error) {
	probe, err := p.admit()
	if err != nil {
		w.Settle()
		return nil, err
	}
	var ctx context.Context = w
	if probe {
		ctx = context.WithValue(w, probeKey{}, true)
	}
	before := p.pooler.noticed.Load()
	conn, err := p.pool.Acquire(ctx)
	if err != nil && !before && p.pooler.noticed.Load() { // on the way, and it refused what it does not get the second time
		conn, err = p.pool.Acquire(ctx)
	}
	if err == nil {
		p.recovery.succeeded(probe)
		return p.give(conn, w)
	}
	f, connect := p.notAcquired(w, err)
	switch {
	case connect:
		p.recovery.failed(probe, w.Started(), f)
	case probe:
		p.recovery.gaveUp()
	}
	w.Settle()
	return nil, f
}

// give lets w have a connection of the pool, unless its end has come together with it.
func (p *Pool) give(conn *pgxpool.Conn, w *interrupt.Watch) (*pgxpool.Conn, error) {
	pg := conn.Conn().PgConn()
	p.register(pg)
	if f := p.know(w, pg); f != nil {
		if w.Err() != nil {
			f, _ = p.notAcquired(w, w.Err())
		}
		w.Settle()
		Release(conn, false)
		return nil, f
	}
	if w.Has(pg) {
		return conn, nil
	}
	f, _ := p.notAcquired(w, w.Err())
	Release(conn, w.Settle())
	return nil, f
}

// admit decides whether a read may look for a connection, and whether it is
// the probe. One that finds an idle connection, or waits for one that is in
// use because the pool is full, needs no new one and is not held up.
func (p *Pool) admit() (probe bool, err error) {
	if !p.recovery.down.Load() {
		return false, nil
	}
	stat := p.pool.Stat()
	if stat.IdleConns() > 0 || stat.AcquiredConns() == stat.MaxConns() {
		return false, nil
	}
	return p.recovery.probe()
}

// Probed fails with what is known while an attempt to connect is under way after
// one that failed, for those who would wait for its outcome.
func (p *Pool) Probed() error { return p.recovery.probed() }

// notAcquired says why there is no connection, and whether it is because a
// new one could not be made.
func (p *Pool) notAcquired(w *interrupt.Watch, err error) (f *diagnosis.Finding, connect bool) {
	if errors.As(err, &f) && p.owned { // from beforeConnect
		known := *f
		return &known, false
	}
	switch stat := p.pool.Stat(); {
	case w.CallerEnded():
		return diagnosis.Context(w.Caller()), false
	case diagnosis.PoolClosed(err):
		return diagnosis.New("pool_closed", "the pool was closed by its owner", err), false
	case !errors.Is(err, context.DeadlineExceeded) || w.Err() == nil:
		if !p.owned && !diagnosis.Is[*pgconn.ConnectError](err) {
			return p.hookFailed(err)
		}
		return diagnosis.Of(diagnosis.Connecting, err), true
	case p.prepares && stat.ConstructingConns() == 0 && stat.AcquiredConns() < stat.MaxConns():
		return diagnosis.New("pool_hook_failed",
			fmt.Sprintf("PrepareConn or BeforeAcquire of the pool, or its ping, did not return within %v", p.acquire.After), nil), false
	case stat.ConstructingConns() > 0 || stat.AcquiredConns() < stat.MaxConns():
		// The cause is our own deadline and must not look like the caller's.
		return diagnosis.New("connect_timeout", fmt.Sprintf("no answer from %s within %v", p.Address(), p.acquire.After), nil), true
	default:
		return diagnosis.New("pool_busy", fmt.Sprintf("all %d connections were in use for %v", stat.MaxConns(), p.acquire.After), nil), false
	}
}

// hookFailed is what a hook of a borrowed pool said: pgx's own attempts to
// connect fail by a ConnectError. A hook that is called for each caller may refuse
// one of them; one of new connections refuses all.
func (p *Pool) hookFailed(err error) (f *diagnosis.Finding, connect bool) {
	if f = diagnosis.Of(diagnosis.Reading, err); f.Code == "connection_lost" {
		return f, false // it has met a connection that died while it was idle
	}
	detail, cause := diagnosis.Disarm(err)
	return diagnosis.New("pool_hook_failed", "a hook of the pool gave no connection: "+detail, cause), !p.prepares
}

// Release gives a connection back. One that is not idle at the end of a
// transaction, not what it was, or to a server that is not what was asked for any more or too far behind, is closed
// first: the pool then replaces it.
func Release(conn *pgxpool.Conn, idle bool) {
	pg := conn.Conn().PgConn()
	learn(pg)
	if !idle || wire.MemoryOf(pg).Session.Spoiled || outlived(pg) || strays(pg) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn.Conn().Close(ctx)
		cancel()
	}
	conn.Release()
}

// Address is where the pool connects: all hosts, without anything secret.
func (p *Pool) Address() string { return probe.Addresses(p.pool.Config().ConnConfig) }

// ConnConfig is how the pool connects. A hook of a borrowed pool may change that;
// if it fails, the pool's own attempt will say so.
func (p *Pool) ConnConfig(ctx context.Context) *pgx.ConnConfig {
	pool := p.pool.Config()
	if !p.owned && pool.BeforeConnect != nil {
		config := pool.ConnConfig.Copy()
		if pool.BeforeConnect(ctx, config) == nil {
			return config
		}
	}
	return pool.ConnConfig
}

// pingLimit bounds the wait for idle connections that are asked whether they live.
const pingLimit = time.Second

// DropDead closes idle connections that died together with one that a read has
// just met, so that the second attempt does not meet the next; those that live
// stay. All are asked at once, as nobody else can have them meanwhile.
func (p *Pool) DropDead(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Not under ctx itself, whose end would make each of them look dead. A hook of a borrowed pool asks before us,
		// one connection after the other.
		hooks, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.acquire.After)
		defer cancel()
		idle := p.pool.AcquireAllIdle(hooks)
		ping, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingLimit)
		defer cancel()
		var asked sync.WaitGroup
		for _, conn := range idle {
			asked.Go(func() {
				if conn.Ping(ping) != nil {
					conn.Conn().Close(ping)
				}
				conn.Release()
			})
		}
		asked.Wait()
	}()
	timer := time.NewTimer(pingLimit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}
