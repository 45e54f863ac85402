package docker_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// testNoPassword looks for the generated passwords wherever the engine, the
// logs or the processes could show them.
func testNoPassword(t *testing.T, s *stack) {
	superuser := s.must("exec", "-T", "db", "cat", "/run/dbcontents/postgres_password")
	reader := s.must("exec", "-T", "db", "cat", "/run/dbcontents/reader_password")
	if len(superuser) != 48 || len(reader) != 48 || superuser == reader {
		t.Fatalf("passwords of %d and %d characters", len(superuser), len(reader))
	}
	const want = "999:999 400\n65532:999 440\n"
	if got := s.must("exec", "-T", "db", "stat", "-c", "%u:%g %a", "/run/dbcontents/postgres_password", "/run/dbcontents/reader_password"); got != want {
		t.Errorf("owners and modes of the passwords are %s, want %s", got, want)
	}
	refuse(t, s, superuser, reader)
}

// refuse fails the test if one of the canaries can be seen.
func refuse(t *testing.T, s *stack, canaries ...string) {
	t.Helper()
	shown := map[string]string{
		"logs":       s.must("logs"),
		"config":     s.must("config"),
		"db's env":   s.must("exec", "-T", "db", "env"),
		"/readyz":    s.get("/readyz?verbose").Body,
		"db's table": s.sql("SELECT string_agg(setting, ' ') FROM pg_settings"),
	}
	for _, service := range []string{"secrets", "db", "api"} {
		c := s.container(service)
		shown["inspect "+service] = run(t, "docker", "inspect", c.ID)
		shown["inspect the image of "+service] = run(t, "docker", "image", "inspect", c.Image)
		shown["history of "+service] = run(t, "docker", "history", "--no-trunc", c.Image)
		if c.State.Running {
			pid := strconv.Itoa(c.State.Pid)
			// A child may end before it is looked at.
			shown["processes of "+service] = onHost(t, "for p in "+pid+" $(cat /proc/"+pid+"/task/"+pid+"/children); do "+
				"cat /proc/$p/environ /proc/$p/cmdline || [ ! -e /proc/$p ] || exit 1; done")
			if !strings.Contains(shown["processes of "+service], "PATH=") {
				t.Errorf("the environment of %s was not seen", service)
			}
		}
	}
	for place, text := range shown {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("a password is shown by %s", place)
			}
		}
	}
}

// Somebody removes the volume of the passwords and keeps that of the data.
func TestDatabaseOlderThanPasswords(t *testing.T) {
	t.Parallel()
	s := newStack(t, built(t))
	s.must("up", "--wait")
	s.must("rm", "--stop", "--force", "--volumes")
	run(t, "docker", "volume", "rm", s.project+"_secrets")
	s.must("up", "--detach")
	if a := object(t, s.eventually("/readyz", 503).Body); a["cause"] != "wrong_password" {
		t.Errorf("readyz: %v", a)
	}
	if out := s.must("logs", "secrets"); !strings.Contains(out, "the database is older than these passwords") {
		t.Errorf("secrets: %s", out)
	}
	expectLog(t, s, "wrong_password")
	before := s.container("api")
	s.must("exec", "-T", "db", "sh", "/docker-entrypoint-initdb.d/20-roles.sh") // as the log of secrets says
	s.eventually("/readyz", 200)
	if after := s.container("api"); after.State.Pid != before.State.Pid {
		t.Error("the cure needed a restart")
	}
}

// Passwords of one's own, and psql from the host with one of them.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	const superuser, reader = `canary-QZWX1 "superuser" '\`, "canary QZWX2 reader äß"
	dir := t.TempDir()
	files := map[string]string{"POSTGRES_PASSWORD_FILE": superuser, "READER_PASSWORD_FILE": reader}
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"POSTGRES_PORT=" + port}
	for name, password := range files {
		writeFile(t, filepath.Join(dir, name), password+"\n")
		env = append(env, name+"="+filepath.Join(dir, name))
	}
	if err := os.Chmod(dir, 0o700); err != nil { // as docs/docker.md says
		t.Fatal(err)
	}
	s := newStack(t, built(t), env...)
	s.override("compose.secrets.yaml")
	s.override("compose.psql.yaml")
	s.must("up", "--wait")
	testContents(t, s)
	for user, password := range map[string]string{"postgres": superuser, "reader": reader} {
		config, err := pgx.ParseConfig("postgres://" + address + "/dbcontents?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		config.User, config.Password = user, password
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Errorf("%s: %v", user, err)
			continue
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	refuse(t, s, superuser, reader, "QZWX1", "QZWX2")
}
