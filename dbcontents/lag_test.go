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

// beat lets something commit on the primary all the time, until stop is called or the test ends. Nothing that it does keeps
// a standby from replaying.
func (c *replicated) beat() (stop func()) {
	c.Helper()
	conn, err := pgx.Connect(c.Context(), c.primary.DSN("postgres"))
	if err == nil {
		_, err = conn.Exec(c.Context(), "SET synchronous_commit TO on; CREATE TABLE beat (n int)")
	}
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer conn.Close(context.Background())
		for ctx.Err() == nil {
			if _, err := conn.Exec(context.Background(), "INSERT INTO beat VALUES (1)"); err != nil {
				c.Error(err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	stop = func() { cancel(); <-ended }
	c.Cleanup(stop)
	return stop
}

// A standby that is idle has replayed all that it received, and its receiver runs. So it is while it catches up. It is
// refused until a commit comes, and the primary is read where it may be.
func TestAnIdlePrimaryLooksLikeLag(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	const most = time.Second
	config := dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: most, AcquireTimeout: time.Second}
	alone := openOn(t, config)
	config.ConnString = c.dsn("target_session_attrs=prefer-standby", standby, c.primary)
	config.AcquireTimeout = 5 * time.Second
	both := openOn(t, config)
	config.ConnString, config.MaxLag = c.dsn("", standby), 0
	unlimited := openOn(t, config)
	c.idle(standby, "1.1s")
	if err := count(t.Context(), alone); !isLagging(err) {
		t.Error(err)
	}
	if h := c.host(alone, standby); h.LagAt.IsZero() || h.Lag < most || h.Role != "standby" {
		t.Errorf("%+v", h)
	}
	if err := count(t.Context(), both); err != nil || c.host(both, c.primary).Conns == 0 {
		t.Errorf("%v, %+v", err, both.Stats().Hosts)
	}
	if err := count(t.Context(), unlimited); err != nil {
		t.Error(err)
	}
	if h := c.host(unlimited, standby); h.LagAt.IsZero() || h.Lag < most {
		t.Errorf("without a limit: %+v", h)
	}
	await(t, 10*time.Second, func() string {
		c.commit("UPDATE test_table SET id = id", "pg_last_wal_replay_lsn")
		return errText(count(t.Context(), alone))
	})
	if h := c.host(alone, standby); h.Lag > most {
		t.Errorf("%+v", h)
	}
}

// A standby that was cut off and catches up gives no rows that are older than the limit.
func TestAStandbyThatCatchesUp(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	const most = 700 * time.Millisecond
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: most, AcquireTimeout: time.Second})
	c.beat()
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	follow := func(conninfo string) {
		c.exec(standby, "ALTER SYSTEM SET primary_conninfo = '"+strings.ReplaceAll(conninfo, "'", "''")+"'")
		c.exec(standby, "SELECT pg_reload_conf()")
	}
	conninfo := c.exec(standby, "SHOW primary_conninfo")
	follow("")
	await(t, 10*time.Second, func() string { return c.exec(standby, "SELECT pid FROM pg_stat_wal_receiver") })
	c.exec(c.primary, "SET synchronous_commit TO on; INSERT INTO test_table VALUES (2)")
	written := time.Now()
	read := func() string {
		began := time.Now()
		n, err := store.Count(t.Context(), dbcontents.Query{})
		switch {
		case err != nil && !isLagging(err):
			t.Fatal(err)
		case err == nil && n < 2 && began.Sub(written) > most:
			t.Fatalf("%d rows, %v after there were two", n, began.Sub(written))
		case err == nil && n == 2:
			return ""
		}
		return "the row is not there: " + errText(err)
	}
	await(t, 10*time.Second, func() string {
		if read() == "" {
			t.Fatal("the standby is not cut off")
		}
		if time.Since(written) < 2*most {
			return "not long enough"
		}
		return ""
	})
	follow(conninfo)
	await(t, 20*time.Second, read)
}

// PostgreSQL logs the guard that refuses a read as an error. While reads are refused it is asked without one, by whatever way.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	c := replicate(t, 0)
	standby := c.follow(pgtest.LogStatements...)
	c.idle(standby, "0.1s")
	guards := func() (n int) {
		all, err := standby.Statements(t.Context(), "postgres")
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range all {
			if strings.HasPrefix(statement, "SELECT CASE WHEN pg_catalog.float8le(") {
				n++
			}
		}
		return n
	}
	for _, kind := range poolKinds {
		for _, query := range []string{"", "default_query_exec_mode=exec"} {
			before := guards()
			store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}, MaxLag: 100 * time.Millisecond, AcquireTimeout: 50 * time.Millisecond}, c.dsn(query, standby), 1)
			for refused := 0; refused < 10; {
				err := count(t.Context(), store)
				if isLagging(err) {
					refused++
				} else if err == nil {
					t.Fatal("an idle standby was read")
				}
			}
			if n := guards() - before; n < 1 || n > 2 { // that it was executed, and that it has failed
				t.Errorf("%s, %q: the log has %d guards", kind.name, query, n)
			}
		}
	}
}

