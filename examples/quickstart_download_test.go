//go:build unix

package examples_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

var archivePath = regexp.MustCompile(`^/io/zonky/test/postgres/embedded-postgres-binaries-(\w+-\w+)/17\.5\.0/embedded-postgres-binaries-(\w+-\w+)-17\.5\.0\.jar$`)

// A repository has one archive under every platform's name, as a Maven
// repository has it, and counts how often it is asked for it.
type repository struct {
	*httptest.Server
	mu    sync.Mutex
	asked int
}

// newRepository serves the jar, and sum as its checksum, which may be absent. A
// jar that is cut is promised whole.
func newRepository(t *testing.T, jar []byte, cut int, sum string) *repository {
	r := new(repository)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		path, ofSum := strings.CutSuffix(request.URL.Path, ".sha256")
		switch m := archivePath.FindStringSubmatch(path); {
		case m == nil || m[1] != m[2] || jar == nil || ofSum && sum == "":
			http.NotFound(w, request)
		case ofSum:
			w.Write([]byte(sum))
		default:
			r.mu.Lock()
			r.asked++
			r.mu.Unlock()
			w.Header().Set("Content-Length", fmt.Sprint(len(jar)))
			w.Write(jar[:len(jar)-cut])
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// url has a password, as one of a company's mirror may have.
func (r *repository) url() string { return strings.Replace(r.URL, "//", "//user:canary@", 1) }

func (r *repository) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func checksum(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// programs is a jar of the PostgreSQL programs of this machine.
func programs(t *testing.T) []byte {
	t.Helper()
	server, err := pgtest.Private(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	if !strings.Contains(server.String(), "local binaries") {
		t.Skip("a download is made of local PostgreSQL programs, and there are none")
	}
	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var bin, share, lib string
	err = conn.QueryRow(t.Context(), `SELECT max(setting) FILTER (WHERE name = 'BINDIR'), max(setting) FILTER (WHERE name = 'SHAREDIR'),
		max(setting) FILTER (WHERE name = 'PKGLIBDIR') FROM pg_config`).Scan(&bin, &share, &lib)
	if err != nil {
		t.Fatal(err)
	}
	tree := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "XZ_OPT=-0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
	}
	run("mkdir", filepath.Join(tree, "bin"))
	run("cp", "-L", filepath.Join(bin, "initdb"), filepath.Join(bin, "postgres"), filepath.Join(bin, "pg_ctl"), filepath.Join(tree, "bin"))
	// Programs that have moved look for the rest where it lies from there, if it
	// was below the same directory; else, as on Debian, where it was.
	for _, dir := range []string{share, lib} {
		if place, err := filepath.Rel(filepath.Dir(bin), dir); err == nil && filepath.IsLocal(place) {
			run("mkdir", "-p", filepath.Dir(filepath.Join(tree, place)))
			run("ln", "-s", dir, filepath.Join(tree, place))
		}
	}
	txz := filepath.Join(t.TempDir(), "postgres.txz")
	run("tar", "-cJf", txz, "-C", tree, ".")
	content, err := os.ReadFile(txz)
	if err != nil {
		t.Fatal(err)
	}
	return jarOf(t, content)
}

func jarOf(t *testing.T, txz []byte) []byte {
	t.Helper()
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	w, err := z.Create("postgres-test.txz")
	if err == nil {
		_, err = w.Write(txz)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}

// downloading starts the quickstart where it can have PostgreSQL only from the
// repository at url, and keep it only in cache.
func downloading(t *testing.T, as *syscall.Credential, url, cache string) *program {
	t.Helper()
	return start(t, as, "quickstart", "ADDR=127.0.0.1:0", "PATH=/nonexistent", "DOCKER_HOST=unix:///nonexistent",
		"XDG_CACHE_HOME="+cache, "DBCONTENTS_TEST_POSTGRES=download="+url)
}

func TestQuickstartDownloads(t *testing.T) {
	t.Parallel()
	jar := programs(t)
	users := map[string]*syscall.Credential{"whoever runs the tests": nil}
	if os.Geteuid() == 0 {
		users["an ordinary user"] = nobody(t)
	}
	for name, as := range users {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, cache := newRepository(t, jar, 0, checksum(jar)), directory(t, as)
			for i := range 2 {
				p := downloading(t, as, r.url(), cache)
				url := p.find(t, urlPattern)
				if status, body := get(t, url, "Accept", "text/plain"); status != 200 || !strings.HasPrefix(body, "apple\nbread, sliced\n") {
					t.Errorf("%d %s", status, body)
				}
				database := postgresOf(t, p.Dir)
				p.Process.Signal(syscall.SIGINT)
				if code := p.end(t); code != 0 {
					t.Errorf("exit code %d", code)
				}
				nothingLeft(t, p.Dir, database)
				text := p.out.String()
				if strings.Contains(text, "canary") {
					t.Error("it tells the password of the repository")
				}
				told := regexp.MustCompile(`downloading PostgreSQL 17\.5\.0 from http://\S+\nto keep it in (\S+) \.\.\.\n 10% 20% .* 100% of [\d.]+ MB, unpacking \.\.\.\n`).FindStringSubmatch(text)
				if i == 1 {
					if told != nil {
						t.Error("the second start downloads again")
					}
					continue
				}
				if told == nil {
					t.Fatal("it does not tell about its download")
				}
				if kept := files(t, filepath.Join(cache, "dbcontents")); len(kept) != 1 || filepath.Join(cache, "dbcontents", kept[0].Name()) != told[1] {
					t.Errorf("kept: %v, told: %s", kept, told[1])
				}
			}
			if n := r.count(); n != 1 {
				t.Errorf("%d downloads", n)
			}
		})
	}
}

func TestQuickstartWithoutItsDownload(t *testing.T) {
	t.Parallel()
	garbage := bytes.Repeat([]byte("garbage "), 1<<15)
	damaged := jarOf(t, garbage)
	for name, tt := range map[string]struct {
		jar  []byte
		cut  int
		sum  string
		want string
	}{
		"no such version":   {nil, 0, "", "404 Not Found for /io/zonky/"},
		"broken off":        {damaged, len(damaged) / 2, checksum(damaged), "bytes: unexpected EOF"},
		"a wrong checksum":  {damaged, 0, checksum(garbage), "downloaded checksums do not match"},
		"no checksum":       {damaged, 0, "", ".jar.sha256; nothing of it is kept"},
		"not a jar":         {garbage, 0, checksum(garbage), "zip: not a valid zip file"},
		"a damaged archive": {damaged, 0, checksum(damaged), "xz: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := directory(t, nil)
			p := downloading(t, nil, newRepository(t, tt.jar, tt.cut, tt.sum).url(), cache)
			notDownloaded(t, p, cache, tt.want)
		})
	}
	t.Run("no network", func(t *testing.T) {
		t.Parallel()
		r, cache := newRepository(t, nil, 0, ""), directory(t, nil)
		r.Close()
		notDownloaded(t, downloading(t, nil, r.url(), cache), cache, "connection refused")
	})
}

// notDownloaded checks that the program says what failed, why and what to do,
// and leaves nothing behind.
func notDownloaded(t *testing.T, p *program, cache, want string) {
	t.Helper()
	code, text := p.end(t), p.out.String()
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		want, "quickstart: could not start PostgreSQL\n  download: PostgreSQL 17.5.0 for ", "; nothing of it is kept",
		"apt-get install postgresql", "a Docker engine", "a network that reaches a Maven repository",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(text, "canary") {
		t.Error("it tells the password of the repository")
	}
	nothingLeft(t, p.Dir, "")
	if kept := files(t, filepath.Join(cache, "dbcontents")); len(kept) != 0 {
		t.Errorf("left in its cache directory: %v", kept)
	}
}

func TestQuickstartInterruptedInItsDownload(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		asked <- struct{}{}
		<-request.Context().Done()
	}))
	defer silent.Close()
	cache := directory(t, nil)
	p := downloading(t, nil, silent.URL, cache)
	<-asked
	p.Process.Signal(syscall.SIGINT)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	nothingLeft(t, p.Dir, "")
	if kept := files(t, filepath.Join(cache, "dbcontents")); len(kept) != 0 {
		t.Errorf("left in its cache directory: %v", kept)
	}
}
