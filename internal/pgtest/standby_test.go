package pgtest_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A standby has what its primary has, follows it, and can be promoted.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary, err := pgtest.Private(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { primary.Stop() })
	standby, err := primary.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { standby.Stop() })
	on := func(s *pgtest.Server, sql string) (answer string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
			t.Fatalf("%v\nin: %s", err, sql)
		}
		return answer
	}
	on(primary, "WITH made AS (SELECT 1) SELECT pg_logical_emit_message(false, 'test', 'x')::text FROM made")
	position := on(primary, "SELECT pg_current_wal_flush_lsn()::text")
	for end := time.Now().Add(20 * time.Second); on(standby, "SELECT (pg_last_wal_replay_lsn() >= '"+position+"')::text") != "true"; {
		if time.Now().After(end) {
			t.Fatal("the standby does not follow")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := on(standby, "SELECT pg_is_in_recovery()::text"); got != "true" {
		t.Errorf("in recovery: %s", got)
	}
	if got := on(standby, "SELECT pg_promote()::text"); got != "true" {
		t.Errorf("promoted: %s", got)
	}
}
