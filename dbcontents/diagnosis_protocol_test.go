package dbcontents_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/internal/pgscript"
)

// Every SQLSTATE of the diagnosis table, at every point where the table expects
// it, is sent by a server and comes out as the diagnosis, with its cause in the
// chain, its status and its sentinel; and the next read, once the server is
// well, succeeds.
func TestEverySQLState(t *testing.T) {
	t.Parallel()
	for _, d := range diagnosis.Table {
		for state := range strings.FieldsSeq(d.States) {
			state := wholeState(state)
			for _, point := range pointsOf(d) {
				t.Run(d.Code+" "+state+" "+pointNames[point], func(t *testing.T) {
					t.Parallel()
					server := pgscript.New(t)
					store := openOn(t, scriptedConfig(server))
					server.Fail(point, pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: severity(state), Code: state, Message: "Ursache", Routine: d.Routine}})
					err := readOne(t.Context(), store, "")
					diagnosed(t, state, err, sentinels[d.Kind], d.Code)
					wantSQLState(t, err, state, d.Status)
					server.Heal()
					eventually(t, "a healthy server is read from", func() bool { return readOne(t.Context(), store, "") == nil })
					if n := store.Stats().AcquiredConns; n != 0 {
						t.Errorf("%d connections are held", n)
					}
				})
			}
		}
	}
}

func scriptedConfig(server *pgscript.Server) dbcontents.Config {
	return dbcontents.Config{ConnString: server.DSN(), PoolSize: 1}
}

var pointNames = map[pgscript.Point]string{pgscript.Startup: "connecting", pgscript.Lookup: "looking up", pgscript.Read: "reading", pgscript.Row: "after a row"}

func pointsOf(d diagnosis.Diagnosis) (points []pgscript.Point) {
	if d.At&(diagnosis.Connecting|diagnosis.Unencrypted) != 0 {
		points = append(points, pgscript.Startup)
	}
	if d.At&diagnosis.Naming != 0 {
		points = append(points, pgscript.Lookup)
	}
	if d.At&diagnosis.Reading != 0 {
		points = append(points, pgscript.Read, pgscript.Row)
	}
	return points
}

// wholeState makes a SQLSTATE of a class.
func wholeState(state string) string {
	if len(state) == 2 {
		return state + "0ZZ"
	}
	return state
}

// severity is FATAL for the errors with which a server ends the session.
func severity(state string) string {
	if strings.HasPrefix(state, "57P") || state == "25P03" || state == "25P04" {
		return "FATAL"
	}
	return "ERROR"
}

func wantSQLState(t *testing.T, err error, state string, status int) {
	t.Helper()
	var e *dbcontents.Error
	var pgErr *pgconn.PgError
	if !errors.As(err, &e) || e.SQLState != state || e.HTTPStatus() != status || e.Hint == "" {
		t.Errorf("got %+v, want SQLState %s, status %d and a hint", e, state, status)
	}
	if !errors.As(err, &pgErr) || pgErr.Code != state {
		t.Errorf("the chain of %v lacks the database's own error", err)
	}
}

