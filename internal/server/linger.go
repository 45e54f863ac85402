package server

import (
	"net"
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
type lingering struct {
	net.Listener
	stopping atomic.Bool
	closing  sync.WaitGroup
	end      chan struct{} // closed when nobody waits any more
}

func linger(l net.Listener) *lingering {
	return &lingering{Listener: l, end: make(chan struct{})}
}

func (l *lingering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
		return &lingeringConn{TCPConn: tcp, listener: l}, nil
	}
	return conn, err
}

// wait returns when all connections closed since stopping was set have sent
// their last byte, or after limit.
func (l *lingering) wait(limit time.Duration) {
	timer := time.AfterFunc(limit, func() { close(l.end) })
	defer timer.Stop()
	l.closing.Wait()
}

type lingeringConn struct {
	*net.TCPConn
	listener *lingering
	once     sync.Once
}

// Close closes at once, except while the server stops: then in the background,
// since net/http closes one connection after the other.
func (c *lingeringConn) Close() error {
	if !c.listener.stopping.Load() {
		return c.TCPConn.Close()
	}
	c.once.Do(func() { c.listener.closing.Go(c.drain) })
	return nil
}

func (c *lingeringConn) drain() {
	defer c.TCPConn.Close()
	if c.CloseWrite() != nil {
		return
	}
	const pause = 10 * time.Millisecond
	for unsent(c.TCPConn) > 0 {
		select {
		case <-c.listener.end:
			return
		case <-time.After(pause):
		}
	}
}
