package server

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A lingering listener lets the program end only when its clients have
// received what was written for them. A closed connection's last bytes wait in
// the kernel's buffer, megabytes of them for a client that reads slowly. On a
// host the kernel goes on sending them after the program's end; in a container
// they are lost with its network, and a download that was complete for the
// server is cut short for its client.
//
// That the kernel has no byte left is not enough where a proxy stands between,
// such as the one that Docker publishes ports with: it has buffers of its own,
// and ends with the container. It passes the client's end of the connection on,
// though, so that is what is waited for.
type lingering struct {
	net.Listener
	stopping atomic.Bool
	open     atomic.Int64  // connections that are not closed
	end      chan struct{} // closed when nobody waits any more
}

func linger(l net.Listener) *lingering {
	return &lingering{Listener: l, end: make(chan struct{})}
}

func (l *lingering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
		l.open.Add(1)
		return &lingeringConn{TCPConn: tcp, listener: l}, nil
	}
	return conn, err
}

// wait returns when all connections are closed, and the clients of those closed since
// stopping was set are done, or after limit. It does not rely on net/http for that: its
// Shutdown may take a connection for closed on which TLS is just saying good-bye.
func (l *lingering) wait(limit time.Duration) {
	timer := time.AfterFunc(limit, func() { close(l.end) })
	defer timer.Stop()
	for tick := time.NewTicker(5 * time.Millisecond); l.open.Load() > 0; {
		select {
		case <-tick.C:
		case <-l.end:
			return
		}
	}
}

type lingeringConn struct {
	*net.TCPConn
	listener  *lingering
	answering atomic.Bool
	once      sync.Once
}

// observe is the [http.Server]'s ConnState.
func (l *lingering) observe(conn net.Conn, state http.ConnState) {
	// At the stop net/http calls a connection idle, and then closed, on which an answer
	// has just ended.
	if state != http.StateActive && (state != http.StateIdle || l.stopping.Load()) {
		return
	}
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	if c, ok := conn.(*lingeringConn); ok {
		c.answering.Store(state == http.StateActive)
	}
}

// Close closes at once, except while the server stops: then in the background,
// since net/http closes one connection after the other.
func (c *lingeringConn) Close() error {
	var err error
	c.once.Do(func() {
		if c.listener.stopping.Load() {
			go c.drain()
			return
		}
		c.listener.open.Add(-1)
		err = c.TCPConn.Close()
	})
	return err
}

// drain ends the server's side and waits for the client, which must be slow or
// in the middle of an answer for that: one that keeps an idle connection in a
// pool may never look at it again.
func (c *lingeringConn) drain() {
	defer c.listener.open.Add(-1)
	defer c.TCPConn.Close()
	wait := c.answering.Load() || unsent(c.TCPConn) > 0
	if c.CloseWrite() != nil || !wait {
		return
	}
	// What a client still sends is no longer of interest.
	sent := make([]byte, 512)
	for ended := false; !ended || unsent(c.TCPConn) > 0; {
		const pause = 20 * time.Millisecond
		if ended {
			time.Sleep(pause) // its client has ended its side early, and reads on
		} else {
			c.SetReadDeadline(time.Now().Add(pause))
			_, err := c.Read(sent)
			ended = err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
		}
		select {
		case <-c.listener.end:
			return
		default:
		}
	}
}
