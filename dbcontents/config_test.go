package dbcontents_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Open says all that is wrong at once, each with the name of its field.
func TestOpenReportsEveryProblem(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	tables := []string{"t"}
	for _, tt := range []struct {
		reason string
		config dbcontents.Config
		want   []string
	}{
		{"nothing exposed", dbcontents.Config{}, []string{"Tables: no table is exposed"}},
		{"both pools", dbcontents.Config{Pool: pool, ConnString: "postgres://h/d", Tables: tables}, []string{"Pool: cannot be combined with ConnString"}},
		{"the size of a borrowed pool", dbcontents.Config{Pool: pool, PoolSize: 3, Tables: tables}, []string{"PoolSize: is a setting of an owned pool"}},
		{"not a connection string", dbcontents.Config{ConnString: "postgres://h:x/d", Tables: tables}, []string{"ConnString: the port"}},
		{"system schemas", dbcontents.Config{Schemas: []string{"pg_catalog", "information_schema", "pg_temp_1"}, AllTables: true}, []string{
			`Schemas: "pg_catalog" is a system schema`, `Schemas: "information_schema" is`, `Schemas: "pg_temp_1" is`,
		}},
		{"tables of system schemas", dbcontents.Config{Tables: []string{"pg_catalog.pg_authid", "information_schema.tables"}}, []string{
			`Tables: "pg_catalog.pg_authid": "pg_catalog" is a system schema`, `Tables: "information_schema.tables": "information_schema"`,
		}},
		{"names that are none", dbcontents.Config{Schemas: []string{""}, Tables: []string{"", "a.b.c", `"open`, `"a"b`, "a.", "x\x00", strings.Repeat("x", 64), "\xff"}}, []string{
			`Schemas: "": the name is empty`, `Tables: "": the name is empty`, `Tables: "a.b.c": want table or schema.table`,
			`the closing quote is missing`, `text after the closing quote`, `Tables: "a.": the name is empty`, `holds a NUL`, `at most 63`, `not UTF-8`,
		}},
		{"everything", dbcontents.Config{
			ConnString: "postgres://h/d?sslmode=maybe", PoolSize: -1, ConnectTimeout: -1, AcquireTimeout: time.Microsecond, LockTimeout: -time.Second,
			FirstRowTimeout: 1, QueryTimeout: 25 * 24 * time.Hour, CloseTimeout: -1, MaxLag: -1, MaxRows: -1, MaxRowBytes: -1, Schemas: []string{"pg_toast"},
		}, []string{
			"ConnString: sslmode", "PoolSize: -1", "ConnectTimeout: -1ns", "AcquireTimeout: 1µs", "LockTimeout: -1s", "FirstRowTimeout: 1ns", "QueryTimeout: 600h",
			"CloseTimeout: -1ns", "MaxLag: -1ns", "MaxRows: -1", "MaxRowBytes: -1", "Tables: no table", `Schemas: "pg_toast"`,
		}},
	} {
		store, err := dbcontents.Open(tt.config)
		if store != nil {
			t.Errorf("%s: a store", tt.reason)
		}
		diagnosed(t, tt.reason, err, dbcontents.ErrConfig, "config_invalid")
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\ndoes not say %q", tt.reason, err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than a line: %q", tt.reason, err)
		}
	}
}

// Open does not dial, and what the caller does with its Config afterwards does
// not matter.
func TestOpenCopiesItsConfig(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE SCHEMA other; CREATE TABLE public.t AS SELECT 1 AS v; CREATE TABLE other.t AS SELECT 2 AS v; CREATE TABLE other.u AS SELECT 2 AS v")
	config := dbcontents.Config{ConnString: db.DSN, Tables: []string{"t"}, Schemas: []string{"public"}}
	store := openOn(t, config)
	if s := store.Stats(); s.Conns != 0 {
		t.Errorf("Open has dialled: %+v", s)
	}
	config.Schemas[0], config.Tables[0] = "other", "u"
	if got := one[int](t, store, "t", "v"); got != 1 {
		t.Errorf("got %d", got)
	}
	if err := readOne(t.Context(), store, "u"); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Errorf("u: %v", err)
	}
}

// What was never opened is closed. Nothing panics.
func TestZeroValues(t *testing.T) {
	t.Parallel()
	for reason, store := range map[string]*dbcontents.Store{"a nil Store": nil, "a zero Store": {}} {
		_, queryErr := store.Query(t.Context(), dbcontents.Query{})
		_, snapshotErr := store.Snapshot(t.Context())
		_, tablesErr := store.Tables(t.Context())
		_, tableErr := store.Table(t.Context(), "", "t")
		for _, err := range []error{queryErr, snapshotErr, tablesErr, tableErr, store.Ping(t.Context()), store.Check(t.Context()).Err()} {
			diagnosed(t, reason, err, dbcontents.ErrClosed, "store_closed")
		}
		if c := store.Config(); c.Tables != nil || c.AllTables {
			t.Errorf("%s exposes %v", reason, c.Tables)
		}
		equal(t, dbcontents.Stats{}, store.Stats())
		if err := store.Close(); err != nil {
			t.Errorf("%s: Close = %v", reason, err)
		}
	}
	for reason, rows := range map[string]*dbcontents.Rows{"nil Rows": nil, "zero Rows": {}} {
		if rows.Next() || rows.Count() != 0 || rows.Truncated() || rows.Waited() != 0 || rows.Table() != nil || rows.Columns() != nil {
			t.Errorf("%s hold something", reason)
		}
		_, valuesErr := rows.Values()
		_, collectErr := dbcontents.Collect[int](rows)
		_, writeErr := rows.WriteTo(io.Discard)
		var allErr error
		for _, err := range rows.All() {
			allErr = err
		}
		for _, err := range []error{rows.Err(), rows.Close(), rows.Scan(), valuesErr, collectErr, writeErr, allErr, dbcontents.Row{}.Scan()} {
			diagnosed(t, reason, err, dbcontents.ErrClosed, "rows_closed")
		}
	}
	for reason, snapshot := range map[string]*dbcontents.Snapshot{"a nil Snapshot": nil, "a zero Snapshot": {}} {
		_, err := snapshot.Query(t.Context(), dbcontents.Query{})
		diagnosed(t, reason, err, dbcontents.ErrClosed, "snapshot_released")
		snapshot.Release()
	}
	if (&dbcontents.Error{}).Error() == "" || (&dbcontents.Error{}).HTTPStatus() != 500 {
		t.Error("a zero Error says nothing")
	}
	if (dbcontents.Report{}).Err() != nil {
		t.Error("an empty Report has an error")
	}
}
