package dbcontents

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

const poolStep = "pool"

// serverFacts are what a server says of itself and of our connection.
type serverFacts struct {
	address, tls            string
	version, role, database string
	limit                   int // connections that the role can have at most
	inUse                   int
}

// factsSQL asks for what every role may know. The limit is that of the server
// less what it keeps for others, of the role and of the database.
const factsSQL = `
SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(), session_user, d.datname,
	least(
		pg_catalog.current_setting('max_connections')::int - CASE WHEN r.rolsuper THEN 0 ELSE
			pg_catalog.current_setting('superuser_reserved_connections')::int + coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) END,
		CASE WHEN r.rolconnlimit >= 0 AND NOT r.rolsuper THEN r.rolconnlimit END,
		CASE WHEN d.datconnlimit >= 0 AND NOT r.rolsuper THEN d.datconnlimit END),
	(SELECT coalesce(pg_catalog.sum(numbackends), 0)::int FROM pg_catalog.pg_stat_database)
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()`

func (f *serverFacts) ask(ctx context.Context, s *Store, conn *pgxpool.Conn, r *reader) (usable bool, err error) {
	pg := conn.Conn().PgConn()
	f.address, f.tls = pg.Conn().RemoteAddr().String(), probe.TLSState(pg, conn.Conn().Config())
	q := wire.Flight{Statements: append(s.pool.BeforeLookup(nil, pg), wire.Statement{SQL: factsSQL, Sync: true})}
	facts := len(q.Statements) - 1
	return s.exchange(ctx, conn, r, connectLimit, &q, func() error {
		values, err := q.Row(facts)
		if err != nil || values == nil {
			return err
		}
		var standby bool
		err = q.Scan(facts, values, &f.version, &standby, &f.role, &f.database, &f.limit, &f.inUse)
		kind := "primary"
		if standby {
			kind = "standby"
		}
		f.role, f.database = catalog.ValidUTF8(f.role), catalog.ValidUTF8(f.database)
		f.version = "PostgreSQL " + f.version + ", " + kind
		return err
	})
}

// pool compares the pool with what the server grants: one that may grow
// beyond it works until there is load.
func (c *checkup) pool() {
	size, f := c.store.pool.Stats().Max, &c.server
	switch {
	case !c.store.pool.KeepsStatements():
		c.ok(poolStep, fmt.Sprintf("at most %d connections, to a pooler", size))
	case size > f.limit:
		c.fail(poolStep, newError("check", "", "too_many_connections",
			fmt.Sprintf("the pool may make %d connections, and the server grants role %s %d", size, f.role, f.limit), nil)).beside = true
	default:
		c.ok(poolStep, fmt.Sprintf("at most %d connections of the %d that the server grants; %d are in use at the server", size, f.limit, f.inUse))
	}
}
