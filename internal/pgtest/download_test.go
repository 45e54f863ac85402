//go:build unix

package pgtest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// anywhere starts a server where there are neither local programs nor Docker.
func anywhere(t *testing.T, fetch func(repository, stage, programs string) error) (*pgtest.Server, error) {
	t.Helper()
	return startFrom(t, "", fetch)
}

// startFrom is anywhere with a value for DBCONTENTS_TEST_POSTGRES.
func startFrom(t *testing.T, kind string, fetch func(repository, stage, programs string) error) (*pgtest.Server, error) {
	t.Helper()
	defer pgtest.HideLocalPrograms()()
	t.Setenv("DBCONTENTS_TEST_POSTGRES", kind)
	t.Setenv("PATH", "")
	t.Setenv("DOCKER_HOST", "unix:///nonexistent")
	return pgtest.StartAnywhere(t.Context(), pgtest.Release{Version: "17.0", Fetch: func(_ context.Context, repository, stage, programs string) error {
		return fetch(repository, stage, programs)
	}})
}

// downloadError is what anywhere says when it fails. A real download is tested with the quickstart.
func downloadError(t *testing.T, fetch func(repository, stage, programs string) error) string {
	t.Helper()
	server, err := anywhere(t, fetch)
	if err == nil {
		server.Stop()
		t.Fatalf("started %s", server)
	}
	return err.Error()
}

// cacheFor gives the process a cache directory that all users may pass.
func cacheFor(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	return dir
}

