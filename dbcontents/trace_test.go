package dbcontents_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// An operation is one that Trace was told of, with all of its ends.
type operation struct {
	dbcontents.Operation
	Ends   []dbcontents.Outcome
	Inside string // the kind of the operation that needed it
}

// operations collects them.
type operations struct {
	mu  sync.Mutex
	all []*operation
}

type operationKey struct{}

func (o *operations) trace(ctx context.Context, op dbcontents.Operation) (context.Context, func(dbcontents.Outcome)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	one := &operation{Operation: op}
	if outer, ok := ctx.Value(operationKey{}).(*operation); ok {
		one.Inside = outer.Kind
	}
	o.all = append(o.all, one)
	return context.WithValue(ctx, operationKey{}, one), func(end dbcontents.Outcome) {
		o.mu.Lock()
		defer o.mu.Unlock()
		one.Ends = append(one.Ends, end)
	}
}

// take returns those of a kind so far, and forgets all.
func (o *operations) take(kind string) (list []operation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		if one.Kind == kind {
			list = append(list, *one)
		}
	}
	o.all = nil
	return list
}

const traced = sized + `CREATE TABLE test_table (id int PRIMARY KEY, doc jsonb); INSERT INTO test_table VALUES (1, '{"secret key": 1}'), (2, NULL);
	CREATE TABLE empty (id int);
	CREATE TABLE part (whole int REFERENCES test_table, note text); INSERT INTO part VALUES (1, 'a');
	CREATE VIEW breaks AS SELECT 1 / (200000 - i) AS id, repeat('x', 100) AS value FROM (SELECT generate_series(1, 200000) AS i) AS s;
	CREATE VIEW refuses AS SELECT 1 / (id - id) AS id FROM test_table;
	CREATE FUNCTION twice(v int) RETURNS SETOF int LANGUAGE sql STABLE AS $$ SELECT v UNION ALL SELECT v $$;`

// traceOf opens a Store on traced whose operations are collected.
func traceOf(t *testing.T, kind poolKind) (*dbcontents.Store, *operations) {
	t.Helper()
	db := pgtest.New(t, traced)
	seen := &operations{}
	config := dbcontents.Config{AllTables: true, Functions: []string{"twice"}, Tables: []string{"test_table"}, Trace: seen.trace, CloseTimeout: 100 * time.Millisecond}
	store, err := dbcontents.Open(kind.with(t, config, db.DSN, 2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store, seen
}

// A read is told of once at its begin and once at its end, however it ends.
func TestTraceEndsOnce(t *testing.T) {
	t.Parallel()
	toWriter := func(w io.Writer) func(*testing.T, context.Context, context.CancelFunc, *dbcontents.Rows, *dbcontents.Store) {
		return func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			rows.WriteTo(w)
		}
	}
	for _, tt := range []struct {
		reason string
		query  dbcontents.Query
		// end ends the read; nil is for one that fails in Query.
		end  func(t *testing.T, ctx context.Context, cancel context.CancelFunc, rows *dbcontents.Rows, store *dbcontents.Store)
		want dbcontents.Outcome
	}{
		{"complete", dbcontents.Query{Table: "few"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			for rows.Next() {
			}
			rows.Close()
			rows.Close()
		}, dbcontents.Outcome{Rows: fewRows, Bytes: 7 * 104}},
		{"no rows", dbcontents.Query{Table: "empty"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			rows.Close()
		}, dbcontents.Outcome{}},
		{"written", dbcontents.Query{Table: "few", Format: dbcontents.JSON}, toWriter(io.Discard), dbcontents.Outcome{Rows: fewRows}},
		{"closed at once", dbcontents.Query{Table: "many"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			rows.Close()
		}, dbcontents.Outcome{Early: true}},
		{"break", dbcontents.Query{Table: "many"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			for range rows.All() {
				break
			}
		}, dbcontents.Outcome{Early: true, Rows: 1}},
		{"a panic in the loop", dbcontents.Query{Table: "many"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			defer func() { recover() }()
			for range rows.All() {
				panic("in the loop")
			}
		}, dbcontents.Outcome{Early: true, Rows: 1}},
		{"an error before the first row", dbcontents.Query{Table: "refuses"}, nil, dbcontents.Outcome{Code: "value_failed", SQLState: "22012"}},
		{"an error after some rows", dbcontents.Query{Table: "breaks"}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			for rows.Next() {
			}
		}, dbcontents.Outcome{Code: "value_failed", SQLState: "22012", Rows: 199999}},
		{"the context ends", dbcontents.Query{Table: "many"}, func(_ *testing.T, _ context.Context, cancel context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			rows.Next()
			cancel()
			for rows.Next() {
			}
		}, dbcontents.Outcome{Code: "canceled", Rows: -1}},
		{"a writer that fails at once", dbcontents.Query{Table: "many", Format: dbcontents.CSV}, toWriter(&failing{}), dbcontents.Outcome{Code: "writer_failed", Rows: -1}},
		{"a writer that fails later", dbcontents.Query{Table: "many", Format: dbcontents.CSV}, toWriter(&failing{1 << 20}), dbcontents.Outcome{Code: "writer_failed", Rows: -1}},
		{"a writer that fails after the last row", dbcontents.Query{Table: "few", Format: dbcontents.CSV}, toWriter(&failing{}), dbcontents.Outcome{Rows: fewRows}},
		{"a writer that panics", dbcontents.Query{Table: "many", Format: dbcontents.CSV}, func(_ *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			defer func() { recover() }()
			rows.WriteTo(panicking{})
		}, dbcontents.Outcome{Early: true, Rows: -1}},
		{"not one row", dbcontents.Query{Table: "few", Format: dbcontents.JSON, Output: dbcontents.Output{Object: true}}, toWriter(io.Discard), dbcontents.Outcome{Rows: fewRows}},
		{"a type that does not fit", dbcontents.Query{Table: "many"}, func(t *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, _ *dbcontents.Store) {
			if _, err := dbcontents.Collect[struct{ ID bool }](rows); err == nil {
				t.Error("no error")
			}
		}, dbcontents.Outcome{Code: "query_invalid", Rows: -1}},
		{"the store is closed", dbcontents.Query{Table: "many"}, func(t *testing.T, _ context.Context, _ context.CancelFunc, rows *dbcontents.Rows, store *dbcontents.Store) {
			if err := store.Close(); err == nil {
				t.Error("Close has not noticed")
			}
			for rows.Next() {
			}
		}, dbcontents.Outcome{Code: "store_closed", Rows: -1}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				store, seen := traceOf(t, kind)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				start := time.Now()
				rows, err := store.Query(ctx, tt.query)
				if (err != nil) != (tt.end == nil) {
					t.Fatal(err)
				}
				if tt.end != nil {
					tt.end(t, ctx, cancel, rows, store)
				}
				reads := seen.take("read")
				if len(reads) != 1 || len(reads[0].Ends) != 1 {
					t.Fatalf("got %+v", reads)
				}
				got := reads[0].Ends[0]
				ignored := []string{"FirstRow", "Waited"}
				if tt.want.Bytes == 0 {
					ignored = append(ignored, "Bytes")
				}
				if tt.want.Rows < 0 {
					ignored = append(ignored, "Rows")
				}
				if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(dbcontents.Outcome{}, ignored...)); diff != "" {
					t.Error(diff)
				}
				if arrived := got.FirstRow.After(start); arrived != (tt.end != nil && tt.query.Table != "empty") || got.Bytes > 0 != arrived {
					t.Errorf("first row at %v, %d bytes", got.FirstRow, got.Bytes)
				}
			})
		})
	}
}

