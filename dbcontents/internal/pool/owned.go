package pool

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

const (
	defaultConnectTimeout = 3 * time.Second
	// defaultSize is small beside PostgreSQL's 100 connections, so that several
	// servers fit, whatever machines they are on.
	defaultSize = 10
)

// newPool makes the owned pool of p. It does not connect.
func (c Config) newPool(p *Pool) (*pgxpool.Pool, error) {
	pc, err := parseConnString(c.ConnString)
	if err != nil {
		return nil, err
	}
	balance, err := takeBalance(pc.ConnConfig)
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
	p.hosts.target, p.hosts.inOrder = targetOf(cc.ValidateConnect), balance == "disable"
	readOnly := p.hosts.target.mode() && cc.RuntimeParams[readOnlySetting] != ""
	if readOnly {
		// It is set once the target has been asked for. Before, the answer would be ours and
		// not the server's: read-write would find no server at all, and read-only the first one.
		delete(cc.RuntimeParams, readOnlySetting)
	}
	believe := usesNamedStatements(pc.ConnConfig)
	p.manner.Store(&manner{believe, newPreamble(c.settings(), believe, cc.RuntimeParams)})
	pc.BeforeConnect = func(ctx context.Context, cc *pgx.ConnConfig) error {
		wire.ReadInPlace(&cc.Config)
		if err := p.recovery.beforeConnect(ctx); err != nil {
			return err
		}
		wanted, _ := ctx.Value(wantedKey{}).(func(*host) bool)
		w := walk{hosts: &p.hosts, readOnly: readOnly, believe: believe, settings: c.settings(), refused: p.throughPooler, connecting: c.Connecting}
		if p.pooler.noticed.Load() {
			withoutSettings(cc, w.settings)
			w.readOnly, w.believe = false, false
		}
		w.prepare(ctx, cc, wanted)
		return nil
	}
	// A read that meets a dead connection retries by itself before the first
	// row, so asking each connection first would only cost a round trip.
	pc.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	if !saysLifetime(c.ConnString) {
		// After a failover connections must not stay where they are for hours, and where
		// there are several hosts the load is to return to one that has come back.
		pc.MaxConnLifetime, pc.MaxConnLifetimeJitter = 30*time.Minute, 3*time.Minute
		if len(stops(pc.ConnConfig)) > 1 {
			pc.MaxConnLifetime, pc.MaxConnLifetimeJitter = 5*time.Minute, time.Minute
		}
	}
	return pgxpool.NewWithConfig(context.Background(), pc)
}

const readOnlySetting = "default_transaction_read_only"

// usesNamedStatements tells whether connections keep what is prepared on them.
// In pgx's other modes the caller has said that a pooler sits in between.
func usesNamedStatements(cc *pgx.ConnConfig) bool {
	return cc.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
}
