package dbcontents_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Reading does not write, whatever a view is made of and whoever reads.
func TestViewsThatWrite(t *testing.T) {
	t.Parallel()
	const sql = `CREATE TABLE written (n int); CREATE SEQUENCE numbers;
		CREATE FUNCTION inserts() RETURNS int LANGUAGE sql AS 'INSERT INTO public.written VALUES (1) RETURNING n';
		CREATE FUNCTION creates() RETURNS int LANGUAGE plpgsql AS 'BEGIN EXECUTE ''CREATE TABLE made (n int)''; RETURN 1; END';
		CREATE FUNCTION tries() RETURNS int LANGUAGE plpgsql AS
			'BEGIN PERFORM set_config(''transaction_read_only'', ''off'', true); INSERT INTO written VALUES (1); RETURN 1; END';
		CREATE VIEW v_nextval AS SELECT nextval('numbers') AS v; CREATE VIEW v_inserts AS SELECT inserts() AS v;
		CREATE VIEW v_creates AS SELECT creates() AS v; CREATE VIEW v_tries AS SELECT tries() AS v;
		CREATE VIEW v_update AS SELECT n AS v FROM written FOR UPDATE;`
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sql)
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 1) // as superuser
		for _, view := range []string{"v_nextval", "v_inserts", "v_creates", "v_update"} {
			for _, read := range []error{readOne(t.Context(), store, view), readInSnapshot(t.Context(), store, view)} {
				var e *dbcontents.Error
				if !errors.Is(read, dbcontents.ErrDenied) || !errors.As(read, &e) || e.Code != "writes" {
					t.Errorf("%s: %v", view, read)
				}
			}
		}
		if err := readOne(t.Context(), store, "v_tries"); err == nil {
			t.Error("a view made its own transaction writable")
		}
		if n := ask[int](t, db.Conn(), "SELECT (SELECT count(*) FROM written) + (SELECT count(*) FROM numbers WHERE is_called)"); n != 0 {
			t.Errorf("%d traces of writing", n)
		}
	})
}

// hostile are views with functions that change settings for the rest of the
// session, and views that show what is set.
const hostile = `CREATE TABLE written (n int);
	CREATE FUNCTION inserts() RETURNS int LANGUAGE sql AS 'INSERT INTO public.written VALUES (1) RETURNING n';
	CREATE VIEW writes AS SELECT inserts() AS v;
	CREATE VIEW sets AS SELECT set_config('default_transaction_read_only', 'off', false) AS a, set_config('TimeZone', 'Asia/Tokyo', false) AS b,
		set_config('DateStyle', 'German', false) AS c, set_config('IntervalStyle', 'iso_8601', false) AS d;
	CREATE VIEW sets_too AS SELECT set_config('search_path', 'nowhere', false) AS a, set_config('application_name', 'hijacked', false) AS b;
	CREATE VIEW shows AS SELECT (current_setting('transaction_read_only') || ' ' || current_setting('TimeZone') || ' '
		|| current_setting('DateStyle') || ' ' || current_setting('IntervalStyle') || ' ' || now()::text) LIKE 'on UTC ISO, MDY postgres %+00' AS v;`

// A function in a view can change the session that it runs in. That neither
// weakens nor changes the reads that follow on the same connection.
func TestViewsThatChangeSettings(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, hostile)
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 1)
		follow := func(after string, read func(table string) error, show func() bool) {
			t.Helper()
			if err := read("writes"); !errors.Is(err, dbcontents.ErrDenied) {
				t.Errorf("a write after %s: %v", after, err)
			}
			if !show() {
				t.Errorf("the settings after %s are not those of a read", after)
			}
		}
		for _, view := range []string{"sets", "sets_too"} {
			for range 2 {
				if err := readOne(t.Context(), store, view); err != nil {
					t.Fatal(err)
				}
				follow(view, func(table string) error { return readOne(t.Context(), store, table) },
					func() bool { return one[bool](t, store, "shows", "v") })
			}
			if err := readInSnapshot(t.Context(), store, view); err != nil {
				t.Fatal(err)
			}
			follow("a snapshot with "+view, func(table string) error { return readInSnapshot(t.Context(), store, table) },
				func() bool { return one[bool](t, store, "shows", "v") })

			// In the same snapshot the next read comes in the same transaction.
			snapshot := takeSnapshot(t, store)
			for _, table := range []string{view, "shows"} {
				rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: table})
				if err != nil {
					t.Fatal(err)
				}
				rows.Close()
			}
			rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "shows"})
			if err != nil {
				t.Fatal(err)
			}
			if shown, err := dbcontents.Collect[bool](rows); err != nil || !shown[0] {
				t.Errorf("in one snapshot after %s: %v, %v", view, shown, err)
			}
			snapshot.Release()
		}
	})
}

