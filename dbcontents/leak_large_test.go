package dbcontents_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// patience is how long the Store waits for a cancelled query to end before it
// gives up the connection.
const patience = 2 * time.Second

// Of a result that fits in no buffer, what is not wanted must not be waited for.
func TestNothingLeaksOfALargeResult(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		observer := db.Reader()
		store := kind.open(t, dbcontents.Config{Tables: []string{"many"}}, db.DSN, 1)
		busy := func() int { return busySessions(t, observer) }
		for _, way := range earlyWays {
			for _, k := range []int64{1, 50_000} {
				start := time.Now()
				way.end(t, store, dbcontents.Query{Table: "many"}, k)
				took := time.Since(start)
				// On a quiet machine it is far below a second. On a busy one the
				// connection may be given up, but all rows take much longer still.
				if s := store.Stats(); took > 5*time.Second || s.Conns != 1 && took < patience {
					t.Errorf("%s after %d rows took %v; connection kept: %v", way.name, k, took, s.Conns == 1)
				}
				nothingHeld(t, store, busy)
			}
		}
	})
}

// Closing after one row of three million takes as long as a cancel request
// does, not as long as the rows do.
func TestCloseDoesNotDrain(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		store := kind.open(t, dbcontents.Config{Tables: []string{"many"}}, db.DSN, 1)
		var longest time.Duration
		for range 20 {
			rows := query(t, store, dbcontents.Query{Table: "many"})
			skip(t, rows, 1)
			start := time.Now()
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
			longest = max(longest, time.Since(start))
		}
		t.Logf("closing after 1 of %d rows took at most %v", manyRows, longest)
		if longest > patience+time.Second/2 { // a busy machine may lose the connection
			t.Errorf("Close took %v", longest)
		}
	})
}

func TestNothingLeaksOfAWholeLargeResult(t *testing.T) {
	t.Parallel()
	whole := map[string]string{"owned": "All"}
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		observer := db.Reader()
		store := kind.open(t, dbcontents.Config{Tables: []string{"many"}}, db.DSN, 1)
		for _, way := range fullWays {
			q, rows := dbcontents.Query{Table: "many"}, int64(manyRows)
			if way.name != whole[kind.name] {
				q.Limit, rows = manyRows/20, manyRows/20 // to save time
			}
			start := time.Now()
			way.end(t, store, q, rows)
			t.Logf("%s of %d rows took %v", way.name, rows, time.Since(start))
			nothingHeld(t, store, func() int { return busySessions(t, observer) })
		}
	})
}

func TestNothingLeaksBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	const sql = `CREATE VIEW slow AS SELECT pg_sleep(60)::text AS value; CREATE TABLE quick AS SELECT 1 AS value;`
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sql)
		observer := db.Reader()
		config := dbcontents.Config{Tables: []string{"slow", "quick"}, FirstRowTimeout: 4 * time.Second}
		store := kind.open(t, config, db.DSN, 1)
		snapshot := func(ctx context.Context, q dbcontents.Query) (*dbcontents.Rows, error) {
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer snapshot.Release()
			return snapshot.Query(ctx, q)
		}
		for _, tt := range []struct {
			reason string
			query  func(context.Context, dbcontents.Query) (*dbcontents.Rows, error)
			limit  time.Duration
			want   error
		}{
			{"the caller's deadline", store.Query, 50 * time.Millisecond, context.DeadlineExceeded},
			{"the caller's deadline has passed", store.Query, 0, context.DeadlineExceeded},
			{"the Store's limit", store.Query, time.Minute, dbcontents.ErrTimeout},
			{"the caller's deadline in a snapshot", snapshot, 50 * time.Millisecond, context.DeadlineExceeded},
			{"the Store's limit in a snapshot", snapshot, time.Minute, dbcontents.ErrTimeout},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
			rows, err := tt.query(ctx, dbcontents.Query{Table: "slow"})
			cancel()
			if rows != nil || !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.reason, err, tt.want)
			}
			nothingHeld(t, store, func() int { return busySessions(t, observer) })
			if got := one[int](t, store, "quick", "value"); got != 1 {
				t.Errorf("%s: the next read gave %d", tt.reason, got)
			}
		}
		if s := store.Stats(); s.Conns != 1 {
			t.Errorf("the connection was not kept: %+v", s)
		}
	})
}
