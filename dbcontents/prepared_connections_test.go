package dbcontents_test

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// The hook of a borrowed pool that asks each connection before it is used does not wait for a silent one longer than
// a second where a read that has met a dead connection looks for others.
func TestAHookThatAsksASilentConnection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		ask    func(ctx context.Context, conn *pgx.Conn) error
	}{
		{"under its context", func(ctx context.Context, conn *pgx.Conn) error { return conn.Ping(ctx) }},
		{"under its own", func(_ context.Context, conn *pgx.Conn) error {
			ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
			defer cancel()
			return conn.Ping(ctx)
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, seed)
			silent, dead := faultproxy.New(t, db.DSN), faultproxy.New(t, db.DSN)
			var silentConn *pgx.Conn
			ways := make(chan string, 2)
			pool := borrowWith(t, db.DSN, func(c *pgxpool.Config) {
				c.ConnConfig.Fallbacks = nil
				c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
				c.BeforeConnect = func(_ context.Context, cc *pgx.ConnConfig) error {
					select {
					case way := <-ways:
						host, port, err := net.SplitHostPort(way)
						if err != nil {
							return err
						}
						n, err := strconv.ParseUint(port, 10, 16)
						cc.Host, cc.Port = host, uint16(n)
						return err
					default:
						return nil
					}
				}
				c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
					return conn != silentConn || tt.ask(ctx, conn) == nil, nil
				}
			})
			store := openOn(t, dbcontents.Config{Pool: pool})
			ways <- silent.Addr()
			first, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ways <- dead.Addr()
			second, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			silentConn = first.Conn()
			first.Release()
			second.Release()
			if err := readOne(t.Context(), store, ""); err != nil { // the one that was given back last; fills the catalog
				t.Fatal(err)
			}
			silent.Hang(true)
			dead.Reset()
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := readOne(ctx, store, ""); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("the read took %v", took)
			}
			if s := store.Stats(); s.Retries == 0 {
				t.Errorf("it met no dead connection: %+v", s)
			}
			silent.Hang(false) // or closing the pool takes long
		})
	}
}
