package faults

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/server"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

// programDir is where the program lies, once it is built.
var programDir string

// program builds the real program, without the race detector.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if programDir, err = os.MkdirTemp("", "dbcontents-faults-"); err != nil {
		return "", err
	}
	name := filepath.Join(programDir, "server")
	if out, err := exec.Command("go", "build", "-o", name, "../../cmd/server").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return name, nil
})

func removeProgram() error {
	if programDir == "" {
		return nil
	}
	return os.RemoveAll(programDir)
}

// command is the program with nothing but env in its environment.
func command(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name)
	cmd.Env = append([]string{"ADDR=127.0.0.1:0", "LOG_FORMAT=json"}, env...)
	return cmd
}

func TestRow01_MalformedConnectionString(t *testing.T) {
	begin(t, 1)
	const canary = "kanarienvogel"
	for _, tt := range []struct{ variable, value string }{
		{"DATABASE_URL", "postgres://user:" + canary + "@host:port/database"},
		{"DATABASE_URL", "postgres://user:" + canary + "@host/database?sslmode=perhaps"},
		{"DATABASE_URL", "postgres://user:" + canary + "@host/database?pool_max_conns=many"},
		{"DATABASE_URL", "postgres://user:" + canary + "@host/database?sslrootcert=/nonexistent/ca.pem&sslmode=verify-full"},
		{"DATABASE_URL", "user=me password=" + canary + " nonsense"},
		{"DATABASE_URL", canary},
		{"PGPORT", canary},
	} {
		cmd := command(t, tt.variable+"="+tt.value)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s: %v, want exit code 2", tt.value, err)
		}
		if text := string(out); !strings.Contains(text, "\n"+tt.variable+": ") || strings.Contains(text, canary) || strings.Contains(text, "serving") {
			t.Errorf("%s: %s", tt.value, text)
		}
	}
}

// A service is the server, in this process or in one of its own.
type service struct {
	t    *testing.T
	url  string
	pid  int // of its own process
	log  *transcript.Text
	stop func() // ends it in order and wants success; may be called again
}

// serve runs the server in this process until the test ends.
func serve(t *testing.T, env ...string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	s := &service{t: t, log: &transcript.Text{}}
	environ := append([]string{"ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=0s", "LOG_FORMAT=json"}, env...)
	urls := make(chan string, 1)
	go func() { done <- server.Serve(ctx, environ, s.log, func(url string) { urls <- url }) }()
	select {
	case url := <-urls:
		s.url = strings.TrimSuffix(url, "/dbcontents")
	case err := <-done:
		t.Fatal(err)
	}
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(wait):
			t.Error("Serve does not return")
		}
	})
	t.Cleanup(s.stop)
	return s
}

// start starts the program; stop sends it SIGTERM.
func start(t *testing.T, env ...string) *service {
	t.Helper()
	cmd := command(t, env...)
	s := &service{t: t, log: &transcript.Text{}}
	cmd.Stderr = s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.pid = cmd.Process.Pid
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	s.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // then it has ended, which Wait tells
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("after SIGTERM: %v, want exit code 0\n%s", err, s.log)
			}
		case <-time.After(wait):
			cmd.Process.Kill() //nolint:errcheck // it may end just now
			t.Errorf("goes on after SIGTERM\n%s", s.log)
		}
	})
	t.Cleanup(s.stop)
	eventually(t, "it serves", func() bool {
		line, _, whole := strings.Cut(s.log.String(), "\n")
		var first struct{ URL string }
		if !whole || json.Unmarshal([]byte(line), &first) != nil {
			return false
		}
		s.url = strings.TrimSuffix(first.URL, "/dbcontents")
		return true
	})
	return s
}

func (s *service) get(path string) (status int, body string) {
	s.t.Helper()
	response, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
