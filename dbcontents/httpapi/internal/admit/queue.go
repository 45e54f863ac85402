package admit

import (
	"sync/atomic"
	"time"
)

// A queue hands out a fixed number of turns or places. Who waits for one gets it
// in the order of arrival, because senders on a channel do.
type queue struct {
	taken   chan struct{} // has an element for each that is handed out
	waiting atomic.Int64
	pace    *pace // nil if the past says nothing about the future
}

func newQueue(size int, p *pace) *queue {
	return &queue{taken: make(chan struct{}, size), pace: p}
}

func (q *queue) try() bool {
	select {
	case q.taken <- struct{}{}:
		return true
	default:
		return false
	}
}

func (q *queue) release() {
	<-q.taken
	if q.pace != nil {
		q.pace.released(q.waiting.Load() > 0)
	}
}

// admits reports whether the n-th in the queue may wait, where most may wait in
// number, each for so long.
func (q *queue) admits(n, most int64, timeout time.Duration) bool {
	var expected time.Duration
	current := false
	if q.pace != nil {
		expected, current = q.pace.expect(n)
	}
	if n > most {
		return most > 0 && expected > 0 && expected <= timeout/2
	}
	return !current || expected <= 2*timeout
}

// minSamples is how many measurements a pace needs before a wait is called hopeless.
const minSamples = 16

// A pace is how fast a queue moves: the mean time between two releases while
// somebody waits.
type pace struct {
	start   time.Time
	last    atomic.Int64 // when the last release was, in nanoseconds after start; 0 if nobody waited then
	mean    atomic.Int64 // in nanoseconds; 0 if there is none yet
	samples atomic.Int64 // how many there were since somebody began to wait
}

// released measures a release, behind which somebody waits or nobody does.
func (p *pace) released(waiting bool) {
	if !waiting {
		if p.last.Load() != 0 { // mostly it is 0, and to write it would cost every other processor a cache line
			p.last.Store(0)
			p.samples.Store(0)
		}
		return
	}
	now := int64(time.Since(p.start))
	last := p.last.Swap(now)
	if last == 0 {
		return
	}
	mean := p.mean.Load()
	if mean == 0 {
		mean = now - last
	}
	p.mean.Store(max(mean+(now-last-mean)/8, 1))
	p.samples.Add(1)
}

// expect returns how long the n-th in the queue will probably wait, 0 if that is
// unknown, and whether that was measured on the queue as it is now. A measurement
// from before the queue was last empty may be out of date.
func (p *pace) expect(n int64) (wait time.Duration, current bool) {
	return time.Duration(n * p.mean.Load()), p.samples.Load() >= minSamples
}
