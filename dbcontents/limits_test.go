package dbcontents_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// diagnosed fails unless err is of the sentinel, if there is one, and the code.
func diagnosed(t *testing.T, reason string, err, sentinel error, code string) {
	t.Helper()
	var e *dbcontents.Error
	if !errors.As(err, &e) || sentinel != nil && !errors.Is(err, sentinel) || e.Code != code {
		t.Errorf("%s: %v, want %v with code %s", reason, err, sentinel, code)
	}
}

// within fails unless f takes about as long as the limit that ends it. The
// bound above is for busy machines.
func within(t *testing.T, reason string, limit time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took < limit || took > limit+4*time.Second {
		t.Errorf("%s: it took %v, the limit is %v", reason, took, limit)
	}
}

func TestLockTimeout(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, seed)
		const limit = 300 * time.Millisecond
		store := kind.open(t, dbcontents.Config{LockTimeout: limit}, db.DSN, 1)
		locker := db.Conn()
		for range 2 {
			tx, err := locker.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), "LOCK TABLE test_table IN ACCESS EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
			db.Settle()
			within(t, "a locked table", limit, func() {
				diagnosed(t, "a locked table", readOne(t.Context(), store, ""), dbcontents.ErrBusy, "table_locked")
			})
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			db.Settle()
			if err := readOne(t.Context(), store, ""); err != nil {
				t.Errorf("after the lock: %v", err)
			}
		}
		if s := store.Stats(); s.Conns != 1 || s.Retries != 0 {
			t.Errorf("a locked table is no reason to reconnect or retry: %+v", s)
		}
	})
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		const limit = time.Second
		// PostgreSQL sends its rows when they fill 8 KiB, however slow they are.
		db := pgtest.New(t, sized, `CREATE VIEW slow AS SELECT pg_sleep(60)::text AS v;
			CREATE VIEW slows AS SELECT i, pg_sleep(0.1)::text, repeat('x', 9000) FROM generate_series(1, 1000) AS i`)
		config := dbcontents.Config{Tables: []string{"many", "slow", "slows"}}

		config.FirstRowTimeout = limit
		store := kind.open(t, config, db.DSN, 1)
		within(t, "no first row", limit, func() {
			diagnosed(t, "no first row", readOne(t.Context(), store, "slow"), dbcontents.ErrTimeout, "first_row_timeout")
		})
		late := lateContext{t.Context(), time.Now().Add(limit / 2)}
		diagnosed(t, "no first row, and a deadline passed before", readOne(late, store, "slow"), context.DeadlineExceeded, "deadline_exceeded")
		rows := query(t, store, dbcontents.Query{Table: "slows", Limit: 15})
		skip(t, rows, 15)
		if rows.Next() || rows.Err() != nil {
			t.Errorf("the limit on the first row has ended a whole read: %v", rows.Err())
		}

		config.FirstRowTimeout, config.QueryTimeout = 0, limit
		store = kind.open(t, config, db.DSN, 1)
		within(t, "slow rows", limit, func() {
			diagnosed(t, "slow rows", readOne(t.Context(), store, "slows"), dbcontents.ErrTimeout, "query_timeout")
		})
		within(t, "no first row within the time of a whole read", limit, func() {
			diagnosed(t, "no first row within the time of a whole read", readOne(t.Context(), store, "slow"), dbcontents.ErrTimeout, "query_timeout")
		})
		within(t, "a slow reader", limit, func() {
			rows := query(t, store, dbcontents.Query{Table: "many"})
			for rows.Next() {
				time.Sleep(time.Millisecond)
			}
			diagnosed(t, "a slow reader", rows.Err(), dbcontents.ErrTimeout, "query_timeout")
		})
		eventually(t, "no connection is held", func() bool { return store.Stats().AcquiredConns == 0 })
	})
}

