package admit

import (
	"context"
	"time"
)

// A Permit is what one request may do. It is made by [Limiter.Permit] and is for
// one goroutine. Give back what it holds by [Permit.Release].
type Permit struct {
	limiter *Limiter
	turn    bool
	place   bool
	// Waited is how long the request has waited so far. The caller may add waits
	// of other kinds: they count against the same timeout.
	Waited time.Duration
}

// TryTurn takes a turn if one is free, and reports whether the permit has one.
func (p *Permit) TryTurn() bool {
	p.turn = p.turn || p.limiter.turns.try()
	return p.turn
}

// AwaitTurn waits for a turn. The request takes so much memory meanwhile. The
// error is ErrFull, ErrTimeout, or, if ctx ended first, what ctx says.
func (p *Permit) AwaitTurn(ctx context.Context, memory int64) error {
	return p.await(ctx, p.limiter.turns, &p.turn, memory)
}

// TryPlace takes a place among the streams if one is free, and reports whether
// the permit has one.
func (p *Permit) TryPlace() bool {
	p.place = p.place || p.limiter.places.try()
	return p.place
}

// AwaitPlace waits for a place among the streams as AwaitTurn waits for a turn.
// First it gives back the turn, which others can use meanwhile.
func (p *Permit) AwaitPlace(ctx context.Context, memory int64) error {
	p.Release()
	return p.await(ctx, p.limiter.places, &p.place, memory)
}

// Lend runs wait, which needs no turn: others have it meanwhile. Then it waits for a turn as AwaitTurn does. The error is that
// of AwaitTurn; if it is ErrFull, wait may not have been run. A permit without a turn just runs wait.
func (p *Permit) Lend(ctx context.Context, memory int64, wait func()) error {
	if !p.turn {
		wait()
		return nil
	}
	if !p.limiter.waiters.Take(memory) {
		return ErrFull
	}
	p.giveTurn()
	wait()
	p.limiter.waiters.Return(memory)
	if p.TryTurn() {
		return nil
	}
	return p.AwaitTurn(ctx, memory)
}

// Contended reports whether other requests wait while this one has a turn.
func (p *Permit) Contended() bool { return p.turn && p.limiter.Contended() }

// Release gives back the place and the turn, if the permit has them.
func (p *Permit) Release() {
	if p.place {
		p.place = false
		p.limiter.places.release()
	}
	p.giveTurn()
}

func (p *Permit) giveTurn() {
	if p.turn {
		p.turn = false
		p.limiter.turns.release()
	}
}

// await waits in q, and sets has if the permit got what it waited for.
func (p *Permit) await(ctx context.Context, q *queue, has *bool, memory int64) error {
	l := p.limiter
	n := q.waiting.Add(1)
	defer q.waiting.Add(-1)
	if !l.waiters.Take(memory) {
		return ErrFull
	}
	defer l.waiters.Return(memory)
	if !q.admits(n, int64(l.config.MaxWaiting), l.config.Timeout) {
		return ErrFull
	}
	if n == 1 && l.config.OnWait != nil {
		l.config.OnWait()
	}
	start := time.Now()
	defer func() { p.Waited += time.Since(start) }()
	timer := time.NewTimer(l.config.Timeout - p.Waited)
	defer timer.Stop()
	select {
	case q.taken <- struct{}{}:
		*has = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ErrTimeout
	}
}
