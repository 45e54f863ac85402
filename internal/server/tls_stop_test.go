package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestStopOverTLS(t *testing.T) {
	t.Parallel()
	for _, proto := range protos {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			f, db := newKeyFiles(t), pgtest.New(t, seed)
			t.Run("downloads end", func(t *testing.T) {
				t.Parallel()
				s := serveTLS(t, proto, f, "DATABASE_URL="+db.DSN, "DBCONTENTS_TABLES=test_table,large")
				response := download(t, s)
				s.stop()
				s.Log.line(t, "stopping")
				n, err := io.Copy(io.Discard, response.Body)
				if err != nil || response.Proto != proto || response.Trailer.Get("Dbcontents-Rows") != "60000" {
					t.Errorf("%d bytes, %v, trailer %v", n, err, response.Trailer)
				}
				s.Stop(t)
			})
			t.Run("what takes too long is broken off", func(t *testing.T) {
				t.Parallel()
				s := serveTLS(t, proto, f, "DATABASE_URL="+db.DSN, "DBCONTENTS_TABLES=test_table,large", "DBCONTENTS_SHUTDOWN=200ms")
				response := breaksOff(t, s)
				if line := s.request(t, response.Header.Get("X-Request-Id")); line["aborted"] != true || line["cause"] != "stopping" {
					t.Errorf("%v", line)
				}
			})
			t.Run("idle connections are no reason to wait", func(t *testing.T) {
				t.Parallel()
				s := serveTLS(t, proto, f, "DATABASE_URL="+db.DSN)
				s.get(t, "/dbcontents")
				start := time.Now()
				s.Stop(t)
				if took := time.Since(start); took > 3*time.Second { // HTTP/2 waits a second for requests that cross its goodbye
					t.Errorf("it took %v", took)
				}
				if n := len(s.Log.lines(t, "breaking off the answers that are still under way")); n > 0 {
					t.Error("something is broken off")
				}
			})
			t.Run("what the kernel holds arrives", func(t *testing.T) {
				t.Parallel()
				if runtime.GOOS != "linux" {
					t.Log("only Linux tells what a client has not received; nothing is waited for here")
					return
				}
				s := serveTLS(t, proto, f, "DATABASE_URL="+db.DSN, "DBCONTENTS_TABLES=test_table,large")
				hold := &gate{open: make(chan struct{})}
				slow := f.client(t, proto, hold.dial)
				request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/dbcontents/large?limit=1500", nil)
				request.Header.Set("X-Request-Id", "slow")
				response, err := slow.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				if line := s.request(t, "slow"); line["rows"] != 1500.0 {
					t.Fatalf("the answer was not written: %v", line)
				}
				s.stop()
				select {
				case <-s.done:
					t.Fatal("the server ended before its client had received anything")
				case <-time.After(1500 * time.Millisecond):
				}
				close(hold.open)
				n, err := io.Copy(io.Discard, response.Body)
				if err != nil || response.Trailer.Get("Dbcontents-Rows") != "1500" {
					t.Errorf("%d bytes, %v, trailer %v", n, err, response.Trailer)
				}
				slow.CloseIdleConnections()
				s.Stop(t)
			})
		})
	}
}

// A gate lets a client read 64 KiB of each connection, and the rest once it is open.
type gate struct{ open chan struct{} }

type gated struct {
	*net.TCPConn
	gate *gate
	left int
}

func (g *gate) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	return &gated{tcp, g, 64 << 10}, tcp.SetReadBuffer(64 << 10)
}

func (c *gated) Read(p []byte) (int, error) {
	if c.left <= 0 {
		<-c.gate.open
	}
	n, err := c.TCPConn.Read(p)
	c.left -= n
	return n, err
}
