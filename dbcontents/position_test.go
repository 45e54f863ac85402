package dbcontents_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const insertLSN = "SELECT pg_current_wal_insert_lsn()::text"

// rowsAt reads test_table, and tells how many rows there are and where they were read.
func rowsAt(ctx context.Context, store interface {
	Query(context.Context, dbcontents.Query) (*dbcontents.Rows, error)
}, q dbcontents.Query,
) (n int64, lsn string, err error) {
	rows, err := store.Query(ctx, q)
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Count(), rows.LSN(), rows.Err()
}

// isBehind tells the error of a read whose server was behind.
func isBehind(err error) bool {
	var e *dbcontents.Error
	return errors.As(err, &e) && e.Code == "standby_behind" && errors.Is(err, dbcontents.ErrBusy) && e.HTTPStatus() == 503
}

// A primary has every position that it has given, and says so at once of one that it has not.
func TestPositionsOfAPrimary(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
		role := db.Role("", "GRANT SELECT ON test_table TO ROLE", "alter role ROLE SET default_transaction_isolation TO 'repeatable read'")
		for _, dsn := range []string{db.DSN, role, role + "&default_query_exec_mode=exec"} {
			// A standby waits for positions that it does not have.
			store := kind.open(t, dbcontents.Config{Tables: []string{"test_table"}}, db.Direct(dsn), 2)
			for _, q := range []dbcontents.Query{{}, {Count: dbcontents.CountExact}, {Count: dbcontents.CountPlanned}, {Select: dbcontents.Columns("id"), Format: dbcontents.JSON}} {
				if _, lsn, err := rowsAt(t.Context(), store, q); err != nil || lsn != "" {
					t.Errorf("nothing asked for: at %q, %v", lsn, err)
				}
				q.MinLSN = ask[string](t, db.Conn(), insertLSN)
				n, lsn, err := rowsAt(t.Context(), store, q)
				if err != nil || n != 1 || lsn == "" {
					t.Errorf("%+v: %d rows at %q, %v", q, n, lsn, err)
				}
				began := time.Now()
				q.MinLSN = "FFFFFFFF/FFFFFFFF"
				if _, _, err = rowsAt(t.Context(), store, q); !isBehind(err) || time.Since(began) > 2*time.Second {
					t.Errorf("%+v: %v after %v", q, err, time.Since(began))
				}
				acquired := store.Stats().Reads
				for _, wrong := range []string{"0", "0/", "/0", "0/g", "0/3000148 ", "0/0/0", "a/b", "123456789/0", "0/'; SELECT", "\n0/0", "0/0\n"} {
					q.MinLSN = wrong
					if _, _, err := rowsAt(t.Context(), store, q); !errors.Is(err, dbcontents.ErrInvalid) {
						t.Errorf("%q: %v", wrong, err)
					}
				}
				if store.Stats().Reads != acquired {
					t.Error("a read was begun with a position that is none")
				}
			}
			if s := store.Stats(); s.AcquiredConns != 0 {
				t.Errorf("%d connections were kept", s.AcquiredConns)
			}
		}
	})
}

// A snapshot has one position, and refuses later ones at once.
func TestPositionsInASnapshot(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	store := openOn(t, dbcontents.Config{ConnString: db.DSN})
	before := ask[string](t, db.Conn(), insertLSN)
	db.Settle()
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	db.Exec("INSERT INTO test_table VALUES (2)")
	after := ask[string](t, db.Conn(), insertLSN)
	if _, _, err := rowsAt(t.Context(), snapshot, dbcontents.Query{MinLSN: after}); !isBehind(err) {
		t.Errorf("a row that came after the snapshot: %v", err)
	}
	for _, count := range []dbcontents.Count{"", dbcontents.CountExact} {
		n, lsn, err := rowsAt(t.Context(), snapshot, dbcontents.Query{MinLSN: before, Count: count})
		if err != nil || n != 1 || lsn == "" {
			t.Errorf("%d rows at %q, %v", n, lsn, err)
		}
	}
	if n, lsn, err := rowsAt(t.Context(), snapshot, dbcontents.Query{}); err != nil || n != 1 || lsn != "" {
		t.Errorf("%d rows at %q, %v", n, lsn, err)
	}
}

