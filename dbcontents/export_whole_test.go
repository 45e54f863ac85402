package dbcontents_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What was written is not called whole if the connection is lost that kept the table from being emptied.
func TestExportWithoutItsLock(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	var both sync.WaitGroup
	both.Add(2)
	emptied := sync.OnceFunc(func() {
		var killed int
		err := db.Reader().QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM (
			SELECT DISTINCT pid FROM pg_locks WHERE relation = 'parted_2'::regclass AND mode = 'AccessShareLock') l`).Scan(&killed)
		if err != nil || killed != 1 {
			t.Errorf("%d connections held a lock, %v", killed, err)
		}
		db.Exec("TRUNCATE parted_2")
	})
	var calls atomic.Int32
	done, err := store.Export(t.Context(), dbcontents.Export{
		Query: dbcontents.Query{Table: "parted", Format: dbcontents.CSV}, Parallel: 2,
		Part: func(_ dbcontents.Range, write func(io.Writer) error) error {
			err := write(io.Discard)
			if calls.Add(1) <= 2 {
				both.Done()
				both.Wait()
				emptied()
			}
			return err
		},
	})
	if !errors.Is(err, dbcontents.ErrInterrupted) && !errors.Is(err, dbcontents.ErrUnavailable) {
		t.Errorf("%+v, %v", done, err)
	}
	noneHeld(t, store)
}

// Rows without a value are there although the catalog says that there are none.
func TestExportOfNullsThatCannotBe(t *testing.T) {
	t.Parallel()
	// Before PostgreSQL 18 what inherits might do without; since then a constraint need not have been tried.
	begin, end := "CREATE TABLE parent (id int NOT NULL, v text); CREATE TABLE child () INHERITS (parent); ALTER TABLE child ALTER id DROP NOT NULL; INSERT INTO child VALUES ", ""
	if pgtest.ServerVersion(t) >= 180000 {
		begin, end = "CREATE TABLE parent (id int, v text); INSERT INTO parent VALUES ", "; ALTER TABLE parent ADD CONSTRAINT there NOT NULL id NOT VALID"
	}
	for reason, rows := range map[string]string{"several values": "(NULL, 'x'), (1, 'y'), (9, 'z')", "one value": "(NULL, 'x'), (1, 'y')", "only nulls": "(NULL, 'x')"} {
		store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, begin+rows+end)
		for _, desc := range []bool{false, true} {
			q := dbcontents.Query{Table: "parent", Order: []dbcontents.Order{{Column: "id", Desc: desc}}, Format: dbcontents.CSV}
			want := write(t, store, q)
			if got, done := exported(t, store, dbcontents.Export{Query: q, Parallel: 2}); got != want {
				t.Errorf("%s, descending %t: %+v, %q, want %q", reason, desc, done, got, want)
			}
		}
	}
}

// All values of bigint are one range for one connection, whose width is no number of 64 bits.
func TestExportOfAllValuesByOneConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, divided)
	store := openOn(t, dbcontents.Config{ConnString: db.Unpooled(db.DSN), AllTables: true}) // pgpool-II does not escape the quotation mark in the name
	q := dbcontents.Query{Table: `or"d`, Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.NDJSON}
	want := sortedLines(write(t, store, q))
	c := newCollector()
	if done, err := store.Export(t.Context(), dbcontents.Export{Query: q, Part: c.part}); err != nil || !slices.Equal(c.all(), want) {
		t.Errorf("%+v, %q, %v", done, c.all(), err)
	}
}

// Each read of a range that Config.Trace is told of ends once, also if it has no rows or fails.
func TestExportTraces(t *testing.T) {
	t.Parallel()
	for reason, tt := range map[string]struct {
		where  dbcontents.Filter
		code   string
		traced func(n, ranges int) bool
	}{
		"no rows":   {dbcontents.Where("v", dbcontents.OpEq, "none"), "", func(n, ranges int) bool { return n == ranges }},
		"all rows":  {dbcontents.Filter{}, "", func(n, ranges int) bool { return n == ranges }},
		"a failure": {dbcontents.Where("v", dbcontents.OpMatch, "("), "value_refused", func(n, _ int) bool { return n > 0 }},
	} {
		var ops operations
		store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4, Trace: ops.trace}, divided)
		done, err := store.Export(t.Context(), dbcontents.Export{
			Query: dbcontents.Query{Table: "parted", Where: tt.where, Format: dbcontents.CSV}, Parallel: 3, Writer: io.Discard,
		})
		var e *dbcontents.Error
		if errors.As(err, &e); (err != nil) != (tt.code != "") || e != nil && e.Code != tt.code {
			t.Errorf("%s: %v", reason, err)
		}
		reads := ops.take("read")
		if !tt.traced(len(reads), done.Ranges) {
			t.Errorf("%s: %d reads are traced, %+v", reason, len(reads), done)
		}
		for _, read := range reads {
			if len(read.Ends) != 1 {
				t.Errorf("%s: %d ends", reason, len(read.Ends))
			}
		}
	}
}

