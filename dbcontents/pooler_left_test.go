package dbcontents_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// leftOn has another client of a pooler, with the same login, leave what sql sets on the one connection to the server.
func leftOn(t *testing.T, dsn string, sql ...string) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	other, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sql {
		mustExec(t, other, s)
	}
	// It stays, as one that ends may take its connection with it.
	t.Cleanup(func() { other.Close(t.Context()) }) //nolint:errcheck // the pooler ends too
}

// Behind a pooler nothing that another client of the same login has left on the connection reaches a read, a snapshot, a
// count, an export, a look-up, or who asks.
func TestNothingIsLeftBehindAPooler(t *testing.T) {
	t.Parallel()
	manners := map[string][]string{"it refuses settings": nil, "it drops settings": {pgtest.PgBouncerDrops}}
	if pgtest.PgBouncerPrepares() {
		manners["it keeps statements"] = []string{"max_prepared_statements = 200", pgtest.PgBouncerDrops}
	}
	kinds := append(poolKinds[:len(poolKinds):len(poolKinds)],
		poolKind{"borrowed, nothing kept", func(t *testing.T, c dbcontents.Config, dsn string, size int) dbcontents.Config {
			c.Pool = borrowWith(t, dsn, func(p *pgxpool.Config) {
				p.MaxConns, p.ConnConfig.DefaultQueryExecMode = int32(size), pgx.QueryExecModeExec
			})
			return c
		}})
	for manner, settings := range manners {
		for _, kind := range kinds {
			t.Run(manner+", "+kind.name, func(t *testing.T) {
				t.Parallel()
				nothingIsLeft(t, kind, settings)
			})
		}
	}
}

func nothingIsLeft(t *testing.T, kind poolKind, settings []string) {
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT interval '1 day 2 hours' AS i, timestamptz '2026-01-02 03:04:05Z' AS at, '\\x01'::bytea AS b, 0.1::float8 + 0.2 AS f, 12.5::numeric::money AS m",
		"CREATE TABLE secret AS SELECT 42 AS canary", "CREATE SEQUENCE s",
		"CREATE FUNCTION bump() RETURNS bigint LANGUAGE sql VOLATILE AS $$SELECT nextval('s')$$", "CREATE VIEW bumping AS SELECT bump() AS n",
		"CREATE TABLE kept AS SELECT 'kept' AS v", "CREATE FUNCTION kept() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT v FROM kept); END'",
		"CREATE VIEW way AS SELECT current_user::text AS now, session_user::text AS login, current_setting('search_path') AS path, current_setting('app.tenant', true) AS tenant, current_setting('application_name') AS app, current_setting('transaction_isolation') AS isolation, kept()",
		"CREATE TABLE notes AS SELECT 'a' AS tenant", "ALTER TABLE notes ENABLE ROW LEVEL SECURITY", "CREATE POLICY own ON notes USING (tenant = current_setting('app.tenant', true))",
		"CREATE SCHEMA other", "CREATE FUNCTION other.never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false'", "CREATE OPERATOR other.= (LEFTARG = text, RIGHTARG = text, FUNCTION = other.never)")
	login := db.Role("NOINHERIT", "GRANT SELECT ON test_table, bumping, way, notes, kept TO ROLE", "GRANT USAGE ON SEQUENCE s TO ROLE", "GRANT USAGE ON SCHEMA other TO ROLE")
	user := pgtest.UserOf(t, login)
	admin := pgtest.UserOf(t, db.Role("", "GRANT SELECT ON secret, test_table TO ROLE", `GRANT ROLE TO "`+user+`"`))
	db.Exec("DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END$$")
	dsn, err := pgtest.PgBouncer(t, db.Direct(login), append([]string{"default_pool_size = 1"}, settings...)...)
	if err != nil {
		bouncer(t, db) // says why there is none
		t.Fatal(err)
	}
	dsn += "&application_name=reads"
	store := kind.open(t, dbcontents.Config{Tables: []string{"test_table", "secret", "bumping", "way", "notes"}}, dsn, 1)
	all := kind.open(t, dbcontents.Config{AllTables: true}, dsn, 1)
	const want = "{\"i\":\"1 day 02:00:00\",\"at\":\"2026-01-02T03:04:05+00:00\",\"b\":\"\\\\x01\",\"f\":0.30000000000000004,\"m\":\"$12.50\"}\n"
	first := write(t, store, dbcontents.Query{Format: dbcontents.NDJSON})
	left := []string{
		fmt.Sprintf("SET ROLE %q", admin), "SET default_transaction_read_only = off", "SET IntervalStyle = 'iso_8601'", "SET DateStyle = 'SQL, DMY'",
		"SET TimeZone = 'Asia/Tokyo'", "SET bytea_output = 'escape'", "SET extra_float_digits = 0", "SET search_path = other, pg_catalog",
		"SET app.tenant = 'a'", "SET row_security = off", "SET default_transaction_isolation = 'serializable'", "SET standard_conforming_strings = off",
		"CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT 'left' AS v", "CREATE TEMP TABLE IF NOT EXISTS name (v int)", "CREATE TEMP TABLE IF NOT EXISTS text (v int)",
		"SET statement_timeout = '1h'", "SET quote_all_identifiers = on",
	}
	for round := range 3 {
		leftOn(t, dsn, left...)
		if got := write(t, store, dbcontents.Query{Format: dbcontents.NDJSON}); got != first {
			t.Errorf("round %d: %s, and before %s; want about %s", round, got, first, want)
		}
		_, err := dbcontents.Read[int](t.Context(), store, dbcontents.Query{Table: "secret"})
		if !errors.Is(err, dbcontents.ErrDenied) {
			t.Errorf("round %d: secret: %v", round, err)
		}
		_, err = dbcontents.Read[int](t.Context(), store, dbcontents.Query{Table: "bumping"})
		if stateOf(err) != "25006" {
			t.Errorf("round %d: a view that writes: %v", round, err)
		}
		ways := map[string]func() string{
			"read": func() string { return write(t, store, dbcontents.Query{Table: "way", Format: dbcontents.NDJSON}) },
			"count": func() string {
				return write(t, store, dbcontents.Query{Table: "way", Format: dbcontents.NDJSON, Count: dbcontents.CountExact})
			},
			"position": func() string {
				return write(t, store, dbcontents.Query{Table: "way", Format: dbcontents.NDJSON, MinLSN: "0/1"})
			},
			"export": func() string {
				var b strings.Builder
				if _, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "way", Format: dbcontents.NDJSON}, Writer: &b}); err != nil {
					t.Error(err)
				}
				return b.String()
			},
			"snapshot": func() string {
				n, err := store.Snapshot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer n.Release()
				rows, err := n.Query(t.Context(), dbcontents.Query{Table: "way", Format: dbcontents.NDJSON})
				if err != nil {
					t.Fatal(err)
				}
				var b strings.Builder
				if _, err := rows.WriteTo(&b); err != nil {
					t.Fatal(err)
				}
				return b.String()
			},
		}
		for name, way := range ways {
			leftOn(t, dsn, left...)
			got := way()
			for _, part := range []string{`"now":"` + user + `"`, `"login":"` + user + `"`, `"path":"\"$user\", public, pg_temp"`, `"kept":"kept"`, `"app":"reads"`} {
				if !strings.Contains(got, part) {
					t.Errorf("round %d: %s: %s lacks %s", round, name, got, part)
				}
			}
			if strings.Contains(got, `"tenant":"a"`) || strings.Contains(got, "serializable") {
				t.Errorf("round %d: %s: %s", round, name, got)
			}
		}
		if got, err := dbcontents.Read[string](t.Context(), store, dbcontents.Query{Table: "notes"}); err != nil || len(got) != 0 {
			t.Errorf("round %d: notes of a tenant: %v, %v", round, got, err)
		}
		leftOn(t, dsn, left...)
		if tables, err := all.Tables(t.Context()); err != nil || len(tables) != 5 {
			t.Errorf("round %d: tables: %v, %v", round, tables, err)
		}
		for _, step := range store.Check(t.Context()).Steps {
			if readable := strings.HasPrefix(step.Detail, "readable"); step.Name == "table secret" && step.OK || step.Name == "table test_table" && !readable {
				t.Errorf("round %d: %+v", round, step)
			}
		}
	}
}

