package dbcontents_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// New connections are spread over the hosts that are what target_session_attrs asks for, and the
// others are left alone once they are known.
func TestConnectionsAreSpread(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	for _, tt := range []struct {
		query            string
		primary, standby bool // have connections
		state            string
	}{
		{"target_session_attrs=standby", false, true, "unsuitable"},
		{"target_session_attrs=prefer-standby", false, true, "unsuitable"},
		{"target_session_attrs=read-only", false, true, "unsuitable"},
		{"target_session_attrs=primary", true, false, "up"},
		{"target_session_attrs=read-write", true, false, "up"},
		{"target_session_attrs=any", true, true, "up"},
		{"load_balance_hosts=disable", true, false, "up"},
	} {
		store := openOn(t, dbcontents.Config{ConnString: c.dsn(tt.query, c.primary, c.standbys[0], c.standbys[1]), PoolSize: 30})
		spread(t, store, 30) // each of three hosts is missed once in 200,000 times
		primary, a, b := c.host(store, c.primary), c.host(store, c.standbys[0]), c.host(store, c.standbys[1])
		if (primary.Conns > 0) != tt.primary || (a.Conns > 0) != tt.standby || (b.Conns > 0) != tt.standby {
			t.Errorf("%s: %+v", tt.query, store.Stats().Hosts)
		}
		if tt.primary && (primary.Role != "primary" || primary.State != tt.state) || tt.standby && (a.Role != "standby" || a.State != "up") {
			t.Errorf("%s: %+v", tt.query, store.Stats().Hosts)
		}
		if primary.State != "" && primary.State != tt.state {
			t.Errorf("%s: the primary is %s", tt.query, primary.State)
		}
		if err := count(t.Context(), store); err != nil {
			t.Errorf("%s: %v", tt.query, err)
		}
	}
}

// A way to balance that libpq does not know is a mistake, and libpq's own words do not reach the server.
func TestWaysToBalance(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	for _, balance := range []string{"random", "disable"} {
		if err := count(t.Context(), openOn(t, dbcontents.Config{ConnString: db.DSN + "&load_balance_hosts=" + balance})); err != nil {
			t.Errorf("%s: %v", balance, err)
		}
	}
	_, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN + "&load_balance_hosts=on", Tables: []string{"test_table"}})
	if !errors.Is(err, dbcontents.ErrConfig) || !strings.Contains(err.Error(), "load_balance_hosts is not valid") {
		t.Error(err)
	}
}

// A host that does not answer costs one connection its time, and not each of them.
func TestASilentHostIsRemembered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, and nobody says anything
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	u := strings.Replace(db.DSN, "@", "@"+silent.Addr().String()+",", 1) + "&load_balance_hosts=disable"
	const patience = time.Second
	store := openOn(t, dbcontents.Config{ConnString: u, PoolSize: 10, ConnectTimeout: patience})
	began := time.Now()
	if err := count(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < patience {
		t.Errorf("the first connection took %v: was the silent host not tried?", took)
	}
	spread(t, store, 10)
	for _, h := range store.Stats().Hosts {
		// Its rests end, after 0.25 s and 0.5 s and so on, while the others are made.
		if down := h.Address == silent.Addr().String(); (h.State == "down") != down || (h.Failures > 0) != down || h.Failures > 4 {
			t.Errorf("%+v", h)
		}
	}
}

// After a crash of a standby reads go on at the other one, and connections return to
// it after it has come back.
func TestAStandbyGoesAndComesBack(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("target_session_attrs=standby&pool_max_conn_lifetime=1s", c.primary, c.standbys[0], c.standbys[1]), PoolSize: 8})
	spread(t, store, 8)
	if err := c.standbys[0].Halt(true); err != nil {
		t.Fatal(err)
	}
	took := await(t, 5*time.Second, func() string { return errText(count(t.Context(), store)) })
	t.Logf("reads after the crash within %v", took)
	for range 50 {
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
	}
	spread(t, store, 8)
	if h := c.host(store, c.standbys[1]); h.Conns == 0 || c.host(store, c.standbys[0]).Conns != 0 {
		t.Errorf("%+v", store.Stats().Hosts)
	}
	if err := c.standbys[0].Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	took = await(t, 30*time.Second, func() string {
		spread(t, store, 8)
		if c.host(store, c.standbys[0]).Conns == 0 {
			return "no connection to the host that is back"
		}
		return ""
	})
	t.Logf("connections after its return within %v", took)
}

