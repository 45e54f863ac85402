package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is the server of this test process. It is package state because go test
// gives the tests of a package no other place in common.
var shared struct {
	sync.Mutex
	inMain   bool
	tried    bool
	server   *Server
	err      error
	template string
}

// Main runs a package's tests with one server for all of them, started when the
// first test calls New and stopped at the end, and returns the exit code.
func Main(m interface{ Run() int }) int {
	shared.Lock()
	shared.inMain = true
	shared.Unlock()
	code := m.Run()
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	return code
}

// common is the shared server and its template database, both made on first use.
// A failure is remembered, so that a hundred tests do not wait for it in turn.
func common(tb TB) (*Server, string) {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.inMain {
		tb.Fatalf("pgtest: no server; add to this package: func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }")
	}
	if !shared.tried {
		shared.tried = true
		if kind := os.Getenv("DBCONTENTS_TEST_POOLER"); kind != "" {
			shared.server, shared.err = startBehind(context.Background(), kind)
		} else {
			shared.server, shared.err = Start(context.Background(), PreferDocker)
		}
		if shared.err == nil {
			report(shared.server)
			shared.template, shared.err = makeTemplate(shared.server)
		}
	}
	if shared.err != nil {
		tb.Fatalf("pgtest: %v", shared.err)
	}
	return shared.server, shared.template
}

func finish() error {
	shared.Lock()
	defer shared.Unlock()
	s := shared.server
	if s == nil {
		return nil
	}
	if s.stop != nil && keep() {
		fmt.Fprintf(os.Stderr, "pgtest: kept %s\npgtest: stop it with: %s\n", s.DSN("postgres"), s.kept)
		return nil
	}
	var err error
	if s.stop == nil && shared.template != "" {
		err = s.do(func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(shared.template)+" WITH (FORCE)")
			return err
		})
	}
	return errors.Join(err, s.Stop())
}

// report says once which server the tests have run against. go test shows the
// output of a passing package only with -v, hence the file.
func report(s *Server) {
	line := fmt.Sprintf("pgtest: %s (started in %s)\n", s, s.took.Round(100*time.Millisecond))
	fmt.Fprint(os.Stderr, line)
	name := os.Getenv("DBCONTENTS_TEST_REPORT")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: DBCONTENTS_TEST_REPORT:", err)
	}
}

// keep reports whether servers and databases shall outlive the run.
func keep() bool { return os.Getenv("DBCONTENTS_TEST_KEEP") == "1" }
