package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func inContainer() []breakage {
	return []breakage{{"localhost inside a container", on("postgres://u:" + canary + "@127.0.0.1:1/d?sslmode=disable"), "network", "loopback_in_container", 1, 503}}
}

// brokenConfiguration are those from which no server starts.
func brokenConfiguration(t *testing.T, db *pgtest.DB) []breakage {
	t.Helper()
	dir := t.TempDir()
	empty, services, absent := filepath.Join(dir, "empty"), filepath.Join(dir, "services"), filepath.Join(dir, "absent")
	write(t, empty, "")
	write(t, services, "[one]\nhost=h\npassword="+canary+"\n")
	other := listen(t, func(net.Conn) {})
	const host = "postgres://u:" + canary + "@h/d"
	var all []breakage
	for _, tt := range []struct {
		reason string
		env    []string
	}{
		{"a port that is no number", on("postgres://u:" + canary + "@h:five/d")},
		{"a port out of range", on("host=h port=70000 password=" + canary)},
		{"a password that is not percent-encoded", on("postgres://u:12/" + canary + "@h/d")},
		{"another database's URL", on("mysql://u:" + canary + "@h/d")},
		{"an unknown sslmode", on(host + "?sslmode=perhaps")},
		{"a certificate file that is not there", on(host + "?sslmode=verify-full&sslrootcert=" + absent)},
		{"a client certificate that is not there", on(host + "?sslcert=" + absent + "&sslkey=" + absent)},
		{"a certificate file without a certificate", on(host + "?sslmode=verify-full&sslrootcert=" + services)},
		{"a service that is not in the file", on("service=two servicefile=" + services)},
		{"an unknown target", on(host + "?target_session_attrs=best")},
		{"a timeout that is none", on(host + "?connect_timeout=soon")},
		{"a pool without connections", on(host + "?pool_max_conns=0")},
		{"a secret's file that is not there", []string{"DATABASE_URL_FILE=" + absent}},
		{"an empty secret", on("postgres://u@h/d", "PGPASSWORD_FILE="+empty)},
		{"two connection strings", on(host, "DATABASE_URL_FILE="+services)},
		{"a name that is none", on(host, "DBCONTENTS_TABLES=a.b.c")},
		{"a system schema", on(host, "DBCONTENTS_SCHEMAS=pg_catalog")},
		{"a misspelt variable", on(host, "DBCONTENTS_TABEL=t")},
		{"a limit without a unit", on(host, "DBCONTENTS_QUERY_TIMEOUT=5")},
		{"an address that is none", on(host, "ADDR=8888")},
	} {
		all = append(all, breakage{tt.reason, tt.env, "configuration", "config_invalid config_file_unreadable", 2, 0})
	}
	return append(all,
		breakage{"an address that another program has", on(db.DSN, "ADDR="+other), "http server", "address_in_use", 1, 0},
		breakage{"an address of another machine", on(db.DSN, "ADDR=198.51.100.1:8888"), "http server", "address_unusable", 1, 0})
}

// brokenNetwork are the ways not to reach a PostgreSQL.
func brokenNetwork(t *testing.T, db *pgtest.DB) []breakage {
	t.Helper()
	dsn := db.Role("")
	at := func(host string) []string {
		return on(with(t, dsn, func(u *url.URL) { u.Host = host }))
	}
	preferred := func(host string) []string {
		return on(with(t, dsn, func(u *url.URL) { u.Host, u.RawQuery = host, "sslmode=prefer" }))
	}
	socket := func(dir string) []string {
		return on("host="+dir+" port=5432 user=u dbname=d password="+canary, "PGPASSWORD=")
	}
	website := httptest.NewUnstartedServer(http.NotFoundHandler())
	website.Config.ReadHeaderTimeout = 100 * time.Millisecond // then it says 400
	website.Start()
	t.Cleanup(website.Close)
	ssh := listen(t, func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1\r\n"); io.Copy(io.Discard, c) })
	hangsUp := listen(t, func(net.Conn) {})
	silent, gone, cut := faultproxy.New(t, db.DSN), faultproxy.New(t, db.DSN), faultproxy.New(t, db.DSN)
	silent.Hang(true)
	gone.Refuse(true)
	cut.CutAfter(5)
	dir, err := os.MkdirTemp("", "s") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, ".s.PGSQL.5432"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()

	// A machine without a name server cannot know that a name does not exist.
	const unknown = "dns_not_found dns_failed"
	return []breakage{
		{"a host that does not exist", at("database.invalid:5432"), "names", unknown, 1, 503},
		{"a service's name outside of its network", at("postgres-of-nobody:5432"), "names", unknown, 1, 503},
		{"two hosts that do not exist", at("a.invalid:5432,b.invalid:5432"), "names", unknown, 1, 503},
		{"no directory of sockets", socket("/nonexistent"), "network", "socket_missing", 1, 503},
		{"a directory without a socket", socket("/"), "network", "socket_missing", 1, 503},
		{"a socket that nobody listens on", socket(dir), "network", "connection_refused", 1, 503},
		{"a port that nobody listens on", at(gone.Addr()), "network", refused(), 1, 503},
		{"two hosts that both refuse", at(gone.Addr() + ",localhost:1"), "network", refused(), 1, 503},
		{"an address behind a firewall", at(blackHole(t)), "network", "connect_timeout", 1, 503},
		{"an address without a route", at("224.0.0.1:5432"), "network", "no_route", 1, 503},
		{"a website", at(website.Listener.Addr().String()), "authentication", "not_postgres", 1, 503},
		{"a website, TLS if it has it", preferred(website.Listener.Addr().String()), "authentication", "not_postgres", 1, 503},
		{"an SSH server", at(ssh), "authentication", "not_postgres", 1, 503},
		{"an SSH server, TLS if it has it", preferred(ssh), "authentication", "not_postgres", 1, 503},
		{"a proxy without a server", at(hangsUp), "authentication", "hung_up", 1, 503},
		{"a connection that breaks during the login", at(cut.Addr()), "authentication", "hung_up", 1, 503},
		{"a server that accepts and says nothing", at(silent.Addr()), "authentication", "server_silent", 1, 503},
		{"the same, TLS if it has it", preferred(silent.Addr()), "authentication", "server_silent", 1, 503},
	}
}

// blackHole is an address that drops all packets which ask for a connection:
// its queue is full.
func blackHole(t *testing.T) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		conn, err := net.DialTimeout("tcp", listener.Addr().String(), 300*time.Millisecond)
		if err != nil {
			return listener.Addr().String()
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Fatal("the queue does not fill")
	return ""
}

// listen accepts connections and closes them after f.
func listen(t *testing.T, f func(net.Conn)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				f(conn)
			}()
		}
	}()
	return listener.Addr().String()
}
