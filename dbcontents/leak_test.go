package dbcontents_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const (
	fewRows  = 7
	manyRows = 3_000_000
	sized    = `CREATE VIEW few AS SELECT i AS id, repeat('x', 100) AS value FROM generate_series(1, 7) AS i;
		CREATE VIEW many AS SELECT i AS id, repeat('x', 100) AS value FROM (SELECT generate_series(1, 3000000) AS i) AS s;`
)

// A way to end a read after k of its rows.
type way struct {
	name string
	end  func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64)
}

var errWriter = errors.New("the writer's own error")

// failing fails after n bytes.
type failing struct{ n int64 }

func (w *failing) Write(b []byte) (int, error) {
	if w.n -= int64(len(b)); w.n < 0 {
		return 0, errWriter
	}
	return len(b), nil
}

var earlyWays = []way{
	{"Close", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		rows := query(t, store, q)
		skip(t, rows, k)
		for range 2 {
			if err := rows.Close(); err != nil || rows.Err() != nil {
				t.Errorf("Close = %v, Err = %v", err, rows.Err())
			}
		}
		if rows.Next() {
			t.Error("a row after Close")
		}
	}},
	{"break", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		rows := query(t, store, q)
		for range rows.All() {
			if rows.Count() >= k {
				break
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	}},
	{"return", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		func() {
			rows := query(t, store, q)
			for range rows.All() {
				if rows.Count() >= k {
					return
				}
			}
		}()
	}},
	{"panic", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		defer func() {
			if v := recover(); v != nil && v != any(k) {
				t.Errorf("recovered %v", v)
			}
		}()
		rows := query(t, store, q)
		for range rows.All() {
			if rows.Count() >= k {
				panic(k)
			}
		}
	}},
	{"Pull2 and stop", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		rows := query(t, store, q)
		defer rows.Close() // stop runs nothing of All if next was never called
		next, stop := iter.Pull2(rows.All())
		defer stop()
		for range k {
			next()
		}
	}},
	{"context cancelled", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		endContext(t, ctx, cancel, store, q, k, context.Canceled)
	}},
	{"deadline", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		endContext(t, ctx, func() { <-ctx.Done() }, store, q, k, dbcontents.ErrTimeout)
	}},
	{"writer fails", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		q.Format = dbcontents.CSV
		_, err := query(t, store, q).WriteTo(&failing{k * 100})
		if k <= 0 && !errors.Is(err, errWriter) || err != nil && !errors.Is(err, dbcontents.ErrInterrupted) {
			t.Errorf("WriteTo = %v", err)
		}
	}},
	{"Snapshot released", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		snapshot, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := snapshot.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		skip(t, rows, k)
		snapshot.Release()
		if rows.Next() {
			t.Error("a row after Release")
		}
	}},
}

var fullWays = []way{
	{"Next", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		rows := query(t, store, q)
		skip(t, rows, k)
		if rows.Next() || rows.Err() != nil || store.Stats().AcquiredConns != 0 {
			t.Errorf("after the last row: Err = %v, %+v", rows.Err(), store.Stats())
		}
	}},
	{"All", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		rows := query(t, store, q)
		for _, err := range rows.All() {
			if err != nil {
				t.Error(err)
			}
		}
		if rows.Count() != k {
			t.Errorf("%d rows, want %d", rows.Count(), k)
		}
	}},
	{"Collect", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		q.Select = dbcontents.Columns("id")
		ids, err := dbcontents.Collect[int64](query(t, store, q))
		if err != nil || int64(len(ids)) != k {
			t.Errorf("%d rows, want %d, %v", len(ids), k, err)
		}
	}},
	{"WriteTo", func(t *testing.T, store *dbcontents.Store, q dbcontents.Query, k int64) {
		q.Format = dbcontents.NDJSON
		rows := query(t, store, q)
		if _, err := rows.WriteTo(io.Discard); err != nil || rows.Count() != k {
			t.Errorf("%d rows, want %d, %v", rows.Count(), k, err)
		}
	}},
}

func skip(t *testing.T, rows *dbcontents.Rows, k int64) {
	t.Helper()
	for i := range k {
		if !rows.Next() {
			t.Fatalf("no row %d: %v", i+1, rows.Err())
		}
	}
}

// endContext reads k rows under ctx and ends it. The reader is then slow to
// notice, which must make no difference.
func endContext(t *testing.T, ctx context.Context, end func(), store *dbcontents.Store, q dbcontents.Query, k int64, want error) {
	t.Helper()
	rows, err := store.Query(ctx, q)
	if err == nil {
		defer rows.Close()
		for rows.Count() < k && rows.Next() {
		}
		end()
		for rows.Next() {
		}
		err = rows.Err()
	}
	// The deadline may have come early, but a read under it never looks whole.
	if !errors.Is(err, want) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after %d rows: %v, want %v", k, err, want)
	}
}

// Every way to end a read gives everything back, wherever it is ended. This test
// counts goroutines and therefore has the process for itself.
func TestNothingLeaks(t *testing.T) {
	db := pgtest.New(t, sized)
	observer := db.Reader()
	for _, kind := range poolKinds {
		t.Run(kind.name, func(t *testing.T) {
			store := kind.open(t, dbcontents.Config{Tables: []string{"few"}}, db.DSN, 1)
			q := dbcontents.Query{Table: "few"}
			query(t, store, q).Close()
			before := goleak.IgnoreCurrent()
			// pgx's own, of the observer: it stays until the next answer after a slow write.
			pgx := goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgconn/internal/bgreader.(*BGReader).bgRead")
			check := func(t *testing.T) {
				t.Helper()
				if err := goleak.Find(before, pgx); err != nil {
					t.Error(err)
				}
				nothingHeld(t, store, func() int { return busySessions(t, observer) })
				if got := len(collect[int64](t, store, "few", "id")); got != fewRows {
					t.Errorf("the next read has %d rows", got)
				}
			}
			for _, way := range earlyWays {
				t.Run(way.name, func(t *testing.T) {
					for k := range int64(fewRows) {
						way.end(t, store, q, k)
						check(t)
					}
				})
			}
			for _, way := range fullWays {
				t.Run(way.name, func(t *testing.T) {
					way.end(t, store, q, fewRows)
					check(t)
				})
			}
		})
	}
}

func nothingHeld(t *testing.T, store *dbcontents.Store, busy func() int) {
	t.Helper()
	eventually(t, "no connection is held", func() bool { return store.Stats().AcquiredConns == 0 })
	eventually(t, "no session is busy", func() bool { return busy() == 0 })
}
