package docker_test

import (
	"strings"
	"testing"
)

// Every way to get the stack wrong is told by the log, by /readyz and by the
// response, each in one line with the cause and the cure.
func TestMisconfigured(t *testing.T) {
	t.Parallel()
	s := newStack(t, built(t))
	compose := s.files

	// First of all: the API is there long before the database.
	s.must("run", "--rm", "secrets")
	s.must("up", "--detach", "--no-deps", "api")
	expect(t, s, "the database comes later", "dns_not_found", "service's name", 503)
	early := s.container("api")
	s.must("up", "--wait", "db")
	s.eventually("/readyz", 200)
	if now := s.container("api"); now.State.Pid != early.State.Pid || now.RestartCount != 0 {
		t.Error("the API that came before the database was restarted")
	}

	for _, tt := range []struct {
		reason      string
		environment string // of the API
		before      string // SQL
		after       string
		cause       string
		cure        string // a part of the hint
		status      int    // of /dbcontents
	}{
		{"localhost is the container itself", "PGHOST: localhost", "", "", "loopback_in_container", "set the database's host to the Compose service's name", 503},
		{"a host that does not exist", "PGHOST: postgres", "", "", "dns_not_found", "in Compose use the service's name", 503},
		{"wrong port", "PGPORT: 5433", "", "", "connection_refused", "is the port right?", 503},
		{"wrong password", "{PGPASSWORD: guessed, PGPASSWORD_FILE: ''}", "", "", "wrong_password", "rejects the server's password", 503},
		{"wrong role", "PGUSER: nobody", "", "", "wrong_password", "rejects the server's password", 503},
		{"wrong database", "PGDATABASE: contents", "", "", "database_missing", "the database does not exist", 503},
		{"missing table", "PGHOST: db", "ALTER TABLE test_table RENAME TO other", "ALTER TABLE other RENAME TO test_table", "table_missing", "exposed but does not exist", 404},
		{"missing privilege", "PGHOST: db", "REVOKE SELECT ON test_table FROM reader", "GRANT SELECT ON test_table TO reader", "select_denied", "grant the server's role", 403},
	} {
		// Each needs a new container; the drain is for those that have clients.
		s.files = compose
		if !strings.HasPrefix(tt.environment, "{") {
			tt.environment = "{" + tt.environment + "}"
		}
		s.override("services:\n  api:\n    environment: " + tt.environment + "\n")
		if tt.before != "" {
			s.sql(tt.before)
		}
		s.must("up", "--detach", "--no-deps", "--force-recreate", "--timeout", "0", "api")
		expect(t, s, tt.reason, tt.cause, tt.cure, tt.status)
		if tt.after != "" {
			s.sql(tt.after)
			s.eventually("/readyz", 200) // cured, and without a restart
		}
	}
}

func expect(t *testing.T, s *stack, reason, cause, cure string, status int) {
	t.Helper()
	for path, status := range map[string]int{"/readyz": 503, "/dbcontents": status} {
		a := s.eventually(path, status)
		told := object(t, a.Body)
		hint, _ := told["hint"].(string)
		if told["cause"] != cause || !strings.Contains(hint, cure) || strings.Contains(hint, "\n") {
			t.Errorf("%s: %s says %s", reason, path, a.Body)
		}
	}
	if hint := expectLog(t, s, cause); !strings.Contains(hint, cure) {
		t.Errorf("%s: the log's hint is %q", reason, hint)
	}
}

// expectLog finds the line that the server logs by itself, before anybody asks,
// and returns its hint.
func expectLog(t *testing.T, s *stack, cause string) (hint string) {
	t.Helper()
	var lines []map[string]any
	await(t, func() bool {
		lines = s.logLines()
		for _, line := range lines {
			if line["msg"] != "request" && line["cause"] == cause {
				hint, _ = line["hint"].(string)
				return true
			}
		}
		return false
	}, func() any { return lines })
	return hint
}