// What is not told by a SQLSTATE is told by how the peer behaves.
func TestEveryBehaviour(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	at := func(host, query string) string { return "postgres://user:secret@" + host + "/database?" + query }
	for _, tt := range []struct {
		reason string
		codes  string
		point  pgscript.Point
		fault  pgscript.Fault
		dsn    string // if not that of the server
		query  string // added to it
	}{
		{reason: "a name that does not exist", codes: "dns_not_found dns_failed", dsn: at("nowhere.invalid", "sslmode=disable")},
		{reason: "no socket", codes: "socket_missing", dsn: at("", "host=/nonexistent")},
		{reason: "a closed port", codes: "connection_refused loopback_in_container", dsn: at(closed.Addr().String(), "sslmode=disable")},
		{reason: "another protocol", codes: "not_postgres", point: pgscript.Startup, fault: pgscript.Fault{Raw: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}},
		{reason: "no TLS", codes: "tls_refused", query: "&sslmode=require"},
		{reason: "a handshake that is refused", codes: "tls_failed", dsn: at(refusesTLS(t), "sslmode=require")},
		{reason: "a silent server", codes: "server_silent", point: pgscript.Startup, fault: pgscript.Fault{Silent: true}},
		{reason: "hung up at the start", codes: "hung_up", point: pgscript.Startup},
		{reason: "hung up in place of an answer", codes: "connection_lost", point: pgscript.Read},
		{reason: "hung up while looking", codes: "connection_lost", point: pgscript.Lookup},
		{reason: "hung up after a row", codes: "connection_lost", point: pgscript.Row},
		{reason: "silent in place of an answer", codes: "first_row_timeout", point: pgscript.Read, fault: pgscript.Fault{Silent: true}},
		{reason: "a primary where a standby is wanted", codes: "wrong_server_role", query: "&target_session_attrs=standby"},
		{reason: "a message beyond the limit", codes: "row_too_large", point: pgscript.Read, fault: pgscript.Fault{Raw: []byte{'D', 0x3f, 0, 0, 0}}},
		{reason: "an error that nobody knows", codes: "database_error", point: pgscript.Read, fault: pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: "ERROR", Code: "ZZ123"}}},
		{reason: "a feature that is missing", codes: "database_error", point: pgscript.Read, fault: pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: "ERROR", Code: "0A000", Routine: "elsewhere"}}},
		{reason: "a role that may not log in", codes: "role_not_admitted", point: pgscript.Startup, fault: pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Routine: "InitializeSessionUserId"}}},
		{reason: "a role that is not admitted after TLS was refused", codes: "role_not_admitted", point: pgscript.Startup, fault: pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Routine: "ClientAuthentication"}}, query: "&sslmode=prefer"},
		{reason: "pgpool-II is not admitted", codes: "wrong_password", point: pgscript.Startup, fault: pgpoolSays("pool_auth.c", "backend authentication failed", "")},
		{reason: "pgpool-II has lost its server", codes: "connection_lost", point: pgscript.Read, fault: pgpoolSays("pool_stream.c", "unable to read data from DB node 0", "")},
		{reason: "pgpool-II has lost its server after a row", codes: "connection_lost", point: pgscript.Row, fault: pgpoolSays("pool_stream.c", "unable to read data from DB node 0", "")},
		{reason: "pgpool-II cannot reach its server", codes: "connection_lost", point: pgscript.Read, fault: pgpoolSays("pool_stream.c", "unable to flush data to backend", "")},
		{reason: "pgpool-II lost its server by a query of its own", codes: "connection_lost", point: pgscript.Read, fault: pgpoolSays("pool_process_query.c", "Backend throw an error message", `BACKEND Error: "terminating connection due to administrator command"`)},
		{reason: "pgpool-II fails by a query of its own", codes: "database_error", point: pgscript.Read, fault: pgpoolSays("pool_process_query.c", "Backend throw an error message", `BACKEND Error: "invalid name syntax"`)},
		{reason: "pgpool-II lacks a statement", codes: "statement_missing", point: pgscript.Read, fault: pgpoolSays("pool_proto_modules.c", "unable to bind", "")},
		{reason: "code that speaks like pgpool-II", codes: "database_error", point: pgscript.Read, fault: pgpoolSays("pl_exec.c", "unable to read data from DB node 0", "")},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			server := pgscript.New(t)
			config := scriptedConfig(server)
			// Only of what waits for silence is a limit short: nothing else may be late on a busy machine.
			config.ConnectTimeout, config.AcquireTimeout = 30*time.Second, time.Minute
			if tt.fault.Silent && tt.point == pgscript.Startup {
				config.ConnectTimeout = 2 * time.Second
			} else if tt.fault.Silent {
				config.FirstRowTimeout = 2 * time.Second
			}
			if tt.dsn != "" {
				config.ConnString = tt.dsn
			}
			config.ConnString += tt.query
			store := openOn(t, config)
			if tt.point != 0 {
				server.Fail(tt.point, tt.fault)
			}
			err := readOne(t.Context(), store, "")
			var e *dbcontents.Error
			if !errors.As(err, &e) || !slices.Contains(strings.Fields(tt.codes), e.Code) {
				t.Errorf("%v, want code %s", err, tt.codes)
			}
			if tt.dsn == "" && tt.query == "" {
				server.Heal()
				eventually(t, "a healthy server is read from", func() bool { return readOne(t.Context(), store, "") == nil })
			}
		})
	}
}

// pgpoolSays is an error of pgpool-II's own.
func pgpoolSays(file, message, hint string) pgscript.Fault {
	return pgscript.Fault{Error: &pgproto3.ErrorResponse{Severity: "FATAL", Code: "XX000", File: file, Message: message, Hint: hint}}
}

// refusesTLS is where a server agrees to TLS and then refuses the handshake.
func refusesTLS(t *testing.T) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.ReadFull(conn, make([]byte, 8))        //nolint:errcheck // the SSLRequest
			conn.Write([]byte{'S'})                   //nolint:errcheck // the client tells
			conn.Read(make([]byte, 4096))             //nolint:errcheck // its hello
			conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) //nolint:errcheck // an alert: handshake failure
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// There is no route that a test could take away, so here the errors are made
// up. The last is what localhost gives where there is no IPv6: that the other
// address refuses says more.
func TestNoRoute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		hosts  string
		errors map[string]syscall.Errno
		code   string
	}{
		{"192.0.2.1", map[string]syscall.Errno{"192.0.2.1:5432": syscall.EHOSTUNREACH}, "no_route"},
		{"192.0.2.1", map[string]syscall.Errno{"192.0.2.1:5432": syscall.EADDRNOTAVAIL}, "no_route"},
		{"192.0.2.1,192.0.2.2", map[string]syscall.Errno{"192.0.2.1:5432": syscall.ECONNREFUSED, "192.0.2.2:5432": syscall.EADDRNOTAVAIL}, "connection_refused"},
	} {
		pool := borrowWith(t, "postgres://user:secret@"+tt.hosts+"/database?sslmode=disable", func(c *pgxpool.Config) {
			c.ConnConfig.DialFunc = func(_ context.Context, network, address string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", tt.errors[address])}
			}
		})
		diagnosed(t, tt.hosts, readOne(t.Context(), openOn(t, dbcontents.Config{Pool: pool}), ""), dbcontents.ErrUnavailable, tt.code)
	}
}

// A diagnosis that no test expects is one that nobody has seen to be right.
// Those with a SQLSTATE are made above; the others are named by the tests that
// make them.
func TestEveryDiagnosisIsTested(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	for _, pattern := range []string{"*_test.go", "internal/*/*_test.go", "httpapi/*_test.go", "../internal/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	for _, d := range diagnosis.Table {
		if d.States == "" && !regexp.MustCompile(`["`+" ]"+d.Code+`["`+" ]").MatchString(tests.String()) {
			t.Errorf("no test expects %s", d.Code)
		}
	}
}
