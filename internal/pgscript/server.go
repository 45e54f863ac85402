// Package pgscript is a PostgreSQL server of one table that fails as a test
// tells it: it reports any error at any point, breaks off, or falls silent,
// which a healthy server cannot be made to do.
//
// It speaks the protocol through pgproto3. Without a fault it serves the table
// public.test_table, which has one column of text and three rows.
package pgscript

import (
	"errors"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// TB is what pgscript needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Point is where in a session a fault comes up.
type Point int

const (
	// Startup is in place of the welcome.
	Startup Point = iota + 1
	// Lookup is in place of the answer to a question to the catalog.
	Lookup
	// Read is in place of the first row of a table.
	Read
	// Row is in place of the last row of a table.
	Row
	// Begun is in place of everything behind the welcome.
	Begun
)

// Fault is what happens at a point. The zero Fault closes the connection
// without a word.
type Fault struct {
	// Error is reported; if its Severity is FATAL, the connection is closed then.
	Error *pgproto3.ErrorResponse
	// Silent says nothing more, until the client gives up.
	Silent bool
	// Raw is sent as it is, behind what came before the point, and the connection closed.
	Raw []byte
}

// Server is such a server. Its methods may be called concurrently.
type Server struct {
	listener net.Listener
	tasks    sync.WaitGroup
	closing  chan struct{}

	mu       sync.Mutex
	at       Point // 0: no fault
	fault    Fault
	sessions map[net.Conn]bool
	started  int
}

// New starts a server on a port of 127.0.0.1 that ends with the test and leaves
// no goroutine.
func New(tb TB) *Server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("pgscript: %v", err)
	}
	s := &Server{listener: listener, closing: make(chan struct{}), sessions: map[net.Conn]bool{}}
	s.tasks.Go(s.accept)
	tb.Cleanup(func() {
		close(s.closing)
		listener.Close()
		s.mu.Lock()
		for conn := range s.sessions {
			conn.Close()
		}
		s.mu.Unlock()
		s.tasks.Wait()
	})
	return s
}

// DSN leads to the server.
func (s *Server) DSN() string {
	return "postgres://user:secret@" + s.listener.Addr().String() + "/database?sslmode=disable"
}

// Fail makes every session fail at a point from now on.
func (s *Server) Fail(at Point, fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.fault = at, fault
}

// Heal ends the fault.
func (s *Server) Heal() { s.Fail(0, Fault{}) }

// Sessions is how many sessions were begun so far, refused ones included.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// faultAt is the fault at a point, nil if there is none.
func (s *Server) faultAt(p Point) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at != p {
		return nil
	}
	fault := s.fault
	return &fault
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sessions[conn] = true
		s.mu.Unlock()
		s.tasks.Go(func() {
			defer func() {
				conn.Close()
				s.mu.Lock()
				delete(s.sessions, conn)
				s.mu.Unlock()
			}()
			(&session{server: s, conn: conn, back: pgproto3.NewBackend(conn, conn), statements: map[string]string{}}).run()
		})
	}
}

// errEnd ends a session that went as the test wanted.
var errEnd = errors.New("the session is over")
