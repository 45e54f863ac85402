package dbcontents_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A server stops responding if its machine is suspended or if the network drops
// all packets. Then a query cannot be cancelled, and a connection cannot be closed
// in order. The Store drops such connections in bounded time.
func TestFrozenServer(t *testing.T) {
	t.Parallel()
	const limit = 9 * time.Second // the Store's 4 s, 2 s for the cancel request, and time for a busy machine
	for _, tt := range []struct {
		reason string
		read   func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error
		want   error
	}{
		{"before the first row", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			proxy.Hang(true)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := store.Query(ctx, dbcontents.Query{Table: "many"})
			return err
		}, context.DeadlineExceeded},
		{"in the middle", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			rows, err := store.Query(ctx, dbcontents.Query{Table: "many"})
			if err != nil {
				t.Fatal(err)
			}
			skip(t, rows, 1000)
			proxy.Hang(true)
			time.AfterFunc(100*time.Millisecond, cancel)
			for rows.Next() {
			}
			return rows.Close()
		}, context.Canceled},
		{"closed in the middle", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			rows := query(t, store, dbcontents.Query{Table: "many"})
			skip(t, rows, 1000)
			proxy.Hang(true)
			return rows.Close()
		}, nil},
		{"the Store's own limit", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			proxy.Hang(true)
			_, err := store.Query(t.Context(), dbcontents.Query{Table: "many"})
			return err
		}, dbcontents.ErrTimeout},
		{"a snapshot between two reads", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			proxy.Hang(true)
			snapshot.Release()
			return nil
		}, nil},
		{"a ping", func(t *testing.T, store *dbcontents.Store, proxy *faultproxy.Proxy) error {
			proxy.Hang(true)
			return store.Ping(t.Context())
		}, dbcontents.ErrTimeout},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, sized)
				proxy := faultproxy.New(t, db.DSN)
				config := dbcontents.Config{Tables: []string{"few", "many"}, FirstRowTimeout: 4 * time.Second, AcquireTimeout: 4 * time.Second}
				store := kind.open(t, config, proxy.DSN(db.DSN), 1)
				query(t, store, dbcontents.Query{Table: "many"}).Close() // fills the catalog and opens the connection
				collect[int](t, store, "few", "id")
				begin := proxy.Connections()
				start := time.Now()
				err := tt.read(t, store, proxy)
				if took := time.Since(start); took > limit {
					t.Errorf("it took %v", took)
				}
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				proxy.Hang(false)
				if n := len(collect[int](t, store, "few", "id")); n != fewRows {
					t.Errorf("the next read has %d rows", n)
				}
				if n := proxy.Connections() - begin; n < 2 {
					t.Errorf("%d new connections, want at least the cancel request and another connection", n)
				}
			})
		})
	}
}

// Close does not wait for a database that does not respond.
func TestCloseOnAFrozenServer(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		proxy := faultproxy.New(t, db.DSN)
		config := kind.with(t, dbcontents.Config{Tables: []string{"many"}, CloseTimeout: 500 * time.Millisecond}, proxy.DSN(db.DSN), 1)
		store, err := dbcontents.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		lookedUp := make(chan error, 1)
		query(t, store, dbcontents.Query{Table: "many"}).Close()
		proxy.Hang(true)
		go func() {
			_, err := store.Tables(context.Background())
			lookedUp <- err
		}()
		eventually(t, "the look-up is under way", func() bool { return store.Stats().Lookups == 2 })
		start := time.Now()
		if err := store.Close(); !errors.Is(err, dbcontents.ErrBusy) {
			t.Errorf("Close = %v", err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		if err := <-lookedUp; !errors.Is(err, dbcontents.ErrClosed) {
			t.Errorf("the look-up: %v", err)
		}
	})
}
