package attacks

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// sessionSeed has a table whose text depends on settings, a view that lists them,
// and a function that changes them for the rest of the session.
const sessionSeed = `
CREATE TABLE digits (id int PRIMARY KEY, f float8, fs float8[], b bytea[], m money, c regclass);
INSERT INTO digits VALUES (1, 1/3.0::float8, ARRAY[2/3.0::float8], ARRAY['\x00ff'::bytea], 1234.5::numeric::money, 'digits');
CREATE VIEW settings AS SELECT current_setting('bytea_output') AS bytea_output, current_setting('extra_float_digits') AS extra_float_digits,
	current_setting('lc_monetary') AS lc_monetary, current_setting('quote_all_identifiers') AS quote_all_identifiers,
	current_setting('statement_timeout') AS statement_timeout, current_setting('lock_timeout') AS lock_timeout,
	current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('transaction_read_only') AS read_only,
	current_setting('DateStyle') AS datestyle, current_setting('TimeZone') AS zone,
	current_setting('search_path') AS search_path, current_user::text AS "role", coalesce(current_setting('app.marker', true), '') AS marker;
CREATE FUNCTION spoil(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('bytea_output', 'escape', false), set_config('extra_float_digits', '-12', false),
		set_config('quote_all_identifiers', 'on', false), set_config('statement_timeout', '0', false),
		set_config('lock_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
		set_config('default_transaction_read_only', 'off', false), set_config('DateStyle', 'German', false), set_config('TimeZone', 'Asia/Tokyo', false),
		set_config('search_path', 'pg_catalog', false), set_config('app.marker', 'left behind', false);
	EXECUTE 'SET ROLE pg_read_all_data';
	RETURN $1;
END $$;
CREATE VIEW a_view AS SELECT spoil(1) AS id;
CREATE VIEW a_failing_view AS SELECT 1 / (spoil(id) - 2) AS id FROM generate_series(1, 2) AS id;
CREATE VIEW a_long_view AS SELECT spoil(id) AS id, repeat('x', 1000) AS v FROM generate_series(1, 100000) AS id;
CREATE TABLE a_policy (id int); INSERT INTO a_policy VALUES (1);
ALTER TABLE a_policy ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a_policy USING (spoil(id) > 0);
CREATE TABLE a_column (id int); INSERT INTO a_column VALUES (1);
CREATE FUNCTION computed(a_column) RETURNS int LANGUAGE sql AS 'SELECT spoil($1.id)';
CREATE TYPE odd AS ENUM ('a', 'b');
CREATE FUNCTION odd_equals(odd, odd) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM spoil(1); RETURN $1::text = $2::text; END';
CREATE OPERATOR = (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_equals);
CREATE TABLE an_operator (id int, o odd); INSERT INTO an_operator VALUES (1, 'a');
CREATE DOMAIN shown AS int;
CREATE FUNCTION shown_json(shown) RETURNS json LANGUAGE plpgsql AS 'BEGIN PERFORM spoil(1); RETURN to_json($1::int); END';
CREATE CAST (shown AS json) WITH FUNCTION shown_json(shown) AS IMPLICIT;
CREATE TABLE a_domain (id shown); INSERT INTO a_domain VALUES (1);
CREATE TABLE an_index (id int); INSERT INTO an_index VALUES (1);
CREATE FUNCTION folded() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
	IF current_setting('app.armed', true) = 'yes' THEN PERFORM spoil(1); END IF; RETURN 1; END $$;
CREATE INDEX ON an_index ((id + folded()));
`

// sessionReads are reads that run code of others, which changes the session.
var sessionReads = []struct{ what, path string }{
	{"a view", "/a_view"},
	{"a view, counted", "/a_view?select=id&limit=1&offset=0"},
	{"a view that fails", "/a_failing_view"},
	{"a policy", "/a_policy"},
	{"a computed column", "/a_column?select=id,computed"},
	{"a filter on a computed column", "/a_column?computed=eq.1"},
	{"an operator", "/an_operator?o=eq.a"},
	{"a domain's cast", "/a_domain"},
	{"an expression of an index", "/an_index"},
	{"an expression of an index, filtered", "/an_index?id=eq.1"},
}

// sessionRig has one connection, so that what a read leaves meets the next one.
func sessionRig(t *testing.T, db *pgtest.DB, config dbcontents.Config) *rig {
	config.AllTables, config.Tables = true, []string{"digits"}
	return build(t, db, config, httpapi.Options{})
}

func sessionRole(db *pgtest.DB) string {
	return db.Role("", "GRANT pg_read_all_data TO ROLE", "alter role ROLE set app.armed = 'yes'")
}

