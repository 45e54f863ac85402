package server_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const exportSeed = `
CREATE TABLE orders (id int PRIMARY KEY, item text, total numeric);
INSERT INTO orders VALUES (1, 'lamp', 20), (2, 'desk', 150), (3, NULL, 300);
CREATE SCHEMA sales; CREATE TABLE sales.leads (id int); INSERT INTO sales.leads VALUES (7);
CREATE TABLE "Odd, Name" (id int); INSERT INTO "Odd, Name" VALUES (8);
CREATE VIEW endless AS SELECT generate_series(1, 100000000) AS id, repeat('x', 1000) AS value;
CREATE VIEW broken AS SELECT i AS id, 1 / (50000 - i) AS value FROM generate_series(1, 100000) i;`

func TestExport(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, exportSeed)
	for _, tt := range []struct {
		args string
		want string
	}{
		{"orders order=id", "id,item,total\r\n1,lamp,20\r\n2,desk,150\r\n3,,300\r\n"},
		{"orders -format ndjson total=gt.100 select=id,total order=id.desc", `{"id":3,"total":300}` + "\n" + `{"id":2,"total":150}` + "\n"},
		{"--format=json orders total=gt.100 item=not.is.null", `[{"id":2,"item":"desk","total":150}]` + "\n"},
		{"-format text orders select=item limit=1 offset=1 order=id -o -", "desk\n"},
		{"orders id=gt.1 id=lt.3", "id,item,total\r\n2,desk,150\r\n"},
		{"orders or=(id.eq.1,item.is.null) select=id order=id", "id\r\n1\r\n3\r\n"},
		{"orders item=eq.none", "id,item,total\r\n"},
		{"sales.leads", "id\r\n7\r\n"},
		{"orders -parallel 3 order=id", "id,item,total\r\n1,lamp,20\r\n2,desk,150\r\n3,,300\r\n"},
		{"orders -parallel 2 -format json id=lt.3 select=id", "[{\"id\":1},\n{\"id\":2}]\n"},
		{`"Odd,_Name"`, "id\r\n8\r\n"},
	} {
		args := append([]string{"export"}, strings.Fields(tt.args)...)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		// Limits for requests do not cut an export.
		code, stdout, stderr := run(t, args, "DATABASE_URL="+db.DSN, "DBCONTENTS_MAX_ROWS=1", "DBCONTENTS_MAX_COST=1")
		if code != 0 || stdout != tt.want || stderr != "" {
			t.Errorf("%s: exit code %d, %q, %s; want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
	if code, stdout, _ := run(t, []string{"export", "-h"}); code != 0 || !strings.HasPrefix(stdout, "server export TABLE ") {
		t.Errorf("exit code %d, %s", code, stdout)
	}
}

func TestExportErrors(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, exportSeed)
	for _, tt := range []struct {
		args string
		code int
		says string
		hint string
	}{
		{"", 2, "needs the name of a table", "server export -h"},
		{"orders -format xml", 2, `there is no format "xml"; want csv`, "server export -h"},
		{"orders -out x", 2, "takes the flags -format, -o and -parallel", "server export -h"},
		{"orders -o", 2, "takes the flags -format, -o and -parallel", "server export -h"},
		{"orders -parallel 0", 2, "-parallel is 0; want 1 to 64", "server export -h"},
		{"orders -parallel many", 2, "takes the flags", "server export -h"},
		{"absent -parallel 2", 2, "absent", "the name of the table, which is case-sensitive"},
		{"orders leads", 2, `"leads" is no filter; want NAME=OPERATOR.VALUE`, "server export -h"},
		{"orders format=csv", 2, "use -format", "server export -h"},
		{"a.b.c", 2, "TABLE: ", "server export -h"},
		{"orders total=gtx.1", 2, `parameter "total": unexpected "gtx"`, `did you mean "gt"?`},
		{"orders totl=gt.1", 2, "totl", "total"},
		{"orders total=gt.many", 2, "many", "hint: "},
		{"absent", 2, "absent", "the name of the table, which is case-sensitive"},
		{"broken", 1, "division by zero", "hint: "},
		{"orders -o .", 2, ". is a directory", "the name of a file"},
		{"orders -o /nowhere/at/all.csv", 1, "no such file or directory", "a directory that exists"},
	} {
		code, stdout, stderr := run(t, append([]string{"export"}, strings.Fields(tt.args)...), "DATABASE_URL="+db.DSN)
		if code != tt.code || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, tt.hint) || tt.args != "broken" && stdout != "" {
			t.Errorf("%q: exit code %d, %.200s%s", tt.args, code, stdout, stderr)
		}
	}
	if code, _, stderr := run(t, []string{"export", "orders"}, "DATABASE_URL=host=127.0.0.1 port=1 sslmode=disable"); code != 1 || !strings.Contains(stderr, "hint: ") {
		t.Errorf("no database: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, []string{"export", "orders"}, "DATABASE_URL="+db.DSN, "DBCONTENTS_TABEL=x"); code != 2 || !strings.Contains(stderr, "DBCONTENTS_TABEL: ") {
		t.Errorf("wrong configuration: exit code %d, %s", code, stderr)
	}
}

// Several connections write what one does, and say where they cannot.
func TestExportParallel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE many AS SELECT i AS id, repeat('v', 300) AS v FROM generate_series(1, 20000) i; CREATE VIEW viewed AS SELECT * FROM many")
	dir := t.TempDir()
	read := func(args ...string) (content, stderr string) {
		file := filepath.Join(dir, "many.csv")
		code, _, stderr := run(t, append([]string{"export", "-o", file}, args...), "DATABASE_URL="+db.DSN)
		b, err := os.ReadFile(file)
		if code != 0 || err != nil {
			t.Errorf("%q: exit code %d, %s, %v", args, code, stderr, err)
		}
		lines := strings.Split(string(b), "\n")
		slices.Sort(lines[1:])
		return strings.Join(lines, "\n"), stderr
	}
	want, _ := read("many")
	if got, stderr := read("many", "-parallel", "3"); got != want || stderr != "" {
		t.Errorf("%d bytes, want %d; %s", len(got), len(want), stderr)
	}
	if got, stderr := read("viewed", "-parallel", "3"); got != want || !strings.HasPrefix(stderr, "one connection has read all rows: a view ") {
		t.Errorf("a view: %d bytes, want %d; %s", len(got), len(want), stderr)
	}
	code, stdout, stderr := run(t, []string{"export", "many", "-parallel", "3"}, "DATABASE_URL="+db.DSN, "DBCONTENTS_POOL_SIZE=3")
	if code != 2 || stdout != "" || !strings.Contains(stderr, "takes 4 connections") {
		t.Errorf("a small pool: exit code %d, %d bytes, %s", code, len(stdout), stderr)
	}
}

