package server_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// binaryDir is where the program lies that the tests of this file run.
var binaryDir string

// binary builds the real program, once.
var binary = sync.OnceValues(func() (string, error) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "dbcontents-server-"); err != nil {
		return "", err
	}
	name := filepath.Join(binaryDir, "server")
	out, err := exec.Command("go", "build", "-o", name, "-ldflags",
		"-X github.com/dbcontents/dbcontents-go/internal/server.version=v9.8.7 -X github.com/dbcontents/dbcontents-go/internal/server.source=digest", "../../cmd/server").CombinedOutput()
	if err != nil {
		err = errors.New(string(out))
	}
	return name, err
})

// program is the binary with nothing but env in its environment.
func program(t *testing.T, args []string, env ...string) *exec.Cmd {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = env
	return cmd
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	cmd := program(t, nil, "DBCONTENTS_TABLES=a.b.c", "DBCONTENTS_DRAIN=soon", "ADDR=here", "DBCONTENTS_TABEL=x", "DATABASE_URL=postgres://u:canary4711@h:x/d")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || strings.Contains(string(out), "canary4711") {
		t.Errorf("%v: %s", err, out)
	}
	for _, variable := range []string{"DBCONTENTS_TABLES: ", "DBCONTENTS_DRAIN: ", "ADDR: ", "DBCONTENTS_TABEL: ", "DATABASE_URL: "} {
		if !strings.Contains(string(out), "\n"+variable) {
			t.Errorf("no line begins with %q in\n%s", variable, out)
		}
	}
	out, err = program(t, []string{"version"}).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "version   v9.8.7\n") || !strings.Contains(string(out), "source    digest\n") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = program(t, []string{"check"}, "PGHOST=127.0.0.1", "PGPORT=1").CombinedOutput()
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "cure: ") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = program(t, []string{"check"}, "PGPORT=one").CombinedOutput()
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "\nPGPORT: ") {
		t.Errorf("%v: %s", err, out)
	}
}

// started is the binary as it serves.
func started(t *testing.T, env ...string) (*exec.Cmd, *running) {
	t.Helper()
	cmd := program(t, nil, append(env, "ADDR=127.0.0.1:0", "LOG_FORMAT=json")...)
	s := &running{Log: &output{}, HTTP: http.DefaultClient}
	cmd.Stderr = s.Log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	s.URL = strings.TrimSuffix(s.Log.line(t, "serving")["url"].(string), "/dbcontents")
	return cmd, s
}

func TestVariablesOfLibpqAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	dsn, password := role(db)
	cmd, s := started(t, "PGHOST="+dsn.Hostname(), "PGPORT="+dsn.Port(), "PGUSER="+dsn.User.Username(), "PGPASSWORD="+password,
		"PGDATABASE="+db.Name, "PGSSLMODE=disable", "DBCONTENTS_DRAIN=0s")
	if response, body := s.get(t, "/dbcontents"); response.StatusCode != 200 || !strings.Contains(body, "one") {
		t.Errorf("%s %s", response.Status, body)
	}
	if line := s.Log.line(t, "serving"); line["version"] != "v9.8.7" || line["source"] != "digest" {
		t.Errorf("%v", line)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, s.Log)
	}
	s.Log.line(t, "stopped")
	if strings.Contains(s.Log.String(), password) {
		t.Errorf("the password is in the log:\n%s", s.Log)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	cmd, s := started(t, "PGHOST=127.0.0.1", "PGPORT=1", "DBCONTENTS_DRAIN=1m")
	cmd.Process.Signal(syscall.SIGINT)
	s.Log.line(t, "stopping")
	time.Sleep(50 * time.Millisecond)
	cmd.Process.Signal(syscall.SIGINT)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it ended as if it had been in order")
		}
	case <-time.After(wait):
		t.Error("it goes on")
	}
}
