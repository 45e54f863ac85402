package pool

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// A Target is where a pool connects, the first of several hosts. Database is empty if it has the name of the user.
type Target struct {
	Host     string
	Port     uint16
	Database string
}

func targetOf(c *pgx.ConnConfig) Target {
	return Target{c.Host, c.Port, c.Database}
}

// Target is where the pool connects.
func (p *Pool) Target() Target { return p.target }

// A connectTracer is what pgx calls around each attempt to make a connection.
type connectTracer struct {
	begin func(context.Context, Target) (context.Context, func(error))
}

// endKey is where the context of an attempt has what ends it.
type endKey struct{}

// TraceConnectStart implements [pgx.ConnectTracer].
func (t connectTracer) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	ctx, end := t.begin(ctx, targetOf(data.ConnConfig))
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