// sessionState is what the next readers get.
func (r *rig) sessionState() string {
	r.Helper()
	digits, settings := r.get("/dbcontents/digits?select=*"), r.get("/dbcontents/settings")
	if digits.StatusCode != 200 || settings.StatusCode != 200 {
		r.Errorf("%s %s\n%s %s", digits.Status, digits.body, settings.Status, settings.body)
	}
	return digits.body + settings.body
}

// What a read changes of the session is gone when the next one comes.
func TestAttack05_SettingsEndWithTheRead(t *testing.T) {
	begin(t, 5)
	for _, kind := range []string{"owned", "borrowed", "pooled"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, sessionSeed)
			dsn := sessionRole(db)
			config := dbcontents.Config{ConnString: dsn, PoolSize: 1}
			switch kind {
			case "borrowed":
				config = dbcontents.Config{Pool: onePool(t, dsn, nil)}
			case "pooled":
				config.ConnString += "&default_query_exec_mode=exec"
			}
			r := sessionRig(t, db, config)
			before := r.sessionState()
			for _, tt := range sessionReads {
				answer := r.get("/dbcontents"+tt.path, "Prefer", "count=exact")
				if failed := answer.StatusCode >= 400; failed != strings.Contains(tt.path, "failing") {
					t.Errorf("%s: %s %s", tt.what, answer.Status, answer.body)
				}
				if after := r.sessionState(); after != before {
					t.Fatalf("%s has left something:\n%s\nbefore:\n%s", tt.what, after, before)
				}
			}
			rows, err := r.store.Query(t.Context(), dbcontents.Query{Table: "a_long_view"})
			if err != nil || !rows.Next() {
				t.Fatal(err)
			}
			rows.Close()
			if after := r.sessionState(); after != before {
				t.Errorf("a read that was left early has left something:\n%s\nbefore:\n%s", after, before)
			}
			if s := r.store.Stats(); s.Conns != 1 || s.Connects != 1 {
				t.Errorf("the connection was not kept: %+v", s)
			}
		})
	}
}

// onePool is a pool of one connection, as a host program has it.
func onePool(t *testing.T, dsn string, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	if change != nil {
		change(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// A host program's own settings of its connections stay, and ours do not.
func TestAttack05_BorrowedConnectionStaysAsItWas(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed, "CREATE TABLE later (id int); INSERT INTO later VALUES (1)")
	pool := onePool(t, sessionRole(db), func(c *pgxpool.Config) {
		c.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
			t.Errorf("the database is made to say %s: %s", n.Severity, n.Message)
		}
	})
	exec := func(sql string) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	state := func() (s string) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), "SELECT to_json(s)::text || current_setting('transaction_read_only') FROM public.settings s").Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	exec("SET app.marker = 'the owner''s'; SET extra_float_digits = 0; SET search_path = public, pg_catalog; SET statement_timeout = '1min'")
	before := state()
	r := sessionRig(t, db, dbcontents.Config{Pool: pool})
	r.get("/dbcontents/later") // and it has no code of others when it is looked up
	db.Exec("ALTER TABLE later ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON later USING (spoil(id) > 0)")
	if r.get("/dbcontents/later"); state() != before {
		t.Errorf("a policy that is new has left something: %s", state())
	}
	for _, tt := range sessionReads {
		r.get("/dbcontents" + tt.path)
		if after := state(); after != before {
			t.Fatalf("%s has left something:\n%s\nbefore:\n%s", tt.what, after, before)
		}
	}
}

// A pooler that drops parameters it does not know (ignore_startup_parameters of
// PgBouncer) leaves connections that are not what they were asked to be.
func TestAttack05_StartupParametersThatAPoolerDrops(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed)
	dsn, err := url.Parse(sessionRole(db))
	if err != nil {
		t.Fatal(err)
	}
	direct := sessionRig(t, db, dbcontents.Config{ConnString: dsn.String(), PoolSize: 1})
	digits, settings := direct.get("/dbcontents/digits?select=*").body, direct.get("/dbcontents/settings").body
	db.Exec("ALTER DATABASE " + db.Name + " SET extra_float_digits = -12")
	db.Exec("ALTER DATABASE " + db.Name + " SET bytea_output = 'escape'")
	dsn.Host = forgetfulPooler(t, dsn.Host)
	r := sessionRig(t, db, dbcontents.Config{ConnString: dsn.String(), PoolSize: 1})
	for _, tt := range []struct{ path, want string }{{"/digits?select=*", digits}, {"/settings", settings}} {
		for i := range 3 { // the first read of a connection, and those after it
			if got := r.get("/dbcontents" + tt.path).body; got != tt.want {
				t.Errorf("read %d of %s through the pooler:\n%s\nwant:\n%s", i, tt.path, got, tt.want)
			}
		}
		db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
}
