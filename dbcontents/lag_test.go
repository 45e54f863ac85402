package dbcontents_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// isLagging tells the error of a read whose server was too far behind.
func isLagging(err error) bool {
	var e *dbcontents.Error
	return errors.As(err, &e) && e.Code == "standby_lagging" && errors.Is(err, dbcontents.ErrBusy) && e.HTTPStatus() == 503
}

// commit runs a statement on the primary that commits, and waits until all standbys have received it, or replayed it, as
// the function says. Without synchronous_commit the primary sends it up to 0.6 s later.
func (c *replicated) commit(sql, function string) {
	c.Helper()
	c.exec(c.primary, "SET synchronous_commit TO on; "+sql)
	position := c.exec(c.primary, insertLSN)
	for _, standby := range c.standbys {
		await(c.T, 10*time.Second, func() string {
			if c.exec(standby, "SELECT "+function+"() >= '"+position+"'") != "t" {
				return "a standby does not follow"
			}
			return ""
		})
	}
}

// idle waits until a standby has everything, and the last transaction it replayed is older than age.
func (c *replicated) idle(standby *pgtest.Server, age string) {
	c.Helper()
	c.commit("UPDATE test_table SET id = id", "pg_last_wal_replay_lsn")
	await(c.T, 20*time.Second, func() string {
		if c.exec(standby, "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND now() - pg_last_xact_replay_timestamp() > '"+age+"'") != "t" {
			return "the standby is not idle"
		}
		return ""
	})
}

// write adds a row on the primary, which a standby that is paused receives and does not have.
func (c *replicated) write() {
	c.Helper()
	c.commit("INSERT INTO test_table VALUES (2)", "pg_last_wal_receive_lsn")
}

func (c *replicated) pause(standby *pgtest.Server) {
	c.Helper()
	c.idle(standby, "0s")
	c.exec(standby, "SELECT pg_wal_replay_pause()")
	await(c.T, 10*time.Second, func() string {
		return strings.TrimPrefix(c.exec(standby, "SELECT pg_get_wal_replay_pause_state()"), "paused")
	})
}

// A standby is not behind because nobody writes, and the last transaction is old.
func TestAnIdlePrimaryIsNoLag(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	c.idle(standby, "1.5s")
	for _, most := range []time.Duration{0, time.Second} {
		store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: most})
		if s := store.Stats().Hosts; len(s) > 0 {
			t.Errorf("before any read: %+v", s)
		}
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		if h := c.host(store, standby); h.LagAt.IsZero() || h.Lag != 0 || h.Role != "standby" {
			t.Errorf("with a limit of %v: %+v", most, h)
		}
	}
}

// Without a limit one read in a second asks for the lag.
func TestLagIsSampled(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	c.idle(standby, "0s")
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby)})
	seen := map[time.Time]bool{}
	began := time.Now()
	for range 300 {
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		seen[c.host(store, standby).LagAt] = true
	}
	if most := 1 + int(time.Since(began)/time.Second); len(seen) > most || seen[time.Time{}] {
		t.Errorf("%d samples in %v", len(seen), time.Since(began))
	}
	c.pause(standby)
	c.write()
	await(t, 20*time.Second, func() string {
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		if h := c.host(store, standby); h.Lag < 1500*time.Millisecond || h.Lag > time.Since(began) {
			return "the lag is " + h.Lag.String()
		}
		return ""
	})
	if h := c.host(openOn(t, dbcontents.Config{ConnString: c.dsn("default_query_exec_mode=exec", standby)}), standby); !h.LagAt.IsZero() {
		t.Errorf("behind what may be a pooler: %+v", h)
	}
}

