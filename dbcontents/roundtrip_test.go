package dbcontents_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// stale is how old a catalog entry is that a read refreshes.
const stale = 5*time.Second + 500*time.Millisecond

// A small read on a warm connection takes one round trip, whatever travels
// with it: settings, a new statement, a look-up in the catalog.
func TestOneRoundTrip(t *testing.T) {
	t.Parallel()
	const tables = 6
	var sql strings.Builder
	for i := range tables {
		fmt.Fprintf(&sql, "CREATE TABLE t%d AS SELECT i AS a, i AS b, i AS c FROM generate_series(1, 3) AS i;", i)
	}
	type kind struct {
		reason  string
		config  func(t *testing.T, dsn string) dbcontents.Config
		session bool
	}
	kinds := []kind{
		{reason: "owned", config: func(_ *testing.T, dsn string) dbcontents.Config {
			return dbcontents.Config{ConnString: dsn, PoolSize: 1}
		}},
		{reason: "owned, nothing kept between reads", config: func(_ *testing.T, dsn string) dbcontents.Config {
			return dbcontents.Config{ConnString: dsn + "&default_query_exec_mode=exec", PoolSize: 1}
		}},
		{reason: "borrowed, never pinged", config: func(t *testing.T, dsn string) dbcontents.Config {
			return dbcontents.Config{Pool: borrowWith(t, dsn, func(c *pgxpool.Config) {
				c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
			})}
		}},
		{reason: "borrowed, in use all the time", config: func(t *testing.T, dsn string) dbcontents.Config {
			return dbcontents.Config{Pool: borrow(t, dsn)}
		}},
	}
	for _, k := range kinds {
		k.reason, k.session = k.reason+", for a session", true
		kinds = append(kinds, k)
	}
	for _, tt := range kinds {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, sql.String())
			proxy := faultproxy.New(t, db.DSN)
			config := tt.config(t, proxy.DSN(db.DSN))
			config.Tables = []string{"t0", "t1", "t2", "t3", "t4", "t5"}
			if tt.session {
				config.Roles = []string{pgtest.UserOf(t, db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"))}
			}
			store := openOn(t, config)
			if tt.session {
				store = store.As(dbcontents.Session{Role: config.Roles[0], Settings: map[string]string{"app.user": "x"}, Tables: map[string]dbcontents.Grant{
					"t0": {Where: dbcontents.Where("a", dbcontents.OpGt, 0)}, "t1": {}, "t2": {}, "t3": {}, "t4": {}, "t5": {},
				}})
			}
			read := func(i int, columns ...string) (got []string, trips int) {
				before := proxy.RoundTrips()
				rows := query(t, store, dbcontents.Query{Table: fmt.Sprint("t", i), Select: dbcontents.Columns(columns...)})
				skip(t, rows, 3)
				if rows.Next() || rows.Err() != nil {
					t.Errorf("a fourth row, or %v", rows.Err())
				}
				trips = proxy.RoundTrips() - before
				for _, c := range rows.Columns() {
					got = append(got, c.Name)
				}
				return got, trips
			}
			for i := range tables {
				read(i)
			}
			// With 20 ms each way nothing can slip by as fast as it comes.
			proxy.SetLatency(20 * time.Millisecond)
			start := time.Now()
			for range tables {
				if _, trips := read(0); trips != 1 {
					t.Errorf("warm: %d round trips", trips)
				}
			}
			t.Logf("%d warm reads in %v", tables, time.Since(start))
			before := proxy.RoundTrips()
			rows := query(t, store, dbcontents.Query{Table: "t0", MinLSN: "0/1"})
			skip(t, rows, 3)
			if trips := proxy.RoundTrips() - before; rows.Next() || trips != 1 || rows.LSN() == "" {
				t.Errorf("with a position: %d round trips, at %q", trips, rows.LSN())
			}
			for _, columns := range [][]string{{"a"}, {"b"}, {"c"}, {"b", "a"}, {"c", "a"}, {"c", "b"}} {
				if _, trips := read(0, columns...); trips != 1 {
					t.Errorf("a new statement: %d round trips", trips)
				}
			}
			time.Sleep(stale)
			db.Exec("ALTER TABLE t1 ADD COLUMN d int")
			read(0) // a borrowed pool pings what was idle for a second
			lookups := store.Stats().Lookups
			for i := 1; i < tables; i++ {
				got, trips := read(i)
				if trips != 1 {
					t.Errorf("a stale catalog entry: %d round trips", trips)
				}
				if len(got) != 3 {
					t.Errorf("the stale entry was not served: %v", got)
				}
			}
			if n := store.Stats().Lookups - lookups; n != tables-1 {
				t.Errorf("%d look-ups for %d stale tables", n, tables-1)
			}
			if got, _ := read(1); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
				t.Errorf("after the refresh: columns %v", got)
			}
		})
	}
}