// What is gone when the table is locked, but belongs to the state that was taken before, is missed.
func TestExportOfWhatChangesBeforeTheLock(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, divided)
	db.Exec("CREATE TABLE base (id int); INSERT INTO base VALUES (1); CREATE VIEW based AS SELECT * FROM base; CREATE VIEW narrow AS SELECT * FROM ONLY parent; CREATE VIEW over AS SELECT id FROM parent; CREATE TABLE second () INHERITS (parent); INSERT INTO second VALUES (9001); CREATE TABLE third () INHERITS (parent); INSERT INTO third VALUES (9002); CREATE TABLE fourth () INHERITS (parent); INSERT INTO fourth VALUES (9003); CREATE TABLE below () INHERITS (child); INSERT INTO below VALUES (9004)")
	db.Exec("CREATE TABLE marks (id int PRIMARY KEY, plain_id int REFERENCES plain); INSERT INTO marks VALUES (1, 1)")
	// What other tests read on a standby may hold up the end of a change there, for its max_standby_streaming_delay each time.
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, AllTables: true, PoolSize: 4, LockTimeout: time.Minute})
	conn, reader := db.Conn(), db.Reader()
	for _, tt := range []struct {
		table, change string
		whole         bool
	}{
		{"plain", "LOCK TABLE plain; INSERT INTO plain VALUES (7000)", true},
		{"plain", "ALTER TABLE plain ADD m int", true},
		{"narrow", "LOCK TABLE narrow", true},
		{"nothing", "CREATE TABLE nothing_1 PARTITION OF nothing DEFAULT", true},
		{"plain", "TRUNCATE marks", false},
		{"plain", "TRUNCATE plain, marks", false},
		{"based", "TRUNCATE base", false},
		{"parted", "TRUNCATE parted_2", false},
		{"parted", "DROP TABLE parted_1", false},
		{"parted", "ALTER TABLE parted_3 DETACH PARTITION parted_4; LOCK TABLE parted", false},
		{"parent", "SAVEPOINT a; ALTER TABLE second NO INHERIT parent; ROLLBACK TO a", true},
		{"parent", "ALTER TABLE second NO INHERIT parent", false},
		{"parent", "SAVEPOINT a; ALTER TABLE third NO INHERIT parent; RELEASE a", false},
		{"over", "ALTER TABLE below NO INHERIT child", false},
		{"parent", "DROP TABLE fourth; LOCK TABLE parent", false},
	} {
		var want int64
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+tt.table).Scan(&want)
		if err == nil {
			_, err = conn.Exec(t.Context(), "BEGIN; LOCK TABLE "+tt.table+"; "+tt.change)
		}
		if err != nil {
			t.Fatal(err)
		}
		q := dbcontents.Query{Table: tt.table, Format: dbcontents.NDJSON}
		if tt.table == "plain" {
			q.Select = append(dbcontents.Columns("id"), dbcontents.Embed("marks", dbcontents.Columns("id")...))
		}
		db.Settle()
		var done dbcontents.Exported
		var failed error
		over := make(chan bool)
		go func() {
			defer close(over)
			done, failed = store.Export(t.Context(), dbcontents.Export{Query: q, Writer: io.Discard})
		}()
		eventually(t, "the export waits", func() (waits bool) {
			reader.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))").Scan(&waits)
			return waits
		})
		if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
			t.Fatal(err)
		}
		<-over
		var e *dbcontents.Error
		if errors.As(failed, &e); tt.whole && (failed != nil || done.Rows != want) || !tt.whole && (e == nil || e.Code != "plan_changed") {
			t.Errorf("%s: %+v of %d rows, %v", tt.change, done, want, failed)
		}
	}
}

// A table that becomes a part of the one that is exported, meanwhile, would be there in later ranges only.
func TestExportWhileATableIsAttached(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		table, change string
		whole         bool
	}{
		{"parted", "ALTER TABLE parted ATTACH PARTITION aside FOR VALUES FROM (30000) TO (40000)", false},
		{"parent", "ALTER TABLE aside INHERIT parent", false},
		{"parted", "CREATE TABLE fresh (id int NOT NULL, v text); INSERT INTO fresh VALUES (30001); ALTER TABLE parted ATTACH PARTITION fresh FOR VALUES FROM (30000) TO (40000)", true},
		{"parted", "CREATE INDEX ON parted (id); ANALYZE parted", true},
	} {
		for _, parallel := range []int{1, 2} {
			store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided,
				"CREATE TABLE aside (id int NOT NULL, v text); INSERT INTO aside SELECT i, repeat('a', 100) FROM generate_series(30000, 39999) i")
			change := sync.OnceFunc(func() { db.Exec(tt.change) })
			done, err := store.Export(t.Context(), dbcontents.Export{
				Query: dbcontents.Query{Table: tt.table, Format: dbcontents.CSV}, Parallel: parallel,
				Part: func(_ dbcontents.Range, write func(io.Writer) error) error {
					defer change()
					return write(io.Discard)
				},
			})
			var e *dbcontents.Error
			if errors.As(err, &e); tt.whole && err != nil || !tt.whole && (e == nil || e.Code != "plan_changed") {
				t.Errorf("%s, %d connections: %+v, %v", tt.change, parallel, done, err)
			}
		}
	}
}

