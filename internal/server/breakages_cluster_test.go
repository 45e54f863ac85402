package server_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A cluster is a server of its own, for what would disturb the other tests.
type cluster struct {
	t      *testing.T
	server *pgtest.Server
	admin  *pgx.Conn
	dsn    string // of a role that may read test_table
	ca     authority
	other  authority
}

// hba is who may come in and how; the first line that fits counts.
const hba = `
local all postgres scram-sha-256
host all filler all trust
hostssl all tls_only all scram-sha-256
host all tls_only all reject
hostnossl all plain_only all scram-sha-256
host all plain_only all reject
hostssl all certified all scram-sha-256 clientcert=verify-ca
host all rejected all reject
host all postgres,reader all scram-sha-256
`

// newCluster is a server with TLS, its own rules and few connections. The files
// are written by the server itself, wherever it runs.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	server, err := pgtest.Private(t.Context(), "-c", "max_connections=20")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	c := &cluster{t: t, server: server, admin: conn, ca: newAuthority(t), other: newAuthority(t)}
	cert, key := c.ca.issue(t, "db.example")
	c.file("server.crt", cert)
	c.file("server.key", key)
	c.file("ca.crt", c.ca.pem())
	c.file("pg_hba.conf", hba)
	for _, role := range []string{"reader", "filler", "tls_only", "plain_only", "certified", "rejected", "unlisted"} {
		c.exec("CREATE ROLE " + role + " LOGIN PASSWORD '" + canary + "'")
	}
	c.exec(seed)
	c.exec("GRANT SELECT ON test_table TO PUBLIC")
	for _, setting := range []string{"ssl = on", "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'", "ssl_ca_file = 'ca.crt'"} {
		c.exec("ALTER SYSTEM SET " + setting)
	}
	c.exec("SELECT pg_reload_conf()")
	c.dsn = with(t, server.DSN("postgres"), func(u *url.URL) { u.User = url.UserPassword("reader", canary) })
	works := append(on(c.as("reader", "sslmode=verify-ca&sslrootcert="+c.clientFile("ca.crt", c.ca.pem()))), quick...)
	for deadline := time.Now().Add(wait); ; time.Sleep(50 * time.Millisecond) { // the new settings are not in force at once
		code, stdout, _ := run(t, []string{"check"}, works...)
		if code == 0 && strings.Contains(stdout, "ok      tls: TLS 1.3, certificate for db.example until ") {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("TLS does not work: %s", stdout)
		}
	}
}

func (c *cluster) exec(sql string) {
	c.t.Helper()
	if _, err := c.admin.Exec(c.t.Context(), sql); err != nil {
		c.t.Fatalf("%v\nin: %s", err, sql)
	}
}

// file is written by the server's user into its directory.
func (c *cluster) file(name, content string) {
	c.t.Helper()
	c.exec(fmt.Sprintf("COPY (SELECT * FROM string_to_table($x$%s$x$, E'\\n')) TO PROGRAM 'cat > %s && chmod 600 %[2]s'", content, name))
}

// clientFile is a file for the client.
func (c *cluster) clientFile(name, content string) string {
	c.t.Helper()
	path := c.t.TempDir() + "/" + name
	write(c.t, path, content)
	return path
}

// as is the DSN of another role.
func (c *cluster) as(role, query string) string {
	return with(c.t, c.dsn, func(u *url.URL) { u.User, u.RawQuery = url.UserPassword(role, canary), query })
}

// brokenTLS are the ways in which TLS and the rules for who may use it fail.
func (c *cluster) brokenTLS(t *testing.T) []breakage {
	t.Helper()
	ca, other := c.clientFile("ca.crt", c.ca.pem()), c.clientFile("other.crt", c.other.pem())
	front := func(cert tlsPair, query string) []string {
		addr := c.front(t, cert)
		return on(with(t, c.as("reader", query), func(u *url.URL) { u.Host = addr }))
	}
	return []breakage{
		{"a certificate of an unknown authority", on(c.as("reader", "sslmode=verify-ca&sslrootcert="+other)), "tls", "tls_unknown_authority", 1, 503},
		{"a certificate of no public authority", on(c.as("reader", "sslmode=verify-full")), "tls", "tls_unknown_authority tls_wrong_name", 1, 503},
		{"a certificate for another name", on(c.as("reader", "sslmode=verify-full&sslrootcert="+ca)), "tls", "tls_wrong_name", 1, 503},
		{"a certificate that has expired", front(c.ca.expired(t), "sslmode=verify-ca&sslrootcert="+ca), "tls", "tls_invalid_certificate", 1, 503},
		{"a certificate that signs itself", front(newAuthority(t).pair(), "sslmode=verify-ca&sslrootcert="+ca), "tls", "tls_unknown_authority", 1, 503},
		{"a role that needs TLS", on(c.as("tls_only", "sslmode=disable")), "authentication", "tls_required", 1, 503},
		{"a role that may not use TLS", on(c.as("plain_only", "sslmode=require")), "authentication", "role_not_admitted", 1, 503},
		{"a role that needs a certificate of its own", on(c.as("certified", "sslmode=require")), "authentication", "role_not_admitted", 1, 503},
		{"a role that is rejected", on(c.as("rejected", "sslmode=require")), "authentication", "role_not_admitted", 1, 503},
		{"a role without a rule", on(c.as("unlisted", "sslmode=require")), "authentication", "role_not_admitted", 1, 503},
		{"a wrong password over TLS", on(with(t, c.as("reader", "sslmode=require"), func(u *url.URL) { u.User = url.UserPassword("reader", canary+"s") })), "authentication", "wrong_password", 1, 503},
	}
}

// full takes all connections of the server.
func (c *cluster) full(t *testing.T, try func([]breakage)) {
	t.Helper()
	var fillers []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), c.as("filler", "sslmode=disable"))
		if err != nil {
			break
		}
		fillers = append(fillers, conn)
	}
	try([]breakage{{"a server without a free connection", on(c.dsn), "server", "too_many_connections", 1, 503}})
	for _, conn := range fillers {
		conn.Close(context.Background())
	}
}

// frozen is a server that does nothing any more; the kernel still accepts
// connections for it.
func (c *cluster) frozen(t *testing.T, try func([]breakage)) {
	t.Helper()
	if err := c.server.Freeze(); err != nil {
		t.Fatal(err)
	}
	try([]breakage{{"a server that is frozen", on(c.dsn), "authentication", "server_silent", 1, 503}})
	if err := c.server.Thaw(); err != nil {
		t.Fatal(err)
	}
}

// stopping shuts the server down while a session, ours, keeps it from ending.
func (c *cluster) stopping(t *testing.T, try func([]breakage)) {
	t.Helper()
	c.exec("COPY (SELECT) TO PROGRAM 'cat >/dev/null; kill -TERM $(head -n 1 postmaster.pid)'")
	try([]breakage{{"a server that shuts down", on(c.dsn), "server", "database_starting", 1, 503}})
}
