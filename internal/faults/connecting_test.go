package faults

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
)

// unavailable is what most failures to connect come to.
func unavailable(cause string) want {
	return want{status: 503, cause: cause, is: dbcontents.ErrUnavailable}
}

func TestRow02_UnknownStartupParameter(t *testing.T) {
	begin(t, 2)
	_, dsn := database(t)
	w := unavailable("parameter_unknown")
	w.state = "42704"
	rigOn(t, dsn+"&foo_bar=1").fails(w)
	rigOn(t, dsn).healthy("") // the cure is another connection string
}

func TestRow03_HostNameUnknown(t *testing.T) {
	begin(t, 3)
	_, dsn := database(t)
	host := "absent.dbcontents.test"
	r := rigOn(t, with(t, dsn, func(u *url.URL) { u.Host = host + ":" + u.Port() }))
	w := unavailable("dns_not_found")
	w.as = is[*net.DNSError]
	r.fails(w)
	names.Store(host, "127.0.0.1")
	t.Cleanup(func() { names.Delete(host) }) // for -count
	r.healthy("")
}

func TestRow04_NameServerSilent(t *testing.T) {
	begin(t, 4)
	_, dsn := database(t)
	host := "silent.dbcontents.test"
	names.Store(host, "silent")
	r := impatient(t, with(t, dsn, func(u *url.URL) { u.Host = host + ":" + u.Port() }))
	w := unavailable("dns_failed")
	w.as, w.within = is[*net.DNSError], soon
	r.fails(w)
	names.Store(host, "127.0.0.1")
	r.healthy("")
}

func TestRow05_ConnectionRefused(t *testing.T) {
	begin(t, 5)
	_, dsn := database(t)
	proxy := faultproxy.New(t, dsn)
	proxy.Refuse(true)
	r := rigOn(t, proxy.DSN(dsn))
	w := unavailable("connection_refused loopback_in_container")
	w.as = func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
	r.fails(w)
	proxy.Refuse(false)
	r.healthy("")
}

func TestRow06_PacketsDropped(t *testing.T) {
	begin(t, 6)
	_, dsn := database(t)
	listener, drain := fullListener(t)
	r := impatient(t, at(t, dsn, listener.Addr().String()))
	w := unavailable("connect_timeout")
	w.within = soon // not the acquire timeout
	r.fails(w)
	drain()
	standOn(t, dsn, listener, nil)
	r.healthy("")
}

func TestRow07_AcceptsAndSaysNothing(t *testing.T) {
	begin(t, 7)
	_, dsn := database(t)
	proxy := faultproxy.New(t, dsn)
	proxy.Hang(true)
	r := impatient(t, proxy.DSN(dsn))
	w := unavailable("server_silent")
	w.within = soon
	r.fails(w)
	proxy.Hang(false)
	r.healthy("")
}

func TestRow08_AnotherProtocol(t *testing.T) {
	begin(t, 8)
	_, dsn := database(t)
	f := stand(t, dsn, func(conn net.Conn) {
		conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")) //nolint:errcheck // the row is about what the client makes of it
		conn.Read(make([]byte, 1000))                                               //nolint:errcheck // else the close would be a reset
	})
	r := rigOn(t, at(t, dsn, f.addr))
	w := unavailable("not_postgres")
	w.as = is[*pgproto3.ExceededMaxBodyLenErr]
	r.fails(w)
	f.heal()
	r.healthy("")
}

func TestRow13_WrongPassword(t *testing.T) {
	begin(t, 13)
	db, dsn := database(t)
	role := parse(t, dsn).User.Username()
	for _, password := range []string{"Kanarienvogel", ""} {
		r := rigOn(t, with(t, dsn, func(u *url.URL) { u.User = url.UserPassword(role, password) }))
		w := unavailable("wrong_password")
		w.state = "28P01"
		r.fails(w)
		if err := r.read(""); err == nil || !strings.Contains(err.Error(), role) {
			t.Errorf("%v does not name the role", err)
		}
		if password != "" {
			db.Exec("ALTER ROLE " + role + " PASSWORD '" + password + "'")
			r.healthy("")
		}
	}
}

