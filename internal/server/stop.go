package server

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// hardStop is how long answers that are broken off may take to end, and after
// that the store to close. With the defaults of the drain and of the shutdown
// the whole stop takes less than the 30 s after which Kubernetes kills.
const hardStop = 2 * time.Second

// errStopping is why answers that are still under way at the end are broken off.
var errStopping = errors.New("the server is stopping")

// stop ends the server in order: it says that it is not ready, goes on for a
// while for those who have not heard of it, takes no more connections, waits
// for the answers under way, and breaks off those that take too long. There is
// nobody to go on for if it is deaf: if its listener failed.
func (s *service) stop(server *http.Server, listener *lingering, cancel context.CancelCauseFunc, deaf bool) {
	drain, grace := time.Duration(s.settings.Drain), time.Duration(s.settings.Shutdown)
	if deaf {
		drain = 0
	}
	s.api.Drain()
	s.log.Info("stopping", "drain", drain.String(), "shutdown", grace.String())
	time.Sleep(drain)

	listener.stopping.Store(true)
	start := time.Now()
	if shutdown(server, grace) == nil {
		listener.wait(grace - time.Since(start))
		return
	}
	s.log.Warn("breaking off the answers that are still under way", "after", grace.String())
	cancel(errStopping)
	if shutdown(server, hardStop) != nil {
		listener.stopping.Store(false)
		server.Close() // for clients that do not read: their answers wait in a write
	}
	listener.wait(0)
}

func shutdown(server *http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return server.Shutdown(ctx)
}
