package pool

import "github.com/jackc/pgx/v5/pgconn"

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