// The state that all connections see is no later than the position of the connection that holds it.
func TestExportBeforeThePosition(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	conn, reader := db.Conn(), db.Reader()
	for early := false; !early; {
		var least string
		if err := conn.QueryRow(t.Context(), "SELECT (pg_current_wal_insert_lsn() + 32 * 1024 * 1024)::text").Scan(&least); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE plain"); err != nil {
			t.Fatal(err)
		}
		db.Settle()
		exported := make(chan error)
		go func() {
			_, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV, MinLSN: least}, Parallel: 2, Writer: io.Discard})
			exported <- err
		}()
		eventually(t, "the export waits", func() (waits bool) {
			reader.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'plain'::regclass)").Scan(&waits)
			return waits
		})
		// Other tests write to this server as well. If they have come that far, it is done again.
		if err := conn.QueryRow(t.Context(), "SELECT pg_current_wal_insert_lsn() < $1::pg_lsn", least).Scan(&early); err != nil {
			t.Fatal(err)
		}
		for range 3 { // segments of 16 MiB
			db.Exec("SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()")
		}
		if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
			t.Fatal(err)
		}
		err := <-exported
		var e *dbcontents.Error
		if early && (!errors.As(err, &e) || e.Code != "standby_behind") {
			t.Errorf("got %v", err)
		}
	}
}

// A state of another server is not taken for the one that is shared because it has the same id.
func TestExportOfTwoServersWithOneID(t *testing.T) {
	t.Parallel()
	c := replicate(t, 0)
	other, err := pgtest.Private(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Stop() })
	c.exec(c.primary, divided)
	c.exec(other, divided)
	conn, err := pgx.Connect(t.Context(), other.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var id string
	if _, err := conn.Exec(t.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), "SELECT pg_export_snapshot()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	// Not by c.exec, as a goroutine of the pool must not end the test.
	rename := sync.OnceValue(func() error {
		holder, err := pgx.Connect(context.Background(), c.primary.DSN("postgres"))
		if err != nil {
			return err
		}
		defer holder.Close(context.Background())
		var same string
		if err := holder.QueryRow(context.Background(), "SELECT pg_ls_dir('pg_snapshots')").Scan(&same); err != nil || same == id {
			return err
		}
		_, err = conn.Exec(context.Background(), "COPY (SELECT 1) TO PROGRAM 'mv pg_snapshots/"+id+" pg_snapshots/"+same+"'")
		return err
	})
	elsewhere := conn.Config()
	var n atomic.Int32
	store := openOn(t, dbcontents.Config{AllTables: true, Pool: borrowWith(t, c.primary.DSN("postgres"), func(config *pgxpool.Config) {
		config.MaxConns = 4
		config.BeforeConnect = func(_ context.Context, config *pgx.ConnConfig) error {
			if n.Add(1) > 1 {
				if err := rename(); err != nil {
					return err
				}
				config.Host, config.Port, config.Password = elsewhere.Host, elsewhere.Port, elsewhere.Password
			}
			return nil
		}
	})})
	done, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Writer: io.Discard, Parallel: 2})
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.Code != "snapshot_not_shared" || !strings.Contains(e.Detail, "same name") {
		t.Errorf("%+v, %v", done, err)
	}
	noneHeld(t, store)
}

// A foreign table is not divided, as each connection would see a state of its own there.
func TestExportOfForeignTables(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, `CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
		CREATE FOREIGN TABLE outside (id int) SERVER files OPTIONS (program 'seq 1 50'); CREATE VIEW seen AS SELECT * FROM outside;
		CREATE TABLE parted (id int) PARTITION BY RANGE (id); CREATE TABLE parted_1 PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (100);
		CREATE FOREIGN TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1) TO (51) SERVER files OPTIONS (program 'seq 1 50')`)
	for _, table := range []string{"outside", "seen", "parted"} {
		q := dbcontents.Query{Table: table, Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.CSV}
		want := write(t, store, q)
		got, done := exported(t, store, dbcontents.Export{Query: q, Parallel: 3})
		if got != want || done.Ranges != 1 || !strings.Contains(done.Undivided, "foreign") {
			t.Errorf("%s: %+v, %d bytes, want %d", table, done, len(got), len(want))
		}
	}
}
