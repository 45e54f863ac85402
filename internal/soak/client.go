package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a request came to.
const (
	whole     = "whole"      // a 200 that ended cleanly, every byte as expected
	brokenOff = "broken off" // a 200 that visibly did not end
	refusal   = "refused"    // a problem document
	left      = "left"       // the client hung up
	wrong     = "WRONG"      // what must not be
)

// patience is how long a client waits: longer than all limits of the server.
const patience = 30 * time.Second

// A client asks and judges the answers.
type client struct {
	w    *world
	t    *tally
	http *http.Client
}

func newClient(w *world, t *tally) *client {
	// A small buffer, so that a client that does not read is felt by the server.
	dialer := net.Dialer{Timeout: patience}
	transport := &http.Transport{
		ReadBufferSize: 4 << 10,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetReadBuffer(16 << 10)
			}
			return conn, err
		},
	}
	return &client{w: w, t: t, http: &http.Client{Transport: transport, Timeout: patience}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// A reading is a way to read a body: all of it, a part, or slowly.
type reading func(body io.Reader, into io.Writer) error

func readAll(body io.Reader, into io.Writer) error {
	_, err := io.Copy(into, body)
	return err
}

// whole asks for a table and reads all of the answer.
func (c *client) whole(ctx context.Context, table, format string) string {
	return c.contents(ctx, table, format, readAll)
}

// contents asks for a table and judges the answer. If ctx ends, the client has left.
func (c *client) contents(ctx context.Context, table, format string, read reading) string {
	response, err := c.get(ctx, http.MethodGet, "/dbcontents/"+table+"?order=id&format="+format)
	if err != nil {
		return c.failed(ctx, table, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return c.problem(ctx, response, table, 403, 404, 503, 504)
	}
	m := c.w.contents[table].matcher(format)
	err = read(response.Body, m)
	status := response.Header.Get("Dbcontents-Status") + response.Trailer.Get("Dbcontents-Status")
	switch {
	case errors.Is(err, errLeft) || ctx.Err() != nil:
		return left
	case !m.begins():
		return c.wrong("%s as %s: %d bytes that are not its contents, %v", table, format, m.n, err)
	case err != nil:
		return brokenOff
	case !m.is() || status != "complete":
		return c.wrong("%s as %s ended cleanly after %d bytes, which are not all; Dbcontents-Status %q", table, format, m.n, status)
	}
	return whole
}

// status asks for what has a fixed answer, whatever is broken.
func (c *client) status(ctx context.Context, method, path string, want ...int) string {
	response, err := c.get(ctx, method, path)
	if err != nil {
		return c.failed(ctx, path, err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && slices.Contains(want, http.StatusOK) {
		if readAll(response.Body, io.Discard) != nil {
			return c.wrong("%s was cut off", path)
		}
		return whole
	}
	if path == "/readyz" && response.StatusCode == http.StatusServiceUnavailable {
		return refusal
	}
	return c.problem(ctx, response, path, want...)
}

func (c *client) get(ctx context.Context, method, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.w.url+path, nil)
	if err != nil {
		panic("unreachable: paths are our own: " + err.Error())
	}
	return c.http.Do(request)
}

// failed judges a request without an answer: only a client that left has none.
func (c *client) failed(ctx context.Context, what string, err error) string {
	if ctx.Err() != nil {
		return left
	}
	return c.wrong("%s: no answer: %v", what, err)
}

// problem judges an answer that is not a 200.
func (c *client) problem(ctx context.Context, response *http.Response, what string, allowed ...int) string {
	body, err := io.ReadAll(response.Body)
	if ctx.Err() != nil {
		return left
	}
	var p struct {
		Status      int
		Cause, Hint string
	}
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	switch {
	case err != nil || p.Status != response.StatusCode || p.Cause == "" || p.Hint == "":
		return c.wrong("%s: %s is no problem document: %v: %.300s", what, response.Status, err, body)
	case !slices.Contains(allowed, p.Status):
		return c.wrong("%s: %s: %s", what, response.Status, body)
	case strings.Contains(string(body), "127.0.0.1"):
		return c.wrong("%s: the answer names our host: %s", what, body)
	}
	if p.Status == http.StatusServiceUnavailable {
		if n, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || n < 1 {
			return c.wrong("%s: Retry-After is %q", what, response.Header.Get("Retry-After"))
		}
	}
	c.t.cause(p.Cause)
	return refusal
}

func (c *client) wrong(format string, args ...any) string {
	c.t.violation(fmt.Sprintf(format, args...))
	return wrong
}

var errLeft = errors.New("the client has had enough")
