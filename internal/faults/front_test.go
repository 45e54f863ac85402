package faults

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A front stands where the database should be and does what it is told with
// each connection, until it is healed: then it leads to the database.
type front struct {
	addr     string
	target   string
	listener net.Listener
	tasks    sync.WaitGroup

	mu    sync.Mutex
	serve func(net.Conn) // nil: forward
	conns []net.Conn
}

// stand makes a front for the database that dsn leads to.
func stand(t *testing.T, dsn string, serve func(net.Conn)) *front {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return standOn(t, dsn, listener, serve)
}

func standOn(t *testing.T, dsn string, listener net.Listener, serve func(net.Conn)) *front {
	t.Helper()
	f := &front{addr: listener.Addr().String(), target: hostOf(t, dsn), listener: listener, serve: serve}
	f.tasks.Go(f.accept)
	t.Cleanup(func() {
		listener.Close()
		f.mu.Lock()
		for _, conn := range f.conns {
			conn.Close()
		}
		f.mu.Unlock()
		f.tasks.Wait()
	})
	return f
}

func (f *front) heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serve = nil
}

func (f *front) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		serve := f.serve
		f.conns = append(f.conns, conn)
		f.mu.Unlock()
		if serve == nil {
			serve = f.forward
		}
		f.tasks.Go(func() {
			defer conn.Close()
			serve(conn)
		})
	}
}

func (f *front) forward(conn net.Conn) {
	server, err := net.Dial("tcp", f.target)
	if err != nil {
		return
	}
	defer server.Close()
	f.tasks.Go(func() {
		io.Copy(server, conn) //nolint:errcheck // the other direction ends as well
		server.Close()
	})
	io.Copy(conn, server) //nolint:errcheck // the client learns of it
}

// fullListener is a port of 127.0.0.1 whose queue is full, so that the kernel
// drops every SYN, as a firewall does. drain begins to accept.
func fullListener(t *testing.T) (listener net.Listener, drain func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close() // net.FileListener has a descriptor of its own
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	if listener, err = net.FileListener(file); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil { // net.FileListener has made the queue longer
		t.Fatal(err)
	}
	var fillers []net.Conn
	drain = sync.OnceFunc(func() {
		for _, conn := range fillers {
			conn.Close()
		}
	})
	t.Cleanup(drain)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
		cancel()
		if err != nil {
			return listener, drain
		}
		if fillers = append(fillers, conn); len(fillers) > 64 {
			t.Fatal("the queue does not fill")
		}
	}
}

// names are what serveNames knows: an address, or "silent" for no answer.
var names sync.Map

// serveNames makes the resolver of this process ask a name server of our own,
// which answers from names and knows nothing else.
func serveNames() (stop func()) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, client, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply := answerName(buffer[:n]); reply != nil {
				conn.WriteTo(reply, client) //nolint:errcheck // it asks again
			}
		}
	}()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	return func() {
		conn.Close()
		<-done
	}
}

// answerName answers a question of RFC 1035, section 4; nil is silence.
func answerName(query []byte) []byte {
	if len(query) < 12 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(query) && query[at] != 0 {
		end := at + 1 + int(query[at])
		if end > len(query) {
			return nil
		}
		labels = append(labels, string(query[at+1:end]))
		at = end
	}
	if at+5 > len(query) {
		return nil
	}
	question := query[12 : at+5]
	kind := binary.BigEndian.Uint16(query[at+1:])
	address, known := names.Load(strings.ToLower(strings.Join(labels, ".")))
	if address == "silent" {
		return nil
	}
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	switch ip := net.ParseIP(toString(address)).To4(); {
	case !known:
		reply[3] |= 3 // no such name
	case kind == 1 && ip != nil:
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip...)
	}
	return reply
}

func toString(v any) string {
	s, _ := v.(string)
	return s
}

func hostOf(t *testing.T, dsn string) string {
	t.Helper()
	return parse(t, dsn).Host
}

func parse(t *testing.T, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// with changes a connection string.
func with(t *testing.T, dsn string, change func(*url.URL)) string {
	t.Helper()
	u := parse(t, dsn)
	change(u)
	return u.String()
}

// at leads to another host and port.
func at(t *testing.T, dsn, host string) string {
	t.Helper()
	return with(t, dsn, func(u *url.URL) { u.Host = host })
}
