package dbcontents_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// change is something that happens to a table, or to what a role may do with
// it, while a Store is in use.
type change struct {
	reason string
	table  string
	before string
	change string
	want   string // CSV after the change
	err    error  // or the error
}

// atOnce are seen by the very next read, because the database contradicts what
// the Store remembers.
var atOnce = []change{
	{"a type changed", "retyped", "CREATE TABLE retyped AS SELECT 7 AS v", "ALTER TABLE retyped ALTER v TYPE text USING 'seven'", "v\r\nseven\r\n", nil},
	{"a type changed to another of the same width", "widened", "CREATE TABLE widened AS SELECT 1.5::float8 AS v", "ALTER TABLE widened ALTER v TYPE int8 USING 3", "v\r\n3\r\n", nil},
	{"a precision changed", "rounded", "CREATE TABLE rounded (v numeric(6,3)); INSERT INTO rounded VALUES (1.234)", "ALTER TABLE rounded ALTER v TYPE numeric(6,1)", "v\r\n1.2\r\n", nil},
	{"a column renamed", "renamed", "CREATE TABLE renamed AS SELECT 1 AS old", "ALTER TABLE renamed RENAME old TO new", "new\r\n1\r\n", nil},
	{"two columns exchanged", "exchanged", "CREATE TABLE exchanged AS SELECT 1 AS a, 'x' AS b", "ALTER TABLE exchanged RENAME a TO c; ALTER TABLE exchanged RENAME b TO a; ALTER TABLE exchanged RENAME c TO b", "b,a\r\n1,x\r\n", nil},
	{"a column dropped", "narrowed", "CREATE TABLE narrowed AS SELECT 1 AS a, 2 AS b", "ALTER TABLE narrowed DROP b", "a\r\n1\r\n", nil},
	{"a table dropped", "dropped", "CREATE TABLE dropped AS SELECT 1 AS a", "DROP TABLE dropped", "", dbcontents.ErrNoTable},
	{"a table made anew with another type", "recreated", "CREATE TABLE recreated AS SELECT 1 AS a", "DROP TABLE recreated; CREATE TABLE recreated AS SELECT 'one' AS a", "a\r\none\r\n", nil},
	{"a table that has become a view", "replaced", "CREATE TABLE replaced AS SELECT 1 AS a", "DROP TABLE replaced; CREATE VIEW replaced AS SELECT true AS a", "a\r\nt\r\n", nil},
	{"a column's grant revoked", "unpeeled", "CREATE TABLE unpeeled AS SELECT 1 AS a, 2 AS b; GRANT SELECT (a, b) ON unpeeled TO ROLE", "REVOKE SELECT (b) ON unpeeled FROM ROLE", "a\r\n1\r\n", nil},
}

// later are seen within the time that a catalog entry is taken for fresh,
// because what the Store remembers is not wrong, only incomplete.
var later = []change{
	{"a column added", "added", "CREATE TABLE added AS SELECT 1 AS a", "ALTER TABLE added ADD b int DEFAULT 2", "a,b\r\n1,2\r\n", nil},
	{"a column granted", "peeled", "CREATE TABLE peeled AS SELECT 1 AS a, 2 AS b; GRANT SELECT (a) ON peeled TO ROLE", "GRANT SELECT (b) ON peeled TO ROLE", "a,b\r\n1,2\r\n", nil},
	{"a column added of a type with its own operators", "extended", "CREATE TABLE extended AS SELECT 1 AS a", "CREATE EXTENSION IF NOT EXISTS citext; ALTER TABLE extended ADD b citext DEFAULT 'x'", "a,b\r\n1,x\r\n", nil},
	{"a table made in an earlier schema", "shadowed", "CREATE TABLE public.shadowed AS SELECT 1 AS a", "CREATE TABLE first.shadowed AS SELECT 2 AS a; GRANT SELECT ON first.shadowed TO ROLE", "a\r\n2\r\n", nil},
}

// soon are seen within the time for which it is remembered that there is nothing to read.
var soon = []change{
	{"a table made", "made", "SELECT", "CREATE TABLE made AS SELECT 1 AS a; GRANT SELECT ON made TO ROLE", "a\r\n1\r\n", nil},
	{"a table granted", "granted", "CREATE TABLE granted AS SELECT 1 AS a; REVOKE SELECT ON granted FROM ROLE", "GRANT SELECT ON granted TO ROLE", "a\r\n1\r\n", nil},
	{"one column granted", "opened", "CREATE TABLE opened AS SELECT 1 AS a, 2 AS b; REVOKE SELECT ON opened FROM ROLE", "GRANT SELECT (b) ON opened TO ROLE", "b\r\n2\r\n", nil},
}

