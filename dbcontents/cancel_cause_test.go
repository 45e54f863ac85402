package dbcontents_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// As errgroup does it: one read fails, and its error is the cause for which the
// others are cancelled. They were cancelled, and did not fail in its way.
func TestCauseIsAnotherError(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE VIEW test_table AS SELECT generate_series(1, 1000000) AS id")
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table", "absent"}})
	_, other := store.Query(t.Context(), dbcontents.Query{Table: "absent"})
	if !errors.Is(other, dbcontents.ErrNoTable) {
		t.Fatal(other)
	}
	cancelled := func(t *testing.T, err error) {
		t.Helper()
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "canceled" || !errors.Is(err, context.Canceled) || e.Table == "absent" {
			t.Errorf("%#v", err)
		}
	}
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(other)
	_, err := store.Query(ended, dbcontents.Query{}) // the look-up, or the wait for a connection
	cancelled(t, err)

	going, cancel := context.WithCancelCause(t.Context())
	rows, err := store.Query(going, dbcontents.Query{})
	if err != nil {
		t.Fatal(err)
	}
	cancel(other)
	for rows.Next() {
	}
	cancelled(t, rows.Close())
	_, err = store.Query(ended, dbcontents.Query{}) // the table is known now
	cancelled(t, err)
}

// A hook of a borrowed pool may have asked another Store, and say what that said.
func TestHookFailsWithAnotherError(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(pgtest.New(t, "CREATE TABLE test_table (id int)").DSN)
	if err != nil {
		t.Fatal(err)
	}
	config.PrepareConn = func(context.Context, *pgx.Conn) (bool, error) {
		return true, &dbcontents.Error{Op: "read", Table: "public.other", Code: "table_missing"}
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	diagnosed(t, "a hook", readOne(t.Context(), openOn(t, dbcontents.Config{Pool: pool}), ""), dbcontents.ErrUnavailable, "pool_hook_failed")
}
