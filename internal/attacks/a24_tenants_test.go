package attacks

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// expectedOutcomes begin what a request may end with while backends are killed.
var expectedOutcomes = []string{
	"200 OK", "206 ", "400 Bad Request column_unknown", "400 Bad Request page_token_invalid", "400 Bad Request value_refused", "400 Bad Request raised",
	"404 Not Found table_not_exposed", "406 Not Acceptable not_one_row", "503 Service Unavailable connection_lost", "503 Service Unavailable query_canceled",
	"hung up", "snapshot connection_lost", "snapshot query_canceled", "snapshot snapshot_failed", "snapshot deadline_exceeded", "snapshot canceled",
}

// end looks at what is left when all have gone: nothing is held, nothing is under way, and
// there was no outcome but those expected.
func (s *siege) end() {
	s.Helper()
	await13(s.T, "nothing is held", func() bool {
		h := s.handler.Stats()
		return s.store.Stats().AcquiredConns == 0 && h.InFlight == 0 && h.Streams == 0 && h.Held == 0 && h.Queued == 0
	})
	await13(s.T, "nothing is under way at the server", func() bool {
		var busy int
		err := s.tenancy.db.Conn().QueryRow(s.Context(), "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle'", s.login).Scan(&busy)
		return err == nil && busy == 0
	})
	if s.own.Load() == 0 || s.snapshot.Load() == 0 {
		s.Errorf("%d responses hold what they should, %d reads in snapshots", s.own.Load(), s.snapshot.Load())
	}
	for _, outcome := range slices.Sorted(maps.Keys(s.outcomes)) {
		if strings.HasSuffix(outcome, " ") {
			continue // the response to a HEAD, or one of which the beginning was read
		}
		if !slices.ContainsFunc(expectedOutcomes, func(begin string) bool { return strings.HasPrefix(outcome, begin) }) {
			s.Errorf("%d times %s", s.outcomes[outcome], outcome)
		}
	}
	s.Logf("%d requests, %d responses with own rows, %d reads in snapshots, %d cancelled, %d terminated in %v", s.requests.Load(), s.own.Load(), s.snapshot.Load(), s.kills[0].Load(), s.kills[1].Load(), siegeTime(s.T))
}

// Two tenants on two connections see their own rows, whatever happens to their reads.
func TestAttack24_TenantsNeverMeet(t *testing.T) {
	begin(t, 24)
	t.Run("owned", func(t *testing.T) {
		x := newTenancy(t)
		config := x.config()
		config.ConnString, config.PoolSize = x.dsn, 2
		besiege(t, x, config)
	})
	t.Run("borrowed", func(t *testing.T) {
		x := newTenancy(t)
		config := x.config()
		config.Pool = onePool(t, x.dsn, func(c *pgxpool.Config) { c.MaxConns = 2 })
		besiege(t, x, config)
	})
}
