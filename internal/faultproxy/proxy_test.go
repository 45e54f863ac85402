package faultproxy_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that sends back what it gets, and its own end after the
// client's. It keeps a copy.
type echo struct {
	addr string
	mu   sync.Mutex
	got  bytes.Buffer
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{addr: listener.Addr().String()}
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tasks.Go(func() {
				defer conn.Close()
				io.Copy(conn, io.TeeReader(conn, e))
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		tasks.Wait()
	})
	return e
}

func (e *echo) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.got.Write(b)
}

func (e *echo) received() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.got.String()
}

func dial(t *testing.T, p *faultproxy.Proxy) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second)) // no test hangs
	return conn.(*net.TCPConn)
}

// roundTrip sends s and waits for its echo.
func roundTrip(t *testing.T, conn net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(conn, s); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(s))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != s {
		t.Fatalf("echo of %.20q = %.20q, %v", s, got, err)
	}
}

func TestFaithful(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	conn := dial(t, p)
	sent := strings.Repeat("0123456789abcdef", 1<<18) // 4 MB, more than all buffers
	go func() {
		io.WriteString(conn, sent)
		conn.CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != sent {
		t.Errorf("got %d of %d bytes, %v", len(got), len(sent), err)
	}
	roundTrip(t, dial(t, p), "again")
	if n := p.Connections(); n != 2 {
		t.Errorf("connections = %d, want 2", n)
	}
}

func TestDSN(t *testing.T) {
	t.Parallel()
	const dsn = "postgres://u:p@127.0.0.1:1/d?sslmode=disable"
	p := faultproxy.New(t, dsn)
	if got, want := p.DSN(dsn), "postgres://u:p@"+p.Addr()+"/d?sslmode=disable"; got != want {
		t.Errorf("DSN = %s, want %s", got, want)
	}
	if _, err := dial(t, p).Read(make([]byte, 1)); err == nil {
		t.Error("a proxy to nowhere sends data")
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	conn := dial(t, p)
	const latency = 150 * time.Millisecond
	p.SetLatency(latency)
	begin := time.Now()
	roundTrip(t, conn, "x")
	if took := time.Since(begin); took < 2*latency {
		t.Errorf("a round trip took %v, less than twice %v", took, latency)
	}

	// Fifty messages, each on its own, share the delay.
	begin = time.Now()
	go func() {
		for range 50 {
			io.WriteString(conn, "x")
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := io.ReadFull(conn, make([]byte, 50)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 2*latency || took > 20*latency {
		t.Errorf("50 messages took %v, want somewhat above %v: latency must not add up", took, 2*latency)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	conn := dial(t, p)
	p.SetRate(100_000)
	begin := time.Now()
	roundTrip(t, conn, strings.Repeat("x", 50_000))
	if took := time.Since(begin); took < 350*time.Millisecond || took > 5*time.Second {
		t.Errorf("50 kB at 100 kB/s took %v", took)
	}
	p.SetRate(0)
	begin = time.Now()
	roundTrip(t, conn, strings.Repeat("x", 50_000))
	if took := time.Since(begin); took > 400*time.Millisecond {
		t.Errorf("50 kB without limit took %v", took)
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	conn := dial(t, p)
	roundTrip(t, conn, "before")
	p.Refuse(true)
	if c, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial = %v, %v; want connection refused", c, err)
	}
	roundTrip(t, conn, "an old connection goes on")
	p.Refuse(false)
	roundTrip(t, dial(t, p), "after")
}

func TestHang(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	old := dial(t, p)
	roundTrip(t, old, "before")
	p.Hang(true)
	for _, conn := range []*net.TCPConn{old, dial(t, p)} {
		if _, err := io.WriteString(conn, "x"); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read while hung = %d, %v", n, err)
		}
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		defer func() {
			if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
				t.Errorf("read after the hang: %v", err)
			}
		}()
	}
	p.Hang(false)
}

func TestCutAfter(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	old := dial(t, p)
	roundTrip(t, old, "not counted")
	p.CutAfter(5)
	for _, conn := range []*net.TCPConn{old, dial(t, p)} {
		if _, err := io.WriteString(conn, "0123456789"); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(conn); string(got) != "01234" {
			t.Errorf("got %q before the cut, want 01234", got)
		}
	}
	p.CutAfter(-1)
	roundTrip(t, dial(t, p), "0123456789")
}

func TestReset(t *testing.T) {
	t.Parallel()
	p := faultproxy.New(t, newEcho(t).addr)
	conn := dial(t, p)
	roundTrip(t, conn, "before")
	p.Reset()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read = %v, want connection reset", err)
	}
	roundTrip(t, dial(t, p), "a new connection")
}

func TestHalfClose(t *testing.T) {
	t.Parallel()
	server := newEcho(t)
	p := faultproxy.New(t, server.addr)
	conn := dial(t, p)
	roundTrip(t, conn, "before,")
	p.HalfClose()
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read = %v, want EOF", err)
	}
	for _, s := range []string{"after,", "and on"} {
		if _, err := io.WriteString(conn, s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // let the echo come back and be dropped
	}
	for deadline := time.Now().Add(10 * time.Second); server.received() != "before,after,and on"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the server got %q", server.received())
		}
	}
}

// The client's end reaches the server, also an abrupt one.
func TestClientAborts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn := dial(t, faultproxy.New(t, listener.Addr().String()))
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.SetDeadline(time.Now().Add(30 * time.Second))
	conn.SetLinger(0)
	conn.Close()
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server reads %v, want connection reset", err)
	}
}
