package sharding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What goes wrong in a shard has a name of its own, and is over when it is mended. Whoever runs the server is
// told which shard is away; clients are told nothing of what is inside.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		path        string
		break_      func(s *sharded)
		mend        func(s *sharded)
		status      int
		cause       string
		is          error
		state, says string // of the Go error
	}{
		{
			name: "a shard is down", status: 503, cause: "foreign_server_down", is: dbcontents.ErrUnavailable, state: "08001", says: `"shard_us"`,
			break_: func(s *sharded) { s.us.Refuse(true); s.us.Reset() },
			mend:   func(s *sharded) { s.us.Refuse(false) },
		},
		{
			name: "a shard lets nobody in", status: 503, cause: "foreign_server_down", is: dbcontents.ErrUnavailable, state: "08001", says: `"shard_eu"`,
			break_: func(s *sharded) {
				s.exec("ALTER USER MAPPING FOR reader SERVER shard_eu OPTIONS (SET password 'wrong')")
			},
			mend: func(s *sharded) {
				s.exec("ALTER USER MAPPING FOR reader SERVER shard_eu OPTIONS (SET password '" + password + "')")
			},
		},
		{
			name: "a shard hangs up", status: 503, cause: "foreign_server_down", is: dbcontents.ErrUnavailable, state: "08006",
			break_: func(s *sharded) {
				s.us.exec(s.T, `CREATE OR REPLACE FUNCTION hang_up() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT pg_terminate_backend(pg_backend_pid())::text';
					ALTER TABLE orders RENAME TO had; CREATE VIEW orders AS SELECT id, region, amount, at, day, tags, doc, paid, raw, rate, item, hang_up() AS note FROM had LIMIT 1; GRANT SELECT ON orders TO reader`)
			},
			mend: func(s *sharded) { s.us.exec(s.T, "DROP VIEW orders; ALTER TABLE had RENAME TO orders") },
		},
		{
			name: "a shard's table lacks a column", status: 500, cause: "view_broken", state: "42703", says: "note",
			break_: func(s *sharded) { s.us.exec(s.T, "ALTER TABLE orders RENAME note TO remark") },
			mend:   func(s *sharded) { s.us.exec(s.T, "ALTER TABLE orders RENAME remark TO note") },
		},
		{
			name: "a shard lacks the table", status: 500, cause: "view_broken", state: "42P01", says: "orders",
			break_: func(s *sharded) { s.us.exec(s.T, "ALTER TABLE orders RENAME TO sales") },
			mend:   func(s *sharded) { s.us.exec(s.T, "ALTER TABLE sales RENAME TO orders") },
		},
		{
			name: "no privilege in a shard", status: 403, cause: "foreign_denied", is: dbcontents.ErrDenied, state: "42501", says: "orders",
			break_: func(s *sharded) { s.us.exec(s.T, "REVOKE SELECT ON orders FROM reader") },
			mend:   func(s *sharded) { s.us.exec(s.T, "GRANT SELECT ON orders TO reader") },
		},
		{
			name: "no user mapping", status: 403, cause: "foreign_denied", is: dbcontents.ErrDenied, state: "42704", says: "reader",
			break_: func(s *sharded) { s.exec("DROP USER MAPPING FOR reader SERVER shard_us") },
			mend: func(s *sharded) {
				s.exec("CREATE USER MAPPING FOR reader SERVER shard_us OPTIONS (user 'reader', password '" + password + "')")
			},
		},
		{
			name: "a user mapping without a password", status: 403, cause: "foreign_denied", is: dbcontents.ErrDenied, state: "2F003",
			break_: func(s *sharded) { s.exec("ALTER USER MAPPING FOR reader SERVER shard_us OPTIONS (DROP password)") },
			mend: func(s *sharded) {
				s.exec("ALTER USER MAPPING FOR reader SERVER shard_us OPTIONS (ADD password '" + password + "')")
			},
		},
		{
			name: "a limit of the shard", path: "/slow?region=eq.us", status: 504, cause: "foreign_server_slow", is: dbcontents.ErrTimeout, state: "57014",
			break_: func(s *sharded) { s.us.exec(s.T, "ALTER DATABASE "+s.name+" SET statement_timeout = '300ms'") },
			mend:   func(s *sharded) { s.us.exec(s.T, "ALTER DATABASE "+s.name+" RESET statement_timeout") },
		},
		{
			name: "a wrapper that is told nonsense", status: 503, cause: "foreign_server_failed", is: dbcontents.ErrUnavailable, state: "HV",
			break_: func(s *sharded) {
				s.us.exec(s.T, `ALTER TABLE orders ALTER region SET DEFAULT 1; CREATE FUNCTION fail() RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE SQLSTATE 'HV00L'; END$$;
					ALTER TABLE orders RENAME TO had; CREATE VIEW orders AS SELECT id, region, amount, at, day, tags, doc, paid, raw, rate, item, fail() AS note FROM had; GRANT SELECT ON orders TO reader`)
			},
			mend: func(s *sharded) { s.us.exec(s.T, "DROP VIEW orders; ALTER TABLE had RENAME TO orders") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSharded(t, ", keep_connections 'off', connect_timeout '3'", dbcontents.Config{})
			table, path := "orders", "/dbcontents/orders"
			if strings.HasPrefix(tt.path, "/") {
				table, path = "slow", "/dbcontents"+tt.path
			}
			healthy := func() {
				t.Helper()
				eventually(t, wait, "all rows are there", func() bool {
					a := s.get("/dbcontents/orders?select=id")
					return a.StatusCode == http.StatusOK && strings.Count(a.body, `"id"`) == 200
				})
			}
			healthy()
			tt.break_(s)
			a := s.get(path)
			var p struct{ Cause, Hint string }
			if err := json.Unmarshal([]byte(a.body), &p); err != nil {
				t.Fatalf("%v: %s", err, a.body)
			}
			if a.StatusCode != tt.status || p.Cause != tt.cause || p.Hint == "" || (a.Header.Get("Retry-After") != "") != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("%s, Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.body)
			}
			for _, inside := range []string{"shard_", "127.0.0.1", "reader", s.name} {
				if strings.Contains(a.body, inside) {
					t.Errorf("a client is told %q: %s", inside, a.body)
				}
			}
			_, err := dbcontents.Read[map[string]any](t.Context(), s.store, dbcontents.Query{Table: table})
			var e *dbcontents.Error
			if !errors.As(err, &e) || e.Code != tt.cause || tt.is != nil && !errors.Is(err, tt.is) || !strings.HasPrefix(e.SQLState, tt.state) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Go: %v, %+v", err, e)
			}
			for _, inside := range []string{s.eu.Addr(), s.us.Addr(), "port"} {
				if strings.Contains(err.Error(), inside) {
					t.Errorf("Go is told %q: %v", inside, err)
				}
			}
			if log := s.seen(); !strings.Contains(log, tt.cause) || tt.says != "" && !strings.Contains(log, strings.Trim(tt.says, `"`)) {
				t.Errorf("the log does not tell %s, %s: %s", tt.cause, tt.says, log)
			}
			if rows := s.rows("/dbcontents/item"); len(rows) != 10 {
				t.Errorf("%d rows of a table of its own", len(rows))
			}
			tt.mend(s)
			healthy()
		})
	}
}

