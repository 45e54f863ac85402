// Package faultproxy stands between a client and a server and breaks the
// connection in the ways a network does: slowly, silently, half or at once.
//
// A new proxy is faithful. Each fault is a knob that may be turned at any time
// and works on the connections there are and on those that come.
package faultproxy

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// TB is what faultproxy needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Proxy forwards TCP connections to one server. Its methods may be called
// concurrently.
type Proxy struct {
	tb     TB
	target string
	addr   string
	ctx    context.Context // ends when the proxy closes
	tasks  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while refusing
	links    map[*link]struct{}
	accepted int
	trips    int
	latency  time.Duration
	rate     int           // bytes per second; 0 is without limit
	gate     chan struct{} // closed while data may pass
	cut      int           // what a new link may bring from the server; negative is all
}

// New makes a proxy on a port of 127.0.0.1 for the server at target, a
// "host:port" or a URL that holds one. It closes when the test is over, with all
// its connections, and leaves no goroutine.
func New(tb TB, target string) *Proxy {
	tb.Helper()
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		target = u.Host
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{tb: tb, target: target, addr: "127.0.0.1:0", ctx: ctx, links: map[*link]struct{}{}, gate: make(chan struct{}), cut: -1}
	close(p.gate)
	p.Refuse(false)
	tb.Cleanup(func() {
		cancel()
		p.Refuse(true)
		p.each((*link).close)
		p.tasks.Wait()
	})
	return p
}

// Addr is the proxy's own "host:port". It never changes.
func (p *Proxy) Addr() string { return p.addr }

// DSN leads the same way as dsn, a URL, but through the proxy.
func (p *Proxy) DSN(dsn string) string {
	p.tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		p.tb.Fatalf("faultproxy: the DSN must be a URL, postgres://user:password@host:port/database")
	}
	u.Host = p.addr
	return u.String()
}

// Connections is how many connections the proxy has accepted so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// RoundTrips is how often so far a client has sent something after the server
// had sent something, on all connections, making them included: what a client
// sends in one go counts once, however many messages it is.
func (p *Proxy) RoundTrips() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trips
}

// SetLatency delays all bytes that arrive from now on by d, in each direction.
// Like a long cable it delays them side by side: a round trip takes 2d, and so
// does a burst of them. Making the TCP connection itself is not delayed.
func (p *Proxy) SetLatency(d time.Duration) { p.set(func() { p.latency = d }) }

// SetRate limits each direction of each connection. Zero lifts the limit.
func (p *Proxy) SetRate(bytesPerSecond int) { p.set(func() { p.rate = bytesPerSecond }) }

// CutAfter ends each connection when it has brought n more bytes from the server
// to the client; a new connection counts from its start. Negative n lifts it.
func (p *Proxy) CutAfter(n int) {
	p.set(func() {
		p.cut = n
		for l := range p.links {
			l.left = n
		}
	})
}

// Hang withholds all data in both directions, of new connections as well, which
// are still accepted. Hang(false) lets it through.
func (p *Proxy) Hang(on bool) {
	p.set(func() {
		select {
		case <-p.gate:
			if on {
				p.gate = make(chan struct{})
			}
		default:
			if !on {
				close(p.gate)
			}
		}
	})
}

// Refuse makes the port refuse new connections, as if no process were there, and
// Refuse(false) takes the same port again. Existing connections go on.
func (p *Proxy) Refuse(on bool) {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case on && p.listener != nil:
		p.listener.Close()
		p.listener = nil
	case !on && p.listener == nil:
		listener, err := net.Listen("tcp", p.addr)
		if err != nil {
			p.tb.Fatalf("faultproxy: %v", err)
		}
		p.listener, p.addr = listener, listener.Addr().String()
		p.tasks.Go(func() { p.accept(listener) })
	}
}

// Reset aborts all current connections: both peers get an RST.
func (p *Proxy) Reset() { p.each((*link).reset) }

// HalfClose ends the stream from the server on all current connections: the
// client reads EOF, while what it writes still arrives.
func (p *Proxy) HalfClose() { p.each((*link).halfClose) }

func (p *Proxy) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed by Refuse
		}
		p.mu.Lock()
		l := &link{proxy: p, client: conn.(*net.TCPConn), done: make(chan struct{}), left: p.cut}
		p.accepted++
		p.links[l] = struct{}{}
		p.mu.Unlock()
		p.tasks.Go(l.run)
	}
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// each calls f for all links under the lock that guards them.
func (p *Proxy) each(f func(*link)) {
	p.set(func() {
		for l := range p.links {
			f(l)
		}
	})
}
