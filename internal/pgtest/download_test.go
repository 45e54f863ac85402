//go:build unix

package pgtest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// anywhere starts a server where there are neither local programs nor Docker.
func anywhere(t *testing.T, fetch func(repository, stage, programs string) error) (*pgtest.Server, error) {
	t.Helper()
	defer pgtest.HideLocalPrograms()()
	t.Setenv("DBCONTENTS_TEST_POSTGRES", "")
	t.Setenv("PATH", "")
	t.Setenv("DOCKER_HOST", "unix:///nonexistent")
	return pgtest.StartAnywhere(t.Context(), pgtest.Release{Version: "17.0", Fetch: func(_ context.Context, repository, stage, programs string) error {
		return fetch(repository, stage, programs)
	}})
}

// undownloaded is why that fails. A real download is tested with the quickstart.
func undownloaded(t *testing.T, fetch func(repository, stage, programs string) error) string {
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

// Programs are fetched once, and what root has fetched is open to the account
// that runs it, even under a umask that gives nobody else anything.
func TestDownloadIsKept(t *testing.T) {
	bin, err := pgtest.Binaries()
	if err != nil {
		t.Skip(err)
	}
	cache, fetched, path := cacheFor(t), 0, os.Getenv("PATH")
	copied := func(_, _, programs string) error {
		fetched++
		script := `umask 077; mkdir -p "$2/bin"; cp -L "$1/initdb" "$1/postgres" "$2/bin"; for d in "$1"/../*; do [ -e "$2/${d##*/}" ] || ln -s "$d" "$2"; done`
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
	text := undownloaded(t, func(repository, stage, programs string) error {
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
	text = undownloaded(t, func(_, _, programs string) error { return os.Mkdir(programs, 0o700) })
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
	if text := undownloaded(t, never); !strings.Contains(text, "not a directory; set XDG_CACHE_HOME") {
		t.Errorf("a file in its place:\n%s", text)
	}
	if os.Geteuid() == 0 {
		t.Setenv("XDG_CACHE_HOME", t.TempDir()) // below a directory that is root's own
		if text := undownloaded(t, never); !strings.Contains(text, "is closed to the account that runs PostgreSQL") {
			t.Errorf("a closed directory:\n%s", text)
		}
	}
}
