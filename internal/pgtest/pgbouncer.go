//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// PgBouncer starts one in transaction mode in front of the database, with the settings beside, such
// as "default_pool_size = 2", and returns its address as a DSN for the role of dsn. Unless a setting says
// otherwise it does not know prepared statements. It ends with the test. The error matches [exec.ErrNotFound] if there is no such program.
func PgBouncer(tb TB, dsn string, settings ...string) (pooled string, err error) {
	tb.Helper()
	server, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("pgtest: the DSN is no URL")
	}
	d, err := startPgBouncer(*server, append([]string{"auth_type = plain"}, settings...)...)
	if err != nil {
		return "", err
	}
	tb.Cleanup(func() { d.stop() })
	return d.through(*server), nil
}

// startPgBouncer starts one for the role and the server of a DSN.
func startPgBouncer(server url.URL, settings ...string) (*daemon, error) {
	path, err := pgBouncerPath()
	if err != nil {
		return nil, err
	}
	d, err := newDaemon(path)
	if err != nil {
		return nil, err
	}
	password, _ := server.User.Password()
	users, err := d.file("users", strconv.Quote(server.User.Username())+" "+strconv.Quote(password))
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	lines := []string{
		"[databases]", "* = host=" + server.Hostname() + " port=" + server.Port(),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + strconv.Itoa(d.port), "unix_socket_dir =",
		"pool_mode = transaction", "auth_file = " + users,
	}
	if PgBouncerPrepares() {
		lines = append(lines, "max_prepared_statements = 0") // as the versions before have it
	}
	ini, err := d.file("pgbouncer.ini", append(lines, settings...)...)
	if err == nil {
		err = d.run(d.through(server), ini)
	}
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// pgBouncerPath is the program that DBCONTENTS_TEST_PGBOUNCER names, or the installed one. One
// that is named must be there: its absence does not match [exec.ErrNotFound].
func pgBouncerPath() (string, error) {
	named := os.Getenv("DBCONTENTS_TEST_PGBOUNCER")
	if named == "" {
		return programPath("pgbouncer")
	}
	path, err := exec.LookPath(named)
	if err != nil {
		return "", fmt.Errorf("DBCONTENTS_TEST_PGBOUNCER: %v", err)
	}
	return path, nil
}

// PgBouncerVersion is its version, such as 1.18.0, or empty if there is no such program.
func PgBouncerVersion() string {
	path, err := pgBouncerPath()
	if err != nil {
		return ""
	}
	out, err := exec.Command(path, "--version").Output()
	words := strings.Fields(string(out))
	if i := slices.Index(words, "PgBouncer"); err == nil && i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// PgBouncerPrepares reports whether it knows prepared statements in transaction mode, which came with 1.21.
func PgBouncerPrepares() bool {
	var major, minor int
	n, _ := fmt.Sscanf(PgBouncerVersion(), "%d.%d", &major, &minor)
	return n == 2 && (major > 1 || minor >= 21)
}
