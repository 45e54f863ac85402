package pool

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
)

// A walk is one attempt to connect, which goes from host to host until one accepts. pgx does
// the walking; a walk decides the order and learns of each host how it went. It is the tracer of the
// attempt, which is how it learns of the end.
type walk struct {
	hosts    *hosts
	list     []*host // in the order in which they are tried
	dialFunc pgconn.DialFunc
	readOnly bool // sessions are to be made read-only
	believe  bool // what the server reports of its role is true

	stops  map[*host]*stop
	config *pgx.ConnConfig // of the attempt
	at     *host           // the one that is being tried
	kept   *host           // a primary that is taken if there is no standby
	over   atomic.Bool     // later calls of dial are for requests to cancel
}

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

// found is what the look-up of a name gave.
type found struct {
	addresses []string
	err       error
}

// lookUp asks for the addresses of all names at once.
func lookUp(ctx context.Context, all []stop, lookup pgconn.LookupFunc) []found {
	results := make([]found, len(all))
	var tasks sync.WaitGroup
	for i, s := range all {
		if s.Socket() {
			continue
		}
		tasks.Go(func() { results[i].addresses, results[i].err = lookup(ctx, s.Name) })
	}
	tasks.Wait()
	return results
}

// prepare makes the next attempt of cc go through its hosts in the order of w.hosts.
func (w *walk) prepare(ctx context.Context, cc *pgx.ConnConfig, wanted func(*host) bool) {
	all := stops(cc)
	results := lookUp(ctx, all, cc.LookupFunc)
	type place struct { // where a host is
		stop   *stop
		answer found // to the question for its name
	}
	places := map[*host]place{}
	var candidates []*host
	var failed []place
	add := func(s *stop, network, address string, answer found) {
		x := w.hosts.at(address, s.String())
		if _, again := places[x]; again {
			return
		}
		places[x] = place{s, answer}
		candidates = append(candidates, x)
	}
	for i := range all {
		s, result := &all[i], results[i]
		if s.Socket() {
			_, path := pgconn.NetworkAddress(s.Name, s.Port)
			add(s, "unix", path, found{})
			continue
		}
		for _, ip := range result.addresses {
			if _, _, err := net.SplitHostPort(ip); err != nil { // a look-up may give a port as well
				ip = net.JoinHostPort(ip, strconv.Itoa(int(s.Port)))
			}
			add(s, "tcp", ip, found{addresses: []string{ip}})
		}
		if result.err != nil {
			failed = append(failed, place{s, result})
		}
	}
	w.list, w.stops = w.hosts.order(candidates, wanted), map[*host]*stop{}
	for x, p := range places {
		w.stops[x] = p.stop
	}

	// pgx asks for each name again. It gets what was found, in our order.
	answers := map[string][]found{}
	var ways []*pgconn.FallbackConfig
	visit := func(p place) {
		for _, way := range p.stop.ways {
			ways = append(ways, way)
			answers[p.stop.Name] = append(answers[p.stop.Name], p.answer)
		}
	}
	for _, x := range w.list {
		visit(places[x])
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
	cc.Tracer = w
}

// dial is called for each way to each host.
func (w *walk) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !w.over.Load() {
		i := slices.IndexFunc(w.list, func(x *host) bool { return x.address == address })
		if i >= 0 && w.list[i] != w.at {
			w.leave()
			w.at = w.list[i]
			w.at.begins()
		}
	}
	return w.dialFunc(ctx, network, address)
}

// leave is for a host at which no way led to a session.
func (w *walk) leave() {
	if w.at != nil {
		w.at.failed()
		w.at = nil
	}
}

// validate decides whether a session is what was asked for.
func (w *walk) validate(ctx context.Context, pg *pgconn.PgConn) error {
	x, t := w.at, w.hosts.target
	if x == nil {
		return nil // a host that was not in the list, which cannot be
	}
	reported := pg.ParameterStatus("in_hot_standby")
	role, readOnly, err := t.ask(ctx, pg, w.believe)
	if err != nil {
		return err // the next dial, or the end, takes note
	}
	misfit := t.misfit(role, readOnly)
	if misfit != nil && (t != "prefer-standby" || w.kept != x && w.hopes(x)) {
		x.accepted(role, true)
		w.at = nil
		if t == "prefer-standby" {
			w.kept = x
			return pgconn.ValidateConnectTargetSessionAttrsPreferStandby(ctx, pg) // pgx knows only its own error
		}
		return misfit
	}
	if w.readOnly {
		if _, err := pg.Exec(ctx, "SET "+readOnlySetting+" = on").ReadAll(); err != nil {
			return err
		}
	}
	x.accepted(role, misfit != nil)
	w.at = nil
	if s := w.stops[x]; s.Socket() && w.config != nil {
		w.config.Host, w.config.Port = s.Name, s.Port // where pgx sends requests to cancel
	}
	pg.CustomData()[placeKey] = &placement{host: x, reported: reported}
	return nil
}

// hopes reports whether a host behind x in the list may be what is asked for.
func (w *walk) hopes(x *host) bool {
	behind := w.list[slices.Index(w.list, x)+1:]
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	return slices.ContainsFunc(behind, func(other *host) bool { return !other.misfit })
}

// TraceConnectEnd is called when the attempt is over. pgx wants a tracer of queries as well; we
// make no queries by pgx.
func (w *walk) TraceConnectEnd(context.Context, pgx.TraceConnectEndData) {
	w.leave()
	w.over.Store(true)
}

func (w *walk) TraceConnectStart(ctx context.Context, start pgx.TraceConnectStartData) context.Context {
	w.config = start.ConnConfig
	return ctx
}

func (w *walk) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (w *walk) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// placeKey is where a connection keeps its placement.
const placeKey = "github.com/dbcontents/dbcontents-go/host"

// A placement is where a connection leads, and what its server said of its role.
type placement struct {
	host     *host
	reported string
}

// hostOf is the host that a connection of an owned pool leads to, else nil.
func hostOf(pg *pgconn.PgConn) *host {
	if p, ok := pg.CustomData()[placeKey].(*placement); ok {
		return p.host
	}
	return nil
}

// outlived reports whether the server of a connection is not what was asked for any more, as
// it has been promoted. PostgreSQL says so with the next result.
func outlived(pg *pgconn.PgConn) bool {
	p, ok := pg.CustomData()[placeKey].(*placement)
	if !ok {
		return false
	}
	reported := pg.ParameterStatus("in_hot_standby")
	if reported == p.reported {
		return false
	}
	p.reported = reported
	role := roleOf(reported)
	return role != "" && p.host.changed(role)
}
