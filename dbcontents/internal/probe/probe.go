// Package probe finds out which hosts have addresses, which addresses answer, and
// what a connection has of TLS.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// The time that all hosts together have to be found, and all addresses to answer.
const (
	namesLimit   = 2 * time.Second
	networkLimit = 2 * time.Second
)

// A Host is one of those in the configuration, or a directory of sockets.
type Host struct {
	Name string
	Port uint16
}

// String is the address as people write it.
func (h Host) String() string {
	if h.Socket() {
		_, path := pgconn.NetworkAddress(h.Name, h.Port)
		return path
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port)))
}

// Socket reports whether h is a directory of sockets, as pgx tells it.
func (h Host) Socket() bool {
	network, _ := pgconn.NetworkAddress(h.Name, h.Port)
	return network == "unix"
}

// Hosts are those that the pool tries, each once: with sslmode=prefer pgx
// has two entries for each.
func Hosts(config *pgx.ConnConfig) []Host {
	hosts := []Host{{config.Host, config.Port}}
	for _, f := range config.Fallbacks {
		if h := (Host{f.Host, f.Port}); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// Addresses are all hosts as people write them.
func Addresses(config *pgx.ConnConfig) string {
	var texts []string
	for _, h := range Hosts(config) {
		texts = append(texts, h.String())
	}
	return strings.Join(texts, ", ")
}

// An Endpoint is an address to dial.
type Endpoint struct{ network, address string }

// Resolve asks for the addresses of all hosts at once. detail is what was found, in one
// line. It fails if there is no address.
func Resolve(ctx context.Context, config *pgx.ConnConfig) (endpoints []Endpoint, detail string, err error) {
	hosts := Hosts(config)
	addresses := make([][]Endpoint, len(hosts))
	outcomes := each(ctx, namesLimit, len(hosts), func(ctx context.Context, i int) (string, error) {
		h := hosts[i]
		if h.Socket() {
			_, path := pgconn.NetworkAddress(h.Name, h.Port)
			addresses[i] = []Endpoint{{"unix", path}}
			return path + " is a socket", nil
		}
		ips, err := config.LookupFunc(ctx, h.Name)
		if err != nil {
			return "", err
		}
		for _, ip := range ips {
			address := ip
			if _, _, err := net.SplitHostPort(ip); err != nil { // a look-up may give a port as well
				address = net.JoinHostPort(ip, strconv.Itoa(int(h.Port)))
			}
			addresses[i] = append(addresses[i], Endpoint{"tcp", address})
		}
		if len(ips) == 1 && ips[0] == h.Name {
			return h.Name + " is an address", nil
		}
		return h.Name + " is " + strings.Join(ips, " and "), nil
	})
	detail, err = summary(ctx, outcomes)
	if endpoints = slices.Concat(addresses...); len(endpoints) > 0 {
		return endpoints, detail, nil
	}
	if err == nil {
		err = diagnosis.New("dns_not_found", "the name has no address", nil)
	}
	return nil, "", err
}

// Dial makes a connection to each address, all at once, and closes it. detail is
// what was found, in one line; all tells whether every address accepted one. It
// fails if none did.
func Dial(ctx context.Context, config *pgx.ConnConfig, endpoints []Endpoint) (detail string, all bool, err error) {
	outcomes := each(ctx, networkLimit, len(endpoints), func(ctx context.Context, i int) (string, error) {
		start := time.Now()
		conn, err := config.DialFunc(ctx, endpoints[i].network, endpoints[i].address)
		if err != nil {
			return "", err
		}
		conn.Close()
		return fmt.Sprintf("connected to %s in %v", endpoints[i].address, time.Since(start).Round(10*time.Microsecond)), nil
	})
	reached, all := false, true
	for _, o := range outcomes {
		reached, all = reached || o.err == nil, all && o.err == nil
	}
	if detail, err = summary(ctx, outcomes); !reached {
		return "", false, err
	}
	return detail, all, nil
}

// An outcome is what was found out about a host or an address.
type outcome struct {
	detail string
	err    error
}

// each calls f for 0 to n-1 at once.
func each(ctx context.Context, limit time.Duration, n int, f func(context.Context, int) (string, error)) []outcome {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	outcomes := make([]outcome, n)
	var tasks sync.WaitGroup
	for i := range n {
		tasks.Go(func() { outcomes[i].detail, outcomes[i].err = f(ctx, i) })
	}
	tasks.Wait()
	return outcomes
}

// summary is all that was found in one line, and the errors as one.
func summary(ctx context.Context, outcomes []outcome) (string, error) {
	var texts []string
	var problems []error
	for _, o := range outcomes {
		if o.err != nil {
			o.detail = o.err.Error()
			problems = append(problems, o.err)
		}
		texts = append(texts, diagnosis.OneLine(o.detail))
	}
	detail := strings.Join(texts, "; ")
	switch {
	case len(problems) == 0:
		return detail, nil
	case ctx.Err() != nil:
		return detail, diagnosis.Context(ctx)
	}
	return detail, diagnosis.Of(diagnosis.Connecting, errors.Join(problems...))
}
