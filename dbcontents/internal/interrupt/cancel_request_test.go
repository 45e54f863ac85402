package interrupt

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A link is a connection to a server that does nothing, and what the server gets of
// requests to cancel.
type link struct {
	pg     *pgconn.PgConn
	server net.Conn // the other end
	begun  time.Time

	mu       sync.Mutex
	requests []time.Duration // when they came
}

// newLink makes a link whose requests to cancel are taken by take, which ends them
// as it returns. Without it they cannot be delivered.
func newLink(t *testing.T, take func(c net.Conn)) *link {
	t.Helper()
	config, err := pgconn.ParseConfig("postgres://user@192.0.2.1/database?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{begun: time.Now()}
	config.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		if take == nil {
			return nil, errors.New("no route to the server")
		}
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			var request [16]byte
			if _, err := io.ReadFull(server, request[:]); err != nil || binary.BigEndian.Uint32(request[4:]) != 80877102 {
				t.Errorf("%x is no request to cancel, %v", request, err)
			}
			l.mu.Lock()
			l.requests = append(l.requests, time.Since(l.begun))
			l.mu.Unlock()
			take(server)
		}()
		return client, nil
	}
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close(); server.Close() })
	l.server = server
	l.pg, err = pgconn.Construct(&pgconn.HijackedConn{Conn: client, PID: 7, SecretKey: []byte{1, 2, 3, 4}, TxStatus: 'I', Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// askedAt are the times of the requests.
func (l *link) askedAt() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// accept takes a request as a server does.
func accept(net.Conn) {}

// read waits for bytes of the server, as the reader of a row does.
func (l *link) read() error {
	_, err := l.pg.Conn().Read(make([]byte, 1))
	return err
}

// A server that ends the query at once is asked once, and the connection stays usable.
func TestServerIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, accept)
		var w Watch
		w.Begin(t.Context(), wait)
		if !w.Has(l.pg) {
			t.Fatal("the connection may not be used")
		}
		w.Work(first, total)
		<-w.Done()
		w.WaitAsked()
		if got := l.askedAt(); !slices.Equal(got, []time.Duration{first.After}) {
			t.Errorf("asked at %v", got)
		}
		if !w.Settle() {
			t.Error("the connection is not usable")
		}
		time.Sleep(time.Hour)
		if got := l.askedAt(); len(got) != 1 {
			t.Errorf("asked at %v", got)
		}
	})
}

// An early close does not wait for the server; settling does.
func TestSettleWaitsForTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = 1500 * time.Millisecond
		l := newLink(t, func(net.Conn) { time.Sleep(slow) })
		var w Watch
		w.Begin(t.Context(), wait)
		w.Has(l.pg)
		w.EndSoon(nil)
		if took := time.Since(l.begun); took != 0 {
			t.Errorf("it took %v to begin the end", took)
		}
		if usable := w.Settle(); !usable || time.Since(l.begun) != slow {
			t.Errorf("settled after %v, usable %v", time.Since(l.begun), usable)
		}
	})
}

// A request that has no effect is sent again: it may have overtaken its query.
func TestServerIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, accept)
		var w Watch
		w.Begin(t.Context(), wait)
		w.Has(l.pg)
		w.EndSoon(nil)
		time.Sleep(time.Second)
		if !w.Settle() {
			t.Error("the connection is not usable")
		}
		want := []time.Duration{0, askAgainAfter, 3 * askAgainAfter, 7 * askAgainAfter}
		if got := l.askedAt(); !slices.Equal(got, want) {
			t.Errorf("asked at %v, want %v", got, want)
		}
	})
}

// The connection is broken if the request cannot be delivered, or has no effect for too
// long. The reader wakes, and is told not to use the connection again.
func TestConnectionIsBroken(t *testing.T) {
	for _, tt := range []struct {
		reason string
		take   func(net.Conn)
		wakes  time.Duration // at the latest
	}{
		{"no request can be sent", nil, 0},
		{"the server does not confirm the request", func(c net.Conn) { c.Read(make([]byte, 1)) }, breakAfter},
		{"the server goes on", accept, breakAfter},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLink(t, tt.take)
				var w Watch
				w.Begin(t.Context(), wait)
				w.Has(l.pg)
				w.EndSoon(nil)
				if err := l.read(); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the reader was woken by %v", err)
				}
				if woken := time.Since(l.begun); woken > tt.wakes || tt.wakes > 0 && woken < breakAfter {
					t.Errorf("the reader was woken after %v", woken)
				}
				if w.Settle() {
					t.Error("the connection is usable")
				}
			})
		})
	}
}

// A reader that does not read either, as it waits for its own client, keeps nobody
// at the server: the connection is closed under it.
func TestConnectionIsClosedUnderAReaderThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, nil)
		var w Watch
		w.Begin(t.Context(), wait)
		w.Has(l.pg)
		w.EndSoon(nil)
		if _, err := l.server.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the server sees %v", err)
		}
		if took := time.Since(l.begun); took != breakAfter {
			t.Errorf("closed after %v", took)
		}
		if w.Settle() {
			t.Error("the connection is usable")
		}
	})
}

// A connection that comes together with the end is neither used nor cancelled.
func TestNothingIsSentOnAConnectionThatCameTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, accept)
		var w Watch
		w.Begin(t.Context(), wait)
		time.Sleep(wait.After)
		synctest.Wait()
		if w.Has(l.pg) {
			t.Error("the connection may be used")
		}
		if !w.Settle() {
			t.Error("the connection was not touched, and is not usable")
		}
		time.Sleep(time.Minute)
		if got := l.askedAt(); len(got) != 0 {
			t.Errorf("asked at %v", got)
		}
	})
}
