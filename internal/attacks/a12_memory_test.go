package attacks

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// heap is what the process holds when its garbage is gone.
func heap() int64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// backend is the memory of the server process behind the only connection of pool.
func backend(t *testing.T, pool *pgxpool.Pool) (n int64) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), "SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wideColumns are the columns of the widest table that there can be.
func wideColumns() (names []string) {
	for i := range 1600 {
		names = append(names, "column_"+strconv.Itoa(i))
	}
	return names
}

// Not in parallel: others would be measured too.
func TestAttack12_ShapesOfAWideTable(t *testing.T) {
	alone(t, 12)
	names := wideColumns()
	db := pgtest.New(t, "CREATE TABLE test_table ("+strings.Join(names, " int, ")+" int)")
	pool := onePool(t, db.DSN, nil)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}}, httpapi.Options{})
	if err := r.tryRead(t.Context()); err != nil {
		t.Fatal(err)
	}
	heapBefore, backendBefore := heap(), backend(t, pool)
	const shapes = 120
	for i := range shapes {
		rest := slices.Delete(slices.Clone(names), i, i+1)
		rows, err := r.store.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns(rest...), Format: dbcontents.JSON, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	grown, grownBackend := heap()-heapBefore, backend(t, pool)-backendBefore
	t.Logf("%d shapes of %d columns: %d MiB here, %d MiB in the backend, %+v", shapes, len(names), grown>>20, grownBackend>>20, r.store.Stats())
	if grown > 48<<20 {
		t.Errorf("the process has grown by %d MiB", grown>>20)
	}
	if grownBackend > 12<<20 {
		t.Errorf("the backend has grown by %d MiB", grownBackend>>20)
	}
}

func TestAttack12_ShapesOfManyTables(t *testing.T) {
	alone(t, 12)
	var sql strings.Builder
	const tables, shapes = 120, 64
	for i := range tables {
		fmt.Fprintf(&sql, "CREATE TABLE t%d (id int, %s int);", i, strings.Join(wideColumns()[:40], " int, "))
	}
	sql.WriteString("CREATE TABLE test_table (id int)")
	db := pgtest.New(t, sql.String())
	pool := onePool(t, db.DSN, nil)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}, AllTables: true}, httpapi.Options{})
	heapBefore, backendBefore := heap(), backend(t, pool)
	for i := range tables {
		for j := range shapes {
			name := "t" + strconv.Itoa(i)
			rows, err := r.store.Query(t.Context(), dbcontents.Query{
				Table: name, Format: dbcontents.JSON, Order: []dbcontents.Order{{Column: "column_" + strconv.Itoa(j%40), Desc: j >= 40}},
			})
			if err != nil {
				t.Fatal(err)
			}
			rows.Close()
		}
	}
	grown, grownBackend := heap()-heapBefore, backend(t, pool)-backendBefore
	t.Logf("%d shapes of %d tables: %d MiB here, %d MiB in the backend, %+v", shapes, tables, grown>>20, grownBackend>>20, r.store.Stats())
	if grown > 48<<20 {
		t.Errorf("the process has grown by %d MiB", grown>>20)
	}
	if grownBackend > 24<<20 { // the catalog of so many tables is most of it
		t.Errorf("the backend has grown by %d MiB", grownBackend>>20)
	}
}

// What is read again and again keeps its statement, however many others come and go.
func TestAttack12_WhatIsUsedStays(t *testing.T) {
	begin(t, 12)
	names := wideColumns()[:200]
	db := pgtest.New(t, "CREATE TABLE test_table ("+strings.Join(names, " int, ")+" int)")
	pool := onePool(t, db.DSN, nil)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}}, httpapi.Options{})
	prepared := func() (at string) {
		t.Helper()
		err := pool.QueryRow(t.Context(), "SELECT coalesce(min(prepare_time)::text, 'none') FROM pg_prepared_statements WHERE statement LIKE 'SELECT \"test%ORDER BY%'").Scan(&at)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	var before string
	for i := range 150 {
		for _, path := range []string{"?order=column_1", "?select=" + strings.Join(slices.Delete(slices.Clone(names), i, i+1), ",")} {
			if answer := r.get("/dbcontents" + path); answer.StatusCode != 200 {
				t.Fatalf("%s %s", answer.Status, answer.body)
			}
		}
		if i == 0 {
			before = prepared()
		}
	}
	if after := prepared(); after != before || before == "none" {
		t.Errorf("the statement was prepared at %s, and again at %s", before, after)
	}
	s := r.store.Stats()
	if s.Statements < 10 || s.Statements > 100 || s.StatementBytes > 8<<20 || s.Plans < 150 || s.PlanBytes > 32<<20 || s.Tables != 1 || s.TableBytes == 0 {
		t.Errorf("remembered are %+v", s)
	}
	pool.Reset()
	for end := time.Now().Add(wait); r.store.Stats().Statements != 0 || r.store.Stats().StatementBytes != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("statements of connections that are closed count: %+v", r.store.Stats())
		}
	}
}