// What is done to a database after the start is seen without a restart.
func TestCatalogFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	for _, exposure := range []string{"Tables", "AllTables"} {
		t.Run(exposure, func(t *testing.T) {
			t.Parallel()
			bothPools(t, func(t *testing.T, kind poolKind) {
				db := pgtest.New(t, "CREATE SCHEMA first; REVOKE ALL ON SCHEMA public FROM PUBLIC")
				dsn := db.Role("", "GRANT USAGE ON SCHEMA public, first TO ROLE", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ROLE")
				role := strings.SplitN(strings.TrimPrefix(dsn, "postgres://"), ":", 2)[0]
				do := func(sql string) { db.Exec(strings.ReplaceAll(sql, "ROLE", role)) }

				config := dbcontents.Config{Schemas: []string{"first", "public"}, AllTables: exposure == "AllTables"}
				all := slices.Concat(atOnce, later, soon)
				for _, c := range all {
					if strings.Contains(c.before, "GRANT") {
						do("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM ROLE; " + c.before +
							"; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ROLE")
					} else {
						do(c.before)
					}
					if !config.AllTables {
						config.Tables = append(config.Tables, c.table)
					}
				}
				store := kind.open(t, config, dsn, 3)
				for _, c := range all {
					warm(t, store, dbcontents.Query{Table: c.table, Format: dbcontents.CSV})
				}
				warmed := time.Now()
				for _, c := range all {
					do(c.change)
				}
				for _, c := range atOnce {
					seen(t, store, c)
				}
				time.Sleep(1100 * time.Millisecond)
				for _, c := range soon {
					seen(t, store, c)
				}
				time.Sleep(time.Until(warmed.Add(stale)))
				for _, c := range later {
					write(t, store, dbcontents.Query{Table: c.table, Format: dbcontents.CSV}) // from memory, and refreshes it
					seen(t, store, c)
				}
			})
		})
	}
}

// warm reads on three connections at once, so that each has the statement.
func warm(t *testing.T, store *dbcontents.Store, q dbcontents.Query) {
	t.Helper()
	var open []*dbcontents.Rows
	for range 3 {
		rows, err := store.Query(t.Context(), q)
		if err == nil {
			open = append(open, rows)
		} else if !errors.Is(err, dbcontents.ErrNoTable) && !errors.Is(err, dbcontents.ErrDenied) {
			t.Errorf("before the change: %v", err)
		}
	}
	for _, rows := range open {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}

// seen reads on three connections at once.
func seen(t *testing.T, store *dbcontents.Store, c change) {
	t.Helper()
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			var b strings.Builder
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: c.table, Format: dbcontents.CSV})
			if err == nil {
				_, err = rows.WriteTo(&b)
			}
			if diff := cmp.Diff(c.want, b.String()); diff != "" || !errors.Is(err, c.err) {
				t.Errorf("%s: %v, want %v (-want +got):\n%s", c.reason, err, c.err, diff)
			}
		})
	}
	readers.Wait()
}

// Two Stores that share a pool share its connections and what is prepared on
// them, but not what they know. Neither takes one type's bytes for another's.
func TestNoTypeIsTakenForAnother(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE t AS SELECT 12345678 AS v FROM generate_series(1, 20)")
		config := kind.with(t, dbcontents.Config{Tables: []string{"t"}}, db.DSN, 3)
		stores := []*dbcontents.Store{openOn(t, config), openOn(t, config)}
		want := map[string]any{"integer": int64(12345678), "text": "12345678", "real": float64(12345678)}
		done := make(chan struct{})
		var readers sync.WaitGroup
		for i := range 6 {
			readers.Go(func() {
				reads := 0
				for ; ; reads++ {
					select {
					case <-done:
						if reads == 0 {
							t.Error("a reader got nowhere")
						}
						return
					default:
					}
					rows, err := stores[i%2].Query(t.Context(), dbcontents.Query{})
					if errors.Is(err, dbcontents.ErrInterrupted) {
						continue // altered twice during one read
					} else if err != nil {
						t.Error(err)
						return
					}
					for row, err := range rows.All() {
						if err != nil {
							t.Error(err)
							return
						}
						v, err := row.Values()
						typ := rows.Columns()[0].Type
						if err != nil || v[0] != want[typ] {
							t.Errorf("a %s is %#v, %v", typ, v, err)
							return
						}
					}
				}
			})
		}
		conn := db.Conn()
		for i := range 60 {
			typ := []string{"text", "int", "real", "int"}[i%4]
			if _, err := conn.Exec(t.Context(), "ALTER TABLE t ALTER v TYPE "+typ+" USING v::"+typ); err != nil {
				t.Error(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		close(done)
		readers.Wait()
	})
}
