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
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// PgBouncer starts one in transaction mode in front of the database, with the settings beside, such
// as "default_pool_size = 2", and returns its address as a DSN for the role of dsn. It
// ends with the test. The error matches [exec.ErrNotFound] if there is no such program.
func PgBouncer(tb TB, dsn string, settings ...string) (pooled string, err error) {
	tb.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/pgbouncer") // off the PATH of ordinary users
	}
	if err != nil {
		return "", err
	}
	server, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("pgtest: the DSN is no URL")
	}
	owner, err := unprivileged()
	if err != nil {
		return "", err
	}
	dir, lock, err := lease(temporary(owner), owner)
	if err != nil {
		return "", err
	}
	tb.Cleanup(func() {
		lock.Close()
		os.RemoveAll(dir)
	})
	port, err := freePort()
	if err != nil {
		return "", err
	}
	password, _ := server.User.Password()
	config := append([]string{
		"[databases]", "* = host=" + server.Hostname() + " port=" + server.Port(),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + strconv.Itoa(port), "unix_socket_dir =",
		"pool_mode = transaction", "auth_type = plain", "auth_file = " + filepath.Join(dir, "users"),
	}, settings...)
	for name, lines := range map[string][]string{"users": {strconv.Quote(server.User.Username()) + " " + strconv.Quote(password)}, "pgbouncer.ini": config} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600), owner.own(file)); err != nil {
			return "", err
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	cmd := exec.Command(path, filepath.Join(dir, "pgbouncer.ini"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner.credential()}
	dieWithParent(cmd.SysProcAttr)
	started, gone := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // see cluster.run
		defer runtime.UnlockOSThread()
		defer close(gone)
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // the log tells more than an exit status
		}
	}()
	if err := <-started; err != nil {
		return "", err
	}
	tb.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may be gone already
		<-gone
	})
	own := *server
	own.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := answers(own.String(), gone); err != nil {
		text, _ := os.ReadFile(log.Name())
		return "", fmt.Errorf("%s: %w%s", path, err, tail(text))
	}
	return own.String(), nil
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

// PgBouncerVersion is its version, such as 1.18.0, or empty if there is no such program.
func PgBouncerVersion() string {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if out, err := exec.Command(name, "--version").Output(); err == nil {
			words := strings.Fields(string(out))
			if i := slices.Index(words, "PgBouncer"); i >= 0 && i+1 < len(words) {
				return words[i+1]
			}
		}
	}
	return ""
}
