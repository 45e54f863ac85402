package pool

import (
	"context"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A walk is one attempt to connect, which goes from host to host until one accepts. pgx does
// the walking; a walk decides the order and learns of each host how it went. It is the tracer of the
// attempt, which is how it learns of the end.
type walk struct {
	hosts    *hosts
	list     []*host // in the order in which they are tried
	dialFunc pgconn.DialFunc
	readOnly bool      // sessions are to be made read-only
	believe  bool      // what the server reports of its role is true
	settings []setting // that a pooler may refuse
	refused  func()    // is called if one does

	connecting func(context.Context, Endpoint) (context.Context, func(error)) // of Config, nil if there is none
	end        func(error)                                                    // what it returned

	places map[*host]place
	config *pgx.ConnConfig // of the attempt
	at     *host           // the one that is being tried
	well   *host           // a pooler that refuses settings
	kept   *host           // a primary that is taken if there is no standby
}

// walkKey is where the context of an attempt has its walk.
type walkKey struct{}

// dial is called for each way to each host. Without the attempt's context it is called for a
// request to cancel, by another goroutine, perhaps while the attempt goes on.
func (w *walk) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if ctx.Value(walkKey{}) == w {
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
	switch {
	case w.at == nil:
		return
	case w.at == w.well:
		w.at.accepted("", false)
	default:
		w.at.failed()
	}
	w.at = nil
}

// validate decides whether a session is what was asked for.
func (w *walk) validate(ctx context.Context, pg *pgconn.PgConn) error {
	x, t := w.at, w.hosts.target
	reported := pg.ParameterStatus("in_hot_standby")
	role, readOnly, err := t.ask(ctx, pg, w.believe)
	if err != nil {
		return err // the next dial, or the end, takes note
	}
	misfit := t.misfit(role, readOnly)
	if x == nil { // pgx has dialled what was not in the list
		return misfit
	}
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
	if s := w.places[x]; s.Socket() && w.config != nil {
		w.config.Host, w.config.Port = s.Name, s.Port // where pgx sends requests to cancel
	}
	pg.CustomData()[placeKey] = &placement{host: x, reported: reported}
	return nil
}

// hopes reports whether a host behind x in the list may be what is asked for. The first that is no misfit decides: behind
// a standby that is too far behind come only more of them and hosts that rest, and it would be taken before these are tried.
func (w *walk) hopes(x *host) bool {
	behind := w.list[slices.Index(w.list, x)+1:]
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	i := slices.IndexFunc(behind, func(other *host) bool { return !other.misfit })
	return i >= 0 && !behind[i].isFar(time.Now())
}

// told is called for what a server says is wrong. A pooler that refuses settings is well, whatever it says to the
// other way that pgx tries, with TLS or without.
func (w *walk) told(said *pgconn.PgError) {
	if w.at != nil && refusesSettings(said, w.settings) {
		w.well = w.at
		w.refused()
	}
}

// TraceConnectEnd is called when the attempt is over. pgx wants a tracer of queries as well; we
// make no queries by pgx.
func (w *walk) TraceConnectEnd(_ context.Context, end pgx.TraceConnectEndData) {
	w.leave()
	if w.end != nil {
		w.end(end.Err)
	}
}

func (w *walk) TraceConnectStart(ctx context.Context, start pgx.TraceConnectStartData) context.Context {
	w.config = start.ConnConfig
	if w.connecting != nil {
		ctx, w.end = w.connecting(ctx, endpointOf(start.ConnConfig))
	}
	return context.WithValue(ctx, walkKey{}, w)
}

func (w *walk) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (w *walk) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