// A server that has no such function is asked once, as it logs that as an error, and again when it was away. With a
// limit it is not read.
func TestAStandbyThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	c.commit("ALTER FUNCTION pg_catalog.pg_last_xact_replay_timestamp() RENAME TO hidden", "pg_last_wal_replay_lsn")
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby)})
	limited := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: time.Hour})
	if err := count(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	var e *dbcontents.Error
	if err := count(t.Context(), limited); !errors.As(err, &e) || e.Code != "lsn_unknown" {
		t.Error(err)
	}
	if snapshot, err := limited.Snapshot(t.Context()); !errors.As(err, &e) || e.Code != "lsn_unknown" {
		t.Error(err)
		snapshot.Release()
	}
	c.commit("ALTER FUNCTION pg_catalog.hidden() RENAME TO pg_last_xact_replay_timestamp", "pg_last_wal_replay_lsn")
	for began := time.Now(); time.Since(began) < 1500*time.Millisecond; {
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
	}
	if h := c.host(store, standby); !h.LagAt.IsZero() {
		t.Errorf("it was asked again: %+v", h)
	}
	if err := standby.Halt(false); err != nil {
		t.Fatal(err)
	}
	if err := count(t.Context(), store); err == nil {
		t.Error("it was read while it was away")
	}
	if err := standby.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, 20*time.Second, func() string {
		c.commit("UPDATE test_table SET id = id", "pg_last_wal_replay_lsn")
		if err := count(t.Context(), store); err != nil || c.host(store, standby).LagAt.IsZero() {
			return "it was not asked: " + errText(err)
		}
		return ""
	})
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
		c.beat()
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
	c := replicate(t, 2)
	c.beat()
	lagging, standby := c.standbys[0], c.standbys[1]
	const most = time.Second
	for _, tt := range []struct {
		query string
		size  int // of the pool
		other *pgtest.Server
	}{
		{"load_balance_hosts=disable", 1, standby},
		{"target_session_attrs=standby&load_balance_hosts=disable", 8, standby},
		{"target_session_attrs=prefer-standby&load_balance_hosts=disable", 1, c.primary},
		{"target_session_attrs=prefer-standby&load_balance_hosts=disable", 8, c.primary},
	} {
		var store *dbcontents.Store
		await(t, 20*time.Second, func() string {
			// Anew, as a busy machine may have made it leave already.
			store = openOn(t, dbcontents.Config{ConnString: c.dsn(tt.query, lagging, tt.other), PoolSize: tt.size, MaxLag: most})
			spread(t, store, tt.size)
			if c.host(store, lagging).Conns != tt.size {
				return "the standby is not read"
			}
			return ""
		})
		c.pause(lagging)
		c.write()
		written := time.Now()
		left := await(t, 10*time.Second, func() string {
			began := time.Now()
			n, err := store.Count(t.Context(), dbcontents.Query{})
			if err != nil {
				t.Fatalf("%s, pool of %d: %v", tt.query, tt.size, err)
			}
			if began.Sub(written) > most && n < 2 {
				t.Fatalf("%s, pool of %d: %d rows, %v after there were two; %+v", tt.query, tt.size, n, began.Sub(written), store.Stats().Hosts)
			}
			if c.host(store, lagging).Conns > 0 || c.host(store, tt.other).Conns == 0 {
				return "the standby is read"
			}
			return ""
		})
		t.Logf("%s, pool of %d: left after %v", tt.query, tt.size, left)
		spread(t, store, tt.size)
		if c.host(store, lagging).Conns > 0 {
			t.Errorf("%s, pool of %d: %+v", tt.query, tt.size, store.Stats().Hosts)
		}
		c.exec(lagging, "SELECT pg_wal_replay_resume()")
		c.commit("DELETE FROM test_table WHERE id = 2", "pg_last_wal_replay_lsn")
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

// A standby that lost its primary is read as long as the limit allows, and one that was started without it does not know how
// far it is behind.
func TestAStandbyWithoutItsPrimary(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	stop := c.beat()
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), MaxLag: time.Second, AcquireTimeout: time.Second})
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	stop()
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
	if err := count(t.Context(), store); !isLagging(err) || !strings.Contains(err.Error(), "no replayed commit") {
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
	c.beat()
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
	c.beat()
	const most = 500 * time.Millisecond
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
	c.idle(standby, "0s")
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
			if step := hosts(report(t.Context())); !step.OK || !strings.Contains(step.Detail, " standby up, last replayed commit ") {
				return name + ": " + step.Detail
			}
			return ""
		})
	}
	c.idle(standby, "0.1s")
	await(t, 10*time.Second, func() string {
		r := limited.Check(t.Context())
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		step := hosts(r)
		if step.OK || step.Code != "standby_lagging" || !strings.Contains(step.Detail, "s ago, 0 bytes behind the primary") {
			return step.Detail
		}
		return ""
	})
}
