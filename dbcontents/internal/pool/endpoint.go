package pool

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// An Endpoint is where a pool connects, the first of several hosts. Database is empty if it has the name of the user.
type Endpoint struct {
	Host     string
	Port     uint16
	Database string
}

func endpointOf(c *pgx.ConnConfig) Endpoint {
	return Endpoint{c.Host, c.Port, c.Database}
}

// Endpoint is where the pool connects.
func (p *Pool) Endpoint() Endpoint { return p.endpoint }

// A connectTracer is what pgx calls around each attempt to make a connection.
type connectTracer struct {
	begin func(context.Context, Endpoint) (context.Context, func(error))
}

// endKey is where the context of an attempt has what ends it.
type endKey struct{}

// TraceConnectStart implements [pgx.ConnectTracer].
func (t connectTracer) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	ctx, end := t.begin(ctx, endpointOf(data.ConnConfig))
	return context.WithValue(ctx, endKey{}, end)
}

// TraceConnectEnd implements [pgx.ConnectTracer].
func (connectTracer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	ctx.Value(endKey{}).(func(error))(data.Err)
}

// TraceQueryStart implements [pgx.QueryTracer], which pgx demands. Reads do not pass there.
func (connectTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (connectTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
