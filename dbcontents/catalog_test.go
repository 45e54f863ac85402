package dbcontents_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// together runs f n times at once and returns the errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var tasks sync.WaitGroup
	for i := range errs {
		tasks.Go(func() { errs[i] = f(i) })
	}
	tasks.Wait()
	return errs
}

func readOne(ctx context.Context, store *dbcontents.Store, table string) error {
	rows, err := store.Query(ctx, dbcontents.Query{Table: table})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}

func readInSnapshot(ctx context.Context, store *dbcontents.Store, table string) error {
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Release()
	rows, err := snapshot.Query(ctx, dbcontents.Query{Table: table})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}

// Many who miss the same table ask the database once, and all get its answer.
func TestOneLookupForAllWhoWait(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed)
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 4)
		for _, tt := range []struct {
			table string
			want  error
		}{
			{"test_table", nil},
			{"wrong", dbcontents.ErrNoTable},
		} {
			before := store.Stats().Lookups
			for _, err := range together(50, func(int) error { return readOne(t.Context(), store, tt.table) }) {
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.table, err, tt.want)
				}
			}
			if n := store.Stats().Lookups - before; n != 1 {
				t.Errorf("%s: %d look-ups, want 1", tt.table, n)
			}
		}
	})
}

// If the look-up fails they all learn why, and not one after the other.
func TestFailedLookupIsShared(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed)
		proxy := faultproxy.New(t, db.DSN)
		config := dbcontents.Config{AcquireTimeout: 5 * time.Second, FirstRowTimeout: 3 * time.Second}
		store := kind.open(t, config, proxy.DSN(db.DSN), 4)
		if err := store.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		proxy.Hang(true)
		start := time.Now()
		for _, err := range together(20, func(int) error { return readOne(t.Context(), store, "test_table") }) {
			if !errors.Is(err, dbcontents.ErrTimeout) {
				t.Errorf("got %v, want a timeout", err)
			}
		}
		// Three seconds, and the end of the connection that does not answer.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("20 readers took %v", took)
		}
		proxy.Hang(false)

		// But that one of them gave up is no failure for the others.
		store = kind.open(t, dbcontents.Config{}, proxy.DSN(db.DSN), 4)
		if err := store.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		proxy.SetLatency(200 * time.Millisecond)
		errs := together(5, func(i int) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i == 0 {
				time.AfterFunc(100*time.Millisecond, cancel)
			} else {
				time.Sleep(50 * time.Millisecond)
			}
			return readOne(ctx, store, "test_table")
		})
		if !errors.Is(errs[0], context.Canceled) || errors.Join(errs[1:]...) != nil {
			t.Errorf("got %v, want an error for the first only", errs)
		}
	})
}

// A flood of wrong names costs one look-up a second for each, and a little memory.
func TestWrongNamesAreRemembered(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed)
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 1)
		start := time.Now()
		for range 200 {
			if err := readOne(t.Context(), store, "wrong"); !errors.Is(err, dbcontents.ErrNoTable) {
				t.Fatal(err)
			}
		}
		if n, most := store.Stats().Lookups, 1+int64(time.Since(start)/time.Second); n > most {
			t.Errorf("%d look-ups in %v", n, time.Since(start))
		}
		for i := range 1100 { // more than are kept
			if err := readOne(t.Context(), store, "wrong"+strconv.Itoa(i)); !errors.Is(err, dbcontents.ErrNoTable) {
				t.Fatal(err)
			}
		}
		if err := readOne(t.Context(), store, "test_table"); err != nil {
			t.Error(err)
		}
	})
}

// What is known stays known while the catalog cannot be asked.
func TestFailedRefreshKeepsTheTable(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS a")
		dsn := db.Role("", "GRANT SELECT ON test_table TO ROLE")
		store := kind.open(t, dbcontents.Config{}, dsn, 1)
		q := dbcontents.Query{Format: dbcontents.CSV}
		write(t, store, q)
		// The look-up, and nothing else, uses this function.
		db.Exec("REVOKE EXECUTE ON FUNCTION pg_catalog.obj_description(oid, name) FROM PUBLIC; ALTER TABLE test_table ADD b int")
		time.Sleep(stale)
		for range 3 {
			if got := write(t, store, q); got != "a\r\n1\r\n" {
				t.Errorf("while the look-up fails: %q", got)
			}
		}
		db.Exec("GRANT EXECUTE ON FUNCTION pg_catalog.obj_description(oid, name) TO PUBLIC")
		write(t, store, q)
		if got := write(t, store, q); got != "a,b\r\n1,\r\n" {
			t.Errorf("when it works again: %q", got)
		}
	})
}

// A refresh that is on its way with a slow reader, or with one that gives up,
// does not keep the others from learning of a change. Nor do reads that are
// always cut short.
func TestRefreshDoesNotDependOnOneReader(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, `CREATE TABLE large AS SELECT i AS a FROM generate_series(1, 1000000) AS i; CREATE TABLE cut AS TABLE large;
			CREATE TABLE left_early AS TABLE large; CREATE SCHEMA other; CREATE TABLE other.large AS SELECT 1 AS other; CREATE SCHEMA aaa;`)
		config := dbcontents.Config{
			// The default table is not the first of its name.
			Tables: []string{"public.large", "public.cut", "public.left_early"}, Schemas: []string{"other"}, AllTables: true, MaxRows: 10,
		}
		store := kind.open(t, config, db.DSN, 3)
		columns := func(table string) (names []string) {
			rows := query(t, store, dbcontents.Query{Table: table})
			for range rows.All() {
				if table == "left_early" {
					break
				}
			}
			for _, c := range rows.Columns() {
				names = append(names, c.Name)
			}
			return names
		}
		for _, table := range []string{"", "cut", "left_early"} {
			columns(table)
		}
		time.Sleep(stale)
		unlimited := config
		unlimited.MaxRows = 0
		slow := query(t, store, dbcontents.Query{}) // and carries a refresh
		defer slow.Close()
		conn := db.Conn()
		if _, err := conn.Exec(t.Context(), "SET lock_timeout = '10s'; ALTER TABLE cut ADD b int; ALTER TABLE left_early ADD b int"); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"cut", "left_early"} {
			eventually(t, table+"'s new column is seen", func() bool { return slices.Equal(columns(table), []string{"a", "b"}) })
		}
		eventually(t, "the default table is looked up again", func() bool { return slices.Equal(columns(""), []string{"a"}) })
	})
}

// The owner of a borrowed pool may throw away what is prepared on its connections.
func TestDeallocateBetweenReads(t *testing.T) {
	t.Parallel()
	for _, discard := range []string{"DEALLOCATE ALL", "DISCARD ALL"} {
		t.Run(discard, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, seed)
			// pgpool-II ends a session whose kept statement is gone, and so does PgBouncer.
			pool := borrowWith(t, db.Unpooled(db.DSN), func(c *pgxpool.Config) {
				c.MaxConns = 4
				c.AfterRelease = func(conn *pgx.Conn) bool {
					_, err := conn.Exec(context.Background(), discard, pgx.QueryExecModeSimpleProtocol)
					return err == nil
				}
			})
			store := openOn(t, dbcontents.Config{Pool: pool})
			for range 20 {
				for _, err := range together(8, func(int) error { return readOne(t.Context(), store, "") }) {
					if err != nil {
						t.Fatal(err)
					}
				}
				if err := readInSnapshot(t.Context(), store, ""); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := store.Tables(t.Context()); err != nil {
				t.Error(err)
			}
			if s := store.Stats(); s.Retries != 0 || s.Errors != 0 {
				t.Errorf("it was noticed: %+v", s)
			}
		})
	}
}
