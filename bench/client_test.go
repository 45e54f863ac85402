package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// answerTo gives what the client makes of a server's bytes.
func answerTo(t *testing.T, response string, body io.Writer) (answer, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		if _, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
			io.WriteString(theirs, response)
		}
	}()
	c := &client{conn: ours, in: bufio.NewReader(ours)}
	return c.get(request("/", ""), body)
}

const (
	fixedAnswer   = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nDbcontents-Status: complete\r\nDbcontents-Rows: 2\r\n\r\n[1,2]\n"
	chunkedAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n2\r\n]\n\r\n0\r\nDbcontents-Rows: 2\r\nDbcontents-Status: complete\r\n\r\n"
)

func TestClient(t *testing.T) {
	t.Parallel()
	for _, response := range []string{fixedAnswer, chunkedAnswer} {
		var body strings.Builder
		a, err := answerTo(t, response, &body)
		if err != nil || body.String() != "[1,2]\n" || a.bytes != 6 || complete(a, 2) != nil {
			t.Errorf("got %q, %+v, %v", &body, a, err)
		}
		if complete(a, 3) == nil {
			t.Error("2 rows pass for 3")
		}
	}
}

// A body that ends early is noticed wherever it is cut.
func TestClientNoticesCutBody(t *testing.T) {
	t.Parallel()
	for _, response := range []string{fixedAnswer, chunkedAnswer} {
		for n := range len(response) {
			if _, err := answerTo(t, response[:n], nil); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("cut to %q: %v", response[:n], err)
			}
		}
	}
}

func TestLoadCountsApart(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%4 == 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Dbcontents-Status", "complete")
		w.Header().Set("Dbcontents-Rows", "1")
		io.WriteString(w, "[{}]\n")
	}))
	defer server.Close()
	l := load{address: server.Listener.Addr().String(), request: request("/", ""), clients: 3, requests: 40, rows: 1}
	o, err := l.run()
	if err != nil || o.ok != 30 || o.busy != 10 || o.bytes != 150 {
		t.Errorf("got %+v, %v", o, err)
	}
	l.rows = 2
	if _, err := l.run(); err == nil {
		t.Error("an answer with too few rows passes")
	}
}
