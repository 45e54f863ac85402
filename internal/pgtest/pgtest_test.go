package pgtest_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "serve":
		serve()
	case "no main":
		os.Exit(m.Run())
	}
	os.Exit(pgtest.Main(m))
}

func TestNewIsolates(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE TABLE t (n int); CREATE TABLE u ()", "INSERT INTO t VALUES (0)")
			db.Exec("UPDATE t SET n = $1", i)
			var n int
			if err := db.Conn().QueryRow(t.Context(), "SELECT sum(n) FROM t").Scan(&n); err != nil || n != i {
				t.Errorf("n = %d, %v; want %d: another test's table?", n, err, i)
			}
		})
	}
}

func TestNewGivesNothingToEverybody(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	conn := connect(t, db.Role(""))
	if _, err := conn.Exec(t.Context(), "CREATE TABLE public.t ()"); code(err) != "42501" {
		t.Errorf("CREATE TABLE in public by a plain role: %v; want 42501", err)
	}
}

func TestNewWith(t *testing.T) {
	t.Parallel()
	db := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	if got := scalar(t, db.Conn(), "SELECT current_setting('server_encoding')"); got != "SQL_ASCII" {
		t.Errorf("encoding = %s", got)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE t AS SELECT 1 AS n")
	dsn := db.Role("CONNECTION LIMIT 7", "GRANT SELECT ON t TO ROLE", "alter role ROLE set work_mem to '128kB'")
	conn := connect(t, dsn)
	if got := scalar(t, conn, "SELECT n::text FROM t"); got != "1" {
		t.Errorf("n = %s", got)
	}
	if _, err := conn.Exec(t.Context(), "DELETE FROM t"); code(err) != "42501" {
		t.Errorf("DELETE without a grant: %v; want 42501", err)
	}
	if got := scalar(t, conn, "SHOW work_mem"); got != "128kB" {
		t.Errorf("work_mem = %s", got)
	}
	if got := scalar(t, conn, "SELECT rolconnlimit::text FROM pg_roles WHERE rolname = current_user"); got != "7" {
		t.Errorf("connection limit = %s", got)
	}
}

// A test's database and roles go when it ends, whatever they still hold and
// whoever is still connected.
func TestCleanup(t *testing.T) {
	t.Parallel()
	var names []string
	t.Run("inner", func(t *testing.T) {
		db := pgtest.New(t, "CREATE TABLE t ()")
		dsn := db.Role("CREATEDB", "GRANT ALL ON t TO ROLE", "GRANT ALL ON DATABASE "+db.Name+" TO ROLE", "CREATE SCHEMA s AUTHORIZATION ROLE")
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE t"); err != nil {
			t.Fatal(err)
		}
		names = []string{db.Name, conn.Config().User}
	})
	left := scalar(t, pgtest.New(t).Conn(), `SELECT count(*)::text FROM
		(SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles) AS x (name) WHERE name = ANY ($1)`, names)
	if left != "0" {
		t.Errorf("%s of %s are still there", left, names)
	}
}

func TestServerVersion(t *testing.T) {
	t.Parallel()
	want := scalar(t, pgtest.New(t).Conn(), "SHOW server_version_num")
	if got := fmt.Sprint(pgtest.ServerVersion(t)); got != want {
		t.Errorf("version = %s, want %s", got, want)
	}
}

// recorder is a TB whose failures fail nothing.
type recorder struct {
	*testing.T
	failed   bool
	logged   []string
	cleanups []func()
}

func (r *recorder) Failed() bool                 { return r.failed }
func (r *recorder) Cleanup(f func())             { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Logf(f string, args ...any)   { r.logged = append(r.logged, fmt.Sprintf(f, args...)) }
func (r *recorder) Fatalf(f string, args ...any) { r.failed = true; r.Logf(f, args...); panic(r) }

// catch runs f and the cleanups and returns what was logged.
func (r *recorder) catch(f func()) string {
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		f()
	}()
	for _, cleanup := range slices.Backward(r.cleanups) {
		cleanup()
	}
	return strings.Join(r.logged, "\n")
}

func TestFailureTellsWhatAndWhere(t *testing.T) {
	t.Parallel()
	outer := pgtest.New(t)
	tb := &recorder{T: t}
	var name string
	log := tb.catch(func() {
		db := pgtest.New(tb)
		name = db.Name
		db.Exec("SELECT nonsense")
	})
	outer.Exec("DROP DATABASE IF EXISTS " + name) // kept if the server stays
	for _, want := range []string{"42703", "in: SELECT nonsense", name} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %q:\n%s", want, log)
		}
	}
}
