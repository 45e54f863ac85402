package dbcontents_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// divided has tables of every kind whose rows are divided, with about 120 blocks each.
const divided = `
CREATE TABLE plain (id int PRIMARY KEY, v text, n int);
INSERT INTO plain SELECT i, repeat('x', 100) || '"' || i, nullif(i % 10, 3) FROM generate_series(1, 6000) i;
DELETE FROM plain WHERE id BETWEEN 2000 AND 3500;
CREATE TABLE parted (id int NOT NULL, v text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (9000);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (9000) TO (20000) PARTITION BY LIST (id);
CREATE TABLE parted_4 PARTITION OF parted_3 DEFAULT;
INSERT INTO parted SELECT i, repeat('y', 100) FROM generate_series(1, 10000) i;
CREATE TABLE parent (id int, v text);
CREATE TABLE child (extra int) INHERITS (parent);
INSERT INTO parent SELECT i, repeat('p', 100) FROM generate_series(1, 3000) i;
INSERT INTO child SELECT i, repeat('c', 100), i FROM generate_series(3001, 9000) i;
CREATE MATERIALIZED VIEW material AS SELECT * FROM plain;
CREATE VIEW viewed AS SELECT * FROM plain;
CREATE TABLE empty (id int PRIMARY KEY, v text);
CREATE TABLE nothing (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE "or""d" (id bigint PRIMARY KEY);
INSERT INTO "or""d" VALUES (-9223372036854775808), (-5), (0), (9223372036854775807);`

// exported is what an export writes.
func exported(t *testing.T, store *dbcontents.Store, x dbcontents.Export) (string, dbcontents.Exported) {
	t.Helper()
	var b bytes.Buffer
	x.Writer = &b
	done, err := store.Export(t.Context(), x)
	if err != nil {
		t.Fatalf("%s: %v", x.Query.Table, err)
	}
	if done.Bytes != int64(b.Len()) || done.Finished != done.Ranges {
		t.Errorf("%s: %+v of %d bytes", x.Query.Table, done, b.Len())
	}
	return b.String(), done
}

// noneHeld waits until no connection is in use; one that was closed is counted until the pool has seen to it.
func noneHeld(t *testing.T, store *dbcontents.Store) {
	t.Helper()
	eventually(t, "no connection is held", func() bool { return store.Stats().AcquiredConns == 0 })
}

// sortedLines are the lines of a text, sorted, without what separates elements.
func sortedLines(text string) []string {
	lines := strings.Split(strings.Trim(text, "[]\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], ",")
	}
	slices.Sort(lines)
	return lines
}

// An export gives what one read gives, in every format, of every kind of table.
func TestExport(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, divided)
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 4)
		for _, table := range []string{"plain", "parted", "parent", "material", "empty", "nothing", "viewed"} {
			for _, format := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV, dbcontents.Text} {
				q := dbcontents.Query{Table: table, Format: format}
				want := write(t, store, q)
				for _, ordered := range []bool{false, true} {
					x := dbcontents.Export{Query: q, Parallel: 3, Ordered: ordered}
					got, done := exported(t, store, x)
					if ordered && table == "plain" && got != want || !slices.Equal(sortedLines(got), sortedLines(want)) {
						t.Errorf("%s as %s, ordered %t: %d bytes, want %d", table, format, ordered, len(got), len(want))
					}
					if format == dbcontents.JSON && !json.Valid([]byte(got)) {
						t.Errorf("%s: not JSON", table)
					}
					many := table == "plain" || table == "parted" || table == "parent" || table == "material"
					if many != (done.Ranges > 3) || (table == "viewed") != (done.Undivided != "") {
						t.Errorf("%s: %+v", table, done)
					}
				}
			}
		}
		if s := store.Stats(); s.AcquiredConns != 0 || s.Errors != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// With an order, the rows come in it.
func TestExportInOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, divided)
	store := openOn(t, dbcontents.Config{ConnString: db.Unpooled(db.DSN), AllTables: true, PoolSize: 4}) // pgpool-II does not escape the quotation mark in a name
	by := func(column string) dbcontents.Order { return dbcontents.Order{Column: column} }
	for reason, tt := range map[string]struct {
		query  dbcontents.Query
		ranges int // -1 if they are more than connections
	}{
		"by the key":                {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{by("id")}}, 4},
		"backwards":                 {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{{Column: "id", Desc: true}}}, 4},
		"a view":                    {dbcontents.Query{Table: "viewed", Order: []dbcontents.Order{by("id")}}, 4},
		"nulls, and a second key":   {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{by("n"), by("id")}}, 4},
		"nulls first":               {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{{Column: "n", Desc: true}, by("id")}}, 4},
		"nulls where it says":       {dbcontents.Query{Table: "viewed", Order: []dbcontents.Order{{Column: "n", Desc: true, Nulls: dbcontents.NullsLast}, by("id")}}, 4},
		"with a filter":             {dbcontents.Query{Table: "plain", Where: dbcontents.Where("n", dbcontents.OpGt, 5), Order: []dbcontents.Order{by("id")}}, 4},
		"partitions":                {dbcontents.Query{Table: "parted", Order: []dbcontents.Order{by("id")}}, 4},
		"the whole range of bigint": {dbcontents.Query{Table: `or"d`, Order: []dbcontents.Order{by("id")}}, 4},
		"no rows":                   {dbcontents.Query{Table: "empty", Order: []dbcontents.Order{by("id")}}, 1},
		"by text":                   {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{by("v")}}, 1},
		"a limit":                   {dbcontents.Query{Table: "plain", Order: []dbcontents.Order{by("id")}, Limit: 7, Offset: 3}, 1},
	} {
		tt.query.Format = dbcontents.JSON
		want := write(t, store, tt.query)
		got, done := exported(t, store, dbcontents.Export{Query: tt.query, Parallel: 3})
		if got != want || done.Ranges != tt.ranges {
			t.Errorf("%s: %+v, %d bytes, want %d", reason, done, len(got), len(want))
		}
	}
}

// What cannot be divided is read by one connection, and the reason is told.
func TestExportUndivided(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, divided, "CREATE FUNCTION someof() RETURNS SETOF plain STABLE LANGUAGE sql AS 'SELECT * FROM plain'")
	config := dbcontents.Config{ConnString: db.DSN, PoolSize: 4, AllTables: true, Functions: []string{"someof"}, Aggregates: true}
	store := openOn(t, config)
	config.MaxRows = 10
	capped := openOn(t, config)
	count := []dbcontents.Field{{Aggregate: dbcontents.AggregateCount}}
	for says, tt := range map[string]struct {
		store *dbcontents.Store
		query dbcontents.Query
	}{
		"a function":      {store, dbcontents.Query{Function: "someof"}},
		"a limit":         {store, dbcontents.Query{Table: "plain", Limit: 5}},
		"aggregates":      {store, dbcontents.Query{Table: "plain", Select: count}},
		"a view":          {store, dbcontents.Query{Table: "viewed"}},
		"the rows are":    {store, dbcontents.Query{Table: "plain", Order: []dbcontents.Order{{Column: "v"}}}},
		"Config.MaxRows ": {capped, dbcontents.Query{Table: "plain"}},
	} {
		tt.query.Format = dbcontents.NDJSON
		want := write(t, tt.store, tt.query)
		got, done := exported(t, tt.store, dbcontents.Export{Query: tt.query, Parallel: 2})
		if got != want || done.Ranges != 1 || !strings.HasPrefix(done.Undivided, says) || done.Truncated != (tt.store == capped) {
			t.Errorf("%s: %+v, %d bytes, want %d", says, done, len(got), len(want))
		}
	}
}

// What is wrong is refused before there is a connection: here there is no database.
func TestExportRefused(t *testing.T) {
	t.Parallel()
	store := openOn(t, dbcontents.Config{ConnString: "host=127.0.0.1 port=1", PoolSize: 4})
	q := dbcontents.Query{Format: dbcontents.CSV}
	part := func(dbcontents.Range, func(io.Writer) error) error { return nil }
	all := func(dbcontents.Range) bool { return true }
	for says, x := range map[string]dbcontents.Export{
		"set Writer or Part":  {Query: q},
		"and not both":        {Query: q, Writer: io.Discard, Part: part},
		"Format is empty":     {Writer: io.Discard},
		"Parallel is neg":     {Query: q, Writer: io.Discard, Parallel: -1},
		"takes 5 connections": {Query: q, Writer: io.Discard, Parallel: 4},
		"Pages, After":        {Query: dbcontents.Query{Format: dbcontents.CSV, Pages: true}, Writer: io.Discard},
		"Skip is for Part":    {Query: q, Writer: io.Discard, Skip: all, Mixed: true},
		"a later state":       {Query: q, Part: part, Skip: all},
	} {
		_, err := store.Export(t.Context(), x)
		var e *dbcontents.Error
		if !errors.As(err, &e) || !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(e.Detail, says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "x", Format: dbcontents.CSV}, Writer: io.Discard}); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Errorf("a table that is not exposed: %v", err)
	}
	if s := store.Stats(); s.Connects != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := new(dbcontents.Store).Export(t.Context(), dbcontents.Export{}); !errors.Is(err, dbcontents.ErrClosed) {
		t.Errorf("a zero Store: %v", err)
	}
}