func TestRow14_RoleNotAdmitted(t *testing.T) {
	begin(t, 14)
	db, dsn := database(t)
	role := parse(t, dsn).User.Username()
	db.Exec("ALTER ROLE " + role + " NOLOGIN")
	r := rigOn(t, dsn)
	w := unavailable("role_not_admitted")
	w.state = "28000"
	r.fails(w)
	db.Exec("ALTER ROLE " + role + " LOGIN")
	r.healthy("")

	p := private.take(t)
	p.admit("host all matrix_role all reject")
	r = rigOn(t, p.dsn("sslmode=disable"))
	w.cause = "tls_required" // without TLS the server does not say which it is
	r.fails(w)
	p.admit("host all absent all trust")
	r = rigOn(t, with(t, p.dsn("sslmode=disable"), func(u *url.URL) { u.User = url.User("absent") }))
	w.cause = "role_not_admitted"
	r.fails(w)
	p.exec("CREATE ROLE absent LOGIN")
	r.healthy("")
	p.admitAll()
	p.exec("DROP ROLE absent")
}

func TestRow15_DatabaseMissing(t *testing.T) {
	begin(t, 15)
	db, dsn := database(t)
	r := rigOn(t, with(t, dsn, func(u *url.URL) { u.Path = "/" + db.Name + "_ghost" }))
	w := unavailable("database_missing")
	w.state = "3D000"
	r.fails(w)
	db.Exec("ALTER DATABASE " + db.Name + " CONNECTION LIMIT -1") // what the ghost is a copy of must be at rest
	admin := with(t, db.DSN, func(u *url.URL) { u.Path = "/postgres" })
	execOn(t, admin, "CREATE DATABASE "+db.Name+"_ghost TEMPLATE "+db.Name)
	t.Cleanup(func() { execOn(t, admin, "DROP DATABASE "+db.Name+"_ghost WITH (FORCE)") })
	r.healthy("")
}

func TestRow16_NoConnectPrivilege(t *testing.T) {
	begin(t, 16)
	db, dsn := database(t)
	db.Exec("REVOKE CONNECT ON DATABASE " + db.Name + " FROM PUBLIC")
	r := rigOn(t, dsn)
	w := unavailable("connect_denied")
	w.state = "42501"
	r.fails(w)
	db.Exec("GRANT CONNECT ON DATABASE " + db.Name + " TO PUBLIC")
	r.healthy("")
}

func TestRow18_RoleConnectionLimit(t *testing.T) {
	begin(t, 18)
	db, dsn := database(t)
	role := parse(t, dsn).User.Username()
	db.Exec("ALTER ROLE " + role + " CONNECTION LIMIT 1")
	holder := connect(t, dsn)
	r := rigOn(t, dsn)
	r.fails(want{status: 503, cause: "too_many_connections", is: dbcontents.ErrBusy, state: "53300"})
	holder.Close(t.Context())
	r.healthy("")
}

func TestRow20_StartingOrStopping(t *testing.T) {
	begin(t, 20)
	p := mortal.take(t)
	r := rigOn(t, p.dsn("sslmode=disable"))
	holder := p.connect()
	// A smart shutdown waits for the holder and refuses everybody else.
	p.shell("cat >/dev/null; kill -TERM $(head -n 1 postmaster.pid)", "")
	w := unavailable("database_starting")
	w.state = "57P03"
	r.eventually("the server stops", func() bool {
		var e *dbcontents.Error
		return errors.As(r.read(""), &e) && e.SQLState == "57P03"
	})
	r.fails(w)
	holder.Close(t.Context())
	if err := p.Halt(false); err != nil {
		t.Fatal(err)
	}
	if err := p.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.healthy("")
}

// The server is started first, the database later; the attempts to reach it are
// few, and nobody has to restart anything.
func TestRow21_DownAtStart(t *testing.T) {
	begin(t, 21)
	p := mortal.take(t)
	proxy := faultproxy.New(t, p.dsn("sslmode=disable"))
	if err := p.Halt(false); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "DATABASE_URL="+proxy.DSN(p.dsn("sslmode=disable")))
	start := time.Now()
	for time.Since(start) < 3*time.Second {
		if status, _ := s.get("/livez"); status != 200 {
			t.Errorf("/livez is %d", status)
		}
		for _, path := range []string{"/readyz", "/dbcontents"} {
			if status, body := s.get(path); status != 503 || !strings.Contains(body, `"cause":"hung_up"`) {
				t.Errorf("%s is %d: %s", path, status, body)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	// The delay doubles from a quarter of a second to two, less up to a quarter;
	// a check for /readyz also looks at the port. Some 300 requests were answered.
	if n := proxy.Connections(); n > 25 {
		t.Errorf("%d attempts in %v", n, time.Since(start))
	}
	if err := p.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/readyz", "/dbcontents"} {
		eventually(t, path+" is back", func() bool { status, _ := s.get(path); return status == 200 })
	}
	s.stop()
	if strings.Contains(s.log.String(), p.password) {
		t.Errorf("the password is in the log:\n%s", s.log.String())
	}
}
