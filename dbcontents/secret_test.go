package dbcontents_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// keeps fails if err, or anything that can be reached from it, tells the secret.
func keeps(t *testing.T, reason string, err error, secret string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", reason)
		return
	}
	var connect *pgconn.ConnectError
	var parse *pgconn.ParseConfigError
	if errors.As(err, &connect) || errors.As(err, &parse) {
		t.Errorf("%s: the chain holds the whole configuration: %T", reason, err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%q"} {
		if text := fmt.Sprintf(format, err); strings.Contains(text, secret) {
			t.Errorf("%s: %s tells it: %s", reason, format, text)
		}
	}
	seen := map[uintptr]bool{}
	if path := find(reflect.ValueOf(err), secret, seen); path != "" {
		t.Errorf("%s: it can be reached: %T%s", reason, err, path)
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		if cause := err.Unwrap(); cause != nil {
			keeps(t, reason, cause, secret)
		}
	case interface{ Unwrap() []error }:
		for _, cause := range err.Unwrap() {
			keeps(t, reason, cause, secret)
		}
	}
}

// find looks for a string in all that v leads to.
func find(v reflect.Value, secret string, seen map[uintptr]bool) (path string) {
	in := func(step string, v reflect.Value) string {
		if p := find(v, secret, seen); p != "" {
			return step + p
		}
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		if strings.Contains(v.String(), secret) {
			return " = " + v.String()
		}
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			return in("", v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			return in("("+v.Elem().Type().String()+")", v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if p := in("."+v.Type().Field(i).Name, v.Field(i)); p != "" {
				return p
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if p := in(fmt.Sprintf("[%d]", i), v.Index(i)); p != "" {
				return p
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if p := in(fmt.Sprintf("[%v]", k), v.MapIndex(k)); p != "" {
				return p
			}
		}
	}
	return ""
}

// Whatever is wrong with a connection string, and wherever in it the password
// ends up, the error does not repeat it.
func TestBadConnectionStringsAreNotRepeated(t *testing.T) {
	t.Parallel()
	const canary = "Kanarienvogel"
	for _, dsn := range []string{
		"postgres://user:" + canary + "@host:port/db",
		"postgres://user:" + canary + "@host:99999/db",
		"postgres://user:" + canary + "@host:-1/db",
		"postgres://user:" + canary + "@[::1/db",
		"postgres://user:" + canary + "@ho st/db",
		"postgres://user:" + canary + "%zz@host/db",
		"postgres://user:" + canary + "@host/db?sslmode=perhaps",
		"postgres://user:" + canary + "@host/db?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem",
		"postgres://user:" + canary + "@host/db?sslcert=/nonexistent/c.pem&sslkey=/nonexistent/k.pem",
		"postgres://user:" + canary + "@host/db?connect_timeout=soon",
		"postgres://user:" + canary + "@host/db?target_session_attrs=best",
		"postgres://user:" + canary + "@host/db?default_query_exec_mode=fast",
		"postgres://user:" + canary + "@host/db?statement_cache_capacity=many",
		"postgres://user:" + canary + "@host/db?pool_max_conns=" + canary,
		"postgres://user:" + canary + "@host/db?pool_max_conns=0",
		"postgres://user:" + canary + "@host/db?pool_min_conns=x",
		"postgres://user:" + canary + "@host/db?pool_min_idle_conns=x",
		"postgres://user:" + canary + "@host/db?pool_max_conn_lifetime=x",
		"postgres://user:" + canary + "@host/db?pool_max_conn_idle_time=x",
		"postgres://user:" + canary + "@host/db?pool_health_check_period=x",
		"postgres://user:" + canary + "@host/db?pool_max_conn_lifetime_jitter=x",
		"postgres://user:" + canary + "@host/db?pool_ping_timeout=x",
		"postgres://user:" + canary + "@host/db?service=" + canary + "&servicefile=/nonexistent/services",
		"postgres://user:" + canary + "@host/db?password=%zz" + canary,
		"postgres://user:" + canary + "@host/db?password=" + canary + "&sslmode=x",
		"postgres://user:pass/" + canary + "@host/db",
		"postgresql://user:" + canary + "@host:x",
		"mysql://user:" + canary + "@host/db",
		" postgres://user:" + canary + "@host:x/db",
		"user=me password=" + canary + " port=x",
		"host=h user=me password=" + canary + " sslmode=x",
		"user=me password='" + canary,
		"user=me password='" + canary + "\\",
		"password=" + canary + " nothing",
		"password = " + canary + " = = x",
		canary,
		"user:" + canary + "@host/db",
		"postgres://user:" + canary + "\x00@host/db",
		"postgres://user:" + canary + "\n@host:x/db",
	} {
		store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"t"}})
		if err == nil {
			t.Errorf("%q is accepted", dsn)
			store.Close()
			continue
		}
		code := "config_invalid"
		if strings.Contains(dsn, "/nonexistent/") && strings.Contains(dsn, "ssl") {
			code = "config_file_unreadable"
		}
		diagnosed(t, dsn, err, dbcontents.ErrConfig, code)
		keeps(t, dsn, err, canary)
		if !strings.Contains(err.Error(), "ConnString: ") {
			t.Errorf("%q: %v does not name the field", dsn, err)
		}
		// Who writes key=value is told which key.
		if _, key, found := strings.Cut(dsn, "?"); found && strings.Contains(dsn, "@host/db?") {
			key, _, _ = strings.Cut(key, "=")
			if !strings.Contains(err.Error(), key) && !strings.Contains(err.Error(), "file") && key != "password" {
				t.Errorf("%q: %v does not name %s", dsn, err, key)
			}
		}
	}
}

