package docker_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// The stack of one table on three servers, on nothing but a checkout.
func TestSharding(t *testing.T) {
	t.Parallel()
	tree := built(t)
	s := newStack(t, tree)
	s.files = []string{filepath.Join(tree, "docker", "sharding", "compose.yaml")}
	s.must("up", "--build", "--wait")
	if a := s.get("/dbcontents?format=ndjson&order=id"); a.Status != 200 || strings.Count(a.Body, "\n") != 200 ||
		!strings.HasPrefix(a.Body, `{"id":1,"region":"eu","value":"order 1","added":"2026-03-01T08:05:00+00:00"}`+"\n") {
		t.Errorf("%d %.300s", a.Status, a.Body)
	}
	if a := s.get("/dbcontents?region=eq.us&id=gt.199"); a.Status != 200 || strings.TrimSpace(a.Body) != `[{"id":200,"region":"us","value":"order 200","added":"2026-03-02T00:40:00+00:00"}]` {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	// One shard away: what lies there fails by name, the rest does not.
	s.must("stop", "us")
	a := s.eventually("/dbcontents", 503)
	if cause := object(t, a.Body)["cause"]; cause != "foreign_server_down" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%v %s", a.Header, a.Body)
	}
	if a := s.get("/dbcontents?region=eq.eu&select=id&format=ndjson"); a.Status != 200 || strings.Count(a.Body, "\n") != 100 {
		t.Errorf("%d %.300s", a.Status, a.Body)
	}
	if log := s.must("logs", "--no-log-prefix", "api"); !strings.Contains(log, `could not connect to server \"us\"`) {
		t.Errorf("the log does not name the shard: %s", log)
	}
	s.must("start", "us")
	s.eventually("/dbcontents", 200)
	s.must("exec", "-T", "db", "sh", "/docker-entrypoint-initdb.d/30-mappings.sh")
	s.sql("ANALYZE test_table_eu; ANALYZE test_table_us")
	if a := s.get("/dbcontents?select=id&format=ndjson"); strings.Count(a.Body, "\n") != 200 {
		t.Errorf("%d %.300s", a.Status, a.Body)
	}
	reader := s.must("exec", "-T", "db", "cat", "/run/dbcontents/reader_password")
	for _, service := range []string{"db", "eu", "us", "api"} {
		if strings.Contains(s.must("logs", service), reader) {
			t.Errorf("the log of %s has the reader's password", service)
		}
	}
}
