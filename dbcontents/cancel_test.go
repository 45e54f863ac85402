package dbcontents_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const cancelled = `CREATE VIEW three AS SELECT generate_series(1, 3) AS id;
	CREATE VIEW hundred_thousand AS SELECT generate_series(1, 100000) AS id, repeat('x', 1000) AS value;
	CREATE VIEW session AS SELECT pg_backend_pid() AS pid;`

var cancelledTables = []string{"session", "three", "hundred_thousand"}

// longEnough bounds what is repeated: pgpool-II takes a second for each cancel request.
const longEnough = 10 * time.Second

// A cancel request travels on a connection of its own, so it may arrive when
// the query it is for has ended by itself. It must not hit the next one, and
// the connection is kept all the same.
func TestCancelNeverHitsTheNextQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason  string
		times   int
		latency time.Duration
		end     func(t *testing.T, rows *dbcontents.Rows, cancel context.CancelFunc)
	}{
		{"closed early", 1000, 0, func(t *testing.T, rows *dbcontents.Rows, _ context.CancelFunc) {
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}},
		{"context cancelled", 250, 0, func(t *testing.T, rows *dbcontents.Rows, cancel context.CancelFunc) {
			cancel()
			for rows.Next() {
			}
			if err := rows.Close(); !errors.Is(err, context.Canceled) {
				t.Errorf("Close = %v, want context.Canceled", err)
			}
		}},
		{"context cancelled and closed at once", 250, 0, func(t *testing.T, rows *dbcontents.Rows, cancel context.CancelFunc) {
			go cancel()
			if err := rows.Close(); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}},
		{"closed early far away", 100, 5 * time.Millisecond, func(t *testing.T, rows *dbcontents.Rows, _ context.CancelFunc) {
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, cancelled)
				dsn := db.DSN
				if tt.latency > 0 {
					proxy := faultproxy.New(t, db.DSN)
					proxy.SetLatency(tt.latency)
					dsn = proxy.DSN(db.DSN)
				}
				store := kind.open(t, dbcontents.Config{Tables: cancelledTables}, dsn, 1)
				one[int](t, store, "session", "pid")
				made := store.Stats().Connects
				var slow int
				begun := time.Now()
				for i := 0; i < tt.times && time.Since(begun) < longEnough; i++ {
					ctx, cancel := context.WithCancel(t.Context())
					q := dbcontents.Query{Table: "three"}
					if i%10 == 9 {
						q.Table = "hundred_thousand" // not all of it is on its way yet
					}
					rows, err := store.Query(ctx, q)
					if err != nil {
						t.Fatalf("read %d: %v", i, err)
					}
					skip(t, rows, 1)
					start := time.Now()
					tt.end(t, rows, cancel)
					if time.Since(start) > patience/2 {
						slow++ // a machine this busy may lose the connection
					}
					one[int](t, store, "session", "pid")
					cancel()
					before := made
					if made = store.Stats().Connects; made != before && slow == 0 {
						t.Fatalf("read %d: the connection was not kept", i)
					}
				}
				if s := store.Stats(); s.Canceled == 0 || s.Retries != 0 {
					t.Errorf("what was to be tested did not happen, or something else did: %+v", s)
				}
			})
		})
	}
}

// If it is not known that the server has got the cancel request, the request
// may still come. Then the connection is not used again.
func TestCancelRequestThatIsStuck(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, cancelled)
	proxy := faultproxy.New(t, db.DSN)
	var viaProxy atomic.Bool
	pool := borrowWith(t, db.DSN, func(c *pgxpool.Config) {
		c.MaxConns = 1
		dial := c.ConnConfig.DialFunc
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if viaProxy.Load() {
				address = proxy.Addr()
			}
			return dial(ctx, network, address)
		}
	})
	store := openOn(t, dbcontents.Config{Pool: pool, Tables: cancelledTables})
	one[int](t, store, "session", "pid")

	proxy.Hang(true)
	viaProxy.Store(true)
	rows := query(t, store, dbcontents.Query{Table: "three"})
	skip(t, rows, 1)
	start := time.Now()
	if err := rows.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("Close took %v", took)
	}
	viaProxy.Store(false)
	one[int](t, store, "session", "pid")
	if pool.Stat().NewConnsCount() == 1 {
		t.Error("the connection is still used; the cancel request may hit it at any time")
	}
}

// The rows that have arrived before the context ends look like a whole result
// only to those who do not ask Err.
func TestBufferedRowsOfAnEndedContext(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, cancelled)
		store := kind.open(t, dbcontents.Config{Tables: cancelledTables}, db.DSN, 1)
		begun := time.Now()
		for i := 0; i < 100 && time.Since(begun) < longEnough; i++ {
			for k := range int64(4) {
				ctx, cancel := context.WithCancelCause(t.Context())
				rows, err := store.Query(ctx, dbcontents.Query{Table: "three"})
				if err != nil {
					t.Fatal(err)
				}
				skip(t, rows, k)
				because := errors.New("because")
				cancel(because)
				for rows.Next() {
				}
				if err := rows.Err(); !errors.Is(err, context.Canceled) || !errors.Is(err, because) {
					t.Fatalf("after %d rows: Err = %v, want the context's error and its cause", k, err)
				}
			}
		}
		if _, err := store.Query(t.Context(), dbcontents.Query{Table: "three", Limit: -1}); err != nil {
			t.Error(err)
		}
	})
}
