package dbcontents

import (
	"context"
	"errors"

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
		s.pool.DropDead(ctx)
	}
	return attempt()
}
