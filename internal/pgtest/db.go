package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TB is what pgtest needs of a *testing.T, a *testing.B or a *testing.F.
type TB interface {
	Helper()
	Name() string
	Failed() bool
	Cleanup(func())
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// DB is a database of one test. Its methods act as the superuser. They fail the
// test with Fatalf and so belong in the goroutine that runs it.
type DB struct {
	Name string
	DSN  string // the superuser's

	tb     TB
	server *Server
	roles  []string
}

// New makes a database for one test, runs the statements in it, and drops it when
// the test is over. The database of a failed test stays if its server does.
func New(tb TB, sql ...string) *DB {
	tb.Helper()
	server, template := common(tb)
	return create(tb, server, "TEMPLATE "+quote(template), sql)
}

// NewWith is New with the options of CREATE DATABASE, such as
// "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0".
func NewWith(tb TB, createOptions string, sql ...string) *DB {
	tb.Helper()
	server, _ := common(tb)
	return create(tb, server, createOptions, sql)
}

// ServerVersion is the server_version_num of the server the tests run against.
func ServerVersion(tb TB) int {
	tb.Helper()
	server, _ := common(tb)
	return server.Version()
}

func create(tb TB, server *Server, options string, sql []string) *DB {
	tb.Helper()
	name := uniqueName(tb.Name())
	if err := createDatabase(server, name, options); err != nil {
		tb.Fatalf("pgtest: creating a database: %v", err)
	}
	db := &DB{Name: name, DSN: server.through(name, server.admin.User), tb: tb, server: server}
	tb.Cleanup(db.cleanup)
	if len(sql) > 0 {
		conn := db.connect()
		defer conn.Close(context.Background())
		for _, statement := range sql {
			db.exec(conn, statement)
		}
	}
	return db
}

// Exec runs sql, which may be several statements if there are no args.
func (db *DB) Exec(sql string, args ...any) {
	db.tb.Helper()
	conn := db.connect()
	defer conn.Close(context.Background())
	db.exec(conn, sql, args...)
}

func (db *DB) exec(conn *pgx.Conn, sql string, args ...any) {
	db.tb.Helper()
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		db.tb.Fatalf("pgtest: %v\nin: %s", err, sql)
	}
}

// Conn is a new connection. It is closed when the test is over.
func (db *DB) Conn() *pgx.Conn {
	db.tb.Helper()
	conn := db.connect()
	db.tb.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func (db *DB) connect() *pgx.Conn {
	db.tb.Helper()
	conn, err := pgx.Connect(context.Background(), db.server.DSN(db.Name))
	if err != nil {
		db.tb.Fatalf("pgtest: connecting to database %s: %v", db.Name, err)
	}
	return conn
}

// Reader is Conn to the server that tests read: where DBCONTENTS_TEST_POOLER has them read a standby,
// that is where the sessions and the locks of their reads are.
func (db *DB) Reader() *pgx.Conn {
	db.tb.Helper()
	server := db.server
	if server.standby != nil {
		server = server.standby
	}
	conn, err := pgx.Connect(context.Background(), server.DSN(db.Name))
	if err != nil {
		db.tb.Fatalf("pgtest: connecting to database %s, where it is read: %v", db.Name, err)
	}
	db.tb.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Settle returns when tests read in a state no older than now, and meet the locks that are held now. It is for
// transactions that have not ended, which a standby hears of late.
func (db *DB) Settle() {
	db.tb.Helper()
	db.Exec("SELECT pg_logical_emit_message(true, 'pgtest', '')")
}

var roleWord = regexp.MustCompile(`\bROLE\b`)

// Role makes a login role with a password and the given attributes of CREATE
// ROLE, runs the grants and returns the role's DSN for this database. In the
// grants the word ROLE in capitals stands for the role's name, as in
// "GRANT SELECT ON t TO ROLE" or "alter role ROLE set work_mem to '64kB'".
func (db *DB) Role(attributes string, grants ...string) (dsn string) {
	db.tb.Helper()
	name, password := uniqueName("role"), secret()
	conn := db.connect()
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(),
		"CREATE ROLE "+quote(name)+" LOGIN PASSWORD '"+password+"' "+attributes); err != nil {
		db.tb.Fatalf("pgtest: creating a role with %q: %v", attributes, err)
	}
	db.roles = append(db.roles, name)
	for _, grant := range grants {
		db.exec(conn, roleWord.ReplaceAllLiteralString(grant, quote(name)))
	}
	return db.server.through(db.Name, url.UserPassword(name, password))
}

// Pooled reports whether DBCONTENTS_TEST_POOLER puts a pooler between tests and their databases. On a
// standby there is nothing between.
func (db *DB) Pooled() bool { return db.server.front != "" && db.server.standby == nil }

// Unpooled is a DSN of New or Role past the pooler, if there is one. It is for tests whose subject is a session
// of one server, which a pooler has for itself, or what one pooler does not do.
func (db *DB) Unpooled(dsn string) string {
	db.tb.Helper()
	if !db.Pooled() {
		return dsn
	}
	return db.Direct(dsn)
}

// Direct is a DSN of New or Role past what DBCONTENTS_TEST_POOLER puts between, be it a standby; without that it is
// dsn itself. It is for tests that need a server that can be written to.
func (db *DB) Direct(dsn string) string {
	db.tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		db.tb.Fatalf("pgtest: the DSN is no URL")
	}
	if front, err := url.Parse(db.server.front); err == nil && u.Host == front.Host {
		u.Host = db.server.admin.Host
	}
	return u.String()
}

