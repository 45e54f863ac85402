package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// referenceSettings are the settings under which PostgreSQL prints values the
// way dbcontents must print them.
const referenceSettings = `SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';
	SET bytea_output = 'hex'; SET extra_float_digits = 1; SET lc_monetary = 'C'; SET quote_all_identifiers = off;`

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\nin: %.1000s", err, sql)
	}
}

// open opens a Store on all tables and closes it at the end of the test.
func open(t *testing.T, config dbcontents.Config) *dbcontents.Store {
	t.Helper()
	config.AllTables = true
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

// newPool makes a pool for Config.Pool.
func newPool(t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// write is what Rows.WriteTo writes for q.
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

// compact removes insignificant white space from JSON and changes nothing else.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b.String()
}

// check wants the value in a row of a column to be written as want.
func check(t *testing.T, c *column, row int, what, want, got string) {
	if got != want {
		t.Helper()
		checkText(t, fmt.Sprintf("%s %s, value %d", what, c.Type, row), want, got)
	}
}

// checkText reports the first difference between two texts. cmp.Diff is too
// slow for megabytes.
func checkText(t *testing.T, what, want, got string) {
	if got == want {
		return
	}
	t.Helper()
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	from := max(0, at-20)
	t.Errorf("%s differs at byte %d of %d: got %.80q, want %.80q", what, at, len(want), got[from:], want[from:])
}
