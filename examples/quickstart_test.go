//go:build unix

package examples_test

import (
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const urlPattern = `(?m)^  curl (http://127\.0\.0\.1:\d+/dbcontents)$`

func TestQuickstart(t *testing.T) {
	t.Parallel()
	quickstart(t, nil, syscall.SIGINT)
}

// Under a container's root the server's account is another one; most people
// are not root.
func TestQuickstartAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("TestQuickstart has run as an ordinary user already")
	}
	quickstart(t, nobody(t), syscall.SIGTERM)
}

func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func quickstart(t *testing.T, as *syscall.Credential, signal os.Signal) {
	// Variables that mean another database must not lead it astray.
	p := start(t, as, "quickstart", "ADDR=127.0.0.1:0", "LOG_FORMAT=json",
		"PGHOST=192.0.2.1", "PGSERVICE=absent", "DATABASE_URL=postgres://192.0.2.1/d", "DBCONTENTS_TABLES=other")
	url := p.find(t, urlPattern)
	for _, tt := range []struct{ path, accept, want string }{
		{"", "*/*", `[{"id":1,"value":"apple","price":0.40,"in_stock":true,`},
		{"", "text/csv", "id,value,price,in_stock,added,tags,details\r\n1,apple,0.40,t,"},
		{"", "text/plain", "apple\nbread, sliced\ncrème fraîche\n12\" pizza\nadvice\n"},
		{"?select=id,value&order=price.desc.nullslast&limit=2", "*/*", `[{"id":4,"value":"12\" pizza"},` + "\n" + `{"id":2,`},
		{"", "text/html", "<!DOCTYPE html>"},
	} {
		if status, body := get(t, url+tt.path, "Accept", tt.accept); status != 200 || !strings.HasPrefix(body, tt.want) {
			t.Errorf("%s as %s: %d %s", tt.path, tt.accept, status, body)
		}
	}
	database := postgresOf(t, p.Dir)
	p.Process.Signal(signal)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	nothingLeft(t, p.Dir, database)
}

func TestQuickstartOnABusyPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := start(t, nil, "quickstart", "ADDR="+listener.Addr().String())
	if code, text := p.end(t), p.out.String(); code != 1 ||
		!strings.Contains(text, "quickstart: ADDR: cannot listen on 127.0.0.1:") || !strings.Contains(text, "another program uses that port") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	nothingLeft(t, p.Dir, "")
}

func TestQuickstartInterruptedAtTheStart(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "quickstart", "ADDR=127.0.0.1:0")
	p.find(t, "(starting PostgreSQL)")
	time.Sleep(300 * time.Millisecond) // initdb is at work
	p.Process.Signal(syscall.SIGINT)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	nothingLeft(t, p.Dir, "")
}

// postgresOf is the address of the server whose directory is in dir; none if
// it is in a container.
func postgresOf(t *testing.T, dir string) string {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err == nil && len(names) == 0 {
		return ""
	}
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v: want one directory of PostgreSQL", names, err)
	}
	content, err := os.ReadFile(dir + "/" + names[0].Name() + "/data/postmaster.pid")
	lines := strings.Split(string(content), "\n")
	if err != nil || len(lines) < 4 {
		t.Fatalf("%v in %q", err, lines)
	}
	return "127.0.0.1:" + lines[3]
}

// nothingLeft checks that neither a directory nor a process remains.
func nothingLeft(t *testing.T, dir, address string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil || len(names) > 0 {
		t.Errorf("%v, %v is left in its TMPDIR", names, err)
	}
	if address != "" {
		if conn, err := pgx.Connect(t.Context(), "postgres://"+address+"/postgres?connect_timeout=2"); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("PostgreSQL is still there: %v, %v", conn, err)
		}
	}
	processes, _ := os.ReadDir("/proc") // where there is one
	for _, process := range processes {
		if line, _ := os.ReadFile("/proc/" + process.Name() + "/cmdline"); strings.Contains(string(line), dir) {
			t.Errorf("process %s is left: %q", process.Name(), line)
		}
	}
}
