package dbcontents

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
)

// A checkup is a Check under way.
type checkup struct {
	store    *Store
	readers  []*Store        // see readersOf
	config   *pgx.ConnConfig // as the pool connects
	deadline time.Time
	report   Report
	server   serverFacts
	whole    bool // it is one of Store.Check
}

// configured is what the configuration says, without anything secret.
func (c *checkup) configured() string {
	database := c.config.Database
	if database == "" {
		database = c.config.User // PostgreSQL's default
	}
	return fmt.Sprintf("role %s, database %s at %s", c.config.User, database, probe.Addresses(c.config))
}

// connect goes through the layers up to a usable connection.
func (c *checkup) connect(ctx context.Context) bool {
	stats := c.store.pool.Stats()
	if stats.Acquired >= stats.Max {
		c.fail(poolStep, newError("check", "", "pool_busy", fmt.Sprintf("all %d connections are in use", stats.Max), nil))
		return false
	}
	warm := stats.Idle > 0
	var err error
	if warm {
		if err = c.ask(ctx); err == nil {
			c.describe(c.server.address, "connected to "+c.server.address)
			return true
		}
	}
	endpoints, names, failed := probe.Resolve(ctx, c.config)
	if failed != nil {
		c.fail(diagnosis.Names.String(), classify("check", "", diagnosis.Connecting, failed))
		return false
	}
	reached, all, failed := probe.Dial(ctx, c.config, endpoints)
	if failed != nil {
		c.ok(diagnosis.Names.String(), names)
		c.fail(diagnosis.Network.String(), classify("check", "", diagnosis.Connecting, failed))
		return false
	}
	if !warm {
		err = c.ask(ctx)
	}
	if codeOf(err) == "connect_timeout" && all {
		// Every address accepted a connection a moment ago.
		err = newError("check", "", "server_silent", "a connection to "+c.store.pool.Address()+" is accepted, and nothing follows", nil)
	}
	if err != nil {
		c.stopped(err, names, reached)
		return false
	}
	c.describe(names, reached)
	return true
}

// ask makes, or takes, a connection of the pool and asks the server about itself.
func (c *checkup) ask(ctx context.Context) error {
	return c.within(ctx, connectLimit, "connect_timeout", "", func(ctx context.Context) error {
		return c.store.ask(ctx, "check", func(conn *pgxpool.Conn, r *reader) (usable bool, err error) {
			return c.server.ask(ctx, c.store, conn, r)
		})
	})
}

// stopped reports err in the layer where it belongs, and those before it as passed.
func (c *checkup) stopped(err error, names, reached string) {
	at := diagnosis.Server // for what comes after a connection was made
	code := codeOf(err)
	if strings.HasPrefix(code, "pool_") {
		c.fail(poolStep, err)
		return
	}
	if l := diagnosis.ByCode(code).Layer; code != "" && l != 0 {
		at = l
	}
	for i, detail := range []string{names, reached, probe.TLSWanted(c.config), "passed", "passed"} {
		if l := diagnosis.Names + diagnosis.Layer(i); l < at {
			c.ok(l.String(), detail)
		}
	}
	c.fail(at.String(), err)
}

// describe reports the layers below a connection that works.
func (c *checkup) describe(names, reached string) {
	s := &c.server
	for i, detail := range []string{names, reached, s.tls, "role " + s.role + " is admitted", s.version, s.database} {
		c.ok((diagnosis.Names + diagnosis.Layer(i)).String(), detail)
	}
}
