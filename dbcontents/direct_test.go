package dbcontents_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A recorder stands between a client and a server, and keeps what the client sends on its first connection.
type recorder struct {
	mu   sync.Mutex
	sent []byte
}

// Write takes in what was sent, before the server has it.
func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, b...)
	return len(b), nil
}

// record starts a recorder, and returns the DSN that leads through it.
func record(t *testing.T, dsn string) (*recorder, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target, r := u.Host, &recorder{}
	u.Host = listener.Addr().String()
	var tasks sync.WaitGroup
	tasks.Go(func() {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", target)
		if err != nil {
			t.Error(err)
			return
		}
		tasks.Go(func() {
			io.Copy(client, server) //nolint:errcheck // it ends with the connection
			client.Close()
		})
		io.Copy(io.MultiWriter(r, server), client) //nolint:errcheck // likewise
		server.Close()
	})
	t.Cleanup(func() {
		listener.Close()
		tasks.Wait()
	})
	return r, u.String()
}

// A sent message is one of a client.
type sent struct {
	kind byte
	body []byte
}

// messages are those that were sent so far, without the first one, which has no kind.
func (r *recorder) messages() (all []sent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := r.sent[binary.BigEndian.Uint32(r.sent):]
	for len(rest) > 0 {
		size := 1 + binary.BigEndian.Uint32(rest[1:])
		all = append(all, sent{rest[0], rest[5:size]})
		rest = rest[size:]
	}
	return all
}

// Reads on a connection without a pooler do not pay for those that have one: from the second on none asks for the types of
// columns or parses anything, and on an owned pool none brings settings along.
func TestWhatAReadSends(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
		r, dsn := record(t, db.Unpooled(db.DSN))
		store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}}, dsn, 1)
		statements, from := map[string]string{}, 0 // by the name under which they are kept
		for n := range 6 {
			if got := one[int](t, store, "test_table", "id"); got != 1 {
				t.Errorf("got %d", got)
			}
			all := r.messages()
			reads := 0
			for _, m := range all[from:] {
				switch first, rest, _ := bytes.Cut(m.body, []byte{0}); m.kind {
				case 'P':
					text, _, _ := bytes.Cut(rest, []byte{0})
					statements[string(first)] = string(text)
					if n > 0 {
						t.Errorf("read %d parses %s", n+1, text)
					}
				case 'D':
					if n > 0 {
						t.Errorf("read %d asks for the types of %q", n+1, m.body)
					}
				case 'B':
					name, _, _ := bytes.Cut(rest, []byte{0})
					sql := statements[string(name)]
					if strings.Contains(sql, "test_table") {
						reads++
					}
					if n > 0 && kind.name == "owned" && strings.Contains(sql, "set_config") && !strings.Contains(sql, "pg_backend_pid") { // which is a check, once a second
						t.Errorf("read %d brings settings along: %s", n+1, sql)
					}
				}
			}
			if reads == 0 {
				t.Errorf("read %d was not seen", n+1)
			}
			from = len(all)
		}
	})
}
