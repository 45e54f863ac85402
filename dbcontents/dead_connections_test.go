package dbcontents_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// unpinged makes a Store whose pool never pings idle connections. An owned pool
// never does; a borrowed one would ping after they were idle for a second.
func unpinged(t *testing.T, kind poolKind, config dbcontents.Config, dsn string, size int) *dbcontents.Store {
	t.Helper()
	if kind.name == "owned" {
		return kind.open(t, config, dsn, size)
	}
	config.Pool = borrowWith(t, dsn, func(c *pgxpool.Config) {
		c.MaxConns = int32(size)
		c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	})
	return openOn(t, config)
}

const terminateAll = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

// Connections die while they are idle: the server restarts, an administrator
// terminates them, a firewall drops them. The next read succeeds all the same.
func TestConnectionsThatDiedWhileIdle(t *testing.T) {
	t.Parallel()
	const size = 4
	for _, death := range []struct {
		reason string
		kill   func(t *testing.T, conn *pgx.Conn, proxy *faultproxy.Proxy)
	}{
		{"terminated by the server", func(t *testing.T, conn *pgx.Conn, _ *faultproxy.Proxy) {
			if n := ask[int](t, conn, terminateAll); n == 0 {
				t.Error("no connection was terminated")
			}
		}},
		{"reset", func(_ *testing.T, _ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.Reset() }},
		{"closed silently", func(_ *testing.T, _ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.HalfClose() }},
	} {
		t.Run(death.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, seed)
				server := db.DSN
				if death.reason == "terminated by the server" {
					server = db.Unpooled(server) // a pooler replaces sessions of its own
				}
				proxy := faultproxy.New(t, server)
				store := unpinged(t, kind, dbcontents.Config{}, proxy.DSN(db.DSN), size)
				conn := db.Reader()
				for _, tt := range []struct {
					what string
					try  func() error
				}{
					{"a read", func() error { return readOne(t.Context(), store, "") }},
					{"many reads", func() error {
						return errors.Join(together(3*size, func(int) error { return readOne(t.Context(), store, "") })...)
					}},
					{"a snapshot", func() error { return readInSnapshot(t.Context(), store, "") }},
					{"a ping", func() error { return store.Ping(t.Context()) }},
					{"a list", func() error { _, err := store.Tables(t.Context()); return err }},
					{"a check", func() error { return store.Check(t.Context()).Err() }},
				} {
					holdAll(t, store, size)
					retries := store.Stats().Retries
					death.kill(t, conn, proxy)
					if err := tt.try(); err != nil {
						t.Errorf("%s: %v", tt.what, err)
					}
					if store.Stats().Retries == retries {
						t.Errorf("%s used no dead connection", tt.what)
					}
				}
				if s := store.Stats(); s.Errors != 0 {
					t.Errorf("got %+v", s)
				}
				// The pool, too, checks its idle connections.
				eventually(t, "no connection is held", func() bool { return store.Stats().AcquiredConns == 0 })
			})
		})
	}
}

// holdAll opens all connections of the pool and leaves them idle.
func holdAll(t *testing.T, store *dbcontents.Store, size int) {
	t.Helper()
	var open []*dbcontents.Rows
	for range size {
		open = append(open, query(t, store, dbcontents.Query{}))
	}
	for _, rows := range open {
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	}
	if s := store.Stats(); s.IdleConns != size {
		t.Errorf("want %d idle connections: %+v", size, s)
	}
}

// A read that breaks off in the middle fails. It is not retried, because the
// caller already has some of its rows.
func TestConnectionsThatDieWhileReading(t *testing.T) {
	t.Parallel()
	for _, death := range []struct {
		reason string
		kill   func(t *testing.T, conn *pgx.Conn, proxy *faultproxy.Proxy)
	}{
		{"terminated by the server", func(t *testing.T, conn *pgx.Conn, _ *faultproxy.Proxy) { ask[int](t, conn, terminateAll) }},
		{"reset", func(_ *testing.T, _ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.Reset() }},
		{"closed silently", func(_ *testing.T, _ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.HalfClose() }},
		{"cut inside a row", func(_ *testing.T, _ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.CutAfter(54321) }},
	} {
		t.Run(death.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, sized)
				proxy := faultproxy.New(t, db.DSN)
				store := unpinged(t, kind, dbcontents.Config{Tables: []string{"many"}}, proxy.DSN(db.DSN), 1)
				rows := query(t, store, dbcontents.Query{})
				skip(t, rows, 1000)
				death.kill(t, db.Reader(), proxy)
				for rows.Next() {
				}
				diagnosed(t, "in the middle", rows.Err(), dbcontents.ErrInterrupted, "connection_lost")
				if rows.Count() >= manyRows {
					t.Errorf("%d rows", rows.Count())
				}
				if s := store.Stats(); s.Retries != 0 {
					t.Errorf("a read that had begun was retried: %+v", s)
				}
				proxy.CutAfter(-1)
				again := query(t, store, dbcontents.Query{Limit: 3})
				skip(t, again, 3)
			})
		})
	}
}
