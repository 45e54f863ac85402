package pgtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// childVar tells a second process of this test program what to be.
const childVar = "PGTEST_CHILD"

// serve is a program that runs a server, says where, and then hangs.
func serve() {
	server, err := pgtest.Start(context.Background(), pgtest.PreferLocal)
	if err != nil {
		fmt.Printf("%q\n", err)
		os.Exit(1)
	}
	fmt.Println(server.DSN("postgres"))
	select {}
}

// child is this test program once more, in an environment without our variables.
func child(t *testing.T, args []string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DBCONTENTS_TEST_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// serving starts cmd, a child that serves, and returns its DSN.
func serving(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	skipAbsent(t, line)
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return strings.TrimSpace(line)
}

// skipAbsent skips the test when the reason is that the machine has no such way:
// this package is the one place that tests a way that may not be there.
func skipAbsent(t *testing.T, reason string) {
	t.Helper()
	for _, absent := range []string{"no initdb and postgres", "works on Unix systems only", "no Docker engine answers", "not to be pulled"} {
		if strings.Contains(reason, absent) {
			t.Skip(reason)
		}
	}
}

// gone waits until nobody listens where dsn points.
func gone(t *testing.T, dsn string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Errorf("a server still listens on %s", u.Host)
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func scalar(t *testing.T, conn *pgx.Conn, sql string, args ...any) (s string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&s); err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
	return s
}

func code(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code
	}
	return ""
}