// After a failover reads go on at the new primary, without a restart.
func TestFailover(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("target_session_attrs=primary", c.primary, c.standbys[0]), PoolSize: 4})
	spread(t, store, 4)
	if err := c.primary.Halt(true); err != nil {
		t.Fatal(err)
	}
	if err := count(t.Context(), store); err == nil {
		t.Error("a standby was read")
	}
	c.exec(c.standbys[0], "SELECT pg_promote()")
	took := await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	t.Logf("reads after the promotion within %v", took)
	if h := c.host(store, c.standbys[0]); h.Role != "primary" || h.State != "up" {
		t.Errorf("%+v", h)
	}
}

// A standby that is promoted is not read any longer than to the end of one more read on each
// connection, where standbys are asked for.
func TestAPromotedStandbyIsLeft(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("target_session_attrs=standby", c.primary, c.standbys[0], c.standbys[1]), PoolSize: 8})
	spread(t, store, 8)
	promoted := c.standbys[0]
	had := c.host(store, promoted).Conns
	if had == 0 {
		t.Fatalf("%+v", store.Stats().Hosts)
	}
	c.exec(promoted, "SELECT pg_promote()")
	took := await(t, 10*time.Second, func() string {
		spread(t, store, 8)
		if h := c.host(store, promoted); h.Conns > 0 || h.State != "unsuitable" || h.Role != "primary" {
			return "still read: " + h.State
		}
		return ""
	})
	t.Logf("%d connections left it within %v", had, took)
	if err := count(t.Context(), store); err != nil {
		t.Error(err)
	}
}

// A preferred standby is read if there is one, else the primary.
func TestAPrimaryInTheStandbysPlace(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("target_session_attrs=prefer-standby&pool_max_conn_lifetime=1s", c.primary, c.standbys[0]), PoolSize: 4})
	spread(t, store, 4)
	if h := c.host(store, c.primary); h.Conns != 0 {
		t.Errorf("%+v", store.Stats().Hosts)
	}
	if err := c.standbys[0].Halt(true); err != nil {
		t.Fatal(err)
	}
	await(t, 5*time.Second, func() string { return errText(count(t.Context(), store)) })
	if h := c.host(store, c.primary); h.Conns == 0 || h.State != "unsuitable" {
		t.Errorf("%+v", store.Stats().Hosts)
	}
	if err := c.standbys[0].Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, 30*time.Second, func() string {
		spread(t, store, 4)
		if c.host(store, c.primary).Conns > 0 || c.host(store, c.standbys[0]).Conns == 0 {
			return "the primary is still read"
		}
		return ""
	})
}

// Check asks all hosts for their roles and how far they are behind, Ready says what is known, and a host
// that is away beside others keeps neither from being well.
func TestHostsAreChecked(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	store := openOn(t, dbcontents.Config{ConnString: c.dsn("load_balance_hosts=disable", c.standbys[0], c.primary, c.standbys[1]), PoolSize: 4})
	c.exec(c.standbys[0], "SELECT pg_wal_replay_pause()")
	c.exec(c.primary, "INSERT INTO test_table SELECT generate_series(2, 1000)")
	hosts := func(r dbcontents.Report) (found dbcontents.Step) {
		t.Helper()
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Steps {
			if s.Name == "hosts" {
				found = s
			}
		}
		return found
	}
	await(t, 10*time.Second, func() string {
		step := hosts(store.Check(t.Context()))
		for _, want := range []string{
			c.address(c.primary) + " primary up, 1 connections",
			c.address(c.standbys[1]) + " standby up, last replayed commit ",
			"s ago, 0 bytes behind the primary, 1 connections",
			c.address(c.standbys[0]) + " standby up, ",
		} {
			if !step.OK || !strings.Contains(step.Detail, want) || strings.Count(step.Detail, ", 0 bytes behind the primary") != 1 {
				return step.Detail + "\nlacks " + want
			}
		}
		return ""
	})
	if step := hosts(store.Ready(t.Context())); !step.OK || !strings.Contains(step.Detail, c.address(c.primary)+" primary up, 1 connections") || !strings.Contains(step.Detail, c.address(c.standbys[1])+" standby up, last replayed commit ") {
		t.Errorf("%+v", step)
	}
	if err := c.standbys[0].Halt(true); err != nil {
		t.Fatal(err)
	}
	await(t, 10*time.Second, func() string {
		store.Check(t.Context()) // connects to hosts to which there is no connection
		if h := c.host(store, c.standbys[0]); h.State != "down" {
			return h.State
		}
		return ""
	})
	if step := hosts(store.Ready(t.Context())); step.OK || step.Code != "host_down" || !strings.Contains(step.Detail, c.address(c.standbys[0])+" standby down, 0 connections") {
		t.Errorf("%+v", step)
	}
	if step := hosts(openOn(t, dbcontents.Config{ConnString: c.dsn("", c.primary)}).Check(t.Context())); step.Name != "" {
		t.Errorf("one host alone: %+v", step)
	}
}
