package dbcontents

import (
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// connections is what is kept on connections of a pool. It holds nothing of a
// connection itself, which ends without telling us.
type connections struct {
	mu   sync.Mutex
	kept map[*kept]<-chan struct{} // closed when the connection is
}

// knows takes note of pg, which the caller has acquired.
func (s *Store) knows(pg *pgconn.PgConn) {
	m := memoryOf(pg)
	if m.home == s {
		return
	}
	m.home = s
	c := &s.connections
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clean()
	if c.kept == nil {
		c.kept = map[*kept]<-chan struct{}{}
	}
	c.kept[m.kept] = pg.CleanupDone()
}

// clean forgets connections that have ended. The lock is held.
func (c *connections) clean() {
	for k, ended := range c.kept {
		select {
		case <-ended:
			delete(c.kept, k)
		default:
		}
	}
}

// size is how many statements are kept, and the bytes that they take at the server.
func (c *connections) size() (statements int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clean()
	for k := range c.kept {
		statements += int(k.statements.Load())
		bytes += k.bytes.Load()
	}
	return statements, bytes
}