// running counts what a shard is doing for readers of the view slow.
func (s *shard) running(t *testing.T) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.server.DSN(s.name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = 'reader' AND state = 'active' AND wait_event = 'PgSleep'", s.name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// When the client has gone, or the time is up, the shards stop working for it.
func TestReadsEndInTheShards(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{FirstRowTimeout: 4 * time.Second})
	both := func(n int) func() bool {
		return func() bool { return s.eu.running(t) == n && s.us.running(t) == n }
	}
	t.Run("the client hangs up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/dbcontents/slow", nil)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			response, err := http.DefaultClient.Do(request)
			if err == nil {
				response.Body.Close()
				err = fmt.Errorf("answered %s", response.Status)
			}
			done <- err
		}()
		eventually(t, wait, "both shards work", both(1))
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		began := time.Now()
		eventually(t, 3*time.Second, "both shards stop", both(0))
		t.Logf("after %v", time.Since(began))
	})
	t.Run("the time is up", func(t *testing.T) {
		if a := s.get("/dbcontents/slow"); a.StatusCode != http.StatusGatewayTimeout || !strings.Contains(a.body, "first_row_timeout") {
			t.Errorf("%s %s", a.Status, a.body)
		}
		eventually(t, 3*time.Second, "both shards stop", both(0))
	})
	if rows := s.rows("/dbcontents/orders"); len(rows) != 200 {
		t.Errorf("%d rows afterwards", len(rows))
	}
}

// A shard that says nothing takes a read no longer than its limit, the rows of the other are there, and so are all
// when it speaks again.
func TestASilentShard(t *testing.T) {
	t.Parallel()
	s := newSharded(t, ", connect_timeout '2'", dbcontents.Config{FirstRowTimeout: 2 * time.Second, PoolSize: 4})
	if rows := s.rows("/dbcontents/orders"); len(rows) != 200 {
		t.Fatalf("%d rows", len(rows))
	}
	s.us.Hang(true)
	for range 3 {
		began := time.Now()
		a := s.get("/dbcontents/orders")
		if took := time.Since(began); a.StatusCode < 500 || took > 8*time.Second {
			t.Errorf("%s after %v: %s", a.Status, took, a.body)
		}
		if rows := s.rows("/dbcontents/orders?region=eq.eu"); len(rows) != 100 {
			t.Errorf("%d rows of the other shard", len(rows))
		}
	}
	s.us.Hang(false)
	eventually(t, wait, "all rows are there", func() bool {
		a := s.get("/dbcontents/orders?select=id")
		return a.StatusCode == http.StatusOK && strings.Count(a.body, `"id"`) == 200
	})
}

// A shard that breaks off in the middle leaves no short answer behind.
func TestNoShortAnswer(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	s.us.exec(t, "INSERT INTO orders SELECT i, 'us', 1, now(), now(), '{}', '{}', true, '', 1, 1, repeat('x', 1000) FROM generate_series(1000, 4000) i")
	s.us.CutAfter(300_000)
	for range 5 {
		response, err := http.Get(s.url + "/dbcontents/orders?format=ndjson")
		if err != nil {
			t.Fatal(err)
		}
		n, err := drain(response)
		if err == nil && response.StatusCode == http.StatusOK {
			t.Errorf("%d bytes and no error", n)
		}
		fmt.Fprintf(s, "%s %d bytes, %v\n", response.Status, n, err)
	}
	s.us.CutAfter(-1)
	if rows := s.rows("/dbcontents/orders?select=id"); len(rows) != 3201 {
		t.Errorf("%d rows", len(rows))
	}
}
