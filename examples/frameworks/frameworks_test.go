package frameworks_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// Each program serves rows, problems, methods and downloads as the handler alone does, through the middleware of its
// framework.
func TestFrameworks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chi", "echo", "gin"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE TABLE books (id int PRIMARY KEY, title text)",
				"INSERT INTO books SELECT i, repeat('x', 1000) FROM generate_series(1, 5000) i")
			base := "http://" + start(t, name, db.DSN)
			for _, tt := range []struct {
				reason, method, path string
				status               int
				want                 string
			}{
				{"the default table", "GET", "/api/data?select=id&order=id&limit=2", 200, "[{\"id\":1},\n{\"id\":2}]\n"},
				{"with a slash at the end", "GET", "/api/data/?select=id&order=id&limit=1", 200, "[{\"id\":1}]\n"},
				{"by name", "GET", "/api/data/books?select=id&id=in.(3,4)&order=id", 200, "[{\"id\":3},\n{\"id\":4}]\n"},
				{"a path that a framework might decode", "GET", "/api/data/a%2Fb", 404, `{"type":`},
				{"a problem", "GET", "/api/data/other", 404, `{"type":`},
				{"a method", "POST", "/api/data/books", 405, `{"type":`},
				{"HEAD", "HEAD", "/api/data/books?limit=1", 200, ""},
				{"OPTIONS", "OPTIONS", "/api/data/books", 200, ""},
				{"health", "GET", "/readyz", 200, `{"status":"ok"`},
			} {
				response, body := send(t, tt.method, base+tt.path)
				if response.StatusCode != tt.status || !strings.HasPrefix(body, tt.want) {
					t.Errorf("%s: %s %s: %s %s", tt.reason, tt.method, tt.path, response.Status, body)
				}
			}
			response, body := send(t, "GET", base+"/api/data?format=ndjson")
			if rows := strings.Count(body, "\n"); rows != 5000 || response.Trailer.Get("Dbcontents-Status") != "complete" {
				t.Errorf("a download: %s, %d rows, trailers %v", response.Status, rows, response.Trailer)
			}
		})
	}
}

// A download that fails midway never ends like a whole one, whatever the framework does with a panic.
func TestBrokenDownload(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chi", "echo", "gin"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, "CREATE VIEW books AS SELECT i AS id, 1 / (200000 - i) AS value FROM generate_series(1, 300000) i")
			response, err := http.Get("http://" + start(t, name, db.DSN) + "/api/data")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if n, err := io.Copy(io.Discard, response.Body); response.StatusCode != http.StatusOK || n == 0 || err == nil {
				t.Errorf("%s, %d bytes, and no error", response.Status, n)
			}
		})
	}
}

// start builds a program, runs it until the test is over, and returns its address.
func start(t *testing.T, name, dsn string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", binary, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	program := exec.CommandContext(t.Context(), binary)
	program.Env = append(os.Environ(), "DATABASE_URL="+dsn, "ADDR="+address)
	output := new(strings.Builder)
	program.Stdout, program.Stderr = output, output
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		program.Process.Kill()
		program.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", name, output)
		}
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
	}
	t.Fatalf("%s does not listen", name)
	return ""
}

func send(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	return response, string(body)
}
