//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// A daemon is a program between the tests and a server, and what it needs.
type daemon struct {
	path  string // of the program
	dir   string
	lock  *os.File
	owner *account
	port  int

	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// programPath looks for a program, also off the PATH of ordinary users. The error matches
// [exec.ErrNotFound] if there is no such program.
func programPath(program string) (path string, err error) {
	if path, err = exec.LookPath(program); err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program)
	}
	return path, err
}

// newDaemon makes a place for the program at path.
func newDaemon(path string) (d *daemon, err error) {
	d = &daemon{path: path, gone: make(chan struct{})}
	if d.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	if d.port, err = freePort(); err != nil {
		return nil, err
	}
	d.dir, d.lock, err = lease(temporary(d.owner), d.owner)
	return d, err
}

// file makes a file of the daemon's and returns its path.
func (d *daemon) file(name string, lines ...string) (path string, err error) {
	path = filepath.Join(d.dir, name)
	return path, errors.Join(os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600), d.owner.own(path))
}

// run starts the program and waits until a query of dsn, which leads through it, is answered.
func (d *daemon) run(dsn string, args ...string) error {
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(d.path, args...)
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = d.dir, log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.owner.credential()}
	dieWithParent(d.cmd.SysProcAttr)
	if err := Spawn(d.cmd, d.gone); err != nil {
		return err
	}
	if err := answers(dsn, d.gone); err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w%s", d.path, err, tail(text))
	}
	return nil
}

// stop ends the program, first in order and then by force, and removes what it had.
func (d *daemon) stop() error {
	if d.cmd != nil && d.cmd.Process != nil {
		d.cmd.Process.Signal(syscall.SIGINT) //nolint:errcheck // it may be gone already
		select {
		case <-d.gone:
		case <-time.After(2 * time.Second):
			d.cmd.Process.Kill() //nolint:errcheck // it may be gone already
			<-d.gone
		}
	}
	return errors.Join(d.lock.Close(), os.RemoveAll(d.dir))
}

// through is dsn with the daemon's address.
func (d *daemon) through(dsn url.URL) string {
	dsn.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port))
	return dsn.String()
}

// answers waits until a query is answered.
func answers(dsn string, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			return errors.New("the DSN does not parse")
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-gone:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
