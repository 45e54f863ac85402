package dbcontents_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func TestMaxCost(t *testing.T) {
	t.Parallel()
	_, db := open(t, dbcontents.Config{}, `CREATE TABLE test_table (id int PRIMARY KEY, word text);
		INSERT INTO test_table SELECT i, 'w' || i FROM generate_series(1, 20000) i`, "ANALYZE test_table",
		"CREATE VIEW broken AS SELECT 1 / 0 AS x")
	eachPool(t, db.DSN, func(t *testing.T, plain *dbcontents.Store) {
		config := dbcontents.Config{ConnString: db.DSN, AllTables: true, MaxCost: 100}
		if strings.Contains(t.Name(), "borrowed") {
			config.ConnString, config.Pool = "", borrow(t, db.DSN)
		}
		store := openOn(t, config)
		one := dbcontents.Where("id", "eq", 5)
		for name, tt := range map[string]struct {
			q      dbcontents.Query
			costly bool
		}{
			"by key":                 {dbcontents.Query{Where: one}, false},
			"a few":                  {dbcontents.Query{Limit: 10, Offset: 5}, false},
			"a page":                 {dbcontents.Query{Limit: 10, Pages: true}, false},
			"all":                    {dbcontents.Query{}, true},
			"by what has no index":   {dbcontents.Query{Where: dbcontents.Where("word", "eq", "w5")}, true},
			"a few, and all counted": {dbcontents.Query{Limit: 10, Count: "exact"}, true},
			"one, and counted":       {dbcontents.Query{Where: one, Count: "exact"}, false},
			"planned is no reading":  {dbcontents.Query{Limit: 10, Count: "planned"}, false},
		} {
			tt.q.Table, tt.q.Format = "test_table", dbcontents.JSON
			rows, err := store.Query(t.Context(), tt.q)
			var e *dbcontents.Error
			if tt.costly != (errors.As(err, &e) && e.Code == "too_costly" && e.HTTPStatus() == 400 && strings.Contains(e.Detail, "the limit is 100")) {
				t.Errorf("%s: %v", name, err)
			}
			if err == nil {
				if got, want := writeRows(t, rows), write(t, plain, tt.q); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		}
		if _, err := store.Query(t.Context(), dbcontents.Query{Table: "test_table", Where: dbcontents.Where("id", "eq", "x")}); !errors.Is(err, dbcontents.ErrInvalid) || strings.Contains(err.Error(), "cost") {
			t.Errorf("an error of the planner: %v", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := store.Query(ended, dbcontents.Query{Table: "test_table", Where: one}); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that gave up: %v", err)
		}
		snapshot, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer snapshot.Release()
		if _, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "test_table"}); err == nil || !strings.Contains(err.Error(), "cost") {
			t.Errorf("in a snapshot: %v", err)
		}
		if rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "test_table", Where: one}); err != nil {
			t.Errorf("after it, in the same snapshot: %v", err)
		} else if err := rows.Close(); err != nil {
			t.Error(err)
		}
		snapshot.Release()
		if n := store.Stats().AcquiredConns; n != 0 {
			t.Errorf("%d connections are still taken", n)
		}
	})
	for _, cost := range []float64{-1, math.NaN()} {
		if _, err := dbcontents.Open(dbcontents.Config{Tables: []string{"t"}, MaxCost: cost}); !errors.Is(err, dbcontents.ErrConfig) || !strings.Contains(err.Error(), "MaxCost") {
			t.Errorf("%v: %v", cost, err)
		}
	}
}

func writeRows(t *testing.T, rows *dbcontents.Rows) string {
	t.Helper()
	var b strings.Builder
	if _, err := rows.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
