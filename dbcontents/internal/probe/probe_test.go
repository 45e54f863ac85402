package probe

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

func config(hosts ...string) *pgx.ConnConfig {
	c := &pgx.ConnConfig{}
	c.Host, c.Port = hosts[0], 5432
	for _, h := range hosts {
		c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: h, Port: 5432}, &pgconn.FallbackConfig{Host: h, Port: 5432})
	}
	c.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		switch {
		case strings.HasPrefix(host, "two"):
			return []string{"192.0.2.1", "192.0.2.2"}, nil
		case strings.HasPrefix(host, "none"):
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return []string{host}, nil
	}
	return c
}

func codeOf(err error) string {
	var f *diagnosis.Finding
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

func TestAddresses(t *testing.T) {
	if got := Addresses(config("two.example", "/run/postgresql", "2001:db8::1")); got != "two.example:5432, /run/postgresql/.s.PGSQL.5432, [2001:db8::1]:5432" {
		t.Errorf("%q", got)
	}
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct {
		hosts     []string
		endpoints int
		detail    string
		code      string
	}{
		{[]string{"two.example"}, 2, "two.example is 192.0.2.1 and 192.0.2.2", ""},
		{[]string{"192.0.2.7"}, 1, "192.0.2.7 is an address", ""},
		{[]string{"/run/postgresql"}, 1, "/run/postgresql/.s.PGSQL.5432 is a socket", ""},
		{[]string{"none.example", "192.0.2.7"}, 1, "no such host; 192.0.2.7 is an address", ""},
		{[]string{"none.example"}, 0, "", "dns_not_found"},
	} {
		endpoints, detail, err := Resolve(t.Context(), config(tt.hosts...))
		if len(endpoints) != tt.endpoints || !strings.HasSuffix(detail, tt.detail) || codeOf(err) != tt.code {
			t.Errorf("%q: %v, %q, %v", tt.hosts, endpoints, detail, err)
		}
	}
}

// All hosts are asked, and all addresses dialled, at once and within a limit.
func TestSlowNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config("a.example", "b.example", "c.example")
		c.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
			if host == "c.example" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			time.Sleep(time.Second)
			return []string{"192.0.2.1"}, nil
		}
		start := time.Now()
		endpoints, _, err := Resolve(t.Context(), c)
		if len(endpoints) != 2 || err != nil || time.Since(start) != namesLimit {
			t.Errorf("%v, %v after %v", endpoints, err, time.Since(start))
		}
		c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		start = time.Now()
		if _, all, err := Dial(t.Context(), c, endpoints); all || codeOf(err) != "connect_timeout" || time.Since(start) != networkLimit {
			t.Errorf("%v, %v after %v", all, err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := Dial(ctx, c, endpoints); codeOf(err) != "deadline_exceeded" {
			t.Error(err)
		}
	})
}

// One address that answers is enough, and that another one does not is told.
func TestDialsAll(t *testing.T) {
	c := config("two.example")
	endpoints, _, err := Resolve(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	c.DialFunc = func(_ context.Context, _, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "192.0.2.1:") {
			return nil, errors.New("it is down")
		}
		mine, yours := net.Pipe()
		yours.Close()
		return mine, nil
	}
	detail, all, err := Dial(t.Context(), c, endpoints)
	if err != nil || all || !strings.Contains(detail, "it is down; connected to 192.0.2.2:5432") {
		t.Errorf("%q, %v, %v", detail, all, err)
	}
}
