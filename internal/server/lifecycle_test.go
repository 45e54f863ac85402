package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

func TestStartsWithoutADatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	proxy := faultproxy.New(t, db.DSN)
	proxy.Refuse(true)
	s := serve(t, "DATABASE_URL="+proxy.DSN(db.DSN))

	if response, body := s.get(t, "/livez"); response.StatusCode != 200 {
		t.Errorf("/livez: %s %s", response.Status, body)
	}
	for _, path := range []string{"/readyz", "/dbcontents"} {
		response, body := s.get(t, path)
		if response.StatusCode != 503 || !strings.Contains(body, `"hint":"nothing listens at the database`) && !strings.Contains(body, `"hint":"localhost inside a container`) {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
	line := s.Log.line(t, "the database cannot be used")
	if line["level"] != "WARN" || line["cause"] == nil || line["hint"] == nil {
		t.Errorf("%v", line)
	}

	proxy.Refuse(false)
	s.eventually(t, "/readyz", 200)
	s.eventually(t, "/dbcontents", 200)
}

func TestStateOfTheDatabaseIsLoggedOncePerChange(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	proxy := faultproxy.New(t, db.DSN)
	s := serve(t, "DATABASE_URL="+proxy.DSN(db.DSN))
	s.Log.line(t, "the database can be used")
	time.Sleep(3100 * time.Millisecond) // a change is not believed right after another
	proxy.Refuse(true)
	proxy.Reset()
	for range 5 {
		s.eventually(t, "/dbcontents", 503)
		s.get(t, "/readyz")
	}
	if line := s.Log.line(t, "the database cannot be used"); line["level"] != "ERROR" {
		t.Errorf("a database that was lost is no warning: %v", line)
	}
	proxy.Refuse(false)
	for deadline := time.Now().Add(wait); time.Now().Before(deadline) && len(s.Log.lines(t, "the database can be used again")) == 0; time.Sleep(50 * time.Millisecond) {
		s.get(t, "/dbcontents")
	}
	for message, want := range map[string]int{"the database can be used": 1, "the database cannot be used": 1, "the database can be used again": 1} {
		if got := len(s.Log.lines(t, message)); got != want {
			t.Errorf("%q is logged %d times:\n%s", message, got, s.Log)
		}
	}
}

func TestFirstCheckNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,absent")
	if line := s.Log.line(t, "the first check failed"); line["cause"] != "table_missing" || line["step"] != "table absent" {
		t.Errorf("%v", line)
	}
	if response, body := s.get(t, "/readyz"); response.StatusCode != 200 || !strings.Contains(body, "table_missing") {
		t.Errorf("/readyz: %s %s", response.Status, body)
	}
}

// download begins a large answer and reads a little of it.
func download(t *testing.T, s *running) *http.Response {
	t.Helper()
	response, err := s.HTTP.Get(s.URL + "/dbcontents/large")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestStopLetsDownloadsEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,large", "DBCONTENTS_DRAIN=2s")
	response := download(t, s)
	s.stop()
	s.Log.line(t, "stopping")
	if response, body := s.get(t, "/readyz"); response.StatusCode != 503 || !strings.Contains(body, "draining") {
		t.Errorf("/readyz while draining: %s %s", response.Status, body)
	}
	if response, _ := s.get(t, "/dbcontents"); response.StatusCode != 200 {
		t.Errorf("/dbcontents while draining: %s", response.Status)
	}
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			break
		}
		conn.Close()
		if time.Since(start) > wait {
			t.Fatal("still listens after the drain")
		}
	}
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || n < 60_000_000 || response.Trailer.Get("Dbcontents-Status") != "complete" || response.Trailer.Get("Dbcontents-Rows") != "60000" {
		t.Errorf("%d bytes, %v, trailer %v", n, err, response.Trailer)
	}
	s.Stop(t)
	s.Log.line(t, "stopped")
}

// breaksOff stops a server during a download, which is broken off, and returns the response.
func breaksOff(t *testing.T, s *running) *http.Response {
	t.Helper()
	response := download(t, s)
	start := time.Now()
	s.Stop(t)
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("it took %v", took)
	}
	if n, err := io.Copy(io.Discard, response.Body); err == nil || response.Trailer.Get("Dbcontents-Status") != "" {
		t.Errorf("the transfer of %d bytes looks complete: %v", n, response.Trailer)
	}
	return response
}

func TestStopBreaksOffWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,large", "DBCONTENTS_SHUTDOWN=200ms")
	response := breaksOff(t, s)
	s.Log.line(t, "stopped")
	if line := s.Log.line(t, "breaking off the answers that are still under way"); line["level"] != "WARN" {
		t.Errorf("%v", line)
	}
	if line := s.request(t, response.Header.Get("X-Request-Id")); line["aborted"] != true {
		t.Errorf("%v", line)
	}
}

func TestStopsAnIdleServerAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	s.get(t, "/dbcontents")
	start := time.Now()
	s.Stop(t)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestBusyPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	err = server.Run(ctx, nil, []string{"ADDR=" + listener.Addr().String()}, io.Discard, io.Discard)
	if text := server.Explain(err); server.ExitCode(err) != 1 || !strings.HasPrefix(text, "ADDR: cannot listen on 127.0.0.1:") || !strings.Contains(text, "another program uses that port") {
		t.Errorf("%d: %s", server.ExitCode(err), text)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error("it waited")
	}
}
