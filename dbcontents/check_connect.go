package dbcontents

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A checkup is a Check under way.
type checkup struct {
	store    *Store
	config   *pgx.ConnConfig // as the pool connects
	deadline time.Time
	report   Report
	server   serverFacts
}

// checkedConfig is how the pool connects. A hook of a borrowed pool may change
// that; if it fails, the pool's own attempt will say so.
func (s *Store) checkedConfig(ctx context.Context) *pgx.ConnConfig {
	pool := s.pool.Config()
	if !s.owned && pool.BeforeConnect != nil {
		config := pool.ConnConfig.Copy()
		if pool.BeforeConnect(ctx, config) == nil {
			return config
		}
	}
	return pool.ConnConfig
}

// configured is what the configuration says, without anything secret.
func (c *checkup) configured() string {
	database := c.config.Database
	if database == "" {
		database = c.config.User // PostgreSQL's default
	}
	var hosts []string
	for _, h := range hostsOf(c.config) {
		hosts = append(hosts, h.String())
	}
	return fmt.Sprintf("role %s, database %s at %s", c.config.User, database, strings.Join(hosts, ", "))
}

// connect goes through the layers up to a usable connection.
func (c *checkup) connect(ctx context.Context) bool {
	stat := c.store.pool.Stat()
	if stat.AcquiredConns() >= stat.MaxConns() {
		c.fail(poolStep, newError("check", "", "pool_busy", fmt.Sprintf("all %d connections are in use", stat.MaxConns()), nil))
		return false
	}
	warm := stat.IdleConns() > 0
	var err error
	if warm {
		if err = c.ask(ctx); err == nil {
			c.describe(c.server.address, "connected to "+c.server.address)
			return true
		}
	}
	endpoints, names, ok := c.resolve(ctx)
	if !ok {
		return false
	}
	reached, partly, ok := c.dial(ctx, endpoints, names)
	if !ok {
		return false
	}
	if !warm {
		err = c.ask(ctx)
	}
	var e *Error
	if errors.As(err, &e) && e.Code == "connect_timeout" && !partly {
		// Every address accepted a connection a moment ago.
		err = newError("check", "", "server_silent", "a connection to "+c.store.address()+" is accepted, and nothing follows", nil)
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
	var e *Error
	if errors.As(err, &e) {
		if strings.HasPrefix(e.Code, "pool_") {
			c.fail(poolStep, err)
			return
		}
		if l := diagnosis.Named(e.Code).Layer; l != 0 {
			at = l
		}
	}
	for i, detail := range []string{names, reached, tlsWanted(c.config), "passed", "passed"} {
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

// tlsWanted says what the configuration wants of TLS.
func tlsWanted(config *pgx.ConnConfig) string {
	with, without := config.TLSConfig != nil, config.TLSConfig == nil
	for _, f := range config.Fallbacks {
		with, without = with || f.TLSConfig != nil, without || f.TLSConfig == nil
	}
	switch {
	case !with:
		return "not used"
	case !without:
		return "required"
	}
	return "used if the server has it"
}

// tlsState says what a connection has of TLS.
func tlsState(pg *pgconn.PgConn, config *pgx.ConnConfig) string {
	conn, ok := pg.Conn().(*tls.Conn)
	switch {
	case ok:
		state := conn.ConnectionState()
		text := tls.VersionName(state.Version)
		if len(state.PeerCertificates) > 0 {
			cert := state.PeerCertificates[0]
			names := append([]string{}, cert.DNSNames...)
			for _, ip := range cert.IPAddresses {
				names = append(names, ip.String())
			}
			if len(names) == 0 {
				names = append(names, cert.Subject.CommonName)
			}
			text += ", certificate for " + strings.Join(names, ", ") + " until " + cert.NotAfter.UTC().Format(time.DateOnly)
		}
		return text
	case isUnix(pg.Conn().RemoteAddr()):
		return "not used on a socket"
	}
	return tlsWanted(config) + "; this connection has none"
}

func isUnix(addr net.Addr) bool {
	_, ok := addr.(*net.UnixAddr)
	return ok
}
