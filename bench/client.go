package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// patience bounds one answer, so that a server that hangs ends the benchmark.
const patience = 5 * time.Minute

// A client is one HTTP/1.1 connection that is kept alive. It is written by
// hand, because net/http's client costs as much for a small answer as the
// server that is measured, on the same machine.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(address string) (*client, error) {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 128<<10)}, nil
}

func (c *client) close() { c.conn.Close() }

// request is the request for a path, with an Accept header if accept is not empty.
func request(path, accept string) []byte {
	text := "GET " + path + " HTTP/1.1\r\nHost: bench\r\n"
	if accept != "" {
		text += "Accept: " + accept + "\r\n"
	}
	return []byte(text + "\r\n")
}

// An answer is one response that was received to its end.
type answer struct {
	status int
	bytes  int64         // of the body
	first  time.Duration // from the request to the first byte of the body
	total  time.Duration // from the request to the end of the response

	// What the headers or trailers Dbcontents-Status and -Rows say; empty and
	// -1 if they are not there.
	complete string
	rows     int64

	length  int64 // -1 if not given
	chunked bool
}

// get asks and receives the whole answer. body gets its bytes if it is not nil.
// An answer that was cut short is an error.
func (c *client) get(request []byte, body io.Writer) (answer, error) {
	a := answer{rows: -1, length: -1}
	start := time.Now()
	c.conn.SetDeadline(start.Add(patience))
	if _, err := c.conn.Write(request); err != nil {
		return a, err
	}
	line, err := c.line()
	if err != nil {
		return a, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, fmt.Errorf("no HTTP/1.1 response: %q", line)
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, err
	}
	if err := c.fields(&a); err != nil {
		return a, err
	}
	if a.length != 0 {
		if _, err := c.in.Peek(1); err != nil {
			return a, cut(err)
		}
	}
	a.first = time.Since(start)
	switch {
	case a.chunked:
		err = c.chunks(&a, body)
	case a.length >= 0:
		a.bytes, err = c.pass(a.length, body)
	default:
		err = fmt.Errorf("the response has no length")
	}
	a.total = time.Since(start)
	return a, err
}

// line is the next line without its end, valid until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, cut(err)
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// fields reads headers, or trailers, up to the empty line.
func (c *client) fields(a *answer) error {
	for {
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(name) { // in the form that net/http writes
		case "Content-Length":
			a.length, err = strconv.ParseInt(string(value), 10, 64)
		case "Transfer-Encoding":
			a.chunked = string(value) == "chunked"
		case "Dbcontents-Status":
			a.complete = string(value)
		case "Dbcontents-Rows":
			a.rows, err = strconv.ParseInt(string(value), 10, 64)
		}
		if err != nil {
			return err
		}
	}
}

func (c *client) chunks(a *answer, body io.Writer) error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(line), 16, 64)
		if err != nil {
			return err
		}
		if size == 0 {
			return c.fields(a)
		}
		n, err := c.pass(size, body)
		a.bytes += n
		if err != nil {
			return err
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) != 0 {
			return fmt.Errorf("a chunk is longer than it says")
		}
	}
}

// pass hands n bytes on, in pieces of the buffer.
func (c *client) pass(n int64, body io.Writer) (passed int64, err error) {
	for passed < n {
		if _, err := c.in.Peek(1); err != nil {
			return passed, cut(err)
		}
		piece, _ := c.in.Peek(int(min(n-passed, int64(c.in.Buffered()))))
		if body != nil {
			if _, err := body.Write(piece); err != nil {
				return passed, err
			}
		}
		c.in.Discard(len(piece))
		passed += int64(len(piece))
	}
	return passed, nil
}

// cut is the error for a response that ends before its end.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
