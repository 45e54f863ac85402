//go:build unix

package examples_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestEmbed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 5000) i")
	p := start(t, nil, "embed", "ADDR=127.0.0.1:0", "DATABASE_URL="+db.DSN, "API_TOKEN=token4711")
	base := "http://" + p.find(t, `listening on (\S+)`)
	for _, tt := range []struct {
		reason, path, token string
		status              int
		want                string
	}{
		{"its own authentication", "/api/data", "", 401, "a bearer token is needed\n"},
		{"a wrong token", "/api/data/test_table", "token", 401, "a bearer token is needed\n"},
		{"contents", "/api/data?select=id&limit=1&order=id", "token4711", 200, "[{\"id\":1}]\n"},
		{"by name", "/api/data/test_table?select=id&limit=1&order=id", "token4711", 200, "[{\"id\":1}]\n"},
		{"problems", "/api/data/other", "token4711", 404, `{"type":`},
		{"health beside it, without a token", "/readyz", "", 200, `{"status":"ok"`},
		{"alive", "/livez", "", 200, `{"status":"ok"`},
		{"the rest of the program", "/hello", "", 200, "this program"},
	} {
		status, body := get(t, base+tt.path, "Authorization", "Bearer "+tt.token)
		if status != tt.status || !strings.HasPrefix(body, tt.want) {
			t.Errorf("%s: %s: %d %s", tt.reason, tt.path, status, body)
		}
	}
	// A large answer streams through the program's middleware: it has an Unwrap.
	status, body := get(t, base+"/api/data?format=text", "Authorization", "Bearer token4711")
	if status != http.StatusOK || strings.Count(body, "\n") != 5000 {
		t.Errorf("large: %d, %d lines", status, strings.Count(body, "\n"))
	}
	if text := p.out.String(); !strings.Contains(text, "GET /api/data: 401 in ") || !strings.Contains(text, "GET /api/data: 200 in ") {
		t.Errorf("its log:\n%s", text)
	}
	p.Process.Signal(syscall.SIGTERM)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestEmbedNeedsAToken(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "embed")
	if code := p.end(t); code == 0 || !strings.Contains(p.out.String(), "API_TOKEN is not set") {
		t.Errorf("exit code %d\n%s", code, p.out)
	}
}
