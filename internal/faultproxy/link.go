package faultproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// link is one connection through the proxy.
type link struct {
	proxy *Proxy
	done  chan struct{} // closed with the link

	// Guarded by proxy.mu.
	client *net.TCPConn
	server *net.TCPConn // nil until dialed
	left   int          // bytes the server may still send; negative is all
	deaf   bool         // the client has been told EOF
	asking bool         // the last bytes that arrived came from the client
}

// run is the life of the link.
func (l *link) run() {
	defer func() {
		l.proxy.set(func() {
			l.close()
			delete(l.proxy.links, l)
		})
	}()
	var dialer net.Dialer
	conn, err := dialer.DialContext(l.proxy.ctx, "tcp", l.proxy.target)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	alive := false
	l.proxy.set(func() {
		if alive = !l.closed(); alive {
			l.server = server
		}
	})
	if !alive {
		server.Close()
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(server, l.client, false) })
	pumps.Go(func() { l.pump(l.client, server, true) })
	pumps.Wait()
}

// chunk is what one read has got, to be written no earlier than due.
type chunk struct {
	data []byte // empty is the end of the stream
	due  time.Time
}

// pump forwards one direction until its end. Reading goes on while earlier chunks
// wait, or latency would add up; the queue is short enough, 1 MB, to let a slow
// receiver be felt by the sender.
func (l *link) pump(dst, src *net.TCPConn, fromServer bool) {
	queue := make(chan chunk, 64)
	l.proxy.tasks.Go(func() {
		defer close(queue)
		for {
			data := make([]byte, 16<<10)
			n, err := src.Read(data)
			if err != nil && !errors.Is(err, io.EOF) {
				l.proxy.set(l.reset) // an abort of one peer is one for the other
				return
			}
			l.proxy.mu.Lock()
			due := time.Now().Add(l.proxy.latency)
			if n > 0 {
				if !fromServer && !l.asking {
					l.proxy.trips++
				}
				l.asking = !fromServer
			}
			l.proxy.mu.Unlock()
			select {
			case queue <- chunk{data[:n], due}:
			case <-l.done:
				return
			}
			if err != nil {
				return
			}
		}
	})
	var free time.Time // when the rate allows the next write
	for c := range queue {
		if !l.sleep(c.due) || !l.write(dst, c.data, fromServer, &free) {
			return
		}
	}
}

// write forwards one chunk in the pieces that the knobs allow, and reports
// whether the link goes on.
func (l *link) write(dst *net.TCPConn, data []byte, fromServer bool, free *time.Time) bool {
	end := len(data) == 0
	for end || len(data) > 0 {
		if !l.pass() || !l.sleep(*free) {
			return false
		}
		if end {
			dst.CloseWrite()
			return true
		}
		n, pause, cut := l.allow(len(data), fromServer)
		if _, err := dst.Write(data[:n]); err != nil && !l.dropped(fromServer) {
			l.proxy.set(l.reset)
			return false
		}
		if cut {
			l.proxy.set(l.close)
			return false
		}
		// A late wake-up is made good, a longer rest is not saved up.
		if now := time.Now(); now.Sub(*free) > 100*time.Millisecond {
			*free = now
		}
		*free = free.Add(pause)
		data = data[n:]
	}
	return true
}

// pass waits until data may pass.
func (l *link) pass() bool {
	l.proxy.mu.Lock()
	gate := l.proxy.gate
	l.proxy.mu.Unlock()
	select {
	case <-gate:
		return !l.closed()
	case <-l.done:
		return false
	}
}

// sleep waits until then.
func (l *link) sleep(then time.Time) bool {
	timer := time.NewTimer(time.Until(then))
	defer timer.Stop()
	select {
	case <-timer.C:
		return !l.closed()
	case <-l.done:
		return false
	}
}

// allow says how much of size may be written now, how long that takes at the
// rate, and whether the link is cut thereafter.
func (l *link) allow(size int, fromServer bool) (n int, pause time.Duration, cut bool) {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	n = size
	if rate := l.proxy.rate; rate > 0 {
		n = min(n, max(1, rate/100))
		pause = time.Duration(n) * time.Second / time.Duration(rate)
	}
	if fromServer && l.left >= 0 {
		n = min(n, l.left)
		l.left -= n
		cut = l.left == 0
	}
	return n, pause, cut
}

// dropped reports whether what the server sends goes nowhere.
func (l *link) dropped(fromServer bool) bool {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	return fromServer && l.deaf
}

func (l *link) closed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// close, reset and halfClose are called with proxy.mu held.

func (l *link) close() {
	if l.closed() {
		return
	}
	close(l.done)
	l.client.Close()
	if l.server != nil {
		l.server.Close()
	}
}

func (l *link) reset() {
	l.client.SetLinger(0)
	if l.server != nil {
		l.server.SetLinger(0)
	}
	l.close()
}

func (l *link) halfClose() {
	l.deaf = true
	l.client.CloseWrite()
}
