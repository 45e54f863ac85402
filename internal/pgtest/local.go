//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startLocal makes a cluster in a temporary directory and runs it. An empty bin
// means to look for the programs.
func startLocal(ctx context.Context, bin string, extra ...string) (*Server, error) {
	var err error
	if bin == "" {
		bin, err = binaries()
	} else if bin, err = filepath.Abs(bin); err == nil {
		err = complete(bin)
	}
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, password: secret(), extra: extra}
	if err := c.init(ctx); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	server, err := c.start(ctx)
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return server, nil
}

// cluster is a data directory and what is needed to run a server on it.
type cluster struct {
	bin      string
	dir      string   // holds data, log, lock and the socket
	lock     *os.File // see lease
	account  *account // whom the server runs as; nil for ourselves
	password string
	extra    []string // further arguments of postgres

	port       int
	postmaster *postmaster // the one that runs, or ran last
}

func (c *cluster) init(ctx context.Context) (err error) {
	if c.account, err = unprivileged(); err != nil {
		return err
	}
	if c.dir, c.lock, err = lease(temporary(c.account), c.account); err != nil {
		return err
	}
	pwfile := filepath.Join(c.dir, "password")
	if err := os.WriteFile(pwfile, []byte(c.password), 0o600); err != nil {
		return err
	}
	defer os.Remove(pwfile)
	if err := c.account.own(pwfile); err != nil {
		return err
	}
	// The same bytes sort alike everywhere; C is for systems without C.UTF-8.
	for _, locale := range []string{"C.UTF-8", "C"} {
		data := filepath.Join(c.dir, "data")
		cmd := c.command(ctx, "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256",
			"--pwfile", pwfile, "-E", "UTF8", "--locale", locale, "--no-sync")
		var out []byte
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w%s", cmd.Path, err, tail(out))
		if !bytes.Contains(out, []byte("invalid locale name")) {
			break
		}
	}
	return err
}

// errPortTaken means that somebody took the port between freePort and postgres.
var errPortTaken = errors.New("the port is taken")

// start runs postgres and waits until it answers.
func (c *cluster) start(ctx context.Context) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for try := 1; ; try++ {
		server, err := c.startOnce(ctx)
		if try == 5 || !errors.Is(err, errPortTaken) {
			return server, err
		}
	}
}

func (c *cluster) startOnce(ctx context.Context) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // postgres has its own descriptor
	p, err := c.run(port, log)
	if err != nil {
		return nil, err
	}
	c.port, c.postmaster = port, p
	server := ownedServer("local binaries in "+c.bin, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), c.password)
	if err := server.await(ctx, p.done); err != nil {
		p.stop()
		text, _ := os.ReadFile(log.Name())
		if bytes.Contains(text, []byte("could not create any TCP/IP sockets")) {
			err = errPortTaken
		}
		return nil, fmt.Errorf("%s: %w%s", p.cmd.Path, err, tail(text))
	}
	server.kept = fmt.Sprintf("kill -INT %d", p.cmd.Process.Pid)
	server.stop = func() error {
		c.postmaster.stop()
		return c.remove()
	}
	server.life = c
	return server, nil
}

// postmaster is a running postgres.
type postmaster struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process is gone
}

func (c *cluster) run(port int, log *os.File) (*postmaster, error) {
	args := append([]string{
		"-D", filepath.Join(c.dir, "data"),
		"-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=" + c.dir,
	}, settings...)
	language, extra := cutLanguage(c.extra)
	args = append(args, extra...)
	// The server's life is not the start's, so the context of the start is not its.
	p := &postmaster{cmd: c.command(context.Background(), "postgres", args...), done: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, language...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.ExtraFiles = []*os.File{c.lock} // the server holds the lease as well
	if keep() {
		p.cmd.SysProcAttr.Setsid = true
	} else {
		dieWithParent(p.cmd.SysProcAttr)
	}
	return p, Spawn(p.cmd, p.done)
}

// stop shuts the server down: fast, then immediately, then by force. Force is no
// error, as there is no data to lose, and it may be needed: a client that
// connects during a shutdown and says nothing holds the server for a minute.
func (p *postmaster) stop() {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		p.cmd.Process.Signal(signal) //nolint:errcheck // it may be gone already
		select {
		case <-p.done:
			return
		case <-time.After(3 * time.Second):
		}
	}
}

// command is a PostgreSQL program in an environment that does not leak into it:
// no PG variables, messages in English, a working directory it can read.
func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account.credential()}
	return cmd
}

func (c *cluster) remove() error {
	if c.dir == "" {
		return nil
	}
	return errors.Join(c.lock.Close(), os.RemoveAll(c.dir))
}
