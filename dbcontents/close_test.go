package dbcontents_test

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// here is the place of its caller's caller's next line.
func here(t *testing.T) string {
	t.Helper()
	_, file, line, ok := runtime.Caller(1)
	if !ok {
		t.Fatal("no caller")
	}
	return fmt.Sprintf("%s:%d", file, line+1)
}

// Close does not hang on a reader that was forgotten: it names it, ends its
// query at the server, and leaves the rest to whoever forgot it.
func TestCloseNamesTheForgottenReader(t *testing.T) {
	t.Parallel()
	const closeTimeout = 200 * time.Millisecond
	for _, tt := range []struct {
		reason string
		forget func(t *testing.T, store *dbcontents.Store) (where, what string, end func() error)
	}{
		{"rows, with more of them than fit in any buffer", func(t *testing.T, store *dbcontents.Store) (string, string, func() error) {
			where := here(t)
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: "many"})
			if err != nil {
				t.Fatal(err)
			}
			skip(t, rows, 1)
			return where, "rows of public.many", rows.Close
		}},
		{"rows that have all arrived", func(t *testing.T, store *dbcontents.Store) (string, string, func() error) {
			where := here(t)
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: "few"})
			if err != nil {
				t.Fatal(err)
			}
			skip(t, rows, fewRows)
			return where, "rows of public.few", rows.Close
		}},
		{"iter.Pull2 without stop", func(t *testing.T, store *dbcontents.Store) (string, string, func() error) {
			where := here(t)
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: "many"})
			if err != nil {
				t.Fatal(err)
			}
			next, stop := iter.Pull2(rows.All())
			if _, err, ok := next(); err != nil || !ok {
				t.Fatal(err)
			}
			return where, "rows of public.many", func() error { stop(); return rows.Err() }
		}},
		{"a snapshot without rows", func(t *testing.T, store *dbcontents.Store) (string, string, func() error) {
			where := here(t)
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return where, "a snapshot", func() error { snapshot.Release(); return dbcontents.ErrClosed }
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, sized)
				observer := db.Reader()
				config := kind.with(t, dbcontents.Config{Tables: []string{"few", "many"}, CloseTimeout: closeTimeout, TrackReaders: true}, db.DSN, 2)
				store, err := dbcontents.Open(config)
				if err != nil {
					t.Fatal(err)
				}
				where, what, end := tt.forget(t, store)
				start := time.Now()
				err = store.Close()
				if took := time.Since(start); took < closeTimeout || took > closeTimeout+2*time.Second {
					t.Errorf("Close took %v, its limit is %v", took, closeTimeout)
				}
				var e *dbcontents.Error
				if !errors.Is(err, dbcontents.ErrBusy) || !errors.As(err, &e) || e.Code != "reader_not_closed" {
					t.Fatalf("Close = %v", err)
				}
				for _, want := range []string{"1 not closed within 200ms", what, where} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("Close = %v; it does not say %q", err, want)
					}
				}
				if _, err := store.Query(t.Context(), dbcontents.Query{Table: "few"}); !errors.Is(err, dbcontents.ErrClosed) {
					t.Errorf("Query after Close: %v", err)
				}
				if err := store.Close(); err != nil {
					t.Errorf("second Close: %v", err)
				}
				eventually(t, "the forgotten query has ended at the server", func() bool {
					return ask[int](t, observer, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
						AND pid <> pg_backend_pid() AND state = 'active'`) == 0
				})
				if err := end(); !errors.Is(err, dbcontents.ErrClosed) {
					t.Errorf("the forgotten reader is told %v", err)
				}
				eventually(t, "all sessions of the Store are idle or gone", func() bool { return busySessions(t, observer) == 0 })
			})
		})
	}
}

// A reader may still be waiting for its connection when Close gives up.
func TestCloseWhileAReaderWaits(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		config := kind.with(t, dbcontents.Config{Tables: []string{"few"}, CloseTimeout: 200 * time.Millisecond}, db.DSN, 1)
		store, err := dbcontents.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		holder := query(t, store, dbcontents.Query{})
		waiter := make(chan error, 1)
		go func() {
			rows, err := store.Query(t.Context(), dbcontents.Query{})
			if err == nil {
				for rows.Next() {
				}
				err = rows.Close()
			}
			waiter <- err
		}()
		eventually(t, "two reads have begun", func() bool { return store.Stats().Reads == 2 })
		time.Sleep(50 * time.Millisecond) // for the second to get to the pool; either way it must not panic
		if err := store.Close(); !errors.Is(err, dbcontents.ErrBusy) {
			t.Errorf("Close = %v", err)
		}
		holder.Close()
		if err := <-waiter; !errors.Is(err, dbcontents.ErrClosed) {
			t.Errorf("the read that waited: %v", err)
		}
	})
}

// Close waits for readers that end in time, and for no longer than they take.
func TestCloseWaitsForReaders(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		store, err := dbcontents.Open(kind.with(t, dbcontents.Config{Tables: []string{"few"}, CloseTimeout: time.Minute}, db.DSN, 1))
		if err != nil {
			t.Fatal(err)
		}
		rows := query(t, store, dbcontents.Query{})
		closed := make(chan error, 1)
		go func() { closed <- store.Close() }()
		eventually(t, "new reads are refused", func() bool {
			_, err := store.Query(t.Context(), dbcontents.Query{})
			return errors.Is(err, dbcontents.ErrClosed)
		})
		skip(t, rows, fewRows)
		if rows.Next() || rows.Err() != nil {
			t.Errorf("a read under way was disturbed: %v", rows.Err())
		}
		if err := <-closed; err != nil {
			t.Errorf("Close = %v", err)
		}
	})
}