// panicking is a writer that panics.
type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("in the writer") }

// Names and SQL are those of the database, and nothing that a request has chosen is among them.
func TestTraceNames(t *testing.T) {
	t.Parallel()
	store, seen := traceOf(t, poolKinds[0])
	secret := "secret key"
	related := dbcontents.Embed("part", dbcontents.Columns("note")...)
	related.Alias = secret
	for _, tt := range []struct {
		reason string
		query  dbcontents.Query
		want   dbcontents.Operation
	}{
		{"the default table", dbcontents.Query{}, dbcontents.Operation{Schema: "public", Table: "test_table", SQL: `SELECT "test_table"."id", "test_table"."doc" FROM "public"."test_table"`}},
		{
			"a value and a key",
			dbcontents.Query{Table: "test_table", Where: atText("eq", secret, "doc", secret, 17), Limit: 5},
			dbcontents.Operation{Schema: "public", Table: "test_table"},
		},
		{
			"aliases",
			dbcontents.Query{Table: "test_table", Select: []dbcontents.Field{{Column: "id", Alias: secret}, related}},
			dbcontents.Operation{Schema: "public", Table: "test_table"},
		},
		{"a function", dbcontents.Query{Function: "twice", Args: map[string]any{"v": 424242}}, dbcontents.Operation{Schema: "public", Function: "twice"}},
		{"a table that does not exist", dbcontents.Query{Table: secret}, dbcontents.Operation{}},
		{"a column that does not exist", dbcontents.Query{Table: "test_table", Select: dbcontents.Columns(secret)}, dbcontents.Operation{}},
		{"a function that does not exist", dbcontents.Query{Function: secret}, dbcontents.Operation{}},
	} {
		seen.take("")
		rows, err := store.Query(t.Context(), tt.query)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		seen.mu.Lock()
		for _, one := range seen.all {
			if text := one.Schema + one.Table + one.Function + one.SQL; strings.Contains(text, secret) || strings.Contains(text, "17") || strings.Contains(text, "4242") {
				t.Errorf("%s: %s", tt.reason, text)
			}
			if one.Host == "" || one.Port == 0 || one.Database == "" {
				t.Errorf("%s: a %s at %s, port %d, database %q", tt.reason, one.Kind, one.Host, one.Port, one.Database)
			}
		}
		seen.mu.Unlock()
		reads := seen.take("read")
		if tt.want.Schema == "" {
			if err == nil || len(reads) != 0 {
				t.Errorf("%s: %v, %d reads", tt.reason, err, len(reads))
			}
			continue
		}
		if err != nil || len(reads) != 1 {
			t.Fatalf("%s: %v, %+v", tt.reason, err, reads)
		}
		got := reads[0].Operation
		if got.Shape == 0 || !strings.HasPrefix(got.SQL, "SELECT ") {
			t.Errorf("%s: %d %s", tt.reason, got.Shape, got.SQL)
		}
		ignored := []string{"Kind", "Host", "Port", "Database", "Shape"}
		if tt.want.SQL == "" {
			ignored = append(ignored, "SQL")
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(dbcontents.Operation{}, ignored...)); diff != "" {
			t.Errorf("%s: %s", tt.reason, diff)
		}
	}
}

