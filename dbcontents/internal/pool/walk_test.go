package pool

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// attempt lets pgx walk, where every dial fails, and returns the addresses in the order of the dials.
func attempt(t *testing.T, h *hosts, connString string, lookup func(string) ([]string, error), wanted func(*host) bool) (dialled []string, err error) {
	t.Helper()
	cc, err := pgx.ParseConfig(connString)
	if err != nil {
		t.Fatal(err)
	}
	cc.LookupFunc = func(_ context.Context, name string) ([]string, error) { return lookup(name) }
	cc.DialFunc = func(_ context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return nil, errors.New("nobody at " + address)
	}
	w := walk{hosts: h}
	w.prepare(t.Context(), cc, wanted)
	_, err = pgx.ConnectConfig(t.Context(), cc)
	return dialled, err
}

// All addresses of all names are hosts, each tried in every way, in our order; errors have the names.
func TestAWalkGoesThroughAllAddresses(t *testing.T) {
	lookup := func(name string) ([]string, error) {
		switch name {
		case "two":
			return []string{"192.0.2.1", "192.0.2.2:6432"}, nil
		case "six":
			return []string{"2001:db8::1"}, nil
		case "none":
			return nil, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	h := &hosts{inOrder: true}
	const all = "postgres://two,gone,six:7777,two:5433/db?sslmode=prefer&user=u"
	dialled, err := attempt(t, h, all, lookup, nil)
	want := "192.0.2.1:5432 192.0.2.1:5432 192.0.2.2:6432 192.0.2.2:6432 [2001:db8::1]:7777 [2001:db8::1]:7777 192.0.2.1:5433 192.0.2.1:5433"
	if got := strings.Join(dialled, " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, part := range []string{"192.0.2.1:5432 (two)", "192.0.2.2:6432 (two)", "no such host"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
	for _, x := range h.all {
		if x.failures != 1 || x.trying != 0 || x.rest == 0 {
			t.Errorf("%+v", x)
		}
	}
	// All rest now, and all are tried again, the one first whose rest ends first.
	if dialled, _ = attempt(t, h, all, lookup, nil); len(dialled) != 8 {
		t.Errorf("%v", dialled)
	}
	if dialled, err = attempt(t, &hosts{}, "postgres://none/db?user=u", lookup, nil); len(dialled) > 0 || err == nil {
		t.Errorf("%v, %v", dialled, err)
	}
	if dialled, err = attempt(t, &hosts{}, "host=/run/one,/run/two user=u", lookup, nil); len(dialled) != 2 || !strings.Contains(strings.Join(dialled, " "), "/run/one/.s.PGSQL.5432") || err == nil {
		t.Errorf("%v, %v", dialled, err)
	}
}

// A way with TLS keeps the name that the certificate must have.
func TestAWalkKeepsTheNameForTLS(t *testing.T) {
	cc, err := pgx.ParseConfig("postgres://a.example,b.example/db?sslmode=verify-full&user=u")
	if err != nil {
		t.Fatal(err)
	}
	cc.LookupFunc = func(_ context.Context, name string) ([]string, error) {
		return map[string][]string{"a.example": {"192.0.2.1"}, "b.example": {"192.0.2.2", "192.0.2.3"}}[name], nil
	}
	w := walk{hosts: &hosts{inOrder: true}}
	w.hosts.at("192.0.2.1:5432", "a.example:5432").accepted(Standby, true) // comes last
	w.prepare(t.Context(), cc, nil)
	names := []string{cc.Host + " " + server(cc.TLSConfig)}
	for _, f := range cc.Fallbacks {
		names = append(names, f.Host+" "+server(f.TLSConfig))
	}
	if got := strings.Join(names, ", "); got != "b.example b.example, b.example b.example, a.example a.example" {
		t.Error(got)
	}
}

func server(c *tls.Config) string { return c.ServerName }
