package pgtest

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// life is how a server is stopped, started again and frozen.
type life interface {
	halt(immediately bool) error
	boot(ctx context.Context) error
	freeze() error
	thaw() error
	standby(ctx context.Context, extra []string) (*Server, error)
}

// ErrNoStandby is for a server in a container.
var ErrNoStandby = errors.New("pgtest: standbys are made by programs on this machine only; set DBCONTENTS_TEST_POSTGRES=local")

var errNotOurs = errors.New("pgtest: the server is not ours to stop")

// Private starts a server for one test or package alone, which it may
// configure, stop and freeze; arguments such as "-c", "max_connections=20" go to
// postgres. It is of the kind that DBCONTENTS_TEST_POSTGRES names, else of
// local programs if there are any. The caller must Stop it.
//
// An argument in front such as "LANGUAGE=de", together with "-c",
// "lc_messages=C.UTF-8", has the server speak German, if its messages are
// translated where it runs.
func Private(ctx context.Context, arguments ...string) (*Server, error) {
	ways, err := waysFor(PreferLocal, nil, append([]string{}, arguments...))
	if err != nil {
		return nil, err
	}
	return start(ctx, ways, advice)
}

// cutLanguage splits the arguments of Private into the environment and those of postgres.
func cutLanguage(arguments []string) (env, rest []string) {
	if len(arguments) > 0 && strings.HasPrefix(arguments[0], "LANGUAGE=") {
		return arguments[:1:1], arguments[1:]
	}
	return nil, arguments
}

// Halt shuts a private server down: all sessions are ended as an administrator's
// "fast" shutdown does, or immediately, as in a crash. It returns when the server is gone.
func (s *Server) Halt(immediately bool) error {
	if s.life == nil {
		return errNotOurs
	}
	return s.life.halt(immediately)
}

// Boot starts a halted server again, at the same address, and waits until it answers.
func (s *Server) Boot(ctx context.Context) error {
	if s.life == nil {
		return errNotOurs
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.life.boot(ctx)
}

// Freeze keeps all processes of a private server from running, so that it
// neither answers nor goes away, until Thaw.
func (s *Server) Freeze() error {
	if s.life == nil {
		return errNotOurs
	}
	return s.life.freeze()
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() error {
	if s.life == nil {
		return errNotOurs
	}
	return s.life.thaw()
}

// Standby starts a server that follows a private one by streaming replication; arguments are
// as for Private. It has the same databases, roles and password, and is read-only until SQL promotes it
// (pg_promote). The caller must Stop it. It needs PostgreSQL programs on this machine.
func (s *Server) Standby(ctx context.Context, arguments ...string) (*Server, error) {
	if s.life == nil {
		return nil, errNotOurs
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.life.standby(ctx, arguments)
}

// freePort is a port that nobody uses right now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Keep returns what lets a server that was started run until the end of the test. It skips a test for which a
// standby cannot be started, and says so.
func Keep(tb interface {
	TB
	Skip(args ...any)
},
) func(*Server, error) *Server {
	return func(s *Server, err error) *Server {
		tb.Helper()
		if errors.Is(err, ErrNoStandby) {
			tb.Skip("NOT TESTED: ", err)
		}
		if err != nil {
			tb.Fatalf("pgtest: %v", err)
		}
		tb.Cleanup(func() { s.Stop() })
		return s
	}
}
