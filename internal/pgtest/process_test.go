//go:build unix

package pgtest_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A killed process cannot clean up, so the kernel ends its server and the next
// start may remove its directory.
func TestServerDiesWithProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the server of a killed process")
	}
	cmd := child(t, nil, childVar+"=serve", "DBCONTENTS_TEST_POSTGRES=local")
	dsn := serving(t, cmd)
	conn := connect(t, dsn)
	dir := filepath.Dir(scalar(t, conn, "SHOW data_directory"))
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dir, old, old); err != nil {
		t.Fatal(err)
	}
	if pgtest.Abandoned(dir) {
		t.Fatal("the directory of a live server counts as abandoned")
	}
	cmd.Process.Kill()
	gone(t, dsn)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		os.Chtimes(dir, old, old) // the server removes its socket as it ends
		if pgtest.Abandoned(dir) {
			os.RemoveAll(dir)
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("some process of the server still holds its directory")
		}
	}
}

// Root starts the server as another user; an ordinary user, as itself.
func TestStartAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("TestStart has done it: we are an ordinary user")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	cmd := child(t, nil, childVar+"=serve", "DBCONTENTS_TEST_POSTGRES=local")
	cmd.Path = publicCopy(t, cmd.Path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	dsn := serving(t, cmd)
	dir := filepath.Dir(scalar(t, connect(t, dsn), "SHOW data_directory"))
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != uid || info.Mode().Perm() != 0o700 {
		t.Errorf("%s belongs to uid %d with mode %v", dir, owner, info.Mode())
	}
	cmd.Process.Kill()
	gone(t, dsn)
	os.RemoveAll(dir)
}

// publicCopy is the file where any user can run it, which go test's own
// directory does not allow.
func publicCopy(t *testing.T, file string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	copied := filepath.Join(dir, "test")
	// Not by this process: a child that is forked meanwhile would hold the file open for
	// writing, and what is open for writing cannot be run.
	if out, err := exec.Command("cp", file, copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	os.Chmod(dir, 0o755)
	os.Chmod(copied, 0o755)
	return copied
}

func TestNewWithoutMain(t *testing.T) {
	t.Parallel()
	out, err := child(t, []string{"-test.run=^TestNewWith$"}, childVar+"=no main").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "add to this package: func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	report := filepath.Join(t.TempDir(), "report")
	out, err := child(t, []string{"-test.run=^TestNewWith$"},
		"DBCONTENTS_TEST_POSTGRES=local", "DBCONTENTS_TEST_KEEP=1", "DBCONTENTS_TEST_REPORT="+report).CombinedOutput()
	skipAbsent(t, string(out))
	kept := regexp.MustCompile(`(?m)^pgtest: kept (postgres:.*)\npgtest: stop it with: (kill -INT (\d+))$`).FindSubmatch(out)
	if err != nil || kept == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	conn := connect(t, string(kept[1]))
	dir := filepath.Dir(scalar(t, conn, "SHOW data_directory"))
	if out, err := exec.Command("sh", "-c", string(kept[2])).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	gone(t, string(kept[1]))
	pid, _ := strconv.Atoi(string(kept[3]))
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	os.RemoveAll(dir)
	line, err := os.ReadFile(report)
	if err != nil || !regexp.MustCompile(`^pgtest: PostgreSQL .*, local binaries in .* \(started in .*s\)\n$`).Match(line) {
		t.Errorf("report = %q, %v", line, err)
	}
}

// Several packages' tests may share a server that somebody else runs. They leave
// it as they found it.
func TestSharedServer(t *testing.T) {
	server := start(t, "local")
	conn := connect(t, server.DSN("postgres"))
	if _, err := conn.Exec(t.Context(), "CREATE ROLE plain LOGIN PASSWORD 'plain'"); err != nil {
		t.Fatal(err)
	}
	var processes sync.WaitGroup
	for range 3 {
		processes.Go(func() {
			out, err := child(t, []string{"-test.run=^(TestNew.*|TestRole|TestCleanup)$", "-test.skip=Main"},
				"DBCONTENTS_TEST_DSN="+server.DSN("postgres")).CombinedOutput()
			if err != nil || !strings.Contains(string(out), ", from DBCONTENTS_TEST_DSN (started in ") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	processes.Wait()
	const left = `SELECT coalesce(string_agg(name, ' '), '') FROM
		(SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles) AS x (name) WHERE name LIKE 'pgtest%'`
	if got := scalar(t, conn, left); got != "" {
		t.Errorf("left behind: %s", got)
	}

	t.Setenv("DBCONTENTS_TEST_POSTGRES", "")
	t.Setenv("DBCONTENTS_TEST_DSN", strings.Replace(server.DSN("postgres"), conn.Config().User+":"+conn.Config().Password, "plain:plain", 1))
	if _, err := pgtest.Start(t.Context(), pgtest.PreferDocker); err == nil || !strings.Contains(err.Error(), `role "plain" is not a superuser`) {
		t.Errorf("as an ordinary role: %v", err)
	}
	t.Setenv("DBCONTENTS_TEST_DSN", server.DSN("postgres"))
	found, err := pgtest.Start(t.Context(), pgtest.PreferDocker)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()); err != nil {
		t.Errorf("Stop has stopped a server that is not ours: %v", err)
	}
}
