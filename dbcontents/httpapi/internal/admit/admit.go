// Package admit decides which requests may work now, which of the others may
// wait, and which are turned away. A request that works has a turn. One that
// streams a large response also has a place among the streams, of which there
// are fewer. Those that wait are bounded in number, in time and in memory.
package admit

import (
	"errors"
	"time"
)

// The reasons why a request is turned away.
var (
	// ErrFull is for a request that may not wait: too many wait already, they take
	// too much memory, or they move so slowly that waiting is hopeless.
	ErrFull = errors.New("too many requests wait already")
	// ErrTimeout is for a request that has waited for as long as it may.
	ErrTimeout = errors.New("the request has waited too long")
)

// Config are the bounds of a [Limiter].
type Config struct {
	// MaxTurns is how many requests may work at once, and MaxPlaces how many of
	// them may stream. Both must be at least 1.
	MaxTurns, MaxPlaces int
	// MaxWaiting is how many requests may wait for a turn, and how many others for
	// a place. More may wait for a turn while turns are given back so fast that
	// half of Timeout is enough for all of them. Zero or less: none may wait.
	MaxWaiting int
	// MaxMemory is how much memory, in bytes, all requests that wait may take.
	MaxMemory int64
	// Timeout is how long one request may wait in all.
	Timeout time.Duration
	// OnWait, if it is set, is called when a request begins to wait where none
	// waited before.
	OnWait func()
}

// A Limiter has the turns and the places among the streams that requests share.
// It is made by [New], and is safe for concurrent use.
type Limiter struct {
	turns, places *queue
	waiters       *Budget
	config        Config
}

// New makes a Limiter.
func New(c Config) *Limiter {
	return &Limiter{
		turns: newQueue(c.MaxTurns, &pace{start: time.Now()}),
		// How long a stream takes is up to its client, so the last streams say nothing
		// about the next one. Without a pace MaxWaiting is strict, and no wait is hopeless.
		places:  newQueue(c.MaxPlaces, nil),
		waiters: NewBudget(c.MaxMemory),
		config:  c,
	}
}

// Permit returns a permit for one request, which so far allows nothing.
func (l *Limiter) Permit() Permit { return Permit{limiter: l} }

// Contended reports whether any request waits.
func (l *Limiter) Contended() bool { return l.turns.waiting.Load() > 0 || l.places.waiting.Load() > 0 }

// Stats are the present numbers of a [Limiter] and their bounds. Waiting and
// MaxWaiting cover requests that wait for a turn or for a place.
type Stats struct {
	Turns, MaxTurns, Places, MaxPlaces, Waiting, MaxWaiting int
}

// Stats returns the present numbers.
func (l *Limiter) Stats() Stats {
	return Stats{
		Turns: len(l.turns.taken), MaxTurns: cap(l.turns.taken),
		Places: len(l.places.taken), MaxPlaces: cap(l.places.taken),
		Waiting: int(l.turns.waiting.Load() + l.places.waiting.Load()), MaxWaiting: max(l.config.MaxWaiting, 0),
	}
}