// A read may take longer than the statement_timeout that is set for the role.
func TestTimeoutOfTheRole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE VIEW slow AS SELECT pg_sleep(1.5)::text AS slept")
	eachPool(t, db.Role("", "GRANT SELECT ON slow TO ROLE", "ALTER role ROLE SET statement_timeout = '1s'"),
		func(t *testing.T, store *dbcontents.Store) {
			if got := write(t, store, dbcontents.Query{Table: "slow", Format: dbcontents.JSON}); got != `[{"slept":""}]`+"\n" {
				t.Errorf("got %q", got)
			}
		})
}

func TestBusyPool(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		const limit = 300 * time.Millisecond
		db := pgtest.New(t, seed)
		store := kind.open(t, dbcontents.Config{AcquireTimeout: limit}, db.DSN, 1)
		eventually(t, "the connection is made, which may take longer", func() bool { return store.Ping(t.Context()) == nil })
		rows := query(t, store, dbcontents.Query{})
		for _, tt := range []struct {
			reason string
			try    func() error
		}{
			{"a read", func() error { return readOne(t.Context(), store, "") }},
			{"a snapshot", func() error { return readInSnapshot(t.Context(), store, "") }},
			{"a ping", func() error { return store.Ping(t.Context()) }},
			{"a list", func() error { _, err := store.Tables(t.Context()); return err }},
		} {
			within(t, tt.reason, limit, func() {
				err := tt.try()
				diagnosed(t, tt.reason, err, dbcontents.ErrBusy, "pool_busy")
				if errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: our own limit looks like the caller's: %v", tt.reason, err)
				}
			})
		}
		within(t, "a check does not wait", 0, func() {
			diagnosed(t, "a check", store.Check(t.Context()).Err(), dbcontents.ErrBusy, "pool_busy")
		})
		ctx, cancel := context.WithTimeout(t.Context(), limit/3)
		defer cancel()
		diagnosed(t, "the caller's own deadline", readOne(ctx, store, ""), context.DeadlineExceeded, "deadline_exceeded")
		late := lateContext{t.Context(), time.Now().Add(limit / 3)}
		diagnosed(t, "the caller's own deadline, known to its context after our limit", readOne(late, store, ""), context.DeadlineExceeded, "deadline_exceeded")
		rows.Close()
		if err := readOne(t.Context(), store, ""); err != nil {
			t.Error(err)
		}
	})
}

// A lateContext has a deadline that no timer has told it of, as is the case for a
// moment after a pause of the whole process.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }

func TestMaxRows(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized)
		for _, tt := range []struct {
			reason        string
			max           int64
			limit, offset int64
			rows          int
			truncated     bool
		}{
			{"no limit at all", 0, 0, 0, fewRows, false},
			{"fewer than allowed", 8, 0, 0, fewRows, false},
			{"as many as allowed", 7, 0, 0, fewRows, false},
			{"more than allowed", 6, 0, 0, 6, true},
			{"one of many", 1, 0, 0, 1, true},
			{"less asked for than allowed", 6, 5, 0, 5, false},
			{"as many asked for as allowed", 6, 6, 0, 6, false},
			{"more asked for than allowed", 6, 7, 0, 6, true},
			{"more asked for than there are", 7, 100, 0, fewRows, false},
			{"the rest fits", 5, 0, 2, 5, false},
			{"the rest does not fit", 4, 0, 2, 4, true},
			{"none asked for", 4, -1, 0, 0, false},
			{"behind the end", 4, 0, 100, 0, false},
			{"the greatest limit", 1<<63 - 1, 0, 0, fewRows, false},
		} {
			store := kind.open(t, dbcontents.Config{Tables: []string{"few"}, MaxRows: tt.max}, db.DSN, 1)
			q := dbcontents.Query{Limit: tt.limit, Offset: tt.offset, Select: dbcontents.Columns("id")}
			rows := query(t, store, q)
			if all, err := dbcontents.Collect[int](rows); err != nil || len(all) != tt.rows || rows.Truncated() != tt.truncated {
				t.Errorf("%s: %v, %v, truncated %v", tt.reason, all, err, rows.Truncated())
			}
			q.Format = dbcontents.Text
			var b bytes.Buffer
			rows = query(t, store, q)
			if _, err := rows.WriteTo(&b); err != nil || b.Len() != 2*tt.rows || rows.Truncated() != tt.truncated {
				t.Errorf("%s: %q, %v, truncated %v", tt.reason, b.String(), err, rows.Truncated())
			}
			if s := store.Stats(); s.Canceled != 0 {
				t.Errorf("%s: a cancel request for nothing: %+v", tt.reason, s)
			}
		}
	})
}