// A superuser may have left another session user as well.
func TestASessionUserIsLeftBehindAPooler(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE VIEW test_table AS SELECT session_user || ' ' || current_user AS who")
		someone := pgtest.UserOf(t, db.Role("", "GRANT SELECT ON test_table TO ROLE"))
		dsn := bouncer(t, db, "default_pool_size = 1")
		store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}}, dsn, 1)
		want := one[string](t, store, "test_table", "who")
		leftOn(t, dsn, fmt.Sprintf("SET SESSION AUTHORIZATION %q", someone))
		if got := one[string](t, store, "test_table", "who"); got != want {
			t.Errorf("read as %s, and before as %s", got, want)
		}
	})
}

// What a hook of a borrowed pool has set holds where there is no pooler.
func TestAHookSetsARoleWithoutAPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE VIEW test_table AS SELECT current_user::text || current_setting('app.x', true) AS who")
			role := pgtest.UserOf(t, db.Role("", "GRANT SELECT ON test_table TO ROLE"))
			pool := borrowWith(t, db.Unpooled(db.DSN), func(c *pgxpool.Config) {
				c.MaxConns, c.ConnConfig.DefaultQueryExecMode = 1, mode
				c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
					_, err := conn.Exec(ctx, fmt.Sprintf("SET ROLE %q", role))
					if err == nil {
						_, err = conn.Exec(ctx, "SET app.x = ' x'")
					}
					return err
				}
				c.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) {
					if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Second {
						<-ctx.Done() // so that the connection is had when the caller has gone
					}
					return true, nil
				}
			})
			store := openOn(t, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if err := readWhole(ctx, store.Query, "test_table", 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a caller who leaves: %v", err)
			}
			for range 3 {
				if got := one[string](t, store, "test_table", "who"); got != role+" x" {
					t.Errorf("read as %s", got)
				}
			}
		})
	}
}

// stateOf is the SQLState of an Error.
func stateOf(err error) string {
	var e *dbcontents.Error
	if !errors.As(err, &e) {
		return errText(err)
	}
	return e.SQLState
}
