//go:build unix

// Package examples_test builds every example and runs it as a user would.
package examples_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

// binaries is where the examples are built, readable by other users too.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if binaries, err = os.MkdirTemp("", "dbcontents-examples-"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(binaries)
		if err := os.Chmod(binaries, 0o755); err != nil {
			panic(err)
		}
		for _, name := range []string{"quickstart", "embed", "export"} {
			if out, err := exec.Command("go", "build", "-o", filepath.Join(binaries, name), "./"+name).CombinedOutput(); err != nil {
				os.Stderr.Write(out)
				return 1
			}
		}
		return pgtest.Main(m)
	}())
}

const wait = 30 * time.Second

// A program is an example that runs.
type program struct {
	*exec.Cmd
	out  *transcript.Text
	done chan error
}

// directory makes one for a user, who may be nil for the one who runs the tests.
func directory(t *testing.T, as *syscall.Credential) string {
	t.Helper()
	dir, err := os.MkdirTemp(binaries, "tmp-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the account that runs PostgreSQL passes through
		t.Fatal(err)
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// start starts an example with nothing but env, PATH, and a HOME and a TMPDIR of
// its own in its environment. as may be nil for the user who runs the tests.
func start(t *testing.T, as *syscall.Credential, name string, env ...string) *program {
	t.Helper()
	dir := directory(t, as)
	p := &program{Cmd: exec.Command(filepath.Join(binaries, name)), out: &transcript.Text{}, done: make(chan error, 1)}
	p.Dir = dir
	p.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "HOME=" + directory(t, as), "DOCKER_HOST=" + os.Getenv("DOCKER_HOST")}
	if force := os.Getenv("DBCONTENTS_TEST_POSTGRES"); strings.HasPrefix(force, "local") {
		p.Env = append(p.Env, "DBCONTENTS_TEST_POSTGRES="+force)
	}
	p.Env = append(p.Env, env...)
	p.Stdout, p.Stderr = p.out, p.out
	p.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() {
		p.Process.Kill()
		if t.Failed() {
			t.Logf("%s:\n%s", name, p.out)
		}
	})
	return p
}

// find waits until the output matches and returns the first submatch.
func (p *program) find(t *testing.T, pattern string) string {
	t.Helper()
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(p.out.String()); m != nil {
			return m[1]
		}
		select {
		case err := <-p.done:
			p.done <- err
			if p.SysProcAttr.Credential != nil && strings.Contains(p.out.String(), "could not start PostgreSQL\n  local programs: ") {
				t.Skipf("another user than root may use no PostgreSQL here:\n%s", p.out)
			}
			t.Fatalf("it ended: %v\n%s", err, p.out)
		default:
		}
	}
	t.Fatalf("no %s in\n%s", pattern, p.out)
	return ""
}

// end waits for the program and returns its exit code.
func (p *program) end(t *testing.T) int {
	t.Helper()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return p.ProcessState.ExitCode()
	case <-time.After(wait):
		t.Fatalf("it does not end\n%s", p.out)
		return -1
	}
}

func get(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