// cleanup drops the database and then the roles, which by then own and may do
// nothing except what is shared by all databases.
func (db *DB) cleanup() {
	db.tb.Helper()
	if db.tb.Failed() && db.keep() {
		return
	}
	err := db.server.do(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(db.Name)+" WITH (FORCE)")
		for _, role := range db.roles {
			_, ownedErr := conn.Exec(ctx, "DROP OWNED BY "+quote(role))
			_, dropErr := conn.Exec(ctx, "DROP ROLE IF EXISTS "+quote(role))
			if dropErr != nil {
				err = errors.Join(err, ownedErr, dropErr)
			}
		}
		return err
	})
	if err != nil {
		db.tb.Logf("pgtest: dropping database %s: %v", db.Name, err)
	}
}

// keep tells where the database of a failed test is, and reports whether it
// outlives the run. The password of a server that is not ours is not ours to show.
func (db *DB) keep() bool {
	switch {
	case db.server.stop == nil:
		u, err := url.Parse(db.DSN)
		if err == nil {
			db.tb.Logf("pgtest: database kept: %s", u.Redacted())
		}
		return err == nil
	case keep():
		db.tb.Logf("pgtest: database kept: %s", db.DSN)
		return true
	}
	db.tb.Logf("pgtest: database %s ends with its server; DBCONTENTS_TEST_KEEP=1 keeps both and prints the DSN", db.Name)
	return false
}

// creation lets one CREATE DATABASE run at a time: it fails while anybody,
// another CREATE included, is in the template.
var creation sync.Mutex

func createDatabase(s *Server, name, options string) error {
	creation.Lock()
	defer creation.Unlock()
	return s.do(func(ctx context.Context, conn *pgx.Conn) error {
		for pause := 10 * time.Millisecond; ; pause *= 2 {
			_, err := conn.Exec(ctx, "CREATE DATABASE "+quote(name)+" "+options)
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) || pgErr.Code != "55006" || pause > 5*time.Second {
				return err
			}
			time.Sleep(pause) // object_in_use: another process copies it as well
		}
	})
}

// makeTemplate makes what New copies: an empty database in which, as from
// PostgreSQL 15 on, not everybody may create tables in public. Copying one of
// our own spares tests what an administrator has put into template1.
func makeTemplate(s *Server) (string, error) {
	name := uniqueName("template")
	if err := createDatabase(s, name, "TEMPLATE template0"); err != nil {
		return "", fmt.Errorf("creating the template database: %w", err)
	}
	conn, err := pgx.Connect(context.Background(), s.DSN(name))
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(context.Background(), "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	return name, errors.Join(err, conn.Close(context.Background()))
}

// do lends f a superuser's connection outside of all test databases.
func (s *Server) do(f func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return f(ctx, conn)
}

var unplain = regexp.MustCompile(`[^a-z0-9]+`)

// uniqueName is short enough for PostgreSQL, needs no quotes, tells where it
// comes from and is unlike that of any other process on the same server.
func uniqueName(hint string) string {
	hint = unplain.ReplaceAllString(strings.ToLower(hint), "_")
	return fmt.Sprintf("pgtest_%.30s_%s", hint, secret()[:12])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