// Programs are fetched once, nobody else may change them, and what root has fetched is open to the account
// that runs it, even under a umask that gives nobody else anything.
func TestDownloadIsKept(t *testing.T) {
	bin, err := pgtest.Binaries()
	if err != nil {
		t.Skip(err)
	}
	cache, fetched, path := cacheFor(t), 0, os.Getenv("PATH")
	copied := func(_, _, programs string) error {
		fetched++
		script := `umask 077; mkdir -p "$2/bin"; cp -L "$1/initdb" "$1/postgres" "$2/bin"; chmod go+w "$2/bin" "$2/bin/initdb"; for d in "$1"/../*; do [ -e "$2/${d##*/}" ] || ln -s "$d" "$2"; done`
		cmd := exec.Command("/bin/sh", "-ec", script, "sh", bin, programs)
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s", out)
		}
		return err
	}
	for range 2 {
		server, err := anywhere(t, copied)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(server.String(), "local binaries in "+cache) {
			t.Errorf("server = %s", server)
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(cache, "dbcontents", "*"))
	if err != nil || len(kept) != 1 || fetched != 1 {
		t.Fatalf("fetched %d times; kept: %v, %v", fetched, kept, err)
	}
	// Somebody tidies up in between.
	if err := os.Remove(filepath.Join(kept[0], "bin", "initdb")); err != nil {
		t.Fatal(err)
	}
	server, err := anywhere(t, copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil || fetched != 2 {
		t.Errorf("fetched %d times, %v", fetched, err)
	}
}

func TestDownloadIsTheLastWay(t *testing.T) {
	cache := cacheFor(t)
	var asked string
	text := downloadError(t, func(repository, stage, programs string) error {
		asked = repository
		return errors.Join(os.WriteFile(filepath.Join(stage, "file"), nil, 0o600), os.Mkdir(programs, 0o700), errors.New("the reason"))
	})
	at := 0
	for _, want := range []string{"\n  local programs: no initdb and postgres", "\n  Docker image postgres:17: no Docker engine answers", "\n  download: PostgreSQL 17.0 for ", "the reason", "apt-get", "HTTPS_PROXY"} {
		next := strings.Index(text[at:], want)
		if next < 0 {
			t.Fatalf("it lacks %q, or has it elsewhere:\n%s", want, text)
		}
		at += next
	}
	if asked != "https://repo1.maven.org/maven2" {
		t.Errorf("from %s", asked)
	}
	text = downloadError(t, func(_, _, programs string) error { return os.Mkdir(programs, 0o700) })
	if !strings.Contains(text, "is not PostgreSQL: no initdb in ") {
		t.Errorf("other programs:\n%s", text)
	}
	if left, err := filepath.Glob(filepath.Join(cache, "*", "*")); err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Tests have no download, and say nothing of what its variable holds.
func TestDownloadIsNotForTests(t *testing.T) {
	t.Setenv("DBCONTENTS_TEST_POSTGRES", "download=https://user:canary@192.0.2.1/")
	for _, order := range []pgtest.Order{pgtest.PreferDocker, pgtest.PreferLocal} {
		if _, err := pgtest.Start(t.Context(), order); err == nil || !strings.Contains(err.Error(), "only the quickstart") || strings.Contains(err.Error(), "canary") {
			t.Error(err)
		}
	}
}

func TestDownloadThatCannotBeKept(t *testing.T) {
	never := func(string, string, string) error { t.Error("downloaded"); return nil }
	file := filepath.Join(cacheFor(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	t.Setenv("HOME", file)
	if text := downloadError(t, never); !strings.Contains(text, "not a directory; set XDG_CACHE_HOME") {
		t.Errorf("a file in its place:\n%s", text)
	}
	if os.Geteuid() == 0 {
		t.Setenv("XDG_CACHE_HOME", t.TempDir()) // below a directory that is root's own
		if text := downloadError(t, never); !strings.Contains(text, "is closed to the account that runs PostgreSQL") {
			t.Errorf("a closed directory:\n%s", text)
		}
	}
}

// The scheme of a repository is in lower case wherever it is looked at.
func TestDownloadScheme(t *testing.T) {
	cacheFor(t)
	for given, want := range map[string]string{
		"HTTPS://user:canary@192.0.2.1/Maven": "https://user:canary@192.0.2.1/Maven",
		"Http://127.0.0.1:1":                  "http://127.0.0.1:1",
		"ftp://user:canary@192.0.2.1":         "",
		"https:canary":                        "",
	} {
		asked := ""
		_, err := startFrom(t, "download="+given, func(repository, _, _ string) error {
			asked = repository
			return errors.New("cannot reach " + repository)
		})
		if err == nil || asked != want || strings.Contains(err.Error(), "canary") || want == "" && !strings.Contains(err.Error(), "begins with https://") {
			t.Errorf("%s: asked %q, %v", given, asked, err)
		}
	}
}

// damaged fetches programs that fail.
func damaged(_, _, programs string) error {
	script := []byte("#!/bin/sh\necho the reason; exit 1\n")
	bin := filepath.Join(programs, "bin")
	return errors.Join(os.MkdirAll(bin, 0o755), os.WriteFile(filepath.Join(bin, "initdb"), script, 0o755), os.WriteFile(filepath.Join(bin, "postgres"), script, 0o755))
}

// homeIn is where downloads are kept after cacheFor.
func homeIn(cache string) string {
	if runtime.GOOS == "darwin" { // which has no XDG_CACHE_HOME
		cache = filepath.Join(cache, "Library", "Caches")
	}
	return filepath.Join(cache, "dbcontents")
}

// One start at a time puts programs into place.
func TestDownloadWaits(t *testing.T) {
	home := homeIn(cacheFor(t))
	kept := func() []string {
		found, err := filepath.Glob(filepath.Join(home, "postgresql-*"))
		if err != nil {
			t.Error(err)
		}
		return found
	}
	early := make(chan []string, 1)
	downloadError(t, func(repository, stage, programs string) error {
		other, err := os.Open(home)
		if err != nil {
			return err
		}
		time.AfterFunc(500*time.Millisecond, func() { early <- kept(); other.Close() })
		return errors.Join(syscall.Flock(int(other.Fd()), syscall.LOCK_EX), damaged(repository, stage, programs))
	})
	if before, after := <-early, kept(); len(before) != 0 || len(after) != 1 {
		t.Errorf("kept %v while another start had the lock, and then %v", before, after)
	}
}

// Programs are neither put into nor run from a directory that another user can write to.
func TestDownloadIsNotOthers(t *testing.T) {
	const stranger = 65533
	for name, tt := range map[string]struct {
		root    bool // needs root
		prepare func(home, kept string) error
		want    string
	}{
		"a home open to all":        {false, func(home, _ string) error { return os.Chmod(home, 0o777) }, "other users may write to %s (mode 0777), so no programs are run from there; set XDG_CACHE_HOME to a directory"},
		"a home open to a group":    {false, func(home, _ string) error { return os.Chmod(home, 0o775) }, "other users may write to %s (mode 0775)"},
		"a link to a home":          {false, func(home, _ string) error { return errors.Join(os.Rename(home, home+"2"), os.Symlink(home+"2", home)) }, "%s is not a directory, or a link to one"},
		"a stranger's home":         {true, func(home, _ string) error { return os.Chown(home, stranger, 0) }, "%s belongs to another user (65533)"},
		"a home below a stranger's": {true, func(home, _ string) error { return os.Chown(filepath.Dir(home), stranger, 0) }, "belongs to another user (65533)"},
		"a home below an open one":  {true, func(home, _ string) error { return os.Chmod(filepath.Dir(home), 0o777) }, "(mode 0777)"},
		"kept in an open directory": {false, func(_, kept string) error { return os.Chmod(kept, 0o777) }, "so PostgreSQL is not run from there; remove %s/postgresql-"},
		"an open program":           {false, func(_, kept string) error { return os.Chmod(filepath.Join(kept, "bin", "initdb"), 0o777) }, "/bin/initdb (mode 0777)"},
		"a stranger's program":      {true, func(_, kept string) error { return os.Chown(filepath.Join(kept, "bin", "postgres"), stranger, 0) }, "/bin/postgres belongs to another user"},
		"a link that a stranger has": {true, func(_, kept string) error {
			return errors.Join(os.Symlink("/", filepath.Join(kept, "share")), os.Lchown(filepath.Join(kept, "share"), stranger, 0))
		}, "/share belongs to another user"},
		"damaged programs": {false, func(string, string) error { return nil }, "do not start: "},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.root && os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			home := homeIn(cacheFor(t))
			downloadError(t, damaged) // which are kept
			kept, err := filepath.Glob(filepath.Join(home, "postgresql-*"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept %v, %v", kept, err)
			}
			if err := tt.prepare(home, kept[0]); err != nil {
				t.Fatal(err)
			}
			text := downloadError(t, func(_, _, _ string) error { t.Error("downloaded"); return nil })
			if want := strings.ReplaceAll(tt.want, "%s", home); !strings.Contains(text, want) {
				t.Errorf("it lacks %q:\n%s", want, text)
			}
			may := name == "damaged programs"
			if ran := strings.Contains(text, "the reason"); ran != may || may && !strings.Contains(text, "remove "+kept[0]+", and the next start downloads them again") {
				t.Errorf("the programs were run: %t\n%s", ran, text)
			}
		})
	}
}
