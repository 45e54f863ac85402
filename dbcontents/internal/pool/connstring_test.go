package pool

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const secret = "s3cr3t"

// withoutVariables keeps the variables of pgx from having a say.
func withoutVariables(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"HOST", "PORT", "DATABASE", "USER", "PASSWORD", "PASSFILE", "SERVICE", "SERVICEFILE", "SSLMODE", "SSLROOTCERT", "SSLCERT", "SSLKEY",
		"OPTIONS", "APPNAME", "CONNECT_TIMEOUT", "TARGETSESSIONATTRS",
	} {
		t.Setenv("PG"+name, "")
	}
}

// Each mistake is named, and no part of the connection string is in the message.
func TestConnStringMistakes(t *testing.T) {
	withoutVariables(t)
	for _, tt := range []struct{ reason, connString, want string }{
		{"a password with @", "postgres://user:" + secret + "@" + secret + "@host/db", "an @ too many"},
		{"a password with a slash and @", "postgres://user:12/" + secret + "@host/db", "an @ too many"},
		{"a URL behind a scheme", "postgres://postgres://user:" + secret + "@host/db", "an @ too many"},
		{"an @ in a key of the query", "postgresql://user@host/db?" + secret + "@host=1", "an @ too many"},
		{"a port that is no number", "postgres://user:" + secret + "@host:x" + secret + "/db", "the port is not a number"},
		{"a port that is too large", "postgres://user@host:70000/db", "the port is not a number"},
		{"a port of 0", "postgres://user@host:0/db", "the port is not a number"},
		{"an sslmode", "postgres://user@host/db?sslmode=" + secret, "sslmode is not valid"},
		{"a timeout", "host=h connect_timeout=" + secret, "connect_timeout is not valid"},
		{"a size of the pool", "host=h pool_max_conns=" + secret, "pool_max_conns is not valid"},
		{"a lifetime with a longer name", "host=h pool_max_conn_lifetime_jitter=" + secret, "pool_max_conn_lifetime_jitter is not valid"},
		{"a mode", "host=h default_query_exec_mode=" + secret, "default_query_exec_mode is not valid"},
		{"no pairs", secret, "want postgres://user@host:port/database or key=value pairs"},
		{"a host that is a URL", "host=postgres://user:" + secret + "@host/db", "the host is a connection string"},
		{"a database that is a URL", "host=h dbname=postgres://user:" + secret + "@host/db", "the database is a connection string"},
		{"a user that is a URL", "host=h user=postgres://user:" + secret + "@host/db", "the user is a connection string"},
		{"the second host is a URL", "host=a,postgres://user:" + secret + "@host/db", "the host is a connection string"},
		{"a parameter that is a URL", "host=h application_name=postgres://user:" + secret + "@host/db", "a parameter holds a connection string"},
		{"a host with a blank", "host='a b'", "the host holds characters"},
		{"a host with an equals sign", "host=h=" + secret, "the host holds characters"},
	} {
		_, err := parseConnString(tt.connString)
		switch {
		case err == nil || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.want)
		case !strings.HasPrefix(err.Error(), "ConnString: ") || strings.Contains(err.Error(), secret):
			t.Errorf("%s: %q tells the secret, or not what it is about", tt.reason, err)
		}
	}
}

// A file that cannot be read is an error of its own, as it may be there elsewhere.
func TestFileOfAConnString(t *testing.T) {
	withoutVariables(t)
	_, err := parseConnString("host=h sslmode=verify-full sslrootcert=/nowhere/root.crt")
	if f := (*FileError)(nil); !errors.As(err, &f) || !strings.Contains(err.Error(), "/nowhere/root.crt") {
		t.Errorf("%T: %v", err, err)
	}
}

// What is right is taken, whatever it holds.
func TestConnStringsThatAreRight(t *testing.T) {
	withoutVariables(t)
	for _, tt := range []struct{ connString, host, database, password string }{
		{"postgres://user:" + secret + "@host/db", "host", "db", secret},
		{"postgres://user:a%40b%2Fc@host:1/db?sslmode=disable", "host", "db", "a@b/c"},
		{"postgresql://host/db?user=a@b&password=x@y", "host", "db", "x@y"},
		{"postgres:///db?host=/run/postgresql", "/run/postgresql", "db", ""},
		{"postgres://user@[::1]:5433/db", "::1", "db", ""},
		{"host=/tmp/a=b dbname=db", "/tmp/a=b", "db", ""},
		{"host=a,b port=1,2 dbname='my db' password='p@ss w=rd'", "a", "my db", "p@ss w=rd"},
	} {
		config, err := parseConnString(tt.connString)
		if err != nil {
			t.Errorf("%s: %v", tt.connString, err)
			continue
		}
		if cc := config.ConnConfig; cc.Host != tt.host || cc.Database != tt.database || cc.Password != tt.password {
			t.Errorf("%s: host %q, database %q, password %q", tt.connString, cc.Host, cc.Database, cc.Password)
		}
	}
}

// A connection string in the place of a name is found, wherever that is: in a borrowed
// pool's configuration it has not been parsed by us.
func TestMisplaced(t *testing.T) {
	withoutVariables(t)
	const url = "postgres://user:" + secret + "@host/db"
	for _, tt := range []struct {
		want   string
		change func(c *pgx.ConnConfig)
	}{
		{"", func(*pgx.ConnConfig) {}},
		{"", func(c *pgx.ConnConfig) { c.Password = url }}, // which is nowhere shown
		{"the user is", func(c *pgx.ConnConfig) { c.User = url }},
		{"the database is", func(c *pgx.ConnConfig) { c.Database = url }},
		{"the host is", func(c *pgx.ConnConfig) { c.Host = url }},
		{"the host is", func(c *pgx.ConnConfig) { c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: url}) }},
		{"a parameter holds", func(c *pgx.ConnConfig) { c.RuntimeParams["application_name"] = url }},
		{"a parameter holds", func(c *pgx.ConnConfig) { c.RuntimeParams[url] = "x" }},
	} {
		config, err := pgx.ParseConfig("postgres://user@host/db?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		tt.change(config)
		got := Misplaced(config)
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) || strings.Contains(got, secret) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// The size of the pool is the connection string's only if it says one.
func TestPoolSize(t *testing.T) {
	withoutVariables(t)
	for connString, want := range map[string]bool{
		"postgres://host/db": false, "postgres://host/db?pool_max_conns=3": true, "host=h pool_max_conns=3": true, "host=h pool_min_conns=3": false, "not one": false,
	} {
		if got := saysPoolSize(connString); got != want {
			t.Errorf("%s: %v", connString, got)
		}
	}
}
