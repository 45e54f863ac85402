package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// askWithoutReading asks a server for more than the client's buffer holds, under the id "slow".
func askWithoutReading(t *testing.T) (*running, net.Conn) {
	t.Helper()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,large")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /dbcontents/large?limit=2000 HTTP/1.1\r\nHost: x\r\nX-Request-Id: slow\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return s, conn
}

// An answer that was written as a whole but not yet received lies in the
// kernel. In a container it would be lost with the process.
func TestStopWaitsUntilClientsHaveTheirAnswers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("only Linux tells what a client has not received; nothing is waited for here")
		return
	}
	s, conn := askWithoutReading(t)
	if line := s.request(t, "slow"); line["rows"] != 2000.0 {
		t.Fatalf("the answer was not written: %v", line)
	}
	s.stop()
	select {
	case <-s.done:
		t.Fatal("the server ended before its client had received anything")
	case <-time.After(500 * time.Millisecond):
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.Trailer.Get("Dbcontents-Rows") != "2000" {
		t.Errorf("%d bytes, %v, trailer %v", n, err, response.Trailer)
	}
	s.Stop(t)
}

// What a client has refused to receive is waited for no longer.
func TestStopDoesNotWaitForClientsThatHaveGone(t *testing.T) {
	t.Parallel()
	s, conn := askWithoutReading(t)
	s.request(t, "slow")
	s.stop()
	s.Log.line(t, "stopping")
	time.Sleep(300 * time.Millisecond) // so that the connection is being closed
	start := time.Now()
	conn.Close() // with a reset, as it has not read everything
	s.Stop(t)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
