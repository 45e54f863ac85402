package pool

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// A pooler that refuses settings is well, whatever comes of the second way to it. One that has failed otherwise is not.
func TestAWalkToAPooler(t *testing.T) {
	t.Parallel()
	refusal := &pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: lock_timeout"}
	other := &pgconn.PgError{Code: "08P01", Message: "SSL required"}
	for _, tt := range []struct {
		reason   string
		ways     []*pgconn.PgError // what each way to the host is told
		noticed  bool
		failures int64
	}{
		{"TLS only", []*pgconn.PgError{refusal, other}, true, 0},
		{"no TLS", []*pgconn.PgError{nil, refusal}, true, 0},
		{"both refuse", []*pgconn.PgError{refusal, refusal}, true, 0},
		{"neither refuses settings", []*pgconn.PgError{other, other}, false, 1},
	} {
		h := &hosts{inOrder: true}
		noticed := false
		w := walk{hosts: h, settings: Config{}.settings(), refused: func() { noticed = true }}
		cc, err := pgx.ParseConfig("postgres://192.0.2.1,192.0.2.2/db?sslmode=prefer&user=u")
		if err != nil {
			t.Fatal(err)
		}
		cc.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody") }
		w.prepare(t.Context(), cc, nil)
		ctx := w.TraceConnectStart(t.Context(), pgx.TraceConnectStartData{ConnConfig: cc})
		for _, said := range tt.ways {
			cc.DialFunc(ctx, "tcp", "192.0.2.1:5432") //nolint:errcheck // only the walk counts
			if said != nil {
				w.told(said)
			}
		}
		cc.DialFunc(ctx, "tcp", "192.0.2.2:5432") //nolint:errcheck // likewise
		w.TraceConnectEnd(ctx, pgx.TraceConnectEndData{})
		first, second := h.at("192.0.2.1:5432", ""), h.at("192.0.2.2:5432", "")
		if noticed != tt.noticed || first.failures != tt.failures || first.reached != (tt.failures == 0) || first.trying != 0 || second.failures != 1 || second.trying != 0 {
			t.Errorf("%s: noticed %t, first %+v, second %+v", tt.reason, noticed, first, second)
		}
	}
}

func server(c *tls.Config) string { return c.ServerName }