// A standby that is behind is waited for, as long as there is time, and its connections are free meanwhile.
func TestAStandbyThatIsBehindIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), PoolSize: 1, AcquireTimeout: 2 * time.Second})
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	for _, q := range []dbcontents.Query{{}, {Count: dbcontents.CountExact}} {
		c.exec(standby, "SELECT pg_wal_replay_pause()")
		q.MinLSN = c.exec(c.primary, "INSERT INTO test_table VALUES (2); "+insertLSN)
		began := time.Now()
		if _, _, err := rowsAt(t.Context(), store, q); !isBehind(err) || time.Since(began) < time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		began = time.Now()
		if _, _, err := rowsAt(ctx, store, q); !isBehind(err) || time.Since(began) > 1500*time.Millisecond {
			t.Errorf("with a deadline: %v after %v", err, time.Since(began))
		}
		cancel()
		var free atomic.Int64
		go func() {
			for range 10 {
				if count(t.Context(), store) == nil { // through the only connection
					free.Add(1)
				}
				time.Sleep(20 * time.Millisecond)
			}
			c.exec(standby, "SELECT pg_wal_replay_resume()")
		}()
		n, lsn, err := rowsAt(t.Context(), store, q)
		if err != nil || n < 2 || lsn == "" {
			t.Errorf("%d rows at %q, %v", n, lsn, err)
		}
		if free.Load() != 10 {
			t.Errorf("%d of 10 reads found a connection meanwhile", free.Load())
		}
		c.exec(c.primary, "DELETE FROM test_table WHERE id = 2")
	}
	if s := store.Stats(); s.Conns != 1 || s.AcquiredConns != 0 {
		t.Errorf("%d connections, %d of them in use", s.Conns, s.AcquiredConns)
	}
}

// Where one standby stays behind, another one is read.
func TestAnotherStandbyIsRead(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	for _, size := range []int{1, 4} {
		store := openOn(t, dbcontents.Config{ConnString: c.dsn("load_balance_hosts=disable", c.standbys[0], c.standbys[1]), PoolSize: size, AcquireTimeout: 3 * time.Second})
		if err := count(t.Context(), store); err != nil || c.host(store, c.standbys[0]).Conns != 1 {
			t.Fatalf("%v, %+v", err, store.Stats().Hosts)
		}
		c.exec(c.standbys[0], "SELECT pg_wal_replay_pause()")
		least := c.exec(c.primary, "INSERT INTO test_table VALUES (2); "+insertLSN)
		for i := range 10 {
			began := time.Now()
			n, _, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: least})
			if err != nil || n != 2 {
				t.Fatalf("pool of %d, read %d: %d rows, %v after %v", size, i, n, err, time.Since(began))
			}
			if i == 0 {
				t.Logf("pool of %d: the first read took %v", size, time.Since(began))
			}
		}
		c.exec(c.standbys[0], "SELECT pg_wal_replay_resume()")
		c.exec(c.primary, "DELETE FROM test_table WHERE id = 2")
	}
}

// What the rows' position says is true: they have all that was committed before it.
func TestThePositionOfRowsIsTrue(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	c.exec(c.primary, "DELETE FROM test_table")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	positions := make(chan []uint64, 1)
	go func() {
		var all []uint64 // after each commit
		defer func() { positions <- all }()
		conn, err := pgx.Connect(t.Context(), c.primary.DSN("postgres"))
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		for ctx.Err() == nil {
			var lsn string
			if _, err := conn.Exec(t.Context(), "INSERT INTO test_table VALUES (1)"); err != nil {
				t.Error(err)
			}
			if err := conn.QueryRow(t.Context(), insertLSN).Scan(&lsn); err != nil {
				t.Error(err)
			}
			all = append(all, position(t, lsn))
		}
	}()
	type seen struct {
		rows int64
		at   uint64
	}
	var reads []seen
	for _, server := range []*pgtest.Server{c.standbys[0], c.primary} {
		store := openOn(t, dbcontents.Config{ConnString: c.dsn("default_transaction_isolation=repeatable%20read", server)})
		for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
			for _, count := range []dbcontents.Count{"", dbcontents.CountExact} {
				n, lsn, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: "0/0", Count: count})
				if err != nil {
					t.Fatal(err)
				}
				reads = append(reads, seen{n, position(t, lsn)})
			}
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n, lsn, err := rowsAt(t.Context(), snapshot, dbcontents.Query{MinLSN: "0/0"})
			snapshot.Release()
			if err != nil {
				t.Fatal(err)
			}
			reads = append(reads, seen{n, position(t, lsn)})
		}
	}
	stop()
	all := <-positions
	exact := 0
	for _, r := range reads {
		committed := int64(0)
		for _, at := range all {
			if at <= r.at {
				committed++
			}
		}
		if r.rows < committed {
			t.Fatalf("%d rows at %X, where %d were committed", r.rows, r.at, committed)
		}
		if r.rows <= committed+2 {
			exact++
		}
	}
	t.Logf("%d reads during %d commits, %d of them with at most two rows more", len(reads), len(all), exact)
}

