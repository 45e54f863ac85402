package attacks

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// recoveryRigs read through a pool of size connections that are all made, and given out unasked.
func recoveryRigs(t *testing.T, size int, test func(t *testing.T, r *rig)) {
	for _, kind := range []string{"owned", "borrowed"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
			dsn := db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE")
			config := dbcontents.Config{ConnString: dsn, PoolSize: size, Tables: []string{"test_table"}}
			if kind == "borrowed" {
				config.ConnString, config.PoolSize = "", 0
				config.Pool = onePool(t, dsn, func(c *pgxpool.Config) {
					c.MaxConns = int32(size)
					c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
				})
			}
			r := build(t, db, config, httpapi.Options{})
			r.useAll(t, size)
			if s := r.store.Stats(); s.IdleConns != size {
				t.Fatalf("want %d idle connections: %+v", size, s)
			}
			test(t, r)
		})
	}
}

// useAll reads through size connections at once.
func (r *rig) useAll(t *testing.T, size int) {
	t.Helper()
	var open []*dbcontents.Rows
	for range size {
		rows, err := r.store.Query(t.Context(), dbcontents.Query{})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, rows)
	}
	for _, rows := range open {
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

const othersSQL = " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"

// One connection that died takes no other with it.
func TestAttack15_OneDeadConnectionLeavesTheOthers(t *testing.T) {
	begin(t, 15)
	const size = 6
	recoveryRigs(t, size, func(t *testing.T, r *rig) {
		conn := r.db.Conn()
		pids := func() (list []int32) {
			t.Helper()
			if err := conn.QueryRow(context.Background(), "SELECT array_agg(pid ORDER BY pid)"+othersSQL).Scan(&list); err != nil {
				t.Fatal(err)
			}
			return list
		}
		before := pids()
		for _, pid := range before[1:3] {
			if _, err := conn.Exec(context.Background(), fmt.Sprintf("SELECT pg_terminate_backend(%d, 5000)", pid)); err != nil {
				t.Fatal(err)
			}
			retries := r.store.Stats().Retries
			r.useAll(t, size)
			if r.store.Stats().Retries == retries {
				t.Error("the dead connection was not met")
			}
		}
		after := pids()
		for i, pid := range before {
			if killed := i == 1 || i == 2; killed == slices.Contains(after, pid) {
				t.Errorf("killed %v and %v of %v, there are %v", before[1], before[2], before, after)
				break
			}
		}
	})
}

// A server that restarts takes all, and the read that finds out does not pay.
func TestAttack15_AllConnectionsDead(t *testing.T) {
	begin(t, 15)
	recoveryRigs(t, 16, func(t *testing.T, r *rig) {
		for range 3 {
			r.db.Exec("SELECT pg_terminate_backend(pid, 5000)" + othersSQL)
			if answer := r.get("/dbcontents"); answer.StatusCode != 200 {
				t.Errorf("%s %s", answer.Status, answer.body)
			}
			if s := r.store.Stats(); s.Conns != 1 || s.Errors != 0 {
				t.Errorf("dead connections are left: %+v", s)
			}
		}
	})
}

// The settings that a borrowed connection lacks stand before the read, and again
// before a look-up behind it. On a new connection that is one statement all the same.
func TestAttack15_NoStatementLeaks(t *testing.T) {
	begin(t, 15)
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	pool := onePool(t, db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"), nil)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}}, httpapi.Options{})
	for end := time.Now().Add(wait); r.store.Stats().Lookups < 2; {
		pool.Reset() // a new connection for the read that brings the look-up along
		if err := r.tryRead(t.Context()); err != nil {
			t.Fatal(err)
		}
		var twice string
		err := pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(n || ' times ' || statement, '; '), '') FROM
			(SELECT statement, count(*) AS n FROM pg_prepared_statements GROUP BY statement HAVING count(*) > 1) AS twice`).Scan(&twice)
		if err != nil || twice != "" {
			t.Fatalf("%v, prepared %s", err, twice)
		}
		if time.Now().After(end) {
			t.Fatal("no read has brought a look-up along")
		}
	}
}
