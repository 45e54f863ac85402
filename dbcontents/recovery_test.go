package dbcontents_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const twoTables = "CREATE TABLE a AS SELECT 1 AS id; CREATE TABLE b AS SELECT 2 AS id"

// away is a Store on a database behind a proxy.
func away(t *testing.T, kind poolKind, config dbcontents.Config) (*dbcontents.Store, *faultproxy.Proxy) {
	t.Helper()
	db := pgtest.New(t, twoTables)
	proxy := faultproxy.New(t, db.DSN)
	config.Tables = []string{"a", "b"}
	return kind.open(t, config, proxy.DSN(db.DSN), 4), proxy
}

func readTable(ctx context.Context, store *dbcontents.Store, table string) error {
	rows, err := store.Query(ctx, dbcontents.Query{Table: table})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}

// failure is err as the one error type, with a time for the next try.
func failure(t *testing.T, err error) *dbcontents.Error {
	t.Helper()
	var e *dbcontents.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an Error: %v", err)
	}
	if e.RetryAfter <= 0 || e.RetryAfter > 5*time.Second {
		t.Errorf("RetryAfter = %v of %v", e.RetryAfter, err)
	}
	return e
}

// While every attempt to connect fails, a crowd of readers makes a handful of
// attempts, and the return of the database is noticed soon.
func TestOutage(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		store, proxy := away(t, kind, dbcontents.Config{})
		for _, table := range []string{"a", "b"} {
			if err := readTable(t.Context(), store, table); err != nil {
				t.Fatal(err)
			}
		}
		proxy.CutAfter(0) // connections are accepted and lost
		before, accepted := store.Stats(), proxy.Connections()
		var readers sync.WaitGroup
		var reads atomic.Int64
		const outage = 4 * time.Second
		end := time.Now().Add(outage)
		for i := range 8 {
			readers.Go(func() {
				for time.Now().Before(end) {
					err := readTable(t.Context(), store, string(rune('a'+i%2)))
					if !errors.Is(err, dbcontents.ErrUnavailable) && !errors.Is(err, dbcontents.ErrInterrupted) {
						t.Errorf("read during the outage: %v", err)
					}
					reads.Add(1)
					time.Sleep(time.Millisecond)
				}
			})
		}
		readers.Wait()
		after := store.Stats()
		attempts := after.Connects - before.Connects
		t.Logf("%d reads, %d attempts to connect, %+v", reads.Load(), attempts, after)
		// Eight who have not heard of it, then 0.25 s, 0.5 s, 1 s and 2 s less a quarter.
		if attempts < 3 || attempts > 8+7 || reads.Load() < 20*attempts {
			t.Errorf("%d attempts to connect in %v, %d reads", attempts, outage, reads.Load())
		}
		// After a startup that fails pgx makes one more connection, to cancel it.
		if n := int64(proxy.Connections() - accepted); n < attempts || n > 2*attempts+2 || after.FailedConnects == before.FailedConnects {
			t.Errorf("Stats count %d attempts, the proxy %d connections; %+v", attempts, n, after)
		}
		if !after.Down || after.FailedFast < reads.Load()/2 {
			t.Errorf("during the outage: %+v", after)
		}

		proxy.CutAfter(-1)
		back := time.Now()
		for readTable(t.Context(), store, "a") != nil {
			time.Sleep(5 * time.Millisecond)
		}
		noticed := time.Since(back)
		t.Logf("the return was noticed after %v", noticed)
		if noticed > 4*time.Second { // 2 s and what a busy machine takes
			t.Errorf("the return was noticed after %v", noticed)
		}
		if err := readTable(t.Context(), store, "b"); err != nil || store.Stats().Down {
			t.Errorf("after the return: %v, %+v", err, store.Stats())
		}
	})
}

