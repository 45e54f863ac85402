package confidential_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, shown := range []string{
		"", "5", "-1", "1.5", "maybe", "loud", "application/json", "500 ms", ":99999", "127.0.0.1:8888", "[::1]:80", "db.example.org", "a.b.c",
		"pg_catalog.pg_class", "/", "/livez", "/api/v1/data/", "public, sales", `"a`, "orders,*", "https://example.org", "500ms", "/run/secrets/url",
	} {
		if got := confidential.Quote(shown); got != `"`+strings.ReplaceAll(shown, `"`, `\"`)+`"` {
			t.Errorf("%q is %s", shown, got)
		}
	}
	for _, hidden := range []string{
		"postgres://u:p@h/d", "postgresql://h/d", "x postgres://", "mysql://u:p@h", "https://u@h/", "u:p@h", "u:p/q@h:5432/d", ":p@h",
		"host=h password=p", "password = p", "PGPASSWORD=p", "PASSWD=p", "Server=h;Pwd=p",
	} {
		if got := confidential.Quote(hidden); got != "a connection string (not shown)" {
			t.Errorf("%q is %s", hidden, got)
		}
	}
	for _, hidden := range []string{
		"canary4711", "hunter22hunter", "550e8400-e29b-41d4-a716-446655440000", "AKIAIOSFODNN7EXAMPLE", "dGhpcyBpcyBhIHNlY3JldA==", "correct#horse",
		"Tr0ub4dor&3", strings.Repeat("k", 25), strings.Repeat("a b ", 40), "123456789012345678901234567890", "ghp_aBcD1234eFgH", "x\x00canary\x01", "key=value",
	} {
		if got := confidential.Quote(hidden); got != "a value that may be a secret (not shown)" {
			t.Errorf("%q is %s", hidden, got)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"data->>key1": `"data->>key1"`, "/api/550e8400-e29b": `"/api/550e8400-e29b"`, "/postgres://u:p@h/d": "a connection string (not shown)",
	} {
		if got := confidential.Name(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}
