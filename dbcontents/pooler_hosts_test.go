package dbcontents_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Of two PgBouncers in one connection string one may stop and come back. Both are well although they
// refuse what a connection is made with.
func TestTwoPgBouncers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	first, second := faultproxy.New(t, bouncer(t, db)), faultproxy.New(t, bouncer(t, db))
	u, err := url.Parse(first.DSN(db.DSN))
	if err != nil {
		t.Fatal(err)
	}
	u.Host += "," + second.Addr()
	store := openOn(t, dbcontents.Config{ConnString: u.String() + "&pool_max_conn_lifetime=1s", PoolSize: 8})
	at := func(address string) (h dbcontents.Host) {
		for _, h := range store.Stats().Hosts {
			if h.Address == address {
				return h
			}
		}
		return h
	}
	if err := count(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	for _, h := range store.Stats().Hosts {
		if h.Failures != 0 || h.State == "down" {
			t.Errorf("a pooler that refuses settings: %+v", h)
		}
	}
	if !noticed(t, store) {
		t.Error("no pooler was noticed")
	}
	eventually(t, "both have connections", func() bool {
		spread(t, store, 8)
		return at(first.Addr()).Conns > 0 && at(second.Addr()).Conns > 0
	})

	first.Refuse(true)
	first.Reset()
	eventually(t, "the first is known to be down", func() bool {
		spread(t, store, 8)
		return at(first.Addr()).State == "down" && at(first.Addr()).Failures > 0
	})
	if h := at(second.Addr()); h.State != "up" || h.Failures != 0 || h.Conns == 0 {
		t.Errorf("the other one is %+v", h)
	}
	if s := store.Stats(); s.Down || s.Errors != 0 {
		t.Errorf("%+v", s)
	}

	first.Refuse(false)
	eventually(t, "the first has connections again", func() bool {
		spread(t, store, 8)
		return at(first.Addr()).State == "up" && at(first.Addr()).Conns > 0
	})
	if s := store.Stats(); s.Errors != 0 {
		t.Errorf("%+v", s)
	}
}

// A server beside a pooler does not hide it: the pooler is noticed, and connected to.
func TestAPoolerBesideAServer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	pooled, err := url.Parse(bouncer(t, db))
	if err != nil {
		t.Fatal(err)
	}
	server, err := url.Parse(db.Direct(db.DSN))
	if err != nil {
		t.Fatal(err)
	}
	address := pooled.Host
	pooled.Host += "," + server.Host
	store := openOn(t, dbcontents.Config{ConnString: pooled.String() + "&pool_max_conn_lifetime=1s", PoolSize: 8})
	eventually(t, "the pooler has connections", func() bool {
		spread(t, store, 8)
		for _, h := range store.Stats().Hosts {
			if h.Failures != 0 {
				t.Errorf("%+v", h)
			}
			if h.Address == address && h.Conns > 0 {
				return true
			}
		}
		return false
	})
}

// What PgBouncer says of itself has one SQLSTATE. It is named as what PostgreSQL says for the same reason.
func TestWhatPgBouncerSays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	dsn, full := bouncer(t, db), bouncer(t, db, "max_client_conn = 4")
	eventually(t, "there are as many clients as may be", func() bool {
		conn, err := pgx.Connect(t.Context(), full)
		if err == nil {
			t.Cleanup(func() { conn.Close(context.Background()) })
		}
		return err != nil
	})
	change := func(dsn string, change func(*url.URL)) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	as := func(role string) func(*url.URL) {
		return func(u *url.URL) { u.User = url.UserPassword(role, "Kanarienvogel") }
	}
	for _, tt := range []struct{ reason, dsn, code string }{
		{"an unknown role", change(dsn, as("nobody")), "wrong_password"},
		{"an unknown role that needs no password", change(bouncer(t, db, "auth_type = trust"), as("nobody")), "role_not_admitted"},
		{"one that the server does not know either", change(bouncer(t, db, "auth_type = trust", "auth_user = postgres", "auth_query = SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename = $1"), as("nobody")), "role_not_admitted"},
		{"a wrong password", change(dsn, as("postgres")), "wrong_password"},
		{"an unknown database", change(dsn, func(u *url.URL) { u.Path = "/nowhere" }), "database_missing"},
		{"one client more", full, "too_many_connections"},
	} {
		if e := failure(t, count(t.Context(), openOn(t, dbcontents.Config{ConnString: tt.dsn}))); e.Code != tt.code {
			t.Errorf("%s: %v, %s, want %s", tt.reason, e, e.Code, tt.code)
		}
	}
}

// A pooler that is noticed costs no read, also if another host has refused something else before it.
func TestAPoolerBehindAnother(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	other, err := url.Parse(bouncer(t, db, "ignore_startup_parameters = work_mem"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(bouncer(t, db, pgtest.PgBouncerDrops) + "&work_mem=64kB")
	if err != nil {
		t.Fatal(err)
	}
	u.Host += "," + other.Host
	store := openOn(t, dbcontents.Config{ConnString: u.String() + "&load_balance_hosts=disable"})
	if err := count(t.Context(), store); err != nil {
		t.Error(err)
	}
	if !noticed(t, store) {
		t.Error("no pooler was noticed")
	}
}
