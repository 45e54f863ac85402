package attacks

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

// pasted is the secret that somebody puts where something else belongs.
const pasted = "canary4711"

// misplaced are the forms in which it comes.
var misplaced = []struct{ form, value string }{
	{"a URL", "postgres://user:" + pasted + "@127.0.0.1:1/db"},
	{"a URL with its password in a parameter", "postgres://127.0.0.1:1/db?user=u&password=" + pasted},
	{"key=value pairs", "host=127.0.0.1 port=1 user=u password=" + pasted + " dbname=d sslmode=disable"},
	{"a URL without its scheme", "user:" + pasted + "@127.0.0.1:1/db"},
	{"the password alone", pasted},
}

// documented are the variables in the table of the documentation.
func documented(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllSubmatch(text, -1) {
		names = append(names, string(row[1]))
	}
	if len(names) < 25 || !slices.Contains(names, "DATABASE_URL_FILE") {
		t.Fatalf("the table of variables is not what it was: %v", names)
	}
	return names
}

// commands are those that read the environment. None is to serve.
var commands = [][]string{nil, {"check"}, {"check", "-json"}, {"healthcheck"}}

// said is what a command writes in an environment, to both streams. A server that
// comes up is ended when it has looked at the database.
func said(t *testing.T, args, environ []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	out, done := &transcript.Text{}, make(chan error, 1)
	go func() { done <- server.Run(ctx, args, environ, out, out) }()
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		select {
		case err := <-done:
			tick.Stop()
			if err != nil {
				return out.String() + server.Explain(err)
			}
			return out.String()
		default:
			if args == nil && strings.Contains(out.String(), `"checked"`) {
				cancel()
			}
		}
	}
}

// Whatever variable a secret was put into, no command shows it.
func TestAttack04_SecretInAnyVariable(t *testing.T) {
	begin(t, 4)
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id, 'one' AS value")
	dsn := db.Role("", "GRANT SELECT ON test_table TO ROLE")
	// A plain word where a name is due is that name, and names are shown.
	names := []string{"DBCONTENTS_TABLES", "DBCONTENTS_FUNCTIONS", "DBCONTENTS_SCHEMAS", "DBCONTENTS_ANON_ROLE"}
	for _, variable := range documented(t) {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			for _, secret := range misplaced {
				environ := []string{variable + "=" + secret.value}
				for _, other := range []string{"DATABASE_URL=" + dsn, "ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=0s", "LOG_LEVEL=debug", "LOG_FORMAT=json"} {
					if name, _, _ := strings.Cut(other, "="); name != variable && (name != "DATABASE_URL" || variable != "DATABASE_URL_FILE") {
						environ = append(environ, other)
					}
				}
				for _, args := range commands {
					if secret.value == pasted && slices.Contains(names, variable) {
						continue
					}
					if text := said(t, args, environ); strings.Contains(text, pasted) {
						t.Errorf("%s in %s is shown by %q:\n%s", secret.form, variable, args, text)
					}
				}
			}
		})
	}
}

// The message says which variable it is, and what kind of thing is in it.
func TestAttack04_MisplacedSecretsAreExplained(t *testing.T) {
	begin(t, 4)
	for _, tt := range []struct{ env, says string }{
		{"DATABASE_URL_FILE=" + misplaced[0].value, "DATABASE_URL_FILE: it holds a connection string, not the name of a file; set DATABASE_URL to it"},
		{"PGPASSWORD_FILE=" + misplaced[0].value, "PGPASSWORD_FILE: it holds a connection string, not the name of a file; set DATABASE_URL to it"},
		{"PGPASSWORD_FILE=" + pasted, "PGPASSWORD_FILE: the file that it names cannot be opened inside this process or container: no such file or directory"},
		{"DBCONTENTS_TABLES=" + misplaced[0].value, "DBCONTENTS_TABLES: it holds a connection string, which belongs in DATABASE_URL"},
		{"DBCONTENTS_PREFIX=" + misplaced[2].value, "DBCONTENTS_PREFIX: it holds a connection string, which belongs in DATABASE_URL"},
		{"LOG_LEVEL=" + pasted, "LOG_LEVEL: a value that may be a secret (not shown) is not a level; want debug, info, warn or error"},
		{"LOG_LEVEL=loud", `LOG_LEVEL: "loud" is not a level`},
		{"DATABASE_URL=host=" + misplaced[0].value, "DATABASE_URL: the host"},
	} {
		if text := said(t, []string{"check"}, []string{tt.env, "LOG_FORMAT=text"}); !strings.Contains(text, tt.says) || strings.Contains(text, pasted) {
			t.Errorf("%s: no %q in\n%s", tt.env, tt.says, text)
		}
	}
}

// Nor does the command line.
func TestAttack04_SecretOnTheCommandLine(t *testing.T) {
	begin(t, 4)
	for _, secret := range misplaced {
		for _, args := range [][]string{{secret.value}, {"check", secret.value}, {"check", "-" + secret.value}, {"check", "-json=" + secret.value}, {"healthcheck", secret.value}, {"version", secret.value}} {
			if text := said(t, args, nil); strings.Contains(text, pasted) {
				t.Errorf("%q: %s", args, text)
			}
		}
	}
}

// The variables of libpq are read by the driver, and from the process's own
// environment: this runs the real program.
func TestAttack04_SecretInVariablesOfLibpq(t *testing.T) {
	begin(t, 4)
	program := filepath.Join(t.TempDir(), "server")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := []string{"PGHOST", "PGUSER", "PGDATABASE"} // of which a plain word is one
	for _, variable := range []string{
		"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGAPPNAME", "PGOPTIONS", "PGTZ",
		"PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLNEGOTIATION", "PGSSLSNI", "PGSSLPASSWORD",
		"PGCHANNELBINDING", "PGREQUIREAUTH", "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION",
	} {
		for _, secret := range misplaced {
			if secret.value == pasted && slices.Contains(names, variable) {
				continue
			}
			for _, args := range [][]string{{"check"}, {"check", "-json"}} {
				cmd := exec.CommandContext(t.Context(), program, args...)
				cmd.Env = []string{"PGPORT=1", "PGHOST=127.0.0.1", "PGSSLMODE=verify-full", variable + "=" + secret.value}
				if strings.HasPrefix(variable, "PGSERVICE") {
					cmd.Env = append(cmd.Env, "PGSERVICE="+pasted)
				}
				if strings.HasPrefix(variable, "PGSSLCERT") || variable == "PGSSLKEY" {
					cmd.Env = append(cmd.Env, "PGSSLCERT="+secret.value, "PGSSLKEY="+secret.value)
				}
				if out, err := cmd.CombinedOutput(); err == nil || bytes.Contains(out, []byte(pasted)) {
					t.Errorf("%s in %s: %v\n%s", secret.form, variable, err, out)
				}
			}
		}
	}
}
