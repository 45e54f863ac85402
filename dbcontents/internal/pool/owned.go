package pool

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

const (
	defaultConnectTimeout = 3 * time.Second
	// defaultSize is small beside PostgreSQL's 100 connections, so that several
	// servers fit, whatever machines they are on.
	defaultSize = 10
)

// newPool makes the owned pool. It does not connect.
func (c Config) newPool(r *recovery) (*pgxpool.Pool, error) {
	pc, err := parseConnString(c.ConnString)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Size > 0:
		pc.MaxConns = int32(c.Size)
	case !saysPoolSize(c.ConnString):
		pc.MaxConns = defaultSize
	}
	cc := &pc.ConnConfig.Config
	if c.ConnectTimeout > 0 {
		cc.ConnectTimeout = c.ConnectTimeout
	} else if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = defaultConnectTimeout
	}
	// pgx bounds the attempts at addresses only, and not the question for them.
	lookup := cc.LookupFunc
	cc.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, cc.ConnectTimeout)
		defer cancel()
		return lookup(ctx, host)
	}
	cc.MaxProtocolMessageBodyLen = c.MaxRowBytes
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = "dbcontents"
	}
	if usesNamedStatements(pc.ConnConfig) {
		// The settings travel with the connection's first message and stand
		// above those of the role and the database; not through a pooler,
		// which refuses or shares them.
		for _, s := range c.settings() {
			cc.RuntimeParams[s.startup] = s.value
		}
	}
	pc.BeforeConnect = func(ctx context.Context, cc *pgx.ConnConfig) error {
		wire.ReadInPlace(&cc.Config)
		return r.beforeConnect(ctx)
	}
	if c.Connecting != nil {
		pc.ConnConfig.Tracer = connectTracer{c.Connecting}
	}
	if validate := cc.ValidateConnect; validate != nil && cc.RuntimeParams[readOnlySetting] != "" {
		delete(cc.RuntimeParams, readOnlySetting)
		cc.ValidateConnect = readOnlyAfter(validate)
	}
	// A read that meets a dead connection retries by itself before the first
	// row, so asking each connection first would only cost a round trip.
	pc.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	// After a failover connections must not stay where they are for hours.
	pc.MaxConnLifetime = min(pc.MaxConnLifetime, 30*time.Minute)
	pc.MaxConnLifetimeJitter = 3 * time.Minute
	return pgxpool.NewWithConfig(context.Background(), pc)
}

const readOnlySetting = "default_transaction_read_only"

// readOnlyAfter makes a connection read-only once target_session_attrs has been
// answered. Before, the answer would be ours and not the server's: read-write
// would find no server at all, and read-only the first one.
func readOnlyAfter(validate pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, pg *pgconn.PgConn) error {
		if err := validate(ctx, pg); err != nil {
			return err
		}
		_, err := pg.Exec(ctx, "SET "+readOnlySetting+" = on").ReadAll()
		return err
	}
}

// usesNamedStatements tells whether connections keep what is prepared on them.
// In pgx's other modes the caller has said that a pooler sits in between.
func usesNamedStatements(cc *pgx.ConnConfig) bool {
	return cc.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
}
