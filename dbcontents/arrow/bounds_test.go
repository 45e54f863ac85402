package arrow_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/arrow"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A batch is bounded by what is in it, and not by what was on the wire: the number 1e131071 has 10 bytes there and 131,072
// here, and an empty text in an array 4 bytes in both.
func TestBatchBytes(t *testing.T) { // not parallel: TestManyRows measures the heap
	store, _ := open(t, `CREATE VIEW numbers AS SELECT '1e131071'::numeric AS v FROM generate_series(1, 60); CREATE VIEW lists AS SELECT ARRAY['1e131071', NULL, '1e131071']::numeric[] AS v FROM generate_series(1, 30);
		CREATE VIEW empties AS SELECT array_fill(''::text, ARRAY[10000]) AS v FROM generate_series(1, 100); CREATE VIEW nulls AS SELECT array_fill(NULL::uuid, ARRAY[10000]) AS v FROM generate_series(1, 30)`)
	for table, want := range map[string]struct {
		rows    int64
		atLeast int
	}{"numbers": {60, 7}, "lists": {30, 7}, "empties": {100, 3}, "nulls": {30, 4}} {
		var b bytes.Buffer
		if _, err := write(t, store, dbcontents.Query{Table: table}, &b); err != nil {
			t.Fatal(table, err)
		}
		reader, err := ipc.NewReader(&b)
		if err != nil {
			t.Fatal(table, err)
		}
		batches, rows := 0, int64(0)
		for reader.Next() {
			batches++
			rows += reader.RecordBatch().NumRows()
		}
		reader.Release()
		if err := reader.Err(); err != nil || rows != want.rows || batches < want.atLeast {
			t.Errorf("%s: %d rows in %d batches, %v", table, rows, batches, err)
		}
	}
}

// A row that is small on the wire does not take all memory.
func TestRowTooLarge(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE wide (id int PRIMARY KEY, list numeric[], a numeric, b numeric, t text, y bytea);
		INSERT INTO wide VALUES (1, array_fill('1e131071'::numeric, ARRAY[20000]), 0, 0, '', ''), (2, '{}', '1e131071', '1e131071', '', ''), (3, '{}', 0, 0, repeat('t', 300000), ''),
		(4, '{}', 0, 0, '', decode(repeat('00', 300000), 'hex')), (5, '{1,NULL}', '1e131071', 0, 't', '\x00')`)
	pool, err := pgxpool.New(t.Context(), db.DSN) // whose owner has set no limit
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := dbcontents.Open(dbcontents.Config{Pool: pool, AllTables: true, MaxRowBytes: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for id, column := range map[int]string{1: "list", 2: "b", 3: "t", 4: "y", 5: ""} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var b bytes.Buffer
		_, err := write(t, store, dbcontents.Query{Table: "wide", Where: dbcontents.Where("id", dbcontents.OpEq, id)}, &b)
		runtime.ReadMemStats(&after)
		if column == "" {
			if err != nil {
				t.Errorf("%d: %v", id, err)
			}
			continue
		}
		var e *dbcontents.Error
		if !errors.Is(err, dbcontents.ErrTooLarge) || !errors.As(err, &e) || e.Code != "row_too_large" || !strings.Contains(err.Error(), `column "`+column+`"`) || e.Hint == "" || b.Len() > 0 {
			t.Errorf("%d: %v, %d bytes", id, err, b.Len())
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 512<<20 { // with what other tests took meanwhile; 20,000 numbers have 2.6 GB
			t.Errorf("%d: %d MiB were allocated", id, n>>20)
		}
	}
}

// Rows of which something was read would be a stream of the rest, which looks whole.
func TestRowsBegun(t *testing.T) {
	t.Parallel()
	store, _ := open(t, `CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 5)`)
	for _, tt := range []struct {
		name   string
		before func(*dbcontents.Rows)
		want   error
	}{
		{"closed", func(r *dbcontents.Rows) { r.Close() }, dbcontents.ErrClosed},
		{"after Next", func(r *dbcontents.Rows) { r.Next() }, dbcontents.ErrInvalid},
		{"read to their end", func(r *dbcontents.Rows) {
			for r.Next() {
			}
		}, dbcontents.ErrClosed},
		{"written", func(r *dbcontents.Rows) { arrow.WriteTo(r, io.Discard) }, dbcontents.ErrClosed},
	} {
		rows, err := store.Query(t.Context(), dbcontents.Query{Table: "a", Format: dbcontents.Wire})
		if err != nil {
			t.Fatal(err)
		}
		tt.before(rows)
		var b bytes.Buffer
		if n, err := arrow.WriteTo(rows, &b); !errors.Is(err, tt.want) || n != 0 || b.Len() != 0 {
			t.Errorf("%s: %d bytes, %v", tt.name, n, err)
		}
	}
	if _, err := arrow.WriteTo(nil, io.Discard); !errors.Is(err, dbcontents.ErrClosed) {
		t.Errorf("no rows: %v", err)
	}
	if n := store.Stats().AcquiredConns; n != 0 {
		t.Errorf("%d connections are held", n)
	}
}
