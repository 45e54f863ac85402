package dbcontents_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A fuse makes the n-th read from any of its connections from now on panic.
type fuse struct{ left atomic.Int64 }

type fused struct {
	net.Conn
	fuse *fuse
}

func (c fused) Read(p []byte) (int, error) {
	if c.fuse.left.Add(-1) == 0 {
		panic("the fuse has blown")
	}
	return c.Conn.Read(p)
}

// A panic while a connection is in use, wherever that is, goes on to the caller, and keeps no connection.
func TestPanicsKeepNoConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS id, repeat('x', 1000) AS v FROM generate_series(1, 200) i")
	f := &fuse{}
	config, err := pgxpool.ParseConfig(db.Direct(db.DSN))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return fused{conn, f}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ways := map[string]func(*dbcontents.Store) error{
		"rows": func(store *dbcontents.Store) error {
			rows, err := store.Query(t.Context(), dbcontents.Query{Format: dbcontents.JSON})
			if err != nil {
				return err
			}
			defer rows.Close()
			_, err = rows.WriteTo(io.Discard)
			return err
		},
		"counted rows": func(store *dbcontents.Store) error {
			_, err := dbcontents.Read[map[string]any](t.Context(), store, dbcontents.Query{Count: dbcontents.CountExact})
			return err
		},
		"a look-up": func(store *dbcontents.Store) error {
			_, err := store.Tables(t.Context())
			return err
		},
		"a snapshot": func(store *dbcontents.Store) error {
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				return err
			}
			defer snapshot.Release()
			rows, err := snapshot.Query(t.Context(), dbcontents.Query{})
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Close()
		},
	}
	for name, way := range ways {
		store, err := dbcontents.Open(dbcontents.Config{Pool: pool, Tables: []string{"test_table"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := way(store); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		blown := 0
		for n := int64(1); n < 100; n++ {
			panicked := func() (panicked bool) {
				defer func() { panicked = recover() != nil }()
				f.left.Store(n)
				if err := way(store); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return false
			}()
			done := f.left.Swap(0) > 0
			if panicked {
				blown++
			}
			if err := way(store); err != nil {
				t.Fatalf("%s: after the panic at read %d: %v", name, n, err)
			}
			if n := pool.Stat().AcquiredConns(); n != 0 {
				t.Fatalf("%s: %d connections are in use", name, n)
			}
			if done {
				break
			}
		}
		if blown == 0 {
			t.Errorf("%s: no panic", name)
		}
		if err := store.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
