package pool

import (
	"runtime"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A connection to a certain host that comes together with the end of its caller is not given to others before the
// request to cancel that the end may send on it is over.
func TestAcquireAtSettlesBeforeItGivesBack(t *testing.T) {
	db := pgtest.New(t)
	proxy := faultproxy.New(t, db.Direct(db.DSN))
	p, err := Open(Config{ConnString: proxy.DSN(db.Direct(db.DSN)), Size: 1, AcquireTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var w interrupt.Watch
	w.Begin(t.Context(), p.Limit())
	conn, err := p.Acquire(&w)
	if err != nil {
		t.Fatal(err)
	}
	address := hostOf(conn.Conn().PgConn()).address
	Release(conn, w.Settle())
	proxy.Hang(true) // no request to cancel gets through, so that the connection must not be used again
	defer proxy.Hang(false)
	before := proxy.Connections()

	// On one CPU the end, which is carried out by another goroutine, finds the connection that has come meanwhile.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var ended interrupt.Watch
	ended.Begin(t.Context(), p.Limit())
	ended.EndSoon(nil)
	if conn := p.AcquireAt(&ended, address); conn != nil {
		t.Fatal("a connection for a caller that has ended")
	}
	idle := p.Stats().Idle
	for range 100 {
		if proxy.Connections() > before {
			if idle > 0 {
				t.Error("a request to cancel is sent on an idle connection")
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Log("the end was carried out before there was a connection")
}
