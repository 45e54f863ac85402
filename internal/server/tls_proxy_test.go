package server_test

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// delaying is a proxy that takes everything at once from a server and passes it on
// after a while, as one with large buffers does. It passes the client's end on. It
// calls begun once 100 KB have come, and passing before it passes data on.
func delaying(t *testing.T, addr string, delay time.Duration, begun, passing func()) string {
	type chunk struct {
		due  time.Time
		data []byte
	}
	return listen(t, func(client net.Conn) {
		server, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		go func() {
			io.Copy(server, client)
			server.Close()
		}()
		held := make(chan chunk, 1<<16)
		go func() {
			defer close(held)
			for sum := 0; ; {
				data := make([]byte, 64<<10)
				n, err := server.Read(data)
				if err != nil {
					return
				}
				if sum < 100_000 && sum+n >= 100_000 {
					begun()
				}
				sum += n
				held <- chunk{time.Now().Add(delay), data[:n]}
			}
		}()
		for c := range held {
			time.Sleep(time.Until(c.due))
			if len(c.data) > 1000 { // else it may be the server's farewell, which a client need not wait for
				passing()
			}
			if _, err := client.Write(c.data); err != nil {
				return
			}
		}
		client.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, client)
	})
}

// A server in a container must not end before a proxy that ends with it has passed on what it holds.
func TestStopWaitsForClientsBehindAProxyOverTLS(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	for _, proto := range protos {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			s := serveTLS(t, proto, newKeyFiles(t), "DATABASE_URL="+db.DSN, "DBCONTENTS_TABLES=test_table,large")
			var early atomic.Bool
			addr := strings.TrimPrefix(s.URL, "https://")
			s.URL = "https://" + delaying(t, addr, 2*time.Second, func() {
				s.stop()
				// The rest, which is more than the buffers of sockets and the window of HTTP/2
				// hold, is taken from the server once it takes no more connections: an answer
				// that was over before has nothing to wait for.
				for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
					conn, err := net.Dial("tcp", addr)
					if err != nil {
						return
					}
					conn.Close()
				}
			}, func() {
				if len(s.done) > 0 {
					early.Store(true)
				}
			})
			rows := "60000"
			if proto == "HTTP/2.0" { // whose window comes from the client, and late
				rows = "10000"
			}
			response, err := s.HTTP.Get(s.URL + "/dbcontents/large?limit=" + rows)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			n, err := io.Copy(io.Discard, response.Body)
			if err != nil || response.Trailer.Get("Dbcontents-Rows") != rows {
				t.Errorf("%d bytes, %v, trailer %v", n, err, response.Trailer)
			}
			if early.Load() {
				t.Error("the server ended before its client had received everything")
			}
			s.Stop(t)
		})
	}
}
