package dbcontents

import (
	"context"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/lend"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
)

const (
	// A standby that is behind is asked again after the first pause, then twice as long up to the last.
	firstPause = 5 * time.Millisecond
	lastPause  = 40 * time.Millisecond
)

// A patience is what a read that may be tried again has learned of servers that are behind.
type patience struct {
	asks    bool       // the next attempt asks first whether the server has reached Query.MinLSN
	asksLag bool       // it asks first how far the server is behind
	beyond  bool       // the only server is a primary that has not reached Query.MinLSN, so none will
	avoid   pool.Hosts // those that were behind, once others are to be tried
}

// await tries again while the server is behind Query.MinLSN, or too far behind: for as long as one may wait for a
// connection, and within the deadline of ctx. No connection is held meanwhile, nor what ctx lends. If the server stays
// behind, others are tried; at once if it is too far behind, which is so for all reads and for longer.
func (p *patience) await(ctx context.Context, s *Store, op, table string, err error, attempt func() error) error {
	behind := func() bool { return codeOf(err) == "standby_behind" || codeOf(err) == "standby_lagging" }
	if err == nil || !behind() {
		return err
	}
	until := time.Now().Add(s.config.AcquireTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	waits := false
	for pause := firstPause; behind(); pause = min(2*pause, lastPause) {
		// As failing would be logged by the server each time.
		if codeOf(err) == "standby_behind" {
			p.asks = true
		} else if p.asksLag = true; p.avoid == nil {
			p.avoid = s.pool.Far()
		}
		if p.beyond || time.Until(until) <= pause {
			return err
		}
		again := lend.Wait(ctx, func() {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		})
		switch ended := ctx.Err(); {
		case ended == context.DeadlineExceeded, ended == nil && !again:
			return err // which says why the time was not enough, or what to wait for
		case ended != nil:
			return classify(op, table, diagnosis.Reading, diagnosis.Context(ctx))
		}
		if pause == lastPause && !waits {
			waits = true
			if p.avoid == nil {
				p.avoid = pool.Hosts{}
			}
			// Who waits asks again and again, and a position may be anything that a stranger has chosen.
			if waiting := &s.waiting; waiting.Add(1) > max(1, int64(s.pool.Size()/2)) {
				waiting.Add(-1)
				return err
			}
			defer s.waiting.Add(-1)
		}
		next := s.retrying(ctx, attempt)
		if codeOf(next) == "deadline_exceeded" {
			return err
		}
		err = next
	}
	return err
}