// What a read relies on is the same, wherever the connection comes from and
// whatever the database, the role or the connection string say.
func TestSettingsOfARead(t *testing.T) {
	t.Parallel()
	const sql = `CREATE VIEW shows AS SELECT name || '=' || setting AS v FROM pg_settings WHERE name IN ('transaction_read_only', 'client_encoding',
			'DateStyle', 'IntervalStyle', 'TimeZone', 'bytea_output', 'extra_float_digits', 'lc_monetary', 'statement_timeout', 'lock_timeout',
			'idle_in_transaction_session_timeout') ORDER BY lower(name);
		DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''Asia/Tokyo''', current_database());
			EXECUTE format('ALTER DATABASE %I SET bytea_output = escape', current_database());
			EXECUTE format('ALTER DATABASE %I SET extra_float_digits = 0', current_database());
			EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1h''', current_database()); END $$`
	want := []string{
		"bytea_output=hex", "client_encoding=UTF8", "DateStyle=ISO, MDY", "extra_float_digits=1", "idle_in_transaction_session_timeout=60000",
		"IntervalStyle=postgres", "lc_monetary=C", "lock_timeout=3000", "statement_timeout=45000", "TimeZone=UTC", "transaction_read_only=on",
	}
	db := pgtest.New(t, sql)
	dsn := db.Role("", "GRANT SELECT ON shows TO ROLE", "alter role ROLE set DateStyle = 'German'", "alter role ROLE set lock_timeout = 0")
	for _, tt := range []struct {
		reason string
		dsn    string
	}{
		{"as it is", dsn},
		// PgBouncer refuses what a connection string sets, or drops it.
		{"the connection string sets others", db.Unpooled(dsn) + "&statement_timeout=2000&IntervalStyle=iso_8601&options=-c%20lock_timeout%3D1"},
		{"nothing is kept on connections", dsn + "&default_query_exec_mode=exec"},
		{"nothing is kept on connections, and it is described first", dsn + "&default_query_exec_mode=cache_describe"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				config := dbcontents.Config{Tables: []string{"shows"}, QueryTimeout: 45e9, LockTimeout: 3e9}
				store := kind.open(t, config, tt.dsn, 1)
				for range 2 {
					if got := collect[string](t, store, "shows", "v"); !equal(t, want, got) {
						t.Error("in a read")
					}
					snapshot := takeSnapshot(t, store)
					rows, err := snapshot.Query(t.Context(), dbcontents.Query{})
					if err != nil {
						t.Fatal(err)
					}
					if got, err := dbcontents.Collect[string](rows); err != nil || !equal(t, want, got) {
						t.Errorf("in a snapshot: %v", err)
					}
					snapshot.Release()
				}
			})
		})
	}
}

// In a mode for poolers nothing is left on a connection between two reads.
func TestNothingIsLeftOnAConnection(t *testing.T) {
	t.Parallel()
	const sql = `CREATE VIEW prepared AS SELECT name FROM pg_prepared_statements;
		CREATE VIEW changed AS SELECT name || '=' || setting AS v FROM pg_settings WHERE source = 'session';`
	db := pgtest.New(t, sql)
	for _, mode := range []string{"exec", "cache_describe", "describe_exec", "simple_protocol"} {
		bothPools(t, func(t *testing.T, kind poolKind) {
			store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN+"&default_query_exec_mode="+mode, 1)
			for range 3 {
				if names := collect[string](t, store, "prepared", "name"); len(names) != 0 {
					t.Errorf("%s: prepared are %v", mode, names)
				}
			}
		})
	}
	// A borrowed pool's settings are its owner's before and after.
	pool := borrowWith(t, db.DSN+"&default_query_exec_mode=exec", func(c *pgxpool.Config) { c.MaxConns = 1 })
	store := openOn(t, dbcontents.Config{Pool: pool, AllTables: true})
	if err := errors.Join(readOne(t.Context(), store, "changed"), readInSnapshot(t.Context(), store, "changed")); err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if n := ask[int](t, conn.Conn(), "SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM prepared)"); n != 0 {
		t.Errorf("%d settings and statements are left", n)
	}
}
