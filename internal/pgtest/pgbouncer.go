//go:build unix

package pgtest

import (
	"errors"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// PgBouncer starts one in transaction mode in front of the database, with the settings beside, such
// as "default_pool_size = 2", and returns its address as a DSN for the role of dsn. It
// ends with the test. The error matches [exec.ErrNotFound] if there is no such program.
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
	d, err := newDaemon("pgbouncer")
	if err != nil {
		return nil, err
	}
	password, _ := server.User.Password()
	users, err := d.file("users", strconv.Quote(server.User.Username())+" "+strconv.Quote(password))
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	ini, err := d.file("pgbouncer.ini", append([]string{
		"[databases]", "* = host=" + server.Hostname() + " port=" + server.Port(),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + strconv.Itoa(d.port), "unix_socket_dir =",
		"pool_mode = transaction", "auth_file = " + users,
	}, settings...)...)
	if err == nil {
		err = d.run(d.through(server), ini)
	}
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
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