// Queries that differ in their values have one shape.
func TestTraceShape(t *testing.T) {
	t.Parallel()
	store, seen := traceOf(t, poolKinds[0])
	shape := func(q dbcontents.Query) uint64 {
		query(t, store, q).Close()
		return seen.take("read")[0].Shape
	}
	one := shape(dbcontents.Query{Table: "test_table", Where: where("id", "eq", 1), Limit: 1})
	if two := shape(dbcontents.Query{Table: "test_table", Where: where("id", "eq", 2), Limit: 7}); two != one {
		t.Errorf("%x and %x", one, two)
	}
	if other := shape(dbcontents.Query{Table: "test_table", Where: where("id", "gt", 2), Limit: 1}); other == one {
		t.Errorf("%x for another operator", other)
	}
}

// What a read needs lies inside of it, and a second attempt is no second read.
func TestTraceSecondAttempt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, traced)
	proxy := faultproxy.New(t, db.DSN)
	seen := &operations{}
	store := openOn(t, dbcontents.Config{ConnString: proxy.DSN(db.DSN), PoolSize: 1, Trace: seen.trace})
	rows := query(t, store, dbcontents.Query{})
	for rows.Next() {
	}
	if looks := seen.take("catalog"); len(looks) != 1 || len(looks[0].Ends) != 1 || looks[0].Ends[0].Code != "" {
		t.Errorf("look-ups: %+v", looks)
	}
	proxy.Reset()
	rows = query(t, store, dbcontents.Query{})
	for rows.Next() {
	}
	seen.mu.Lock()
	all := seen.all
	seen.mu.Unlock()
	if len(all) != 2 || all[0].Kind != "read" || all[1].Kind != "connect" || all[1].Inside != "read" || len(all[1].Ends) != 1 {
		t.Fatalf("got %+v", all)
	}
	if ends := all[0].Ends; len(ends) != 1 || ends[0].Retries != 1 || ends[0].Retried.IsZero() || ends[0].Code != "" || ends[0].Rows != 2 || ends[0].Bytes == 0 {
		t.Errorf("got %+v", ends)
	}

	// A database that is away fails the attempt to connect and the read that needs it.
	seen.take("")
	proxy.Reset()
	proxy.Refuse(true)
	if _, err := store.Query(t.Context(), dbcontents.Query{}); err == nil {
		t.Fatal("a read without a database")
	}
	for _, kind := range []string{"connect", "read"} {
		failed := 0
		seen.mu.Lock()
		for _, one := range seen.all {
			if one.Kind == kind && len(one.Ends) == 1 && one.Ends[0].Code != "" {
				failed++
			}
		}
		seen.mu.Unlock()
		if failed == 0 {
			t.Errorf("no %s has failed", kind)
		}
	}
}

// Reads in a snapshot are told of as others are, and so is what they look up.
func TestTraceSnapshot(t *testing.T) {
	t.Parallel()
	store, seen := traceOf(t, poolKinds[0])
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	for _, table := range []string{"few", "test_table"} {
		rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: table})
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	if _, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "refuses"}); err == nil {
		t.Error("no error")
	}
	seen.mu.Lock()
	looks := 0
	for _, one := range seen.all {
		if one.Kind == "catalog" {
			looks++
		}
	}
	seen.mu.Unlock()
	reads := seen.take("read")
	if len(reads) != 3 || looks < 3 {
		t.Fatalf("%d look-ups and %+v", looks, reads)
	}
	for i, one := range reads {
		if len(one.Ends) != 1 || (one.Ends[0].Code != "") != (i == 2) {
			t.Errorf("%s: %+v", one.Table, one.Ends)
		}
	}
}

// A hook may leave everything out.
func TestTraceNothing(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Trace: func(context.Context, dbcontents.Operation) (context.Context, func(dbcontents.Outcome)) {
		return nil, nil
	}}, seed)
	if got := collect[int](t, store, "test_table", "id"); len(got) != 3 {
		t.Errorf("got %v", got)
	}
}
