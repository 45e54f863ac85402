package server_test

import (
	"net/url"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// brokenLogin are the ways to reach the server and not to get into the database.
func brokenLogin(t *testing.T, db *pgtest.DB) []breakage {
	t.Helper()
	dsn := db.Role("", "GRANT SELECT ON test_table TO ROLE")
	as := func(user *url.Userinfo) []string {
		return on(with(t, dsn, func(u *url.URL) { u.User = user }))
	}
	query := func(key, value string) []string {
		return on(with(t, dsn, func(u *url.URL) {
			q := u.Query()
			q.Set(key, value)
			u.RawQuery = q.Encode()
		}))
	}
	u, _ := url.Parse(dsn)
	name := u.User.Username()
	gone := faultproxy.New(t, db.DSN)
	gone.Refuse(true)
	closed, limited, revoked := pgtest.New(t), pgtest.New(t), pgtest.New(t)
	closedDSN, limitedDSN, revokedDSN := closed.Role(""), limited.Role(""), revoked.Role("")
	db.Exec("ALTER DATABASE " + closed.Name + " ALLOW_CONNECTIONS false")
	limited.Exec("ALTER DATABASE " + limited.Name + " CONNECTION LIMIT 0")
	revoked.Exec("REVOKE CONNECT ON DATABASE " + revoked.Name + " FROM PUBLIC")
	return []breakage{
		{"a wrong password", as(url.UserPassword(name, canary)), "authentication", "wrong_password", 1, 503},
		{"no password", as(url.User(name)), "authentication", "wrong_password", 1, 503},
		{"a role that does not exist", as(url.UserPassword("nobody", canary)), "authentication", "wrong_password role_not_admitted", 1, 503},
		{"a password that has expired", on(db.Role("VALID UNTIL '2001-01-01'")), "authentication", "wrong_password", 1, 503},
		{"a role that may not log in", on(db.Role("", "alter role ROLE NOLOGIN")), "authentication", "role_not_admitted", 1, 503},
		{"a wrong password behind a host that is down", on(with(t, dsn, func(u *url.URL) {
			u.User, u.Host = url.UserPassword(name, canary), gone.Addr()+","+u.Host
		})), "authentication", "wrong_password", 1, 503},
		{"a wrong password after TLS was refused", on(with(t, dsn, func(u *url.URL) {
			u.User, u.RawQuery = url.UserPassword(name, canary), "sslmode=prefer"
		})), "authentication", "wrong_password", 1, 503},
		{"a database that does not exist", on(with(t, dsn, func(u *url.URL) { u.Path = "/nowhere" })), "database", "database_missing", 1, 503},
		{"a database that is closed", on(closedDSN), "database", "database_closed", 1, 503},
		{"a database without the CONNECT privilege", on(revokedDSN), "database", "connect_denied", 1, 503},
		{"a database without a free connection", on(limitedDSN), "server", "too_many_connections", 1, 503},
		{"a role without a free connection", on(db.Role("CONNECTION LIMIT 0")), "server", "too_many_connections", 1, 503},
		{"a pool larger than the role's limit", on(db.Role("CONNECTION LIMIT 3", "GRANT SELECT ON test_table TO ROLE")), "pool", "too_many_connections", 1, 200},
		{"a standby is wanted", query("target_session_attrs", "standby"), "server", "wrong_server_role", 1, 503},
		{"an unknown parameter", query("nonsense", "1"), "server", "parameter_unknown", 1, 503},
		{"a parameter with a wrong value", query("work_mem", "much"), "server", "parameter_unknown", 1, 503},
		{"a server without TLS", query("sslmode", "require"), "tls", "tls_refused", 1, 503},
	}
}

// trouble are tables and views that cannot be read.
const trouble = `
CREATE TABLE denied (id int);
CREATE SCHEMA closed;
CREATE TABLE closed.t (id int);
GRANT SELECT ON closed.t TO PUBLIC;
CREATE TABLE locked (id int);
CREATE VIEW by_zero AS SELECT 1 / (id - id) AS x FROM test_table;
CREATE VIEW bad_cast AS SELECT value::int FROM test_table;
CREATE VIEW slow AS SELECT pg_sleep(60)::text AS x;
CREATE FUNCTION write_one() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
	$$BEGIN INSERT INTO test_table VALUES (99, 'x'); RETURN 1; END$$;
CREATE VIEW writing AS SELECT write_one() AS x;
CREATE FUNCTION object() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
CREATE VIEW raising AS SELECT object() AS x;
CREATE VIEW large_set AS SELECT i FROM generate_series(1, 2000000) i;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS x WITH NO DATA;
CREATE TABLE secured (id int);
INSERT INTO secured VALUES (1);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON secured USING (1 / (id - 1) > 0);
CREATE EXTENSION postgres_fdw;
CREATE SERVER dead FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
CREATE USER MAPPING FOR PUBLIC SERVER dead OPTIONS (user 'u', password '` + canary + `');
CREATE FOREIGN TABLE far (id int) SERVER dead;
GRANT SELECT ON test_table, locked, by_zero, bad_cast, slow, writing, raising, large_set, unfilled, secured, far TO PUBLIC;
`

// brokenTables are the ways not to be able to read a table.
func brokenTables(t *testing.T, db *pgtest.DB) []breakage {
	t.Helper()
	reader := db.Role("")
	db.Role("", "CREATE VIEW unowned AS SELECT * FROM denied", "GRANT CREATE ON SCHEMA public TO ROLE", "ALTER VIEW unowned OWNER TO ROLE", "GRANT SELECT ON unowned TO PUBLIC")
	unsecured := db.Role("", "alter role ROLE SET row_security = off")
	small := db.Role("", "alter role ROLE SET temp_file_limit = '64kB'", "alter role ROLE SET work_mem = '64kB'")
	ascii := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
		`CREATE TABLE test_table AS SELECT 1 AS id, convert_from('\xff', 'SQL_ASCII') AS value`)
	empty := pgtest.New(t)
	locker := db.Conn()
	if _, err := locker.Exec(t.Context(), "BEGIN; LOCK TABLE locked"); err != nil {
		t.Fatal(err)
	}
	table := func(reason, dsn, table, code string) breakage {
		return breakage{reason, on(dsn, "DBCONTENTS_TABLES="+table), "table " + table, code, 1, 503}
	}
	all := []breakage{
		table("a table that does not exist", reader, "absent", "table_missing"),
		table("a table in other letters", reader, "Test_Table", "table_missing"),
		table("a table in another schema", reader, "closed.test_table", "table_missing"),
		table("a table without the SELECT privilege", reader, "denied", "select_denied"),
		table("a schema without the USAGE privilege", reader, "closed.t", "select_denied"),
		table("a view whose owner may not read", reader, "unowned", "select_denied"),
		table("row level security that is switched off", unsecured, "secured", "select_denied"),
		table("row level security that fails", reader, "secured", "value_failed"),
		table("a view that divides by zero", reader, "by_zero", "value_failed"),
		table("a view with a wrong cast", reader, "bad_cast", "value_failed"),
		table("a text that is not UTF-8", ascii.DSN, "test_table", "value_failed"),
		table("a view that writes", reader, "writing", "writes"),
		table("a view that raises an exception", reader, "raising", "raised"),
		table("a view that takes too long", reader, "slow", "first_row_timeout"),
		table("a view that needs too much space", small, "large_set", "out_of_resources"),
		table("a materialized view that was never filled", reader, "unfilled", "not_populated"),
		table("a foreign table whose server is down", reader, "far", "foreign_server_down"),
		table("a table that another session has locked", reader, "locked", "table_locked"),
		{"nothing to read at all", on(empty.DSN, "DBCONTENTS_TABLES=*"), "table test_table", "table_not_exposed", 1, 503},
	}
	besides := table("one table of two", reader, "absent", "table_missing")
	besides.env = on(reader, "DBCONTENTS_TABLES=test_table,absent")
	besides.ready = 200
	return append(all, besides)
}
