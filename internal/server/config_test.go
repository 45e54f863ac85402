package server_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty, password := filepath.Join(dir, "empty"), filepath.Join(dir, "password")
	write(t, empty, "\n")
	write(t, password, "p")
	for _, tt := range []struct {
		reason string
		env    []string
		want   []string // each is the begin of a line
	}{
		{"a number without a unit", []string{"DBCONTENTS_DRAIN=5"}, []string{`DBCONTENTS_DRAIN: "5" is not a duration; want a number with a unit`}},
		{"no limit is not zero", []string{"DBCONTENTS_QUERY_TIMEOUT=0s"}, []string{"DBCONTENTS_QUERY_TIMEOUT: 0s is too short"}},
		{"the Store's own limits", []string{"DBCONTENTS_LOCK_TIMEOUT=1000h", "DBCONTENTS_POOL_SIZE=1000000"}, []string{"DBCONTENTS_LOCK_TIMEOUT: 1000h0m0s is not between", "DBCONTENTS_POOL_SIZE: 1000000 is not between"}},
		{"negative numbers", []string{"DBCONTENTS_MAX_ROWS=-1", "DBCONTENTS_SHUTDOWN=-1s"}, []string{`DBCONTENTS_MAX_ROWS: "-1" is not a whole number`, "DBCONTENTS_SHUTDOWN: -1s is negative"}},
		{"words", []string{"DBCONTENTS_VERBOSE=maybe", "LOG_LEVEL=loud", "LOG_FORMAT=xml"}, []string{`DBCONTENTS_VERBOSE: "maybe" is neither`, `LOG_LEVEL: "loud" is not a level; want debug`, `LOG_FORMAT: "xml" is not a format`}},
		{"addresses", []string{"ADDR=8888"}, []string{`ADDR: "8888" is not an address; want host:port`}},
		{"ports", []string{"ADDR=:99999"}, []string{`ADDR: "99999" is not a port`}},
		{"prefixes", []string{"DBCONTENTS_PREFIX=/"}, []string{`DBCONTENTS_PREFIX: "/" is not a path; want one like /data`}},
		{"a prefix that hides something", []string{"DBCONTENTS_PREFIX=/livez"}, []string{`DBCONTENTS_PREFIX: "/livez" is the path of something else`}},
		{"a prefix that hides the metrics", []string{"DBCONTENTS_PREFIX=/metrics"}, []string{`DBCONTENTS_PREFIX: "/metrics" is the path of something else`}},
		{"metrics", []string{"DBCONTENTS_METRICS=perhaps", "DBCONTENTS_METRICS_ADDR=9464"}, []string{`DBCONTENTS_METRICS: "perhaps" is neither on nor off`, `DBCONTENTS_METRICS_ADDR: "9464" is not an address`}},
		{"tables, all problems", []string{"DBCONTENTS_TABLES=a.b.c,pg_catalog.pg_class"}, []string{`DBCONTENTS_TABLES: "a.b.c": want table or schema.table`, `DBCONTENTS_TABLES: "pg_catalog.pg_class": "pg_catalog" is a system schema`}},
		{"a problem is told once", []string{"DBCONTENTS_TABLES=a,,b"}, []string{"DBCONTENTS_TABLES: there is nothing before, between or after commas"}},
		{"quotes", []string{`DBCONTENTS_TABLES="a`}, []string{"DBCONTENTS_TABLES: a closing double quote is missing"}},
		{"a star in a schema", []string{"DBCONTENTS_TABLES=sales.*"}, []string{`DBCONTENTS_TABLES: "sales.*" is not known; add the schema to DBCONTENTS_SCHEMAS`}},
		{"system schemas", []string{"DBCONTENTS_SCHEMAS=public,pg_catalog"}, []string{`DBCONTENTS_SCHEMAS: "pg_catalog" is a system schema`}},
		{"a misspelt name", []string{"DBCONTENTS_TABEL=orders"}, []string{"DBCONTENTS_TABEL: there is no such variable; the nearest is DBCONTENTS_TABLES"}},
		{"a name with a prefix too many", []string{"DBCONTENTS_LOG_LEVEL=info"}, []string{"DBCONTENTS_LOG_LEVEL: there is no such variable; the nearest is LOG_LEVEL"}},
		{"a port of our own is not Kubernetes'", []string{"DBCONTENTS_PORT=8888"}, []string{"DBCONTENTS_PORT: there is no such variable"}},
		{"two connection strings", []string{"DATABASE_URL=postgres://h/d", "DATABASE_URL_FILE=" + password}, []string{"DATABASE_URL_FILE: DATABASE_URL is set as well"}},
		{"two passwords", []string{"PGPASSWORD=p", "PGPASSWORD_FILE=" + password}, []string{"PGPASSWORD_FILE: PGPASSWORD is set as well"}},
		{"no file", []string{"PGPASSWORD_FILE=" + dir + "/absent"}, []string{"PGPASSWORD_FILE: the file that it names cannot be opened inside this process or container: no such file or directory"}},
		{"an empty file", []string{"PGPASSWORD_FILE=" + empty}, []string{"PGPASSWORD_FILE: the file that it names is empty"}},
		{"an endless file", []string{"DATABASE_URL_FILE=/dev/zero"}, []string{"DATABASE_URL_FILE: the file that it names is larger"}},
		{"a connection string from a file", []string{"DATABASE_URL_FILE=" + password}, []string{"DATABASE_URL_FILE: is not a valid connection string"}},
		{"a password would become the user", []string{"DATABASE_URL=host=h user=", "PGPASSWORD_FILE=" + password}, []string{"DATABASE_URL: it ends in the middle of a value"}},
		{"tokens without roles", []string{"DBCONTENTS_JWT_SECRET=" + jwtSecret}, []string{"DBCONTENTS_ROLES: tokens are checked, and no role is allowed"}},
		{"roles without tokens", []string{"DBCONTENTS_ROLES=a", "DBCONTENTS_JWT_AUDIENCE=b"}, []string{"DBCONTENTS_ROLES: it has no effect", "DBCONTENTS_JWT_AUDIENCE: it has no effect"}},
		{"a short secret", []string{"DBCONTENTS_JWT_SECRET=short", "DBCONTENTS_ROLES=a"}, []string{"DBCONTENTS_JWT_SECRET: "}},
		{"two secrets", []string{"DBCONTENTS_JWT_SECRET=" + jwtSecret, "DBCONTENTS_JWT_SECRET_FILE=" + password, "DBCONTENTS_ROLES=a"}, []string{"DBCONTENTS_JWT_SECRET_FILE: DBCONTENTS_JWT_SECRET is set as well"}},
		{"keys over plain HTTP", []string{"DBCONTENTS_JWT_JWKS_URL=http://keys.example/", "DBCONTENTS_ANON_ROLE=a"}, []string{"DBCONTENTS_JWT_JWKS_URL: "}},
		{"a path that is none", []string{"DBCONTENTS_JWT_SECRET=" + jwtSecret, "DBCONTENTS_JWT_ROLE_CLAIM=a..b", "DBCONTENTS_ROLES=a"}, []string{"DBCONTENTS_JWT_ROLE_CLAIM: "}},
		{"a role that is a word of SQL", []string{"DBCONTENTS_JWT_SECRET=" + jwtSecret, "DBCONTENTS_ROLES=none"}, []string{`DBCONTENTS_ROLES: "none" is not the name of a role`}},
		{"a bad one with a password file", []string{"DATABASE_URL=postgres://h:x/d", "PGPASSWORD_FILE=" + password}, []string{"DATABASE_URL: the port is not a number"}},
		{"all at once", []string{"ADDR=x", "DATABASE_URL=postgres://u:p@h:0/d", "DBCONTENTS_X=", "DBCONTENTS_SCHEMAS=pg_toast"}, []string{"ADDR: ", "DATABASE_URL: the port", "DBCONTENTS_X: ", "DBCONTENTS_SCHEMAS: "}},
	} {
		for _, command := range [][]string{nil, {"check"}} {
			code, stdout, stderr := run(t, command, tt.env...)
			lines := strings.Split(stderr, "\n")
			told := command == nil && stdout == "" || command != nil && strings.HasPrefix(stdout, "FAILED  configuration: ") && strings.Contains(stdout, "cause: config_invalid")
			if code != 2 || !told || lines[0] != "the configuration cannot be used" || !strings.HasPrefix(lines[len(lines)-1], "hint: ") {
				t.Errorf("%s: exit code %d, %s%s", tt.reason, code, stdout, stderr)
				continue
			}
			if problems := lines[1 : len(lines)-1]; len(problems) != len(tt.want) {
				t.Errorf("%s: %d problems are told, want %d:\n%s", tt.reason, len(problems), len(tt.want), stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, "\n"+want) {
					t.Errorf("%s: no line begins with %q in\n%s", tt.reason, want, stderr)
				}
			}
		}
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Kubernetes sets these in every container of a namespace that has a service
// named dbcontents or dbcontents-api; an empty variable is as good as none.
func TestHarmlessVariables(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL=host=127.0.0.1 port=1",
		"DBCONTENTS_SERVICE_HOST=10.0.0.1", "DBCONTENTS_SERVICE_PORT=80", "DBCONTENTS_SERVICE_PORT_HTTP=80",
		"DBCONTENTS_PORT=tcp://10.0.0.1:80", "DBCONTENTS_PORT_80_TCP=tcp://10.0.0.1:80", "DBCONTENTS_PORT_80_TCP_ADDR=10.0.0.1",
		"DBCONTENTS_API_SERVICE_HOST=10.0.0.2", "DBCONTENTS_API_PORT=tcp://10.0.0.2:80", "DBCONTENTS_API_PORT_80_TCP_PROTO=tcp",
		"DBCONTENTS_TEST_POSTGRES=local", "DBCONTENTS_TABLES=", "DBCONTENTS_MAX_ROWS=", "DATABASE_URL_FILE=", "PGPASSWORD_FILE=")
	if line := s.Log.line(t, "serving"); fmt.Sprint(line["tables"]) != "[test_table]" {
		t.Errorf("%v", line)
	}
}