// Reads of a standby that is too far behind are refused, in every way to read, until it has caught up. None gives rows that
// are older than the limit.
func TestALaggingStandbyIsRefused(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		c := replicate(t, 1)
		standby := c.standbys[0]
		const most = 700 * time.Millisecond
		type source interface {
			Query(context.Context, dbcontents.Query) (*dbcontents.Rows, error)
		}
		plain := func(store *dbcontents.Store, q dbcontents.Query) (int64, error) {
			n, _, err := rowsAt(t.Context(), source(store), q)
			return n, err
		}
		ways := map[string]func(store *dbcontents.Store) (int64, error){
			"rows": func(store *dbcontents.Store) (int64, error) { return plain(store, dbcontents.Query{}) },
			"counted rows": func(store *dbcontents.Store) (int64, error) {
				return plain(store, dbcontents.Query{Count: dbcontents.CountExact})
			},
			"rows from a position": func(store *dbcontents.Store) (int64, error) { return plain(store, dbcontents.Query{MinLSN: "0/0"}) },
			"counted rows from a position": func(store *dbcontents.Store) (int64, error) {
				return plain(store, dbcontents.Query{MinLSN: "0/0", Count: dbcontents.CountExact})
			},
			"a snapshot": func(store *dbcontents.Store) (int64, error) {
				snapshot, err := store.Snapshot(t.Context())
				if err != nil {
					return 0, err
				}
				defer snapshot.Release()
				n, _, err := rowsAt(t.Context(), source(snapshot), dbcontents.Query{})
				return n, err
			},
			"an export": func(store *dbcontents.Store) (int64, error) {
				done, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "test_table", Format: dbcontents.CSV}, Parallel: 2, Writer: io.Discard})
				return done.Rows, err
			},
		}
		var stores []*dbcontents.Store
		for _, query := range []string{"", "default_query_exec_mode=exec"} {
			store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}, MaxLag: most, AcquireTimeout: time.Second}, c.dsn(query, standby), 3)
			for name, way := range ways {
				await(t, 10*time.Second, func() string {
					n, err := way(store)
					if err == nil && n != 1 {
						t.Errorf("%s: %d rows", name, n)
					}
					return errText(err)
				})
			}
			stores = append(stores, store)
		}
		c.pause(standby)
		c.write()
		written := time.Now()
		for _, store := range stores {
			for name, way := range ways {
				for refused := false; !refused; {
					began := time.Now()
					n, err := way(store)
					switch {
					case err != nil && !isLagging(err):
						t.Fatalf("%s: %v", name, err)
					case err != nil:
						refused = true
					case n < 2 && began.Sub(written) > most:
						t.Fatalf("%s: %d rows, %v after there were two", name, n, began.Sub(written))
					}
				}
			}
			if s := store.Stats(); s.AcquiredConns != 0 {
				t.Errorf("%d connections are in use", s.AcquiredConns)
			}
		}
		c.exec(standby, "SELECT pg_wal_replay_resume()")
		for _, store := range stores {
			for name, way := range ways {
				await(t, 10*time.Second, func() string {
					n, err := way(store)
					if err == nil && n != 2 {
						t.Errorf("%s: %d rows", name, n)
					}
					return errText(err)
				})
			}
		}
	})
}

// Who reads while a standby is too far behind is not answered by it if there is another one, and its connections are
// closed.
func TestALaggingStandbyIsLeft(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query    string
		standbys int // the first of them lags
		size     int // of the pool
	}{
		{"load_balance_hosts=disable", 2, 1},
		{"target_session_attrs=standby&load_balance_hosts=disable", 2, 8},
		{"target_session_attrs=prefer-standby&load_balance_hosts=disable", 2, 1},
		{"target_session_attrs=prefer-standby&load_balance_hosts=disable", 1, 8}, // so that the primary is left
	} {
		c := replicate(t, tt.standbys)
		lagging, other := c.standbys[0], c.primary
		servers := []*pgtest.Server{c.primary, lagging} // it is known when the standby is read
		if tt.standbys > 1 {
			other = c.standbys[1]
			servers = []*pgtest.Server{lagging, other, c.primary}
		}
		c.idle(lagging, "0s")
		store := openOn(t, dbcontents.Config{ConnString: c.dsn(tt.query, servers...), PoolSize: tt.size, MaxLag: 500 * time.Millisecond})
		spread(t, store, tt.size)
		if h := c.host(store, lagging); h.Conns != tt.size {
			t.Fatalf("%+v", store.Stats().Hosts)
		}
		c.pause(lagging)
		c.write()
		written := time.Now()
		left := await(t, 10*time.Second, func() string {
			began := time.Now()
			n, err := store.Count(t.Context(), dbcontents.Query{})
			if err != nil {
				t.Fatalf("%s, pool of %d: %v", tt.query, tt.size, err)
			}
			if began.Sub(written) > 500*time.Millisecond && n < 2 {
				t.Fatalf("%s, pool of %d: %d rows, %v after there were two; %+v", tt.query, tt.size, n, began.Sub(written), store.Stats().Hosts)
			}
			if c.host(store, lagging).Conns > 0 || c.host(store, other).Conns == 0 {
				return "the standby is read"
			}
			return ""
		})
		t.Logf("%s, %d standbys, pool of %d: left after %v", tt.query, tt.standbys, tt.size, left)
		spread(t, store, tt.size)
		if c.host(store, lagging).Conns > 0 {
			t.Errorf("%s, pool of %d: %+v", tt.query, tt.size, store.Stats().Hosts)
		}
	}
}

// The primary is never too far behind.
func TestAPrimaryDoesNotLag(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		c := replicate(t, 0)
		for _, mode := range []string{"", "default_query_exec_mode=exec"} {
			store := kind.open(t, dbcontents.Config{MaxLag: time.Millisecond}, c.dsn(mode, c.primary), 2)
			for range 3 {
				if err := count(t.Context(), store); err != nil {
					t.Error(err)
				}
			}
			spread(t, store, 2)
			for _, h := range store.Stats().Hosts {
				if !h.LagAt.IsZero() {
					t.Errorf("%+v", h)
				}
			}
		}
	})
}

