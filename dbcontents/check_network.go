package dbcontents

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

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A host is one of those in the configuration, or a directory of sockets.
type host struct {
	name string
	port uint16
}

func (h host) String() string {
	if h.socket() {
		_, path := pgconn.NetworkAddress(h.name, h.port)
		return path
	}
	return net.JoinHostPort(h.name, strconv.Itoa(int(h.port)))
}

// socket reports whether h is a directory of sockets, as pgx tells it.
func (h host) socket() bool {
	network, _ := pgconn.NetworkAddress(h.name, h.port)
	return network == "unix"
}

// hostsOf are those that the pool tries, each once: with sslmode=prefer pgx
// has two entries for each.
func hostsOf(config *pgx.ConnConfig) []host {
	hosts := []host{{config.Host, config.Port}}
	for _, f := range config.Fallbacks {
		if h := (host{f.Host, f.Port}); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// An endpoint is an address to dial.
type endpoint struct{ network, address string }

// found is what was found out about a host or an address.
type found struct {
	detail string
	err    error
}

// resolve asks for the addresses of all hosts at once. It has failed if there is none.
func (c *checkup) resolve(ctx context.Context) (endpoints []endpoint, detail string, ok bool) {
	hosts := hostsOf(c.config)
	addresses := make([][]endpoint, len(hosts))
	outcomes := each(ctx, namesLimit, len(hosts), func(ctx context.Context, i int) (string, error) {
		h := hosts[i]
		if h.socket() {
			_, path := pgconn.NetworkAddress(h.name, h.port)
			addresses[i] = []endpoint{{"unix", path}}
			return path + " is a socket", nil
		}
		ips, err := c.config.LookupFunc(ctx, h.name)
		if err != nil {
			return "", err
		}
		for _, ip := range ips {
			address := ip
			if _, _, err := net.SplitHostPort(ip); err != nil { // a look-up may give a port as well
				address = net.JoinHostPort(ip, strconv.Itoa(int(h.port)))
			}
			addresses[i] = append(addresses[i], endpoint{"tcp", address})
		}
		if len(ips) == 1 && ips[0] == h.name {
			return h.name + " is an address", nil
		}
		return h.name + " is " + strings.Join(ips, " and "), nil
	})
	endpoints = slices.Concat(addresses...)
	detail, err := summary(ctx, outcomes)
	if len(endpoints) == 0 {
		if err == nil {
			err = newError("check", "", "dns_not_found", "the name has no address", nil)
		}
		c.fail(diagnosis.Names.String(), err)
		return nil, "", false
	}
	return endpoints, detail, true
}

// dial makes a connection to each address, all at once, and closes it. It has
// failed if none can be made; partly tells whether one of them cannot.
func (c *checkup) dial(ctx context.Context, endpoints []endpoint, names string) (detail string, partly, ok bool) {
	reached := false
	outcomes := each(ctx, networkLimit, len(endpoints), func(ctx context.Context, i int) (string, error) {
		start := time.Now()
		conn, err := c.config.DialFunc(ctx, endpoints[i].network, endpoints[i].address)
		if err != nil {
			return "", err
		}
		conn.Close()
		return fmt.Sprintf("connected to %s in %v", endpoints[i].address, time.Since(start).Round(10*time.Microsecond)), nil
	})
	for _, o := range outcomes {
		reached, partly = reached || o.err == nil, partly || o.err != nil
	}
	detail, err := summary(ctx, outcomes)
	if !reached {
		c.ok(diagnosis.Names.String(), names)
		c.fail(diagnosis.Network.String(), err)
		return "", true, false
	}
	return detail, partly, true
}

// each calls f for 0 to n-1 at once.
func each(ctx context.Context, limit time.Duration, n int, f func(context.Context, int) (string, error)) []found {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	outcomes := make([]found, n)
	var tasks sync.WaitGroup
	for i := range n {
		tasks.Go(func() { outcomes[i].detail, outcomes[i].err = f(ctx, i) })
	}
	tasks.Wait()
	return outcomes
}

// summary is all that was found in one line, and the errors as one.
func summary(ctx context.Context, outcomes []found) (string, error) {
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
		return detail, contextError("check", "", ctx)
	}
	return detail, classify("check", "", diagnosis.Connecting, errors.Join(problems...))
}