func TestSecretDoesNotShow(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	type holder struct {
		Public server.Secret
		hidden server.Secret
	}
	h := holder{server.NewSecret(canary), server.NewSecret(canary)}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+verb+verb+"\n", h, h.Public, &h)
	}
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(text)
	fmt.Fprintln(&shown, h.Public.String(), h.Public.GoString(), h.hidden)
	slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "secret", h.Public, "holder", h)
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "secret", h.Public, "holder", h)
	if strings.Contains(shown.String(), canary) || strings.Contains(shown.String(), fmt.Sprintf("%x", canary)) || !strings.Contains(shown.String(), "[secret]") {
		t.Errorf("it shows:\n%s", shown.String())
	}
}

// FuzzAddPassword: whatever the password, the connection string means the same
// with it, and nothing of it gets anywhere else.
func FuzzAddPassword(f *testing.F) {
	for _, password := range []string{"secret", "it's", `back\slash`, `\'`, "a b", "ä&b=c?d#e%41+f", "' host=evil user='x", "line\nbreak", "[secret]"} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if password == "" || strings.ContainsRune(password, 0) {
			t.Skip("readSecret refuses these")
		}
		for _, conn := range []string{
			"host=h port=5433 user=u dbname=d", "host=h password=old port=5433 user=u dbname='d' ",
			"postgres://u:p@h:5433/d", "postgresql://u:a?b@h:5433/d?sslmode=disable", "postgres://u@h:5433/d?", "postgres://u@h:5433/d?sslmode=disable&",
		} {
			c, err := pgconn.ParseConfig(server.AddPassword(conn, password))
			if err != nil {
				t.Fatalf("%q: %v", conn, err)
			}
			want := []any{"h", uint16(5433), "u", "d", password}
			if diff := cmp.Diff(want, []any{c.Host, c.Port, c.User, c.Database, c.Password}); diff != "" {
				t.Errorf("%q (-want +got):\n%s", conn, diff)
			}
		}
	})
}
