package server_test

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Requests that are shed are counted, and the log has one line for the first and one for the others.
func TestShedRequests(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, "CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(3)")
	s := serve(t, "DATABASE_URL="+db.DSN, "DBCONTENTS_METRICS=on", "DBCONTENTS_TABLES=test_table,slow", "DBCONTENTS_POOL_SIZE=1", "DBCONTENTS_QUEUE_TIMEOUT=20ms")
	s.Log.line(t, "checked")
	s.get(t, "/dbcontents")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if response, err := http.Get(s.URL + "/dbcontents/slow"); err == nil { // it keeps the one connection busy
			response.Body.Close()
		}
	}()
	const shed = 20
	for range shed {
		s.eventually(t, "/dbcontents", 503)
	}
	_, body := s.get(t, "/metrics")
	is := samples(t, body)
	if is[`dbcontents_shed_total{reason="queue_timeout"}`] != shed || is[`dbcontents_errors_total{kind="busy"}`] != shed {
		t.Errorf("%d requests were shed:\n%s", shed, body)
	}
	<-done
	s.Stop(t)
	levels := map[any]int{}
	for _, line := range s.Log.lines(t, "request") {
		if line["cause"] == "queue_timeout" {
			levels[line["level"]]++
		}
	}
	if levels["WARN"] != 1 || levels["DEBUG"] != shed-1 {
		t.Errorf("lines by level: %v, want one warning", levels)
	}
	summary := s.Log.lines(t, "more requests failed for the same cause")
	if len(summary) != 1 || summary[0]["cause"] != "queue_timeout" || summary[0]["requests"] != float64(shed-1) || summary[0]["level"] != "WARN" {
		t.Errorf("the summary is %v", summary)
	}
}