// position is a position as a number.
func position(t *testing.T, text string) uint64 {
	t.Helper()
	for i := range text {
		if text[i] == '/' {
			high, err := strconv.ParseUint(text[:i], 16, 32)
			low, failed := strconv.ParseUint(text[i+1:], 16, 32)
			if err != nil || failed != nil {
				t.Errorf("%q: %v", text, errors.Join(err, failed))
			}
			return high<<32 | low
		}
	}
	t.Errorf("%q is no position", text)
	return 0
}

// Without the right to ask for the position the read says so.
func TestAPositionThatMayNotBeAskedFor(t *testing.T) {
	t.Parallel()
	c := replicate(t, 0)
	c.exec(c.primary, "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn FROM PUBLIC; CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON test_table TO reader")
	u := "postgres://reader:reader@" + c.address(c.primary) + "/postgres?sslmode=disable"
	store := openOn(t, dbcontents.Config{ConnString: u})
	for _, count := range []dbcontents.Count{"", dbcontents.CountExact} {
		_, _, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: "0/0", Count: count})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "lsn_unknown" {
			t.Errorf("%v", err)
		}
	}
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	if n, _, err := rowsAt(t.Context(), snapshot, dbcontents.Query{}); n != 1 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Not all who need a position that no server has may wait for it.
func TestFewWaitLongForAPosition(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", c.standbys[0]), PoolSize: 4, AcquireTimeout: 8 * time.Second})
	if err := count(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	var long, all atomic.Int64
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			began := time.Now()
			_, _, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: "FFFFFFFF/0"})
			if !isBehind(err) {
				t.Error(err)
			}
			all.Add(1)
			if time.Since(began) > 7*time.Second {
				long.Add(1)
			}
		})
	}
	readers.Wait()
	if long.Load() > 2 || all.Load() != 8 {
		t.Errorf("%d of %d have waited long", long.Load(), all.Load())
	}
}

// While one host hangs, those who wait for a position that no server has do not keep the connections to
// the other one from those who need none.
func TestWaitingForAPositionKeepsNoConnections(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	for _, warm := range []int{4, 20} { // the pool has room, or is full
		first, second := faultproxy.New(t, db.DSN), faultproxy.New(t, db.DSN)
		u, err := url.Parse(first.DSN(db.DSN))
		if err != nil {
			t.Fatal(err)
		}
		u.Host += "," + second.Addr()
		store := openOn(t, dbcontents.Config{ConnString: u.String() + "&load_balance_hosts=disable", PoolSize: 20, AcquireTimeout: 3 * time.Second})
		first.Refuse(true)
		if err := count(t.Context(), store); err != nil { // at the second
			t.Fatal(err)
		}
		first.Refuse(false)
		time.Sleep(300 * time.Millisecond) // the first rests
		spread(t, store, warm)
		second.Hang(true)
		second.Reset()
		var strangers sync.WaitGroup
		ctx, stop := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		for range 10 {
			strangers.Go(func() {
				for ctx.Err() == nil {
					rowsAt(ctx, store, dbcontents.Query{MinLSN: "FFFFFFFF/0"})
				}
			})
		}
		slow, all, before := 0, 0, second.Connections()
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			rows, err := store.Query(t.Context(), dbcontents.Query{})
			if err != nil {
				t.Fatal(err)
			}
			all++
			if rows.Waited() > 50*time.Millisecond {
				slow++
			}
			rows.Close()
		}
		strangers.Wait()
		stop()
		tried := second.Connections() - before
		t.Logf("%d connections: %d of %d reads have waited for one for more than 50 ms; %d attempts", warm, slow, all, tried)
		if slow > 1+all/4 || tried > 1 { // a busy machine is slow now and then
			t.Errorf("%d of %d reads have waited for a connection for more than 50 ms; %d attempts to connect to the host that hangs", slow, all, tried)
		}
	}
}
