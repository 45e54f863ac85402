package dbcontents_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// takeSnapshot is released with the test, if it has not been before.
func takeSnapshot(t *testing.T, store *dbcontents.Store) *dbcontents.Snapshot {
	t.Helper()
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(snapshot.Release)
	return snapshot
}

// A snapshot looks into the catalog by itself. Whoever waits for its connection
// to ask the same must not be waited for.
func TestSnapshotWaitsForNobody(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed)
		store := kind.open(t, dbcontents.Config{}, db.DSN, 1)
		snapshot := takeSnapshot(t, store)
		waiter := make(chan error, 1)
		go func() { waiter <- readOne(t.Context(), store, "") }()
		eventually(t, "the other read has begun", func() bool { return store.Stats().Reads == 1 })
		time.Sleep(50 * time.Millisecond) // for it to look for a connection
		start := time.Now()
		rows, err := snapshot.Query(t.Context(), dbcontents.Query{})
		if err != nil {
			t.Fatal(err)
		}
		skip(t, rows, 3)
		rows.Close()
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("the snapshot's read took %v", took)
		}
		snapshot.Release()
		if err := <-waiter; err != nil {
			t.Errorf("the other read: %v", err)
		}
	})
}

// A snapshot sees the catalog as it was. That is for itself only.
func TestSnapshotOfTheCatalog(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE dropped AS SELECT 1 AS v; CREATE TABLE retyped AS SELECT 1 AS v; CREATE TABLE known AS SELECT 1 AS v")
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 2)
		one[int](t, store, "known", "v")
		snapshot := takeSnapshot(t, store)
		db.Exec("CREATE TABLE made AS SELECT 1 AS v; DROP TABLE dropped; ALTER TABLE retyped ALTER v TYPE text USING 'one'; INSERT INTO known VALUES (2)")
		for _, table := range []string{"made", "dropped"} {
			if _, err := snapshot.Query(t.Context(), dbcontents.Query{Table: table}); !errors.Is(err, dbcontents.ErrNoTable) {
				t.Errorf("%s, in the snapshot: %v", table, err)
			}
		}
		// A second after the snapshot at the latest, as after any look-up in vain.
		eventually(t, "the new table is seen outside", func() bool { return readOne(t.Context(), store, "made") == nil })
		rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "known"})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := dbcontents.Collect[int](rows); err != nil || len(all) != 1 {
			t.Errorf("got %v, %v", all, err)
		}
		// PostgreSQL hides an old catalog, but not a table that was rewritten: the
		// snapshot cannot give the old value. It must not give a wrong one.
		if rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "retyped"}); err == nil {
			for row, err := range rows.All() {
				v, _ := row.Values()
				t.Errorf("a row %v, %v", v, err)
			}
		}
		if got := one[string](t, store, "retyped", "v"); got != "one" {
			t.Errorf("outside: %q", got)
		}
	})
}

// The first failure ends the transaction, and says so to those who go on.
func TestFailedSnapshot(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed, "CREATE VIEW zero AS SELECT 1 / (id - id) AS v FROM test_table")
		store := kind.open(t, dbcontents.Config{Tables: []string{"test_table", "zero"}}, db.DSN, 1)
		snapshot := takeSnapshot(t, store)
		var e *dbcontents.Error
		if _, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "zero"}); !errors.As(err, &e) || e.Code != "value_failed" {
			t.Errorf("got %v", err)
		}
		if _, err := snapshot.Query(t.Context(), dbcontents.Query{}); !errors.Is(err, dbcontents.ErrInterrupted) {
			t.Errorf("after the failure: %v", err)
		}
		snapshot.Release()
		if err := readInSnapshot(t.Context(), store, ""); err != nil {
			t.Errorf("a new snapshot: %v", err)
		}
		if s := store.Stats(); s.Conns != 1 || s.AcquiredConns != 0 {
			t.Errorf("the connection was not kept: %+v", s)
		}
	})
}