// A connection that cannot be made is explained without the means to make it.
func TestConnectErrorsKeepThePassword(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	role := db.Role("")
	proxy := faultproxy.New(t, db.DSN)
	proxy.Refuse(true)
	silent := faultproxy.New(t, db.DSN)
	silent.Hang(true)
	change := func(f func(*url.URL)) string {
		u, err := url.Parse(role)
		if err != nil {
			t.Fatal(err)
		}
		f(u)
		return u.String()
	}
	const canary = "Kanarienvogel"
	name, _, _ := strings.Cut(strings.TrimPrefix(role, "postgres://"), ":")
	for _, tt := range []struct {
		reason string
		dsn    string
		codes  []string
	}{
		{"a closed port", proxy.DSN(role), []string{"connection_refused", "loopback_in_container"}},
		{"no answer", silent.DSN(role), []string{"server_silent"}},
		{"no answer, with TLS and without", change(func(u *url.URL) { u.Host = silent.Addr(); u.RawQuery = "sslmode=prefer" }), []string{"server_silent"}},
		{"a wrong password", change(func(u *url.URL) { u.User = url.UserPassword(name, canary) }), []string{"wrong_password"}},
		{"a wrong password, after TLS was refused", change(func(u *url.URL) {
			u.User = url.UserPassword(name, canary)
			u.RawQuery = "sslmode=prefer"
		}), []string{"wrong_password"}},
		{"a wrong password at the second host", change(func(u *url.URL) {
			u.User = url.UserPassword(name, canary)
			u.Host = proxy.Addr() + "," + u.Host
		}), []string{"wrong_password"}},
		{"an unknown role", change(func(u *url.URL) { u.User = url.UserPassword("nobody_"+name, canary) }), []string{"wrong_password", "role_not_admitted"}},
		// A pooler lets clients wait for a server of its own. What PgBouncer says then is in TestWhatPgBouncerSays.
		{"an unknown database", db.Unpooled(change(func(u *url.URL) { u.Path = "/nowhere" })), []string{"database_missing"}},
		{"an unknown host", change(func(u *url.URL) { u.Host = "nowhere.invalid:5432" }), []string{"dns_not_found", "dns_failed", "connect_timeout"}},
		{"a server without TLS", change(func(u *url.URL) { u.RawQuery = "sslmode=require" }), []string{"tls_refused"}},
		{"an unknown parameter", role + "&nonsense=1", []string{"parameter_unknown"}},
		{"several hosts", change(func(u *url.URL) { u.Host = proxy.Addr() + "," + proxy.Addr() }), []string{"connection_refused", "loopback_in_container"}},
		{"no socket", change(func(u *url.URL) { u.Host = ""; u.RawQuery = "host=/nonexistent" }), []string{"socket_missing"}},
	} {
		u, err := url.Parse(tt.dsn)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		for _, kind := range poolKinds {
			config := kind.with(t, dbcontents.Config{AcquireTimeout: 4 * time.Second, ConnectTimeout: time.Second}, tt.dsn, 1)
			if kind.name == "borrowed" {
				config.Pool.Close()
				config.Pool = borrowWith(t, tt.dsn, func(c *pgxpool.Config) { c.MaxConns = 1; c.ConnConfig.ConnectTimeout = time.Second })
			}
			store := openOn(t, config)
			_, err := store.Query(t.Context(), dbcontents.Query{})
			var e *dbcontents.Error
			if !errors.Is(err, dbcontents.ErrUnavailable) || !errors.As(err, &e) || !slices.Contains(tt.codes, e.Code) {
				t.Errorf("%s, %s: %v, want one of %v", tt.reason, kind.name, err, tt.codes)
			}
			keeps(t, tt.reason, err, password)
			for _, step := range store.Check(context.Background()).Steps {
				if strings.Contains(fmt.Sprintf("%+v", step), password) {
					t.Errorf("%s: the report tells it: %+v", tt.reason, step)
				}
			}
		}
	}
}
