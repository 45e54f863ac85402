//go:build unix

package examples_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const orders = `CREATE TABLE orders (id int PRIMARY KEY, value text);
INSERT INTO orders SELECT i, repeat('x', 1000) FROM generate_series(1, 5000) i;
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers VALUES (2, 'b, "c"'), (1, NULL);
CREATE VIEW broken AS SELECT i AS id, 1 / (50000 - i) AS value FROM generate_series(1, 100000) i;`

// export runs the example to its end and returns the files that it has made.
func export(t *testing.T, dsn string, args ...string) (code int, text string, files []string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "export"), append([]string{"-dir", dir}, args...)...)
	cmd.Env = []string{"DATABASE_URL=" + dsn}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		files = append(files, filepath.Join(dir, name.Name()))
	}
	return cmd.ProcessState.ExitCode(), string(out), files
}

func TestExport(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, orders, "DROP VIEW broken")
	code, text, files := export(t, db.DSN)
	if code != 0 || len(files) != 2 || !strings.Contains(text, "5000 rows") || !strings.Contains(text, "up to [id] = [2]") {
		t.Fatalf("exit code %d, %v\n%s", code, files, text)
	}
	content, err := os.ReadFile(files[0])
	if want := "id,name\r\n1,\r\n2,\"b, \"\"c\"\"\"\r\n"; err != nil || filepath.Base(files[0]) != "public.customers.csv" || string(content) != want {
		t.Errorf("%s: %v %q", files[0], err, content)
	}
	if content, err = os.ReadFile(files[1]); err != nil || bytes.Count(content, []byte("\r\n")) != 5001 {
		t.Errorf("%s: %v, %d lines", files[1], err, bytes.Count(content, []byte("\r\n")))
	}
	if code, text, files = export(t, db.DSN, "public.customers"); code != 0 || len(files) != 1 {
		t.Errorf("by name: exit code %d, %v\n%s", code, files, text)
	}
	if code, text, files = export(t, db.DSN, "customers", "absent"); code != 1 || len(files) != 0 || !strings.Contains(text, "hint: ") {
		t.Errorf("a table that is not there: exit code %d, %v\n%s", code, files, text)
	}
}

// A read that breaks off in the middle leaves no file that looks complete.
func TestExportInterrupted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, orders)
	code, text, files := export(t, db.DSN, "customers", "broken")
	if code != 1 || len(files) != 1 || !strings.Contains(text, "division by zero") || !strings.Contains(text, "\nhint: ") {
		t.Errorf("a value cannot be computed: exit code %d, %v\n%s", code, files, text)
	}
	proxy := faultproxy.New(t, db.DSN)
	proxy.CutAfter(1 << 20)
	code, text, files = export(t, proxy.DSN(db.DSN), "orders")
	if code != 1 || len(files) != 0 || !strings.Contains(text, "\nhint: the connection to the database was lost") {
		t.Errorf("the connection is cut: exit code %d, %v\n%s", code, files, text)
	}
}

func TestExportStoppedByTheUser(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE VIEW test_table AS SELECT i AS id, pg_sleep(0.001)::text AS value FROM generate_series(1, 100000) i")
	p := start(t, nil, "export", "DATABASE_URL="+db.DSN)
	for deadline := time.Now().Add(wait); len(files(t, p.Dir)) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it writes no file\n%s", p.out)
		}
	}
	p.Process.Signal(syscall.SIGINT)
	if code := p.end(t); code != 1 || len(files(t, p.Dir)) != 0 {
		t.Errorf("exit code %d, %v\n%s", code, files(t, p.Dir), p.out)
	}
}

func files(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