// While one long transaction writes, the last one that was replayed grows old, and what was received is not replayed at
// once. A standby that keeps up is read all the same.
func TestALongTransactionIsNoLag(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: 2 * time.Second, AcquireTimeout: time.Second})
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) }) // the connection is made
	c.idle(standby, "2.5s")
	conn, err := pgx.Connect(t.Context(), c.primary.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), "BEGIN")
		for err == nil && ctx.Err() == nil {
			_, err = conn.Exec(t.Context(), "INSERT INTO test_table SELECT generate_series(1, 500)")
		}
		ended <- err
	}()
	reads, failed, moving := 0, 0, 0
	for ctx.Err() == nil {
		reads++
		if err := count(t.Context(), store); err != nil {
			failed++
			t.Log(err)
		}
		if c.exec(standby, "SELECT pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()") == "t" {
			moving++
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d reads; not all was replayed at %d of them", reads, moving)
	if failed > 0 || moving == 0 {
		t.Errorf("%d of %d reads were refused; not all was replayed at %d of them", failed, reads, moving)
	}
}

// A standby that lost its primary is read as long as the limit allows, and one that was started without it does not know how
// far it is behind.
func TestAStandbyWithoutItsPrimary(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	c.idle(standby, "0s")
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: time.Second, AcquireTimeout: 2 * time.Second})
	if err := count(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	c.commit("CHECKPOINT", "pg_last_wal_replay_lsn")
	c.exec(standby, "CHECKPOINT")
	if err := c.primary.Halt(true); err != nil {
		t.Fatal(err)
	}
	refused := func() string {
		if err := count(t.Context(), store); !isLagging(err) {
			return "read: " + errText(err)
		}
		return ""
	}
	await(t, 10*time.Second, refused)
	if err := standby.Halt(false); err != nil {
		t.Fatal(err)
	}
	if err := standby.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, 10*time.Second, refused)
	if known := c.exec(standby, "SELECT pg_last_xact_replay_timestamp()"); known != "" {
		t.Errorf("the standby has replayed a transaction of %s: this shows less than it should", known)
	}
	if err := count(t.Context(), store); !isLagging(err) || !strings.Contains(err.Error(), "does not know") {
		t.Error(err)
	}
	if h := c.host(store, standby); !h.LagAt.IsZero() {
		t.Errorf("%+v", h)
	}
}

// Behind a pooler each transaction may be another server's. Rows are never older than the limit.
func TestLagBehindAPoolerOfStandbys(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	const most = 700 * time.Millisecond
	store := openOn(t, dbcontents.Config{ConnString: spreading(t, c, c.standbys...), PoolSize: 2, MaxLag: most, AcquireTimeout: 5 * time.Second})
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	c.pause(c.standbys[1])
	c.write()
	written := time.Now()
	for read := 0; read < 60; {
		for _, q := range []dbcontents.Query{{}, {Count: dbcontents.CountExact}} {
			late := time.Since(written) > most
			n, _, err := rowsAt(t.Context(), store, q)
			if err != nil || late && n != 2 {
				t.Fatalf("%d rows, %v", n, err)
			}
			if late {
				read++
			}
		}
	}
	for _, h := range store.Stats().Hosts {
		if !h.LagAt.IsZero() {
			t.Errorf("the lag of one of two servers is that of the pooler: %+v", h)
		}
	}
}

// pgpool-II reports the role of one server and reads from another one, which nobody has told us of. Rows are never
// older than the limit.
func TestLagBehindPgpool(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	const most = 300 * time.Millisecond
	for mode, dsn := range c.pgpool() {
		store := openOn(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, MaxLag: most, AcquireTimeout: time.Second})
		await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
		c.pause(c.standbys[0])
		c.write()
		written := time.Now()
		for read := 0; read < 10; {
			for _, q := range []dbcontents.Query{{}, {Count: dbcontents.CountExact}} {
				late := time.Since(written) > most
				n, _, err := rowsAt(t.Context(), store, q)
				if err != nil && !isLagging(err) || err == nil && late && n != 2 {
					t.Fatalf("%s: %d rows, %v", mode, n, err)
				}
				if late {
					read++
				}
			}
		}
		c.exec(c.standbys[0], "SELECT pg_wal_replay_resume()")
		c.exec(c.primary, "DELETE FROM test_table WHERE id = 2")
	}
}

// Check and Ready say how far a standby is behind, also if it is the only host.
func TestChecksTellTheLag(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby)})
	limited := openOn(t, dbcontents.Config{ConnString: c.dsn("load_balance_hosts=disable", c.primary, standby), MaxLag: 100 * time.Millisecond, PoolSize: 2})
	hosts := func(r dbcontents.Report) (found dbcontents.Step) {
		for _, s := range r.Steps {
			if s.Name == "hosts" {
				found = s
			}
		}
		return found
	}
	for name, report := range map[string]func(context.Context) dbcontents.Report{"check": store.Check, "ready": store.Ready} {
		await(t, 10*time.Second, func() string {
			if step := hosts(report(t.Context())); !step.OK || !strings.Contains(step.Detail, " standby up ") || !strings.Contains(step.Detail, "s behind") {
				return name + ": " + step.Detail
			}
			return ""
		})
	}
	c.pause(standby)
	c.write()
	await(t, 10*time.Second, func() string {
		r := limited.Check(t.Context())
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		step := hosts(r)
		if step.OK || step.Code != "standby_lagging" || !strings.Contains(step.Detail, "s behind, ") {
			return step.Detail
		}
		return ""
	})
}
