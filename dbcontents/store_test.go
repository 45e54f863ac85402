package dbcontents_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const seed = `
CREATE TABLE test_table (id bigint PRIMARY KEY, value text, n numeric(10,2));
INSERT INTO test_table VALUES (1, 'one', 1.50), (2, 'two "quoted", and
a line', NULL), (3, NULL, 'NaN');`

// open makes a Store on a database of its own.
func open(t *testing.T, config dbcontents.Config, sql ...string) (*dbcontents.Store, *pgtest.DB) {
	t.Helper()
	db := pgtest.New(t, sql...)
	if config.Pool == nil && config.ConnString == "" {
		config.ConnString = db.DSN
	}
	return openOn(t, config), db
}

func openOn(t *testing.T, config dbcontents.Config) *dbcontents.Store {
	t.Helper()
	if len(config.Tables) == 0 && !config.AllTables {
		config.Tables = []string{"test_table"}
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return store
}

// borrow makes a pool of the caller's own.
func borrow(t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func write(t *testing.T, store *dbcontents.Store, q dbcontents.Query) string {
	t.Helper()
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := rows.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{}, seed)
	order := []dbcontents.Order{{Column: "id"}}
	for _, tt := range []struct {
		format dbcontents.Format
		want   string
	}{
		{dbcontents.JSON, `[{"id":1,"value":"one","n":1.50},
{"id":2,"value":"two \"quoted\", and\na line","n":null},
{"id":3,"value":null,"n":"NaN"}]
`},
		{dbcontents.NDJSON, `{"id":1,"value":"one","n":1.50}
{"id":2,"value":"two \"quoted\", and\na line","n":null}
{"id":3,"value":null,"n":"NaN"}
`},
		{dbcontents.CSV, "id,value,n\r\n1,one,1.50\r\n2,\"two \"\"quoted\"\", and\na line\",\r\n3,,NaN\r\n"},
		{dbcontents.Text, "one\ntwo \"quoted\", and\na line\n\n"},
	} {
		got := write(t, store, dbcontents.Query{Order: order, Format: tt.format})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.format, diff)
		}
	}
	if got := write(t, store, dbcontents.Query{Format: dbcontents.JSON, Limit: -1}); got != "[]\n" {
		t.Errorf("no rows: %q", got)
	}
}

func TestGoValues(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{}, seed)
	type record struct {
		ID    int64
		Value *string
	}
	rows, err := store.Query(t.Context(), dbcontents.Query{
		Select: dbcontents.Columns("id", "value"), Order: []dbcontents.Order{{Column: "id", Desc: true}}, Limit: 2, Offset: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dbcontents.Collect[record](rows)
	if err != nil {
		t.Fatal(err)
	}
	two := "two \"quoted\", and\na line"
	one := "one"
	if diff := cmp.Diff([]record{{2, &two}, {1, &one}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rows, err = store.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns("n"), Order: []dbcontents.Order{{Column: "n", Nulls: dbcontents.NullsFirst}}})
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		v, err := row.Values()
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v...)
	}
	if diff := cmp.Diff([]any{nil, "1.50", "NaN"}, values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBorrowedPoolIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	pool := borrow(t, db.DSN)
	var before, readOnly, timeout string
	const settings = "SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')"
	if err := pool.QueryRow(t.Context(), settings).Scan(&before, &timeout); err != nil { // on a standby all is read only
		t.Fatal(err)
	}
	store := openOn(t, dbcontents.Config{Pool: pool})
	if got := write(t, store, dbcontents.Query{Format: dbcontents.Text, Limit: 1}); got != "one\n" {
		t.Errorf("got %q", got)
	}
	err := pool.QueryRow(t.Context(), settings).Scan(&readOnly, &timeout)
	if err != nil || readOnly != before || timeout != "0" {
		t.Errorf("a setting was left behind: read only %s, statement timeout %s, %v", readOnly, timeout, err)
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{PoolSize: 1}, seed)
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	db.Exec("DELETE FROM test_table")
	for range 2 {
		rows, err := snapshot.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns("id")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = snapshot.Query(t.Context(), dbcontents.Query{})
		diagnosed(t, "a second query at once", err, dbcontents.ErrInvalid, "snapshot_busy")
		ids, err := dbcontents.Collect[int64](rows)
		if err != nil || len(ids) != 3 {
			t.Errorf("got %v, %v", ids, err)
		}
	}
	snapshot.Release()
	snapshot.Release()
	if _, err := snapshot.Query(t.Context(), dbcontents.Query{}); !errors.Is(err, dbcontents.ErrClosed) {
		t.Errorf("after Release: %v", err)
	}
	if got := write(t, store, dbcontents.Query{Format: dbcontents.JSON}); got != "[]\n" {
		t.Errorf("after Release: %s", got)
	}
}

func TestTableDescription(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true}, `
		CREATE DOMAIN positive AS int CHECK (VALUE > 0);
		CREATE TABLE keyed (b text, a positive NOT NULL, c text[], PRIMARY KEY (b, a) INCLUDE (c));
		COMMENT ON TABLE keyed IS 'a comment'; COMMENT ON COLUMN keyed.a IS 'an a';
		CREATE TABLE parent (x int) PARTITION BY RANGE (x); CREATE TABLE part PARTITION OF parent FOR VALUES FROM (0) TO (9);
		CREATE TABLE nothing ();`)
	tables, err := store.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range tables {
		names = append(names, table.String()+" "+table.Kind)
	}
	want := []string{"public.keyed table", "public.nothing table", "public.parent partitioned table"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	keyed := tables[0]
	if diff := cmp.Diff([]string{"b", "a"}, keyed.PrimaryKey); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	if c := keyed.Columns[1]; c.Type != "positive" || !c.NotNull || c.Comment != "an a" || keyed.Comment != "a comment" {
		t.Errorf("got %+v, %q", c, keyed.Comment)
	}
	if got := write(t, store, dbcontents.Query{Table: "nothing", Format: dbcontents.JSON}); got != "[]\n" {
		t.Errorf("a table without columns: %q", got)
	}
}

func TestCancelEndsTheQueryAtTheServer(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Tables: []string{"slow"}}, `CREATE VIEW slow AS SELECT pg_sleep(60)::text, 1 AS one`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := store.Query(ctx, dbcontents.Query{Table: "slow"})
	if !errors.Is(err, dbcontents.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	var active int
	if err := db.Reader().QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%\"slow\"%' AND datname = current_database() AND pid <> pg_backend_pid()").Scan(&active); err != nil || active != 0 {
		t.Errorf("%d still active, %v", active, err)
	}
	if s := store.Stats(); s.AcquiredConns != 0 || s.Conns != 1 {
		t.Errorf("the connection was not kept: %+v", s)
	}
}
