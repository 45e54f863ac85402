package pool

import (
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// connections is what is kept on connections of a pool. It holds nothing of a
// connection itself, which ends without telling us.
type connections struct {
	mu   sync.Mutex
	kept map[*wire.Kept]known
}

// known is what is remembered of a connection.
type known struct {
	ended <-chan struct{} // closed when it is
	host  *host
}

// register takes note of pg, which the caller has acquired.
func (p *Pool) register(pg *pgconn.PgConn) {
	m := wire.MemoryOf(pg)
	if m.Home == p {
		return
	}
	m.Home = p
	c := &p.connections
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clean()
	if c.kept == nil {
		c.kept = map[*wire.Kept]known{}
	}
	c.kept[m.Kept] = known{pg.CleanupDone(), hostOf(pg)}
}

// clean forgets connections that have ended. The lock is held.
func (c *connections) clean() {
	for k, of := range c.kept {
		select {
		case <-of.ended:
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
		statements += int(k.Statements.Load())
		bytes += k.Bytes.Load()
	}
	return statements, bytes
}

// perHost is how many there are to each host.
func (c *connections) perHost() map[*host]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clean()
	n := map[*host]int{}
	for _, of := range c.kept {
		n[of.host]++
	}
	return n
}

// lead reports whether one leads to a host that is wanted.
func (c *connections) lead(wanted func(*host) bool) bool {
	for x := range c.perHost() {
		if x != nil && wanted(x) {
			return true
		}
	}
	return false
}