// A file has its name only when it is complete.
func TestExportFile(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, exportSeed)
	dir := t.TempDir()
	file := filepath.Join(dir, "orders.json")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	left := func() string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	content := func() string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if code, _, stderr := run(t, []string{"export", "broken", "-o", file}, "DATABASE_URL="+db.DSN); code != 1 || left() != "orders.json" || content() != "before" {
		t.Errorf("exit code %d, %s, %s, %s", code, stderr, left(), content())
	}
	if code, stdout, stderr := run(t, []string{"export", "orders", "select=id", "order=id", "-o", file}, "DATABASE_URL="+db.DSN); code != 0 || stdout != "" || stderr != "" ||
		left() != "orders.json" || content() != "[{\"id\":1},\n{\"id\":2},\n{\"id\":3}]\n" {
		t.Errorf("exit code %d, %s, %s, %s", code, stderr, left(), content())
	}
	if err := os.Symlink(file, file+".part"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, []string{"export", "orders", "-o", file}, "DATABASE_URL="+db.DSN); code != 1 || !strings.Contains(stderr, "another export") || !strings.HasPrefix(content(), "[{") {
		t.Errorf("with a .part: exit code %d, %s, %s", code, stderr, content())
	}
	if err := os.Remove(file + ".part"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file that was replaced has %v, %v", info, err)
	}
	if code, _, stderr := run(t, []string{"export", "orders", "-o", os.DevNull}, "DATABASE_URL="+db.DSN); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device was replaced: %v, %v", info, err)
	}

	// The real program, interrupted in the middle.
	cmd := program(t, []string{"export", "endless", "-o", file}, "DATABASE_URL="+db.DSN)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(file + ".part"); err == nil && info.Size() > 1<<20 {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("there is no .part")
		}
	}
	cmd.Process.Signal(syscall.SIGINT)
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || stderr.String() != "server: the export was interrupted\nhint: "+file+" was not written\n" || left() != "orders.json" {
		t.Errorf("%v, %s, %s", err, &stderr, left())
	}
}