// collector keeps what Part gets of each range.
type collector struct {
	mu    sync.Mutex
	parts map[dbcontents.Range]string
	calls map[dbcontents.Range]int
}

func newCollector() *collector {
	return &collector{parts: map[dbcontents.Range]string{}, calls: map[dbcontents.Range]int{}}
}

func (c *collector) part(r dbcontents.Range, write func(io.Writer) error) error {
	c.mu.Lock()
	c.calls[r]++
	c.mu.Unlock()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts[r] = b.String()
	return nil
}

// all are the rows of all parts, sorted.
func (c *collector) all() (lines []string) {
	for _, text := range c.parts {
		lines = append(lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	slices.Sort(lines)
	return lines
}

// Every range is a document of its own, and one of an earlier export can be left out.
func TestExportParts(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	q := dbcontents.Query{Table: "plain", Format: dbcontents.NDJSON}
	want := sortedLines(write(t, store, q))
	for _, parallel := range []int{1, 3} {
		c := newCollector()
		var last dbcontents.Exported
		done, err := store.Export(t.Context(), dbcontents.Export{Query: q, Part: c.part, Parallel: parallel, Progress: func(x dbcontents.Exported) { last = x }})
		if err != nil || len(c.parts) != done.Ranges || !slices.Equal(c.all(), want) || last != done || done.Rows != int64(len(want)) {
			t.Errorf("%d connections: %+v, then %+v, %d parts, %v", parallel, last, done, len(c.parts), err)
		}
		again := newCollector()
		var skipped int
		done, err = store.Export(t.Context(), dbcontents.Export{Query: q, Part: again.part, Parallel: parallel, Mixed: true, Skip: func(r dbcontents.Range) bool {
			_, ok := c.parts[r]
			ok = ok && r.From != "16"
			if ok {
				skipped++
			}
			return ok
		}})
		if err != nil || len(again.parts) != 1 || done.Finished != done.Ranges || skipped != done.Ranges-1 {
			t.Errorf("skipping: %+v, %d parts, %d skipped, %v", done, len(again.parts), skipped, err)
		}
	}
	q.Format = dbcontents.CSV
	c := newCollector()
	if _, err := store.Export(t.Context(), dbcontents.Export{Query: q, Part: c.part, Parallel: 2}); err != nil {
		t.Fatal(err)
	}
	for r, text := range c.parts {
		if !strings.HasPrefix(text, "id,v,n\r\n") {
			t.Errorf("%v begins with %.20q", r, text)
		}
	}
	q.Order = []dbcontents.Order{{Column: "id"}}
	_, err := store.Export(t.Context(), dbcontents.Export{Query: q, Part: c.part, Parallel: 2, Mixed: true, Skip: func(dbcontents.Range) bool { return false }})
	if !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(err.Error(), "divided by blocks") {
		t.Errorf("skipping values: %v", err)
	}
}

// A failure in one range ends all, says where it was, and leaves nothing held.
func TestExportFailures(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided, "UPDATE plain SET v = 'not a number' WHERE id = 5500")
	q := dbcontents.Query{Table: "plain", Format: dbcontents.JSON}
	broken := q
	broken.Select = []dbcontents.Field{{Column: "id"}, {Column: "v", Cast: "int"}}
	broken.Where = dbcontents.Where("id", dbcontents.OpEq, 5500)
	mine := errors.New("no space left")
	var b bytes.Buffer
	for name, tt := range map[string]struct {
		export dbcontents.Export
		code   string
		is     error
		says   string
	}{
		"a value":       {dbcontents.Export{Query: broken, Writer: &b}, "value_refused", dbcontents.ErrInvalid, "export public.plain: blocks from "},
		"a writer":      {dbcontents.Export{Query: q, Writer: writerFunc(func([]byte) (int, error) { return 0, mine })}, "writer_failed", mine, "blocks from "},
		"a part":        {dbcontents.Export{Query: q, Part: func(_ dbcontents.Range, w func(io.Writer) error) error { w(io.Discard); return mine }}, "writer_failed", mine, "blocks from "},
		"a lazy part":   {dbcontents.Export{Query: q, Part: func(dbcontents.Range, func(io.Writer) error) error { return nil }}, "query_invalid", dbcontents.ErrInvalid, "without a call of write"},
		"a double part": {dbcontents.Export{Query: q, Part: func(_ dbcontents.Range, w func(io.Writer) error) error { w(io.Discard); return w(io.Discard) }}, "writer_failed", dbcontents.ErrInvalid, "second time"},
		"a silent part": {dbcontents.Export{Query: q, Part: func(_ dbcontents.Range, w func(io.Writer) error) error {
			w(writerFunc(func([]byte) (int, error) { return 0, mine }))
			return nil
		}}, "writer_failed", mine, "no space left"},
		"an ordered writer": {dbcontents.Export{Query: q, Ordered: true, Writer: writerFunc(func([]byte) (int, error) { return 0, mine })}, "writer_failed", mine, "blocks from 0 to "},
	} {
		tt.export.Parallel = 3
		done, err := store.Export(t.Context(), tt.export)
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != tt.code || !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if done.Finished == done.Ranges {
			t.Errorf("%s: %+v looks complete", name, done)
		}
		noneHeld(t, store)
	}
	if json.Valid(b.Bytes()) && b.Len() > 0 {
		t.Errorf("what was written looks whole: %s", b.Bytes())
	}
	eventually(t, "nothing runs", func() bool { return busySessions(t, db.Reader()) == 0 })
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A panic of a Part is that of the caller of Export, and gives the connections back.
func TestExportPanics(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	for _, parallel := range []int{1, 3} {
		func() {
			defer func() {
				if r := recover(); r != "mine" {
					t.Errorf("recovered %v", r)
				}
			}()
			store.Export(t.Context(), dbcontents.Export{
				Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Parallel: parallel,
				Part: func(dbcontents.Range, func(io.Writer) error) error { panic("mine") },
			})
		}()
		noneHeld(t, store)
	}
}

// A Part that ends its goroutine has not written its range.
func TestExportEndedGoroutine(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	_, err := store.Export(t.Context(), dbcontents.Export{
		Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Parallel: 3,
		Part: func(dbcontents.Range, func(io.Writer) error) error { runtime.Goexit(); return nil },
	})
	if !errors.Is(err, dbcontents.ErrInterrupted) {
		t.Error(err)
	}
	noneHeld(t, store)
}

// The limit on a read is one on the whole export.
func TestExportTakesTooLong(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4, QueryTimeout: 500 * time.Millisecond, FirstRowTimeout: 400 * time.Millisecond}, divided)
	for _, ordered := range []bool{false, true} {
		_, err := store.Export(t.Context(), dbcontents.Export{
			Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Parallel: 3, Ordered: ordered,
			Writer: writerFunc(func(b []byte) (int, error) { time.Sleep(200 * time.Millisecond); return len(b), nil }),
		})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "query_timeout" || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ordered %t: %v", ordered, err)
		}
	}
}

