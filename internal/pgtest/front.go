//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// PgBouncerDrops is the setting by which it drops the startup parameters of a Store that it otherwise refuses.
const PgBouncerDrops = "ignore_startup_parameters = default_transaction_read_only, IntervalStyle, bytea_output, extra_float_digits, lc_monetary, " +
	"quote_all_identifiers, statement_timeout, lock_timeout, idle_in_transaction_session_timeout"

// startBehind starts a server behind what DBCONTENTS_TEST_POOLER names: pgbouncer, pgbouncer-prepared, pgpool or standby.
// Tests reach their databases through that, and pgtest itself past it.
func startBehind(ctx context.Context, kind string) (*Server, error) {
	if kind == "standby" {
		return startReplicated(ctx)
	}
	server, err := Start(ctx, PreferDocker)
	if err != nil {
		return nil, err
	}
	var d *daemon
	switch kind {
	case "pgbouncer":
		d, err = bounceAll(server.admin)
	case "pgbouncer-prepared":
		// What it refuses would tell a pool of a pooler, and then nothing would be kept.
		d, err = bounceAll(server.admin, "max_prepared_statements = 200", PgBouncerDrops)
	case "pgpool":
		d, err = startPgpool(server.admin)
	default:
		err = fmt.Errorf("DBCONTENTS_TEST_POOLER is %q; it may be pgbouncer, pgbouncer-prepared, pgpool or standby", kind)
	}
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	server.front, server.place = d.through(server.admin), server.place+" behind "+kind
	stop := server.stop
	server.stop = func() error {
		err := d.stop()
		if stop != nil {
			err = errors.Join(err, stop())
		}
		return err
	}
	return server, nil
}

// bounceAll starts a PgBouncer for all databases and roles of a server, with the settings beside.
func bounceAll(server url.URL, settings ...string) (*daemon, error) {
	if len(settings) > 0 && !PgBouncerPrepares() {
		return nil, fmt.Errorf("DBCONTENTS_TEST_POOLER=pgbouncer-prepared needs PgBouncer 1.21 or later, and this is %q; "+
			"DBCONTENTS_TEST_PGBOUNCER names another program, and .ci/run builds one", PgBouncerVersion())
	}
	// Roles that tests make are asked for. What is dropped must not be held.
	return startPgBouncer(server, append([]string{
		"auth_type = scram-sha-256", "auth_user = " + server.User.Username(),
		"auth_query = SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename = $1", "default_pool_size = 40", "max_client_conn = 1000", "server_idle_timeout = 2",
	}, settings...)...)
}

// startReplicated starts a primary whose commits wait until its standby has replayed them,
// so that what a test writes can be read there.
func startReplicated(ctx context.Context) (*Server, error) {
	primary, err := Private(ctx, "-c", "synchronous_commit=remote_apply")
	if err != nil {
		return nil, err
	}
	// What a read of one test holds up, all wait for: not for the 30 s that are the default.
	standby, err := primary.Standby(ctx, "-c", "max_standby_streaming_delay=2s", "-c", "hot_standby_feedback=on")
	if err != nil {
		return nil, errors.Join(err, primary.Stop())
	}
	if err := primary.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"); err != nil {
		return nil, errors.Join(err, standby.Stop(), primary.Stop())
	}
	primary.front, primary.standby, primary.place = standby.admin.String(), standby, primary.place+", read on a standby"
	stop := primary.stop
	primary.stop = func() error { return errors.Join(stop(), standby.Stop()) }
	return primary, nil
}

// Pgpool starts a pgpool-II that reads on the standby and writes on its primary, and returns its address as a
// DSN. It ends with the test. The error matches [exec.ErrNotFound] if there is no such program.
func Pgpool(tb TB, primary, standby *Server) (pooled string, err error) {
	tb.Helper()
	d, err := startPgpool(primary.admin, "backend_weight0 = 0", "backend_hostname1 = '"+standby.admin.Hostname()+"'",
		"backend_port1 = "+standby.admin.Port(), "backend_weight1 = 1", "backend_flag1 = 'DISALLOW_TO_FAILOVER'")
	if err != nil {
		return "", err
	}
	tb.Cleanup(func() { d.stop() })
	return d.through(primary.admin), nil
}

// startPgpool starts one for the role and the server of a DSN, with the settings beside. Roles that tests make
// say their passwords to it in clear. Its children share no cache, as one that ends may leave the lock behind.
func startPgpool(server url.URL, settings ...string) (*daemon, error) {
	path, err := programPath("pgpool")
	if err != nil {
		return nil, err
	}
	d, err := newDaemon(path)
	if err != nil {
		return nil, err
	}
	pcp, err := freePort()
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	config, err := d.file("pgpool.conf", append([]string{
		"backend_clustering_mode = 'streaming_replication'", "listen_addresses = '127.0.0.1'", "port = " + strconv.Itoa(d.port),
		"pcp_listen_addresses = '127.0.0.1'", "pcp_port = " + strconv.Itoa(pcp), "unix_socket_directories = '" + d.dir + "'", "pcp_socket_dir = '" + d.dir + "'",
		"pid_file_name = '" + filepath.Join(d.dir, "pid") + "'", "logdir = '" + d.dir + "'", "work_dir = '" + d.dir + "'",
		"backend_hostname0 = '" + server.Hostname() + "'", "backend_port0 = " + server.Port(), "backend_weight0 = 1", "backend_flag0 = 'DISALLOW_TO_FAILOVER|ALWAYS_PRIMARY'", "failover_on_backend_error = off",
		"num_init_children = 128", "max_pool = 1", "connection_cache = off", "sr_check_period = 0", "health_check_period = 0",
		"enable_pool_hba = off", "enable_shared_relcache = off", "allow_clear_text_frontend_auth = on", "load_balance_mode = on", "log_min_messages = warning",
	}, settings...)...)
	if err == nil {
		_, err = d.file("pcp.conf")
	}
	if err == nil {
		_, err = d.file("pool_passwd")
	}
	if err == nil {
		err = os.Chmod(d.dir, 0o755) // its children look up their sockets
	}
	if err == nil {
		err = d.run(d.through(server), "-n", "-f", config, "-F", filepath.Join(d.dir, "pcp.conf"))
	}
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// exec runs statements, each by itself.
func (s *Server) exec(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
