package faults

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// private is a server that rows reconfigure, mortal one that they stop and
// freeze, each for one row at a time.
var private, mortal privateServer

type privateServer struct {
	mu     sync.Mutex
	server *pgtest.Server
	err    error
}

// The server has few connections, and its clients may be told apart by TLS.
var privateArguments = []string{"-c", "max_connections=20", "-c", "superuser_reserved_connections=3"}

// take lends the private server to a row, with the seed in its database.
func (p *privateServer) take(t *testing.T) *instance {
	t.Helper()
	p.mu.Lock()
	t.Cleanup(p.mu.Unlock)
	if p.server == nil && p.err == nil {
		p.server, p.err = pgtest.Private(context.Background(), privateArguments...)
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	i := &instance{T: t, Server: p.server, password: "kanarienvogel"}
	i.admitAll()
	i.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public; " + seed +
		"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO public; DROP ROLE IF EXISTS matrix_role; CREATE ROLE matrix_role LOGIN PASSWORD '" + i.password + "'")
	return i
}

func (p *privateServer) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return nil
	}
	return p.server.Stop()
}

// An instance is the private server in the hands of one row.
type instance struct {
	*testing.T
	*pgtest.Server
	password string
}

// dsn leads to it as the role matrix_role.
func (i *instance) dsn(parameters string) string {
	i.Helper()
	return with(i.T, i.Server.DSN("postgres"), func(u *url.URL) {
		u.User = url.UserPassword("matrix_role", i.password)
		u.RawQuery = parameters
	})
}

// connect is a connection of the superuser.
func (i *instance) connect() *pgx.Conn {
	i.Helper()
	conn, err := pgx.Connect(context.Background(), i.Server.DSN("postgres"))
	if err != nil {
		i.Fatal(err)
	}
	i.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func (i *instance) exec(sql string) {
	i.Helper()
	conn, err := pgx.Connect(context.Background(), i.Server.DSN("postgres"))
	if err != nil {
		i.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range strings.Split(sql, ";;") {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			i.Fatalf("%v\nin: %s", err, statement)
		}
	}
}

// shell runs a command on the server's machine, in its data directory.
func (i *instance) shell(command, input string) {
	i.Helper()
	i.exec(fmt.Sprintf("COPY (SELECT regexp_split_to_table($text$%s$text$, '\\n')) TO PROGRAM $cmd$%s$cmd$", input, command))
}

// admit makes these the lines of pg_hba.conf, after one for the superuser, until
// the row ends.
func (i *instance) admit(lines ...string) {
	i.Helper()
	i.shell("cat > pg_hba.conf", strings.Join(append([]string{"host all postgres all scram-sha-256"}, lines...), "\n"))
	i.exec("SELECT pg_reload_conf()")
}

// admitAll is what pg_hba.conf says unless a row says otherwise.
func (i *instance) admitAll() { i.admit("host all all all scram-sha-256") }

// encrypt turns TLS on with this certificate and key, or off.
func (i *instance) encrypt(certificate, key string) {
	i.Helper()
	if certificate == "" {
		i.exec("ALTER SYSTEM SET ssl = off;;SELECT pg_reload_conf()")
		return
	}
	i.shell("cat > server.crt", certificate)
	i.shell("umask 077; rm -f server.key; cat > server.key", key)
	i.exec("ALTER SYSTEM SET ssl = on;;SELECT pg_reload_conf()")
}
