package dbcontents_test

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What was written is not called whole if the connection is lost that kept the table from being emptied.
func TestExportWithoutItsLock(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true, PoolSize: 4}, divided)
	var both sync.WaitGroup
	both.Add(2)
	emptied := sync.OnceFunc(func() {
		var killed int
		err := db.Conn().QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM (
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
	for reason, rows := range map[string]string{"several values": "(NULL, 'x'), (1, 'y'), (9, 'z')", "one value": "(NULL, 'x'), (1, 'y')", "only nulls": "(NULL, 'x')"} {
		store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4},
			"CREATE TABLE parent (id int NOT NULL, v text); CREATE TABLE child () INHERITS (parent); ALTER TABLE child ALTER id DROP NOT NULL; INSERT INTO child VALUES "+rows)
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
	store, _ := open(t, dbcontents.Config{AllTables: true}, divided)
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
