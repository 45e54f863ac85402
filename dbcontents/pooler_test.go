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

// bouncer is the DSN of a PgBouncer in transaction mode in front of a database. Without the program
// the test ends here, and fails where everything must be tested.
func bouncer(t *testing.T, dsn string, settings ...string) string {
	t.Helper()
	pooled, err := pgtest.PgBouncer(t, dsn, settings...)
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

// everySetting are the startup parameters of an owned pool that PgBouncer refuses.
const everySetting = "default_transaction_read_only, IntervalStyle, bytea_output, extra_float_digits, lc_monetary, quote_all_identifiers, " +
	"statement_timeout, lock_timeout, idle_in_transaction_session_timeout"

// A pooler that nobody has told of is noticed: by the settings that it refuses, or, where it drops them, by
// a kept statement that is not where it was. Nothing of one connection's reads reaches another's.
func TestAPoolerIsNoticed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		settings []string
		keeps    bool // statements, on connections that stay
	}{
		{"it refuses settings", []string{"default_pool_size = 2"}, false},
		{"it drops settings", []string{"default_pool_size = 2", "ignore_startup_parameters = " + everySetting}, false},
		{"in session mode it refuses settings", []string{"pool_mode = session"}, false},
		{"in session mode it drops settings", []string{"pool_mode = session", "ignore_startup_parameters = " + everySetting}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS a, -i AS b, 2 * i AS c FROM generate_series(1, 10) i")
			store := openOn(t, dbcontents.Config{ConnString: bouncer(t, db.DSN, tt.settings...), PoolSize: 6})
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
			report := store.Check(t.Context())
			if last := report.Steps[len(report.Steps)-1]; report.Err() != nil || strings.Contains(last.Detail, "to a pooler") == tt.keeps {
				t.Errorf("%+v, %v", last, report.Err())
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
	store := openOn(t, dbcontents.Config{ConnString: bouncer(t, db.DSN) + "&work_mem=64kB"})
	err := count(t.Context(), store)
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.Code != "parameter_unknown" {
		t.Error(err)
	}
}
