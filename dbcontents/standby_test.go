package dbcontents_test

import (
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A standby has no rows of an unlogged table, and a read of it says so.
func TestUnloggedTableOfAStandby(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	c.exec(c.primary, "CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY); INSERT INTO fleeting VALUES (1); CREATE VIEW seen AS SELECT * FROM fleeting")
	position := c.exec(c.primary, insertLSN)
	c.exec(c.primary, "SELECT pg_logical_emit_message(true, '', '')")
	config := dbcontents.Config{ConnString: c.dsn("", c.standbys[0]), Tables: []string{"test_table", "fleeting", "seen"}}
	store := openOn(t, config)
	if _, _, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: position}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"fleeting", "seen"} {
		for _, q := range []dbcontents.Query{
			{Table: table},
			{Table: table, Where: dbcontents.Where("id", dbcontents.OpEq, 1)},
			{Table: table, Count: dbcontents.CountExact},
			{Table: table, Count: dbcontents.CountPlanned},
		} {
			_, err := store.Query(t.Context(), q)
			diagnosed(t, table, err, dbcontents.ErrUnavailable, "unlogged_on_standby")
		}
		_, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: table, Format: dbcontents.CSV}, Parallel: 2, Writer: io.Discard})
		diagnosed(t, table, err, dbcontents.ErrUnavailable, "unlogged_on_standby")
	}
	broken := 0
	for _, step := range store.Check(t.Context()).Steps {
		if step.Code == "unlogged_on_standby" {
			broken++
		}
	}
	if broken != 2 {
		t.Errorf("the check names %d of two tables", broken)
	}
	noneHeld(t, store)
}

// What a standby must replay ends the reads that are in its way, and they say that it was so.
func TestReadInTheWayOfReplay(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	standby := c.standbys[0]
	c.exec(standby, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
	c.exec(standby, "SELECT pg_reload_conf()")
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("", standby), AllTables: true, PoolSize: 4})
	for reason, read := range map[string]func(emptied func()) error{
		"rows": func(emptied func()) error {
			rows := query(t, store, dbcontents.Query{Table: "large"})
			defer rows.Close()
			skip(t, rows, 1)
			emptied()
			for rows.Next() {
			}
			return rows.Err()
		},
		"a snapshot": func(emptied func()) error {
			snapshot, err := store.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer snapshot.Release()
			rows, err := snapshot.Query(t.Context(), dbcontents.Query{Table: "large"})
			if err != nil {
				t.Fatal(err)
			}
			skip(t, rows, 1)
			emptied()
			for rows.Next() {
			}
			return rows.Err()
		},
		"an export": func(emptied func()) error {
			emptied = sync.OnceFunc(emptied)
			_, err := store.Export(t.Context(), dbcontents.Export{
				Query: dbcontents.Query{Table: "large", Format: dbcontents.CSV}, Parallel: 2,
				Writer: writerFunc(func(b []byte) (int, error) { emptied(); return len(b), nil }),
			})
			return err
		},
	} {
		c.exec(c.primary, "DROP TABLE IF EXISTS large; CREATE TABLE large AS SELECT i AS id, repeat('x', 1000) AS v FROM generate_series(1, 30000) i")
		position := c.exec(c.primary, "SELECT pg_logical_emit_message(true, '', '')::text")
		if _, _, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: position}); err != nil {
			t.Fatal(err)
		}
		err := read(func() {
			c.exec(c.primary, "TRUNCATE large; CHECKPOINT") // what is not flushed does not reach the standby
			file := c.exec(c.primary, "SELECT relfilenode FROM pg_class WHERE relname = 'large'")
			eventually(t, "replay waits, or has ended what it waited for", func() bool {
				return c.exec(standby, "SELECT relfilenode = "+file+" OR EXISTS (SELECT FROM pg_locks WHERE NOT granted) FROM pg_class WHERE relname = 'large'") == "t"
			})
		})
		if reason == "rows" {
			diagnosed(t, reason, err, dbcontents.ErrInterrupted, "read_conflict")
		} else {
			inTheWay(t, reason, err)
		}
	}
	noneHeld(t, store)
}

// inTheWay tells of the error of a snapshot or an export that was in the way of replay. PostgreSQL ends such a
// session, and one that was just sending rows without a word.
func inTheWay(t *testing.T, what string, err error) {
	t.Helper()
	if code := codeIn(err); !errors.Is(err, dbcontents.ErrInterrupted) || code != "read_conflict" && code != "connection_lost" {
		t.Errorf("%s: %v", what, err)
	}
}
