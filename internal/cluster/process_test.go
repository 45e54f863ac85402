//go:build linux

package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// programs are where the programs are. A test without one of them skips; in CI it fails.
func programs(t *testing.T) map[string]string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out the tests on a cluster")
	}
	found := map[string]string{}
	for _, name := range []string{"patroni", "etcd", "haproxy", "initdb"} {
		path, err := exec.LookPath(name)
		for _, pattern := range []string{"/usr/sbin/", "/usr/lib/postgresql/*/bin/"} { // off the PATH of ordinary users
			if err != nil {
				if there, _ := filepath.Glob(pattern + name); len(there) > 0 {
					path, err = there[len(there)-1], nil
				}
			}
		}
		if err != nil {
			missing := fmt.Sprintf("no %s; apt-get install patroni etcd-server haproxy postgresql", name)
			if os.Getenv("CI") == "true" {
				t.Fatal(missing)
			}
			t.Skip(missing)
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // what is beside the link may not be all that Patroni needs
		}
		found[name] = path
	}
	return found
}

// account is whom the programs run as: PostgreSQL refuses to run as root. It is nil for an ordinary user.
func account(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// A process is a program that runs until it is ended. It ends with the test program, however that ends.
type process struct {
	cmd  *exec.Cmd
	log  string        // a file
	done chan struct{} // closed when it is gone
}

// launch starts a program in dir, whose output goes into a file there.
func launch(t *testing.T, as *syscall.Credential, dir, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), log: filepath.Join(dir, filepath.Base(name)+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "PATRONI_") && !strings.HasPrefix(v, "ETCD_") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(p.cmd.Env, "LC_ALL=C.UTF-8")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGTERM, Setpgid: true}
	if err := pgtest.Spawn(p.cmd, p.done); err != nil {
		t.Fatal(err)
	}
	return p
}

// end stops a process in order, or by force if it takes long.
func (p *process) end() {
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.kill()
	}
}

// kill ends a process at once.
func (p *process) kill() {
	p.cmd.Process.Kill() //nolint:errcheck // it may be gone already
	<-p.done
}

// family is a process and all that came from it.
func family(pid int) (all []int) {
	all = []int{pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := map[int][]int{}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it is gone
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		parent, _ := strconv.Atoi(string(fields[1]))
		children[parent] = append(children[parent], id)
	}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// signal sends a signal to all these processes.
func signal(pids []int, s syscall.Signal) {
	for _, pid := range pids {
		syscall.Kill(pid, s) //nolint:errcheck // it may be gone already
	}
}

// freePort is a port that nobody uses right now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// tail is the end of a log.
func tail(name string) string {
	text, _ := os.ReadFile(name)
	return string(text[max(0, len(text)-4000):])
}