// One value does not take all memory. A borrowed pool has a limit of its owner's or none.
func TestMaxRowBytes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS id, repeat('x', CASE i WHEN 3 THEN 3000000 ELSE 1000 END) AS v FROM generate_series(1, 5) AS i")
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, PoolSize: 1, MaxRowBytes: 1 << 20})
	rows := query(t, store, dbcontents.Query{})
	for rows.Next() {
	}
	diagnosed(t, "a large row in the middle", rows.Err(), dbcontents.ErrTooLarge, "row_too_large")
	if rows.Count() != 2 {
		t.Errorf("%d rows before the large one", rows.Count())
	}
	_, err := store.Query(t.Context(), dbcontents.Query{Offset: 2})
	diagnosed(t, "a large row as the first", err, dbcontents.ErrTooLarge, "row_too_large")
	if all := collect[int](t, store, "", "id"); len(all) != 5 {
		t.Errorf("without the large column: %v", all)
	}
	observer := db.Reader()
	nothingHeld(t, store, func() int { return busySessions(t, observer) })
}

func TestStats(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, sized, "CREATE VIEW fails AS SELECT 1 / (i - 3) AS v FROM generate_series(1, 5) AS i; CREATE VIEW fails_first AS SELECT 1 / i AS v FROM generate_series(0, 1) AS i")
		store := kind.open(t, dbcontents.Config{Tables: []string{"few", "many", "fails", "fails_first"}}, db.DSN, 2)
		readOne(t.Context(), store, "few")
		query(t, store, dbcontents.Query{Table: "many"}).Close()
		diagnosed(t, "a failure in the middle", readOne(t.Context(), store, "fails"), nil, "value_failed")
		for range 3 {
			diagnosed(t, "a failure before the first row", readOne(t.Context(), store, "fails_first"), nil, "value_failed")
		}
		readOne(t.Context(), store, "wrong")
		q := dbcontents.Query{Table: "few", Format: dbcontents.CSV}
		_, err := query(t, store, q).WriteTo(&failing{})
		diagnosed(t, "a writer that fails", err, dbcontents.ErrInterrupted, "writer_failed")
		if !errors.Is(err, errWriter) {
			t.Error(err)
		}
		s := store.Stats()
		s.Conns, s.IdleConns, s.Connects = 0, 0, 0                                            // one or two
		refuses := kind.name == "owned" && os.Getenv("DBCONTENTS_TEST_POOLER") == "pgbouncer" // settings, and so nothing is kept
		if s.Tables != 4 || s.Plans < 3 || s.TableBytes == 0 || s.PlanBytes == 0 || (s.Statements == 0) != refuses || (s.StatementBytes == 0) != refuses {
			t.Errorf("remembered are %+v", s)
		}
		if owned := len(s.Hosts) == 1 && s.Hosts[0].Role != "" && s.Hosts[0].State == "up" && s.Hosts[0].Failures == 0; !owned && len(s.Hosts) > 0 {
			t.Errorf("hosts are %+v", s.Hosts)
		}
		if s.Acquires < s.Reads || s.Waits < 1 || s.AcquireWait <= 0 {
			t.Errorf("%d connections taken in %d reads, waited for %d times, for %v", s.Acquires, s.Reads, s.Waits, s.AcquireWait)
		}
		s.Hosts, s.Acquires, s.Waits, s.AcquireWait = nil, 0, 0, 0
		s.Tables, s.Plans, s.Statements, s.TableBytes, s.PlanBytes, s.StatementBytes = 0, 0, 0, 0, 0, 0
		equal(t, dbcontents.Stats{Reads: 8, Rows: 16, Errors: 6, Canceled: 1, Lookups: 4, MaxConns: 2, Roles: 1}, s)
	})
}