// The end of the context ends all queries at the server.
func TestExportCanceled(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	db.Exec("INSERT INTO plain SELECT i, repeat('x', 1000) FROM generate_series(10000, 60000) i")
	for _, ordered := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		blocks := 0
		var err error
		returned := make(chan bool)
		go func() {
			defer close(returned)
			_, err = store.Export(ctx, dbcontents.Export{
				Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Parallel: 3, Ordered: ordered,
				Writer: writerFunc(func(b []byte) (int, error) {
					if blocks++; blocks == 5 {
						cancel()
						<-ctx.Done()
					}
					return len(b), nil
				}),
			})
		}()
		<-returned
		var e *dbcontents.Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.Code != "canceled" {
			t.Errorf("ordered %t: %v", ordered, err)
		}
		noneHeld(t, store)
		eventually(t, "nothing runs", func() bool { return busySessions(t, db.Reader()) == 0 })
	}
}

// Nobody empties a table, or a partition of it, while it is exported. A standby can keep nobody from it, and
// ends the export instead.
func TestExportLocksTheTable(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	conn := db.Conn()
	standby := ask[bool](t, db.Reader(), "SELECT pg_is_in_recovery()")
	for table, emptied := range map[string]string{"plain": "plain", "parted": "parted_2"} {
		first := true
		done, err := store.Export(t.Context(), dbcontents.Export{
			Query: dbcontents.Query{Table: table, Format: dbcontents.CSV}, Parallel: 3,
			Writer: writerFunc(func(b []byte) (int, error) {
				if first {
					first = false
					var e *pgconn.PgError
					_, err := conn.Exec(t.Context(), "SET lock_timeout = '50ms'; TRUNCATE "+emptied)
					if errors.As(err, &e); standby && err != nil || !standby && (e == nil || e.Code != "55P03") {
						t.Errorf("%s: TRUNCATE: %v", table, err)
					}
				}
				return len(b), nil
			}),
		})
		if standby {
			inTheWay(t, table, err)
		} else if err != nil || done.Rows == 0 {
			t.Errorf("%s: %+v, %v", table, done, err)
		}
		if _, err := conn.Exec(t.Context(), "TRUNCATE "+emptied); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// A range whose connection dies is read again in the same state.
func TestExportRetriesARange(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided,
		"INSERT INTO plain SELECT i, repeat('x', 1000) FROM generate_series(10000, 90000) i") // in each range more than loopback holds
	q := dbcontents.Query{Table: "plain", Format: dbcontents.NDJSON}
	want := sortedLines(write(t, store, q))
	c := newCollector()
	conn, reader := db.Conn(), db.Reader()
	killed := false
	done, err := store.Export(t.Context(), dbcontents.Export{Query: q, Parallel: 2, Part: func(r dbcontents.Range, write func(io.Writer) error) error {
		if c.mu.Lock(); !killed {
			killed = true
			// The rows that the export has begun to read in are gone, and others are there.
			_, err := conn.Exec(t.Context(), "DELETE FROM plain")
			if err == nil {
				_, err = reader.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%ctid%'`)
			}
			if err != nil {
				t.Error(err)
			}
		}
		c.mu.Unlock()
		return c.part(r, write)
	}})
	calls := 0
	for _, n := range c.calls {
		calls += n
	}
	if err != nil || !slices.Equal(c.all(), want) || done.Rows != int64(len(want)) {
		t.Errorf("%+v, %d rows, want %d, %v", done, len(c.all()), len(want), err)
	}
	// The way into a container, and the two ways of a pooler, may hold a whole range.
	if short := os.Getenv("DBCONTENTS_TEST_POSTGRES") == "local" && !db.Pooled(); short && calls == done.Ranges {
		t.Errorf("none of %d ranges was read a second time", done.Ranges)
	}
}

// Rows of related tables come along with those of each range.
func TestExportWithRelatedRows(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided,
		"CREATE TABLE marks (id int PRIMARY KEY, plain_id int REFERENCES plain); INSERT INTO marks SELECT i, i % 1000 + 1 FROM generate_series(1, 3000) i; CREATE INDEX ON marks (plain_id)")
	marks := dbcontents.Embed("marks", dbcontents.Columns("id")...)
	marks.Embed.Where = dbcontents.Where("id", dbcontents.OpGt, 5)
	marks.Embed.Order = []dbcontents.Order{{Column: "id"}}
	marks.Embed.Limit = 2
	q := dbcontents.Query{
		Table: "plain", Select: append(dbcontents.Columns("id", "v"), marks), Format: dbcontents.JSON,
		Where: dbcontents.Where("id", dbcontents.OpLt, 5000),
	}
	want := write(t, store, q)
	got, done := exported(t, store, dbcontents.Export{Query: q, Parallel: 3})
	if !slices.Equal(sortedLines(got), sortedLines(want)) || done.Ranges < 4 {
		t.Errorf("%+v, %d bytes, want %d", done, len(got), len(want))
	}
	q.Order = []dbcontents.Order{{Column: "id", Desc: true}}
	want = write(t, store, q)
	if got, _ := exported(t, store, dbcontents.Export{Query: q, Parallel: 3}); got != want {
		t.Errorf("in order: %d bytes, want %d", len(got), len(want))
	}
}
