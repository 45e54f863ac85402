package dbcontents_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// bouncer is the DSN of a PgBouncer in transaction mode, the only pooler in front of a database. Without the
// program the test ends here, and fails where everything must be tested.
func bouncer(t *testing.T, db *pgtest.DB, settings ...string) string {
	t.Helper()
	pooled, err := pgtest.PgBouncer(t, db.Direct(db.DSN), settings...)
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		if os.Getenv("CI") != "" {
			t.Fatal("there is no pgbouncer program")
		}
		t.Skip("NOT TESTED: there is no pgbouncer program; the package pgbouncer has it")
	case err != nil:
		t.Fatal(err)
	}
	return pooled
}

// noticed reports whether a Store takes what it connects to for a pooler.
func noticed(t *testing.T, store *dbcontents.Store) bool {
	t.Helper()
	steps := store.Check(t.Context()).Steps
	return strings.Contains(steps[len(steps)-1].Detail, "to a pooler")
}

// A pooler that nobody has told of is noticed: by the settings that it refuses, or, where it drops them, by
// a kept statement that is not where it was. Nothing of one connection's reads reaches another's.
func TestAPoolerIsNoticed(t *testing.T) {
	t.Parallel()
	type manner struct {
		name     string
		settings []string
		keeps    bool // statements, on connections that stay
	}
	manners := []manner{
		{"it refuses settings", nil, false},
		{"it drops settings", []string{pgtest.PgBouncerDrops}, false},
		{"in session mode it refuses settings", []string{"pool_mode = session", "default_pool_size = 6"}, false},
		{"in session mode it drops settings", []string{"pool_mode = session", "default_pool_size = 6", pgtest.PgBouncerDrops}, true},
	}
	if version := pgtest.PgBouncerVersion(); version != "" && !pgtest.PgBouncerPrepares() {
		t.Run("it keeps statements", func(t *testing.T) {
			t.Skipf("NOT TESTED: PgBouncer %s has no max_prepared_statements, which came with 1.21", version)
		})
	} else {
		manners = append(manners,
			manner{"it keeps statements and refuses settings", []string{"max_prepared_statements = 200"}, false},
			manner{"it keeps statements and drops settings", []string{"max_prepared_statements = 200", pgtest.PgBouncerDrops}, true},
			manner{"it keeps few statements and drops settings", []string{"max_prepared_statements = 1", pgtest.PgBouncerDrops}, true})
	}
	for _, tt := range manners {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS a, -i AS b, 2 * i AS c FROM generate_series(1, 10) i")
			store := openOn(t, dbcontents.Config{ConnString: bouncer(t, db, append([]string{"default_pool_size = 2", "server_round_robin = 1"}, tt.settings...)...), PoolSize: 6})
			spread(t, store, 2) // at two servers, which take turns
			var readers sync.WaitGroup
			for r := range 12 {
				readers.Go(func() {
					for i := range 40 {
						// Statements of the same shape that give other rows, so that one in the other's place is seen.
						column, factor := [...]string{"a", "b", "c"}[(r+i)%3], [...]int{1, -1, 2}[(r+i)%3]
						got, err := dbcontents.Read[int](t.Context(), store, dbcontents.Query{Select: dbcontents.Columns(column), Order: []dbcontents.Order{{Column: "a"}}})
						if err != nil || len(got) != 10 || got[6] != 7*factor {
							t.Errorf("%s: %v, %v", column, got, err)
							return
						}
					}
				})
			}
			readers.Wait()
			if err := store.Check(t.Context()).Err(); err != nil || noticed(t, store) == tt.keeps {
				t.Errorf("a pooler is noticed: %t; %v", !tt.keeps, err)
			}
			if s := store.Stats(); s.FailedConnects != 0 || s.Down || s.Errors != 0 {
				t.Errorf("%+v", s)
			}
			db.Exec("ALTER TABLE test_table ALTER a TYPE text")
			for range 4 {
				if got, err := dbcontents.Read[string](t.Context(), store, dbcontents.Query{Select: dbcontents.Columns("a"), Order: []dbcontents.Order{{Column: "c"}}}); err != nil || got[9] != "10" {
					t.Errorf("after a change of the table: %v, %v", got, err)
				}
			}
		})
	}
}

// A parameter of the connection string that a pooler refuses is still the operator's to take out.
func TestAPoolerRefusesAParameter(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	store := openOn(t, dbcontents.Config{ConnString: bouncer(t, db) + "&work_mem=64kB"})
	err := count(t.Context(), store)
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.Code != "parameter_unknown" {
		t.Error(err)
	}
}

// PgBouncer parses a statement that it keeps anew on each server. On one that it makes after a column got another type, the
// server has no objection, and the bytes are of the new type.
func TestAPoolerParsesAnew(t *testing.T) {
	t.Parallel()
	if version := pgtest.PgBouncerVersion(); version != "" && !pgtest.PgBouncerPrepares() {
		t.Skipf("NOT TESTED: PgBouncer %s has no max_prepared_statements, which came with 1.21", version)
	}
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1234 AS v")
		dsn := bouncer(t, db, "max_prepared_statements = 200", pgtest.PgBouncerDrops)
		store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}}, dsn, 1)
		for range 3 {
			if got := one[int](t, store, "test_table", "v"); got != 1234 {
				t.Errorf("got %d", got)
			}
		}
		if s := store.Stats(); s.Statements == 0 {
			t.Fatal("no statement is kept")
		}
		db.Exec("ALTER TABLE test_table ALTER v TYPE text USING 'abcd'")
		db.Exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		for range 3 {
			if got := one[string](t, store, "test_table", "v"); got != "abcd" {
				t.Errorf("got %q", got)
			}
		}
	})
}
