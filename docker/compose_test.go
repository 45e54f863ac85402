package docker_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// patience is how long a test waits for what should come within seconds.
const patience = 90 * time.Second

// stack is docker/compose.yaml under a project name and a port of its own.
type stack struct {
	t       *testing.T
	project string
	address string // of the API
	tree    string // the checkout
	dir     string // for overrides; it outlives the stack
	files   []string
	env     []string
}

// newStack does not start it. env are variables of compose.yaml. It is removed,
// with its volumes, at the end of the test.
func newStack(t *testing.T, tree string, env ...string) *stack {
	t.Helper()
	s := &stack{t: t, project: unique(), address: freeAddress(t), tree: tree, dir: t.TempDir(), files: []string{filepath.Join(tree, "docker", "compose.yaml")}}
	s.env = append([]string{"PORT=" + s.address, "DBCONTENTS_IMAGE=" + testImage}, env...)
	t.Cleanup(func() {
		if t.Failed() {
			for _, args := range [][]string{{"ps", "--all"}, {"logs", "--tail", "20"}} {
				out, _ := s.compose(args...)
				t.Log(out)
			}
		}
		if _, err := s.compose("down", "--volumes", "--remove-orphans", "--timeout", "1"); err != nil {
			t.Error(err)
		}
	})
	return s
}

// override adds a file to compose.yaml, either one of docker/ or YAML itself.
func (s *stack) override(file string) {
	s.t.Helper()
	name := filepath.Join(s.tree, "docker", file)
	if strings.Contains(file, "\n") {
		name = filepath.Join(s.dir, "override.yaml")
		writeFile(s.t, name, file)
	}
	s.files = append(s.files, name)
}

// composeEnv is the environment without the variables that compose.yaml reads.
func composeEnv(env ...string) []string {
	ours := []string{"PORT", "VERSION", "REVISION", "BUILD_TIME", "SOURCE", "GO_IMAGE", "RUNTIME_IMAGE", "POSTGRES_IMAGE", "POSTGRES_DATA", "POSTGRES_PORT"}
	kept := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(ours, name) || strings.HasPrefix(name, "DBCONTENTS_") || strings.HasPrefix(name, "COMPOSE_")
	})
	return append(kept, env...)
}

// compose runs docker compose for the stack. It also works when the test is over.
func (s *stack) compose(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 8*time.Minute)
	defer cancel()
	all := []string{"compose", "-p", s.project}
	for _, file := range s.files {
		all = append(all, "-f", file)
	}
	return command(ctx, composeEnv(s.env...), "docker", append(all, args...)...)
}

// must is compose for what must succeed.
func (s *stack) must(args ...string) string {
	s.t.Helper()
	out, err := s.compose(args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// sql runs a statement as the superuser.
func (s *stack) sql(statement string) string {
	s.t.Helper()
	return s.must("exec", "-T", "db", "psql", "-U", "postgres", "-d", "dbcontents", "-v", "ON_ERROR_STOP=1", "-Atqc", statement)
}

// container is the present container of a service.
func (s *stack) container(service string) *docker.Container {
	s.t.Helper()
	id := strings.TrimSpace(s.must("ps", "--all", "--quiet", service))
	container, err := engine(s.t).Client.InspectContainer(id)
	if err != nil {
		s.t.Fatal(err)
	}
	return container
}

// answer is an HTTP response.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

var client = http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func fetch(ctx context.Context, address, path string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return answer{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (s *stack) get(path string) answer {
	s.t.Helper()
	a, err := fetch(s.t.Context(), s.address, path)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// eventually waits until path is answered with the status.
func (s *stack) eventually(path string, status int) answer {
	s.t.Helper()
	return eventually(s.t, s.address, path, status)
}

func eventually(t *testing.T, address, path string, status int) answer {
	t.Helper()
	var a answer
	var err error
	await(t, func() bool {
		a, err = fetch(t.Context(), address, path)
		return err == nil && a.Status == status
	}, func() any { return []any{path, a.Status, a.Body, err} })
	return a
}

// await asks until the answer is yes; seen is what the test says if it never is.
func await(t *testing.T, ask func() bool, seen func() any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ask(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain, last seen: %v", seen())
		}
	}
}

// object is a JSON document or a line of the log.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// logLines are the API's log.
func (s *stack) logLines() (lines []map[string]any) {
	s.t.Helper()
	for line := range strings.Lines(s.must("logs", "--no-log-prefix", "api")) {
		lines = append(lines, object(s.t, line))
	}
	return lines
}

func unique() string { return namePrefix + strings.ToLower(rand.Text()[:10]) }

// freeAddress is a port of the loopback interface. It stays the same when a
// container starts again, which a port that the engine chooses does not.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "127.0.0.1:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	// Whatever the umask, the users of the containers have to read it.
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
}
