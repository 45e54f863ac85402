package dbcontents_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Nothing of a session is on a connection after its read, however that ended: each kind of
// error, in each position of the flight, is followed by a look at the same connection.
func TestSessionLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	r := newRealm(t, tenants+`
		CREATE FUNCTION failing(x int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF x = 15 THEN RAISE EXCEPTION 'no'; END IF; RETURN x; END $$;
		CREATE FUNCTION changing() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('app.canary', 'left behind', false); PERFORM set_config('role', 'none', false); RETURN 'changed'; END $$;
		CREATE FUNCTION dying() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_terminate_backend(pg_backend_pid())::text $$;
		CREATE VIEW fails_late AS SELECT failing(id) AS id FROM notes;
		CREATE VIEW changes AS SELECT changing() AS v;
		CREATE VIEW dies AS SELECT dying() AS v;
		CREATE VIEW many AS SELECT i, repeat('x', 1000) AS v FROM generate_series(1, 100000) i;
		GRANT USAGE ON SCHEMA public TO public; GRANT SELECT ON fails_late, changes, many TO public;`,
		readNotes, []string{"GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"})
	login := pgtest.UserOf(t, r.dsn)
	pool := borrowWith(t, r.dsn, func(c *pgxpool.Config) { c.MaxConns = 1 })
	config := dbcontents.Config{AllTables: true, Roles: append(r.roles, "role_that_is_not_there", "pg_monitor"), MaxCost: 1e9, Pool: pool}
	store := openOn(t, config)
	session := r.as("odd")
	session.Settings["app.canary"] = "canary"
	other, missing, denied, refused := session, session, session, session
	other.Role, missing.Role, denied.Role = r.roles[1], "role_that_is_not_there", "pg_monitor"
	refused.Settings = map[string]string{"plpgsql.variable_conflict": "nonsense", "app.canary": "canary"}
	byRow := func(ctx context.Context, s *dbcontents.Store, q dbcontents.Query, rows int64) error {
		got, err := s.Query(ctx, q)
		if err != nil {
			return err
		}
		for got.Count() != rows && got.Next() {
		}
		got.Close()
		return got.Err()
	}
	for reason, tt := range map[string]struct {
		session dbcontents.Session
		query   dbcontents.Query
		rows    int64  // to read; 0 for all
		code    string // of the error; empty for none
		cancel  bool
	}{
		"all rows":                   {session: session, query: dbcontents.Query{Table: "notes"}},
		"a look-up that fails":       {session: missing, query: dbcontents.Query{Table: "notes"}, code: "role_missing"},
		"not a member":               {session: denied, query: dbcontents.Query{Table: "notes"}, code: "role_denied"},
		"a setting is refused":       {session: refused, query: dbcontents.Query{Table: "notes"}, code: "setting_refused"},
		"a value that is refused":    {session: session, query: dbcontents.Query{Table: "notes", Where: dbcontents.Where("id", dbcontents.OpEq, "x")}, code: "value_refused"},
		"a zone that is refused":     {session: session, query: dbcontents.Query{Table: "notes", TimeZone: "Nowhere"}, code: "value_refused"},
		"a policy that fails":        {session: dbcontents.Session{Role: r.roles[0], Settings: map[string]string{"request.jwt.claims": "{", "app.canary": "canary"}}, query: dbcontents.Query{Table: "notes"}, code: "value_failed"},
		"a late row fails":           {session: other, query: dbcontents.Query{Table: "fails_late"}, code: "raised"},
		"counted, and then it fails": {session: other, query: dbcontents.Query{Table: "fails_late", Count: dbcontents.CountExact}, code: "raised"},
		"hung up in the middle":      {session: other, query: dbcontents.Query{Table: "many"}, rows: 10},
		"the caller gives up":        {session: other, query: dbcontents.Query{Table: "many"}, rows: 10, cancel: true, code: "canceled"},
		"code changes the session":   {session: other, query: dbcontents.Query{Table: "changes"}},
		"the backend dies":           {session: other, query: dbcontents.Query{Table: "dies"}, code: "connection_lost"},
	} {
		// One after the other, as they share the one connection. It may be a new one, and
		// PL/pgSQL's settings are checked once that is there.
		if _, err := pool.Exec(t.Context(), "DO 'BEGIN END'"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		as := store.As(tt.session)
		err := error(nil)
		if tt.cancel {
			rows, queryErr := as.Query(ctx, tt.query)
			if queryErr != nil {
				t.Fatal(queryErr)
			}
			rows.Next()
			cancel()
			for rows.Next() {
			}
			err = rows.Close()
		} else {
			err = byRow(ctx, as, tt.query, max(tt.rows, 0)-map[bool]int64{true: 1}[tt.rows == 0])
		}
		cancel()
		var e *dbcontents.Error
		if code := ""; errors.As(err, &e) || err != nil {
			if e != nil {
				code = e.Code
			}
			if code != tt.code {
				t.Errorf("%s: %v, code %q, want %q", reason, err, code, tt.code)
			}
		} else if tt.code != "" {
			t.Errorf("%s: no error, want %q", reason, tt.code)
		}
		var user, found string
		scan := "SELECT current_user, coalesce(current_setting('app.canary', true), '') || coalesce(current_setting('request.jwt.claims', true), '')"
		if err := pool.QueryRow(t.Context(), scan).Scan(&user, &found); err != nil {
			t.Fatalf("%s: %v", reason, err)
		}
		if user != login || strings.Trim(found, " ") != "" {
			t.Errorf("%s: the next user of the connection is %q and sees %q", reason, user, found)
		}
	}
}
