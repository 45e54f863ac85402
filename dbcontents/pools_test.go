package dbcontents_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// poolKinds are the two ways in which a Store gets connections. What holds for
// one must hold for the other.
var poolKinds = []poolKind{
	{"owned", func(_ *testing.T, config dbcontents.Config, dsn string, size int) dbcontents.Config {
		config.ConnString, config.PoolSize = dsn, size
		return config
	}},
	{"borrowed", func(t *testing.T, config dbcontents.Config, dsn string, size int) dbcontents.Config {
		config.Pool = borrowWith(t, dsn, func(c *pgxpool.Config) { c.MaxConns = int32(size) })
		return config
	}},
}

type poolKind struct {
	name string
	with func(t *testing.T, config dbcontents.Config, dsn string, size int) dbcontents.Config
}

// open makes a Store on a pool of size connections.
func (k poolKind) open(t *testing.T, config dbcontents.Config, dsn string, size int) *dbcontents.Store {
	t.Helper()
	return openOn(t, k.with(t, config, dsn, size))
}

// bothPools runs test once for each kind of pool, in parallel; so each makes a
// database of its own.
func bothPools(t *testing.T, test func(t *testing.T, kind poolKind)) {
	for _, kind := range poolKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

// borrowWith is borrow with a changed configuration.
func borrowWith(t *testing.T, dsn string, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(config)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// query is Store.Query where no error is expected. What a failing test leaves
// open is closed with it, or its pool could not be.
func query(t *testing.T, store *dbcontents.Store, q dbcontents.Query) *dbcontents.Rows {
	t.Helper()
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	return rows
}

// collect reads one column of a table.
func collect[T any](t *testing.T, store *dbcontents.Store, table, column string) []T {
	t.Helper()
	rows := query(t, store, dbcontents.Query{Table: table, Select: dbcontents.Columns(column)})
	values, err := dbcontents.Collect[T](rows)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// one reads the only value of a table of one row and one column.
func one[T any](t *testing.T, store *dbcontents.Store, table, column string) T {
	t.Helper()
	values := collect[T](t, store, table, column)
	if len(values) != 1 {
		t.Fatalf("%d rows of %s, want 1", len(values), table)
	}
	return values[0]
}

// ask is for what the database itself thinks.
func ask[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%v\nin: %s", err, sql)
	}
	return v
}

// eventually waits for what takes effect outside of the test, such as the end of
// a server process.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("after 10 s still not: %s", what)
			return
		}
	}
}

// busySessions counts the sessions of conn's database, but for its own, that
// are doing something or are inside a transaction.
func busySessions(t *testing.T, conn *pgx.Conn) int {
	t.Helper()
	return ask[int](t, conn, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'`)
}

func equal[T any](t *testing.T, want, got T) bool {
	t.Helper()
	diff := cmp.Diff(want, got)
	if diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	return diff == ""
}
