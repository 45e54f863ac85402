package pool

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
)

// A stop is one host of the connection string, with and without TLS as it may be tried.
type stop struct {
	probe.Host
	ways []*pgconn.FallbackConfig
}

// stops are the hosts of a configuration.
func stops(cc *pgx.ConnConfig) (all []stop) {
	first := &pgconn.FallbackConfig{Host: cc.Host, Port: cc.Port, TLSConfig: cc.TLSConfig}
	for _, way := range append([]*pgconn.FallbackConfig{first}, cc.Fallbacks...) {
		h := probe.Host{Name: way.Host, Port: way.Port}
		i := slices.IndexFunc(all, func(s stop) bool { return s.Host == h })
		if i < 0 {
			i, all = len(all), append(all, stop{Host: h})
		}
		all[i].ways = append(all[i].ways, way)
	}
	return all
}

// A place is where a host is in the connection string.
type place struct {
	*stop
	answer found // to the question for its name
}

// prepare makes the next attempt of cc go through its hosts in the order of w.hosts.
func (w *walk) prepare(ctx context.Context, cc *pgx.ConnConfig, wanted func(*host) bool) {
	all := stops(cc)
	results := w.hosts.lookUp(ctx, all, cc.LookupFunc)
	w.places = map[*host]place{}
	var candidates []*host
	var failed []place
	add := func(s *stop, address string, answer found) {
		x := w.hosts.at(address, s.String())
		if _, again := w.places[x]; !again {
			w.places[x] = place{s, answer}
			candidates = append(candidates, x)
		}
	}
	for i := range all {
		s, result := &all[i], results[i]
		if s.Socket() {
			_, path := pgconn.NetworkAddress(s.Name, s.Port)
			add(s, path, found{})
			continue
		}
		for _, ip := range result.addresses {
			add(s, s.at(ip), found{addresses: []string{s.at(ip)}})
		}
		if result.err != nil {
			failed = append(failed, place{s, found{err: result.err}})
		}
	}
	w.hosts.compare(all, results, candidates)
	w.list = w.hosts.order(candidates, wanted)

	// pgx asks for each name again. It gets what was found, in our order.
	answers := map[string][]found{}
	var ways []*pgconn.FallbackConfig
	visit := func(p place) {
		for _, way := range p.ways {
			ways = append(ways, way)
			answers[p.Name] = append(answers[p.Name], p.answer)
		}
	}
	for _, x := range w.list {
		visit(w.places[x])
	}
	for _, p := range failed {
		visit(p)
	}
	if len(ways) > 0 { // else no name has an address, and pgx says so
		cc.Host, cc.Port, cc.TLSConfig, cc.Fallbacks = ways[0].Host, ways[0].Port, ways[0].TLSConfig, ways[1:]
	}
	cc.LookupFunc = func(_ context.Context, name string) (addresses []string, err error) {
		if list := answers[name]; len(list) > 0 {
			addresses, err, answers[name] = list[0].addresses, list[0].err, list[1:]
		}
		return addresses, err
	}
	w.dialFunc, cc.DialFunc = cc.DialFunc, w.dial
	cc.ValidateConnect = w.validate
	closes := cc.OnPgError
	cc.OnPgError = func(pg *pgconn.PgConn, said *pgconn.PgError) bool {
		w.told(said)
		return closes(pg, said)
	}
	cc.Tracer = w
}
