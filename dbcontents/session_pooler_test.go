package dbcontents_test

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// pgpool-II sends what sets to the primary and what only reads to a standby, unless they are in one
// transaction. The role and the settings of a session, of the read and of the connection hold where the rows come from.
func TestSessionsBehindPgpool(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	c.exec(c.primary, `CREATE TABLE notes AS SELECT i AS id, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS tenant, timestamptz '2026-01-01 00:00Z' AS at FROM generate_series(1, 30) i;
		CREATE ROLE tenant NOLOGIN; GRANT SELECT ON notes TO tenant; ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON notes USING (tenant = current_setting('app.tenant', true));
		CREATE VIEW way AS SELECT current_setting('statement_timeout') AS timeout;
		SELECT 1`)
	for mode, dsn := range c.pgpool() {
		store := openOn(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, Tables: []string{"notes", "way"}, Roles: []string{"tenant"}, QueryTimeout: 77 * time.Second, MaxCost: 1e9})
		await(t, 10*time.Second, func() string {
			_, err := dbcontents.Read[string](t.Context(), store, dbcontents.Query{Table: "way"})
			return errText(err)
		})
		as := store.As(dbcontents.Session{Role: "tenant", Settings: map[string]string{"app.tenant": "a"}})
		for _, count := range []dbcontents.Count{"", dbcontents.CountExact} {
			q := dbcontents.Query{Table: "notes", Select: dbcontents.Columns("tenant"), Count: count}
			if got, err := dbcontents.Read[string](t.Context(), as, q); err != nil || len(got) != 10 || got[0] != "a" {
				t.Errorf("%s, count %q: %q, %v", mode, count, got, err)
			}
			if got, err := dbcontents.Read[string](t.Context(), store, q); err != nil || len(got) != 30 {
				t.Errorf("%s, count %q, without a session: %q, %v", mode, count, got, err)
			}
		}
		if got, err := dbcontents.Read[string](t.Context(), store, dbcontents.Query{Table: "way"}); err != nil || got[0] != "77s" {
			t.Errorf("%s: %q, %v", mode, got, err)
		}
		q := dbcontents.Query{Table: "notes", Select: dbcontents.Columns("at"), TimeZone: "Asia/Tokyo", Limit: 1, Format: dbcontents.Text}
		if got := write(t, store, q); got != "2026-01-01 09:00:00+09\n" {
			t.Errorf("%s: %s", mode, got)
		}
	}
}
