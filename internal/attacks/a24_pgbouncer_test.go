package attacks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// pooled is the DSN of a PgBouncer with two connections in front of the tenancy. Without
// the program the test ends here, and fails where everything must be tested.
func (x *tenancy) pooled(t *testing.T, settings ...string) string {
	t.Helper()
	dsn, err := pgtest.PgBouncer(t, x.dsn, append(settings, "default_pool_size = 2", "max_client_conn = 200")...)
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		if os.Getenv("CI") != "" {
			t.Fatal("there is no pgbouncer program")
		}
		t.Skip("NOT TESTED: there is no pgbouncer program; the package pgbouncer has it")
	case err != nil:
		t.Fatal(err)
	}
	t.Logf("PgBouncer %s", pgtest.PgBouncerVersion())
	return dsn
}

// Behind a pooler that gives each transaction another connection tenants do not meet either.
func TestAttack24_TenantsNeverMeetBehindPgBouncer(t *testing.T) {
	begin(t, 24)
	for _, tt := range []struct {
		name, query string
		settings    []string
		prepares    bool // PgBouncer knows prepared statements
		keeps       bool // the Store keeps statements
	}{
		{name: "exec", query: "&default_query_exec_mode=exec"},
		{name: "exec, prepared statements known", query: "&default_query_exec_mode=exec", settings: []string{"max_prepared_statements = 200"}, prepares: true},
		{name: "kept statements", settings: []string{"max_prepared_statements = 200", pgtest.PgBouncerDrops}, prepares: true, keeps: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newTenancy(t)
			if tt.prepares && pgtest.PgBouncerVersion() != "" && !pgtest.PgBouncerPrepares() {
				t.Skipf("NOT TESTED: PgBouncer %s has no max_prepared_statements, which came with 1.21", pgtest.PgBouncerVersion())
			}
			config := x.config()
			config.ConnString, config.PoolSize = x.pooled(t, tt.settings...)+tt.query, 6
			if s := besiege(t, x, config); (s.Statements > 0) != tt.keeps {
				t.Errorf("%d statements are kept", s.Statements)
			}
			x.scan(t, config.ConnString, "the siege")
		})
	}
}

// scan looks at both connections of the pooler for what a session left.
func (x *tenancy) scan(t *testing.T, dsn, after string) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal("the DSN does not parse")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	seen := map[int]bool{}
	var open []pgx.Tx
	defer func() {
		for _, tx := range open {
			tx.Rollback(context.Background())
		}
	}()
	for range 2 { // each holds one of them
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatalf("after %s: %v", after, err)
		}
		t.Cleanup(func() { conn.Close(context.Background()) })
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatalf("after %s: %v", after, err)
		}
		open = append(open, tx)
		var user, found string
		var pid int
		err = tx.QueryRow(t.Context(), `SELECT pg_backend_pid(), current_user, coalesce(current_setting('request.jwt.claims', true), '') || coalesce(current_setting('app.left', true), '')
			|| replace(current_setting('search_path'), '"$user", public', '') || replace(current_setting('transaction_isolation'), 'read committed', '')`).Scan(&pid, &user, &found)
		if err != nil || user != x.login || found != "" {
			t.Errorf("after %s another client of the pooler is %q and finds %q, %v", after, user, found, err)
		}
		seen[pid] = true
	}
	if len(seen) != 2 {
		t.Errorf("after %s %d connections were looked at", after, len(seen))
	}
}

// Nothing of a session is on a connection of the pooler after a read, however it ended.
func TestAttack24_PgBouncerFindsNothingLeft(t *testing.T) {
	begin(t, 24)
	x := newTenancy(t)
	config := x.config()
	config.ConnString, config.PoolSize = x.pooled(t)+"&default_query_exec_mode=exec", 2
	config.Roles = append(config.Roles, "role_that_is_not_there", "pg_monitor")
	store := build(t, x.db, config, optionsOf(x)).store
	session := x.as("alpha")
	as := func(role string, settings ...string) dbcontents.Session {
		s := dbcontents.Session{Role: role, Settings: map[string]string{"request.jwt.claims": session.Settings["request.jwt.claims"]}}
		for i := 0; i < len(settings); i += 2 {
			s.Settings[settings[i]] = settings[i+1]
		}
		return s
	}
	columns := dbcontents.Columns
	for _, tt := range []struct {
		what    string
		session dbcontents.Session
		query   dbcontents.Query
		rows    int // to read, 0 for all
		cancel  bool
		fails   bool
	}{
		{what: "all rows", query: dbcontents.Query{Table: "notes", Count: dbcontents.CountEstimated}},
		{what: "a stream left in the middle", query: dbcontents.Query{Table: "wide"}, rows: 3},
		{what: "a stream cancelled in the middle", query: dbcontents.Query{Table: "wide"}, rows: 3, cancel: true},
		{what: "a value that is refused", query: dbcontents.Query{Table: "notes", Where: dbcontents.Where("id", dbcontents.OpEq, "x")}, fails: true},
		{what: "a late failure", query: dbcontents.Query{Table: "notes", Select: columns("failing")}, fails: true},
		{what: "a count that fails", query: dbcontents.Query{Table: "notes", Count: dbcontents.CountExact, Where: dbcontents.Where("failing", dbcontents.OpNeq, "x")}, fails: true},
		{what: "code that changes the session", query: dbcontents.Query{Table: "notes", Select: columns("changing")}},
		{what: "code that changes the session, and a count", query: dbcontents.Query{Table: "notes", Count: dbcontents.CountEstimated, Where: dbcontents.Where("changing", dbcontents.OpNeq, "x")}},
		{what: "code that changes the session, left in the middle", query: dbcontents.Query{Table: "notes", Select: columns("changing", "slow")}, rows: 1},
		{what: "a role that is missing", session: as("role_that_is_not_there"), query: dbcontents.Query{Table: "notes"}, fails: true},
		{what: "a role that is denied", session: as("pg_monitor"), query: dbcontents.Query{Table: "notes"}, fails: true},
		{what: "claims that are none", session: as(x.reader, "request.jwt.claims", "{"), query: dbcontents.Query{Table: "notes"}, fails: true},
		{what: "a time zone", query: dbcontents.Query{Table: "notes", TimeZone: "Nowhere", Count: dbcontents.CountExact}, fails: true},
		{what: "a timeout", session: as(x.reader, "statement_timeout", "5ms"), query: dbcontents.Query{Table: "notes", Select: columns("slow")}, fails: true},
	} {
		if tt.session.Role == "" {
			tt.session = session
		}
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			rows, err := store.As(tt.session).Query(ctx, tt.query)
			if err == nil {
				for n := 0; (tt.rows == 0 || n < tt.rows) && rows.Next(); n++ {
				}
				if tt.cancel {
					cancel()
				}
				rows.Close()
			}
			cancel()
			if err == nil {
				err = rows.Err()
			}
			if tt.cancel && errors.Is(err, context.Canceled) {
				err = nil // the end of the context was seen before Close
			}
			if (err != nil) != tt.fails {
				t.Errorf("%s: %v", tt.what, err)
			}
			x.scan(t, config.ConnString, tt.what)
		}
	}
}
