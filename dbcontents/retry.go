package dbcontents

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// retrying runs attempt a second time if it failed for a cause that a second
// attempt does not meet again: a connection that died while it was idle, or a
// table that changed. Nothing has been delivered yet when it is used.
func (s *Store) retrying(ctx context.Context, attempt func() error) error {
	err := attempt()
	if err == nil {
		return nil
	}
	var e *Error
	if ctx.Err() != nil || !errors.As(err, &e) || !diagnosis.Named(e.Code).Retry || e.Err == nil || e.RetryAfter > 0 {
		// Without a cause it is our own finding, which would be the same again;
		// with RetryAfter the next attempt has its time.
		return err
	}
	s.counters.retries.Add(1)
	if e.Code == "connection_lost" {
		s.dropDead(ctx)
	}
	return attempt()
}

// pingLimit bounds the wait for idle connections that are asked whether they live.
const pingLimit = time.Second

// dropDead closes idle connections that died together with one that a read has
// just met, so that the second attempt does not meet the next; those that live
// stay. All are asked at once, as nobody else can have them meanwhile.
func (s *Store) dropDead(ctx context.Context) {
	// Not under ctx itself, whose end would make each of them look dead.
	ping, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingLimit)
	var asked sync.WaitGroup
	for _, conn := range s.pool.AcquireAllIdle(ctx) {
		asked.Go(func() {
			if conn.Ping(ping) != nil {
				conn.Conn().Close(ping)
			}
			conn.Release()
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		asked.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
