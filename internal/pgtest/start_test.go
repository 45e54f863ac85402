package pgtest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// start starts a server of the given kind, or skips where there is none.
func start(t *testing.T, kind string) *pgtest.Server {
	t.Helper()
	t.Setenv("DBCONTENTS_TEST_POSTGRES", kind)
	server, err := pgtest.Start(t.Context(), pgtest.PreferLocal)
	if err != nil {
		skipAbsent(t, err.Error())
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestStart(t *testing.T) {
	for _, kind := range []string{"local", "docker"} {
		t.Run(kind, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			server := start(t, kind)
			conn := connect(t, server.DSN("template1"))
			if got := scalar(t, conn, "SELECT current_database() || ' ' || current_user"); got != "template1 postgres" {
				t.Errorf("connected as %s", got)
			}
			if got := scalar(t, conn, "SELECT current_setting('server_encoding') || ' ' || datcollate FROM pg_database WHERE datname = 'template1'"); !regexp.MustCompile(`^UTF8 C(\.UTF-?8)?$`).MatchString(got) {
				t.Errorf("encoding and collation = %s", got)
			}
			place := map[string]string{"local": `local binaries in /.+`, "docker": `Docker image postgres:17`}[kind]
			if !regexp.MustCompile(`^PostgreSQL \d+[.\w]*, ` + place + `$`).MatchString(server.String()) {
				t.Errorf("server = %s", server)
			}
			dir := scalar(t, conn, "SHOW data_directory")
			conn.Close(t.Context())
			for range 2 {
				if err := server.Stop(); err != nil {
					t.Error("Stop:", err)
				}
			}
			gone(t, server.DSN("postgres"))
			if kind == "local" {
				if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("stat %s after Stop: %v", dir, err)
				}
			}
			goleak.VerifyNone(t, before)
		})
	}
}

func TestStartCanceled(t *testing.T) {
	t.Setenv("DBCONTENTS_TEST_POSTGRES", "local")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pgtest.Start(ctx, pgtest.PreferLocal); err == nil {
		t.Error("started in spite of a canceled context")
	}
}

func TestStartSaysWhatWasTried(t *testing.T) {
	const canary = "canary-password"
	tests := []struct {
		name, reason string
		order        pgtest.Order
		env          map[string]string
		want         []string
	}{
		{
			name: "nothing", reason: "each way is told with its own cause, and what to install",
			want: []string{"Docker image postgres:17: no Docker engine answers", "local programs: no initdb and postgres", "apt-get install postgresql", "brew install", "docs.docker.com"},
		},
		{
			name: "local first", order: pgtest.PreferLocal, reason: "a program leaves the DSN of the tests alone",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "postgres://u:" + canary + "@127.0.0.1:1/d"},
			want: []string{"local programs: no initdb and postgres", "no Docker engine answers"},
		},
		{
			name: "local directory", reason: "a forced way does not fall back",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "local=/nonexistent"},
			want: []string{"local programs: no initdb in /nonexistent"},
		},
		{
			name: "no such image", reason: "an image that cannot be had is no long wait",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "docker=postgres:does-not-exist", "DOCKER_HOST": os.Getenv("DOCKER_HOST")},
			want: []string{"Docker image postgres:does-not-exist: no"},
		},
		{
			name: "image without a tag", reason: "latest is not a version, and all tags are many",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "docker=postgres"},
			want: []string{`"postgres" has no tag`},
		},
		{
			name: "remote engine", reason: "its published ports cannot be reached",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "docker", "DOCKER_HOST": "tcp://192.0.2.1:2375"},
			want: []string{"another machine"},
		},
		{
			name: "unknown kind", reason: "a typo must not mean the default",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "podman"},
			want: []string{`DBCONTENTS_TEST_POSTGRES is "podman"; it may be docker`},
		},
		{
			name: "unknown kind with a URL", reason: "that may hold a password",
			env:  map[string]string{"DBCONTENTS_TEST_POSTGRES": "downlaod=https://u:" + canary + "@192.0.2.1"},
			want: []string{`DBCONTENTS_TEST_POSTGRES is "downlaod=..."; it may be docker`},
		},
		{
			name: "dead DSN", reason: "a named server is not replaced by another",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "postgres://u:" + canary + "@127.0.0.1:1/d"},
			want: []string{"DBCONTENTS_TEST_DSN: ", "connection refused"},
		},
		{
			name: "malformed DSN", reason: "url.Parse would quote it",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "postgres://u:" + canary + "@[/d"},
			want: []string{"must be a URL"},
		},
		{
			name: "DSN of keywords", reason: "databases and users are put into it as into a URL",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "host=localhost password=" + canary},
			want: []string{"must be a URL"},
		},
		{
			name: "DSN with a parameter for the user", reason: "it would win over the role of a test",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "postgres://h/d?user=u&password=" + canary},
			want: []string{"must not have user"},
		},
		{
			name: "DSN with a bad option", reason: "pgx quotes it",
			env:  map[string]string{"DBCONTENTS_TEST_DSN": "postgres://u:" + canary + "@h/d?sslmode=bogus"},
			want: []string{"sslmode"},
		},
	}
	defer pgtest.HideLocalPrograms()()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"DBCONTENTS_TEST_DSN", "DBCONTENTS_TEST_POSTGRES"} {
				t.Setenv(name, "")
			}
			t.Setenv("PATH", "")
			t.Setenv("DOCKER_HOST", "unix:///nonexistent")
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			server, err := pgtest.Start(t.Context(), tt.order)
			if err == nil {
				server.Stop()
				t.Fatalf("started %s, but %s", server, tt.reason)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q, but %s:\n%v", want, tt.reason, err)
				}
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells the password:\n%v", err)
			}
		})
	}
}
