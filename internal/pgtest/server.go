// Package pgtest finds or starts a throwaway PostgreSQL server and gives every
// test a database of its own in it.
//
// A package that wants one adds
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// and its tests call [New]. All tests of a package share one server, which
// starts when the first of them needs it. Tests may run in parallel.
//
// The server is, in this order, the one that DBCONTENTS_TEST_DSN names, a
// container of postgres:17, or PostgreSQL programs installed on this machine.
// Six variables change that:
//
//   - DBCONTENTS_TEST_DSN is the URL of a superuser on an existing server.
//   - DBCONTENTS_TEST_POSTGRES forces one way: docker, docker=IMAGE, local or
//     local=BINDIR; for [StartAnywhere] also download or
//     download=REPOSITORY, the URL of a Maven repository.
//   - DBCONTENTS_TEST_POOLER puts something between: pgbouncer in transaction mode, which refuses
//     what a pool sends to start a session; pgbouncer-prepared, which drops that and keeps prepared
//     statements (1.21 and later); pgpool; or a standby that is read in the place of its primary.
//     What pgtest does itself goes past it.
//   - DBCONTENTS_TEST_PGBOUNCER is the path of the PgBouncer to start, in the place of the installed one.
//   - DBCONTENTS_TEST_KEEP=1 keeps the server after the run and prints its DSN.
//   - DBCONTENTS_TEST_REPORT names a file that gets one line about the server.
//
// Programs that need a PostgreSQL for a few minutes use [Start] directly; this
// package does not import testing.
package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// settings make a server quick at the price of losing its data in a crash,
// which a throwaway server may, and alike wherever it runs.
var settings = []string{
	"-c", "fsync=off",
	"-c", "synchronous_commit=off",
	"-c", "full_page_writes=off",
	"-c", "max_connections=200",
	"-c", "timezone=UTC",
}

// Server is a running PostgreSQL in which we are superuser. Its methods may be
// called concurrently.
type Server struct {
	place   string        // where it comes from, for people
	admin   url.URL       // a superuser's DSN; never printed as it is
	front   string        // a DSN with the address by which tests reach their databases, if it is another
	standby *Server       // what is at that address, if it is a server too
	release string        // as in "15.18"
	version int           // as in 150018
	took    time.Duration // from the wish to the first connection
	kept    string        // how to stop it by hand; empty if we did not start it
	stop    func() error  // undoes everything; nil if we did not start it
	life    life          // nil if we did not start it

	stopping sync.Once
	stopErr  error
}

// DSN is the URL of database on the server, for the superuser.
func (s *Server) DSN(database string) string {
	return s.dsn(database, s.admin.User)
}

func (s *Server) dsn(database string, user *url.Userinfo) string {
	return place(s.admin, database, user)
}

// through is dsn by the way that tests go, see startBehind.
func (s *Server) through(database string, user *url.Userinfo) string {
	u := s.admin
	if front, err := url.Parse(s.front); err == nil && s.front != "" {
		u.Host = front.Host
	}
	return place(u, database, user)
}

func place(u url.URL, database string, user *url.Userinfo) string {
	u.Path, u.RawPath, u.User = "/"+database, "", user
	return u.String()
}

// String says which PostgreSQL it is and where it comes from.
func (s *Server) String() string {
	return "PostgreSQL " + s.release + ", " + s.place
}

// Version is the server's server_version_num, 170002 for 17.2.
func (s *Server) Version() int { return s.version }

// Stop stops a server that Start has started and removes all it has made. A
// server that was there before stays. Further calls return what the first did.
func (s *Server) Stop() error {
	s.stopping.Do(func() {
		if s.stop != nil {
			s.stopErr = s.stop()
		}
	})
	return s.stopErr
}

// ownedServer describes a server that we start ourselves; its address follows.
func ownedServer(place, address, password string) *Server {
	return &Server{
		place: place,
		admin: url.URL{
			Scheme:   "postgres",
			User:     url.UserPassword("postgres", password),
			Host:     address,
			Path:     "/postgres",
			RawQuery: "sslmode=disable",
		},
	}
}

// greet makes the first connection and learns the version. It fails unless we
// are superuser, since nothing else can make databases, roles and trouble.
func (s *Server) greet(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var user, release string
	var super bool
	err = conn.QueryRow(ctx, `SELECT current_user, rolsuper, current_setting('server_version'),
		current_setting('server_version_num')::int FROM pg_roles WHERE rolname = current_user`).
		Scan(&user, &super, &release, &s.version)
	if err != nil {
		return err
	}
	if !super {
		return fmt.Errorf("role %q is not a superuser; name one that is", user)
	}
	s.release, _, _ = strings.Cut(release, " ") // the rest is the packager's
	return nil
}

// await greets the server until it answers, gone says that it no longer can, or
// the context ends.
func (s *Server) await(ctx context.Context, gone <-chan struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-gone: // whoever has the port instead may never answer
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		try, cancelTry := context.WithTimeout(ctx, 5*time.Second)
		err := s.greet(try)
		cancelTry()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
			continue
		case <-ctx.Done():
		}
		select {
		case <-gone:
			return errors.New("exited before it accepted a connection")
		default:
			return fmt.Errorf("not ready in time: %w", err)
		}
	}
}

// namePrefix marks our directories and containers for those who clean up.
const namePrefix = "dbcontents-pg-"

// secret is 128 bits in letters and digits, fit for a password or a name.
func secret() string { return strings.ToLower(rand.Text()) }

// tail is the end of a program's output, where the reason is, to append to an
// error.
func tail(out []byte) string {
	const most = 2000
	out = bytes.TrimSpace(out)
	if len(out) == 0 {
		return ""
	}
	return "\n    " + strings.ReplaceAll(string(out[max(0, len(out)-most):]), "\n", "\n    ")
}
