package dbcontents_test

import (
	"math"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const countedTable = `CREATE TABLE test_table AS SELECT i AS id, i % 10 AS part FROM generate_series(1, 2000) i;
	ALTER TABLE test_table ADD PRIMARY KEY (id); ANALYZE test_table`

func TestCount(t *testing.T) {
	t.Parallel()
	_, db := open(t, dbcontents.Config{}, countedTable)
	few := where("part", "eq", 3)
	for _, tt := range []struct {
		reason   string
		maxRows  int64
		count    dbcontents.Count
		filter   dbcontents.Filter
		min, max int64
	}{
		{"exact", 0, "exact", dbcontents.Filter{}, 2000, 2000},
		{"exact, of a filter", 0, "exact", few, 200, 200},
		{"exact, beyond what is given", 5, "exact", few, 200, 200},
		{"exact, of nothing", 0, "exact", where("id", "lt", 0), 0, 0},
		{"planned", 0, "planned", dbcontents.Filter{}, 2000, 2000},
		{"planned, of a filter", 0, "planned", few, 150, 250},
		{"estimated, without a maximum", 0, "estimated", few, 200, 250},
		{"estimated, below the maximum", 500, "estimated", few, 200, 200},
		{"estimated, above the maximum", 10, "estimated", few, 150, 250},
		{"estimated, above the maximum, of all", 10, "estimated", dbcontents.Filter{}, 2000, 2000},
		{"estimated, where the plan is too low", 100, "estimated", dbcontents.And(few, where("id", "in", seq(1, 2000))), 101, 250},
	} {
		store := openOn(t, dbcontents.Config{ConnString: db.DSN, MaxRows: tt.maxRows})
		for _, format := range []dbcontents.Format{"", dbcontents.JSON} {
			rows := query(t, store, dbcontents.Query{Where: tt.filter, Count: tt.count, Limit: 3, Offset: 1, Format: format})
			if n, known := rows.Total(); !known || n < tt.min || n > tt.max {
				t.Errorf("%s: %d, %v, want %d to %d", tt.reason, n, known, tt.min, tt.max)
			}
			rows.Close()
		}
	}
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, Aggregates: true})
	groups := query(t, store, dbcontents.Query{Select: []dbcontents.Field{{Column: "part"}, {Aggregate: "count"}}, Count: "exact", Limit: 2})
	if n, _ := groups.Total(); n != 10 {
		t.Errorf("%d groups", n)
	}
	groups.Close()
	one := query(t, store, dbcontents.Query{Select: []dbcontents.Field{{Aggregate: "count"}}, Count: "exact"})
	if n, _ := one.Total(); n != 1 {
		t.Errorf("%d rows of an aggregate", n)
	}
	one.Close()
	mustExec(t, db.Conn(), "CREATE FUNCTION few() RETURNS SETOF int LANGUAGE plpgsql ROWS 1e9 AS 'BEGIN RETURN NEXT 1; END'; CREATE VIEW endless AS SELECT a AS id FROM few() a, few() b, few() c")
	endless := query(t, openOn(t, dbcontents.Config{ConnString: db.DSN, Tables: []string{"endless"}}), dbcontents.Query{Count: "planned", Limit: 1})
	if n, _ := endless.Total(); n != math.MaxInt64 {
		t.Errorf("%d rows are planned of more than can be counted", n)
	}
	endless.Close()
	none := query(t, store, dbcontents.Query{})
	if n, known := none.Total(); known || n != 0 {
		t.Errorf("not asked for: %d, %v", n, known)
	}
	none.Close()
}

func seq(from, to int) (list []int) {
	for i := from; i <= to; i++ {
		list = append(list, i)
	}
	return list
}

// A count is of the state of the database that the rows are of, on any kind of
// connection, and inside a snapshot.
func TestCountAndRowsAgree(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, countedTable)
	stop := make(chan struct{})
	done := make(chan error)
	conn := db.Conn()
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			sql := "INSERT INTO test_table SELECT i, 7 FROM generate_series(10001, 10050) i"
			if i%2 > 0 {
				sql = "DELETE FROM test_table WHERE id > 10000"
			}
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				done <- err
				return
			}
		}
	}()
	for reason, config := range map[string]dbcontents.Config{
		"owned": {ConnString: db.DSN}, "nothing kept": {ConnString: db.DSN + "&default_query_exec_mode=exec"}, "borrowed": {Pool: borrow(t, db.DSN)},
	} {
		store := openOn(t, config)
		seen := map[int64]bool{}
		for deadline := time.Now().Add(20 * time.Second); len(seen) < 2 && time.Now().Before(deadline); {
			rows := query(t, store, dbcontents.Query{Count: "exact", Select: dbcontents.Columns("id")})
			total, _ := rows.Total()
			all, err := dbcontents.Collect[int](rows)
			if err != nil || int64(len(all)) != total {
				t.Errorf("%s: %d rows, counted %d, %v", reason, len(all), total, err)
				break
			}
			seen[total] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s: the table did not change", reason)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What is read with a count, a time zone and pages takes one round trip too.
func TestCountInOneRoundTrip(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, countedTable)
	proxy := faultproxy.New(t, db.DSN)
	store := openOn(t, dbcontents.Config{ConnString: proxy.DSN(db.DSN), PoolSize: 1})
	q := dbcontents.Query{Count: "exact", TimeZone: "Asia/Tokyo", Pages: true, Where: where("part", "eq", 3), Limit: 5}
	warm := query(t, store, q)
	for warm.Next() {
	}
	proxy.SetLatency(20 * time.Millisecond)
	for _, count := range []dbcontents.Count{"exact", "planned", "estimated"} {
		q.Count = count
		before := proxy.RoundTrips()
		rows := query(t, store, q)
		skip(t, rows, 5)
		if rows.Next() || rows.Err() != nil || rows.NextPage() == "" {
			t.Errorf("%s: %v, next page %q", count, rows.Err(), rows.NextPage())
		}
		if trips := proxy.RoundTrips() - before; trips != 1 {
			t.Errorf("%s: %d round trips", count, trips)
		}
	}
}