// A symbolic link stays, and what it points to is replaced, whether it is there or not.
func TestExportThroughLink(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, exportSeed)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "real", "orders.json")
	for _, link := range [][2]string{{"relative.json", "real/orders.json"}, {"absolute.json", target}, {"twice.json", "relative.json"}, {"by", "real/deep"}, {"by/up.json", "../orders.json"}} {
		if err := os.Symlink(link[1], filepath.Join(dir, link[0])); err != nil {
			t.Fatal(err)
		}
	}
	for _, before := range []bool{false, true} {
		for _, link := range []string{"relative.json", "absolute.json", "twice.json", "by/up.json"} {
			os.Remove(target)
			if before {
				if err := os.WriteFile(target, []byte("before"), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			name := filepath.Join(dir, link)
			code, _, stderr := run(t, []string{"export", "orders", "select=id", "limit=1", "-o", name}, "DATABASE_URL="+db.DSN)
			content, err := os.ReadFile(target)
			if code != 0 || err != nil || string(content) != "[{\"id\":1}]\n" {
				t.Errorf("%s, before %v: exit code %d, %s, %q, %v", link, before, code, stderr, content, err)
			}
			if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("%s is no link any more: %v, %v", link, info, err)
			}
			if info, err := os.Lstat(target); err != nil || before && info.Mode().Perm() != 0o640 {
				t.Errorf("%s: the file has %v, %v", link, info, err)
			}
			if _, err := os.Lstat(target + ".part"); err == nil {
				t.Errorf("%s: there is a .part", link)
			}
		}
	}
	loop := filepath.Join(dir, "loop.json")
	if err := os.Symlink("loop.json", loop); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, []string{"export", "orders", "-o", loop}, "DATABASE_URL="+db.DSN); code != 1 || !strings.Contains(stderr, "too many levels of symbolic links") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("a loop: exit code %d, %s", code, stderr)
	}
}

// What an export that was killed has left is named, with the cure, before and after it happens.
func TestExportLeftOver(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, exportSeed)
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file+".part", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := run(t, []string{"export", "orders", "-o", file}, "DATABASE_URL="+db.DSN)
	if want := file + ".part is there already\nhint: another export to this file is under way, or one was killed and left it; if none is under way, remove " + file + ".part"; code != 1 || stderr != want {
		t.Errorf("exit code %d, %q, want %q", code, stderr, want)
	}
	if content, err := os.ReadFile(file + ".part"); err != nil || string(content) != "half" {
		t.Errorf("the .part has %q, %v", content, err)
	}
	_, help, _ := run(t, []string{"export", "-h"})
	if !strings.Contains(help, "FILE.part") || !strings.Contains(help, "remove it") {
		t.Errorf("the help does not say what to do about a FILE.part: %s", help)
	}
}
