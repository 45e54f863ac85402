package pool

import "github.com/jackc/pgx/v5"

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