// A probe that hangs is the only one: everybody else is answered at once, also
// who asks for a table that nobody knows yet.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		store, proxy := away(t, kind, dbcontents.Config{AcquireTimeout: 3 * time.Second})
		proxy.Hang(true)
		e := failure(t, readTable(t.Context(), store, "a"))
		// Which of two limits, both of 3 s, ends it decides how much is known.
		if e.Code != "connect_timeout" && e.Code != "server_silent" {
			t.Fatalf("the first read: %s: %v", e.Code, e)
		}
		time.Sleep(e.RetryAfter)
		attempted := proxy.Connections()
		ctx, leave := context.WithCancel(t.Context())
		probe := make(chan error, 1)
		go func() { probe <- readTable(ctx, store, "a") }()
		eventually(t, "the probe connects", func() bool { return proxy.Connections() > attempted })
		for range 20 {
			for _, table := range []string{"a", "b"} {
				if again := failure(t, readTable(t.Context(), store, table)); again.Code != e.Code {
					t.Errorf("during the probe: %v", again)
				}
			}
			if err := store.Ping(t.Context()); !errors.Is(err, dbcontents.ErrUnavailable) {
				t.Errorf("ping during the probe: %v", err)
			}
		}
		select {
		case err := <-probe:
			t.Errorf("the probe was over before the others: %v", err)
		default:
		}
		// Whoever comes after a probe that left does not try at once either.
		left := time.Now()
		leave()
		if err := <-probe; !errors.Is(err, context.Canceled) {
			t.Errorf("the probe: %v", err)
		}
		next, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := readTable(next, store, "b")
		if n := proxy.Connections() - attempted; n != 1 && time.Since(left) < 150*time.Millisecond {
			t.Errorf("%d attempts to connect, want 1; %v", n, err)
		}
		proxy.Hang(false)
		eventually(t, "both tables can be read", func() bool {
			return readTable(t.Context(), store, "a") == nil && readTable(t.Context(), store, "b") == nil
		})
	})
}

// That no new connection can be had is no reason to refuse reads for which
// there is one.
func TestGoodConnectionsServe(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		store, proxy := away(t, kind, dbcontents.Config{})
		if err := readTable(t.Context(), store, "a"); err != nil {
			t.Fatal(err)
		}
		proxy.Refuse(true)
		snapshot, err := store.Snapshot(t.Context()) // has the only connection
		if err != nil {
			t.Fatal(err)
		}
		defer func() { snapshot.Release() }()
		e := failure(t, readTable(t.Context(), store, "a"))
		if e.Code != "connection_refused" && e.Code != "loopback_in_container" {
			t.Errorf("code %s", e.Code)
		}
		if again := failure(t, readTable(t.Context(), store, "b")); again.Code != e.Code || store.Stats().FailedFast == 0 {
			t.Errorf("the second read: %v, %+v", again, store.Stats())
		}
		snapshot.Release()
		for range 50 {
			if err := readTable(t.Context(), store, "a"); err != nil {
				t.Fatalf("with an idle connection: %v", err)
			}
		}
		proxy.Refuse(false)
		if snapshot, err = store.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a second connection can be had", func() bool { return readTable(t.Context(), store, "b") == nil })
	})
}

// A cause that people must mend is tried less often, and named all the time.
func TestMissingDatabaseIsTriedSlowly(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, twoTables)
		proxy := faultproxy.New(t, db.Unpooled(db.DSN)) // a pooler looks for databases by itself, and costs an attempt when it is noticed
		store := kind.open(t, dbcontents.Config{Tables: []string{"a"}}, proxy.DSN(strings.Replace(db.DSN, "/"+db.Name, "/nowhere", 1)), 2)
		for range 3 {
			e := failure(t, readTable(t.Context(), store, "a"))
			if e.Code != "database_missing" || e.RetryAfter < 2*time.Second {
				t.Errorf("%v, again in %v", e, e.RetryAfter)
			}
		}
		if n := proxy.Connections(); n != 1 {
			t.Errorf("%d attempts to connect, want 1", n)
		}
	})
}
