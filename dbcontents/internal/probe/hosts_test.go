package probe

import (
	"context"
	"crypto/tls"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// With sslmode=prefer pgx has two entries for each host, and each is asked for once.
func TestHostsAreAskedForOnce(t *testing.T) {
	c := config("a.example", "b.example", "/run/postgresql")
	got := Hosts(c)
	if want := []Host{{"a.example", 5432}, {"b.example", 5432}, {"/run/postgresql", 5432}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got[0].Socket() || !got[2].Socket() {
		t.Error("a socket is no host, and a host is no socket")
	}
	var asked []string
	c = config("a.example")
	c.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		asked = append(asked, host)
		return []string{"192.0.2.1"}, nil
	}
	if _, _, err := Resolve(t.Context(), c); err != nil || len(asked) != 1 {
		t.Errorf("asked for %v, %v", asked, err)
	}
}

// A look-up may give ports of its own, IPv6 addresses, or nothing and no error.
func TestWhatALookupMayGive(t *testing.T) {
	c := config("a.example")
	for _, tt := range []struct {
		given, want []string
	}{
		{[]string{"192.0.2.1:6432", "192.0.2.2"}, []string{"192.0.2.1:6432", "192.0.2.2:5432"}},
		{[]string{"2001:db8::1", "[2001:db8::2]:6432"}, []string{"[2001:db8::1]:5432", "[2001:db8::2]:6432"}},
		{nil, nil},
	} {
		c.LookupFunc = func(context.Context, string) ([]string, error) { return tt.given, nil }
		endpoints, _, err := Resolve(t.Context(), c)
		var got []string
		for _, e := range endpoints {
			got = append(got, e.address)
		}
		if !slices.Equal(got, tt.want) || (codeOf(err) == "dns_not_found") != (tt.want == nil) {
			t.Errorf("%v leads to %v, %v; want %v", tt.given, got, err, tt.want)
		}
	}
}

// What the configuration wants of TLS counts all attempts.
func TestTLSWanted(t *testing.T) {
	for _, tt := range []struct {
		first, second bool
		want          string
	}{
		{false, false, "not used"},
		{true, true, "required"},
		{true, false, "used if the server has it"},
		{false, true, "used if the server has it"},
	} {
		c := config("a.example")
		with := func(yes bool) *tls.Config {
			if yes {
				return &tls.Config{}
			}
			return nil
		}
		c.TLSConfig = with(tt.first)
		c.Fallbacks = []*pgconn.FallbackConfig{{Host: "a.example", TLSConfig: with(tt.second)}}
		if got := TLSWanted(c); got != tt.want {
			t.Errorf("%v, %v: %q, want %q", tt.first, tt.second, got, tt.want)
		}
	}
}
