package httpapi

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	defaultQueue        = 100
	defaultQueueTimeout = time.Second
)

// A limiter bounds the requests that are worked on at once, and those that
// wait for their turn, in number and in time. More are turned away at once:
// under overload a few are served well, and the others know it early. The
// number is what a slow queue has room for; one that moves fast takes as many
// as it will have served within half of the time.
type limiter struct {
	slots  chan struct{} // as many as Options.MaxInFlight; a request at work has put one in
	queue  int64
	wait   time.Duration
	queued atomic.Int64

	began time.Time
	left  atomic.Int64 // when a slot was last given back to one who waited, after began; 0: nobody waited
	pace  atomic.Int64 // the time between two of these, on average; 0: not known
}

func (l *limiter) init(o Options, pool int) {
	if o.MaxInFlight <= 0 {
		// One batch at the database, another that encodes, writes or is next.
		o.MaxInFlight = 2 * pool
	}
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	if o.QueueTimeout <= 0 {
		o.QueueTimeout = defaultQueueTimeout
	}
	l.began = time.Now()
	l.slots, l.queue, l.wait = make(chan struct{}, o.MaxInFlight), int64(o.Queue), o.QueueTimeout
}

// turn waits until the request may take a connection, and reports whether it
// may; if not, it has been answered. The slot is held until the end of the
// exchange. A request that is wrong does not get as far as waiting.
func (x *exchange) turn(q dbcontents.Query) bool {
	l := &x.h.limit
	select {
	case l.slots <- struct{}{}:
		x.slot = true
		return true
	default:
	}
	if err := x.h.store.Validate(q); err != nil {
		x.fail(err)
		return false
	}
	return x.queue(l)
}

func (x *exchange) queue(l *limiter) bool {
	defer l.queued.Add(-1)
	if !l.admits(l.queued.Add(1)) {
		x.problem(shed("queue_full", "all "+strconv.Itoa(cap(l.slots))+" requests at once are under way, and as many as may wait for them wait"))
		return false
	}
	start := time.Now()
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	defer func() { x.seen.Wait = time.Since(start) }()
	select {
	case l.slots <- struct{}{}:
		x.slot = true
		return true
	case <-x.r.Context().Done():
		return true // the Store says so, without a connection
	case <-timer.C:
		x.problem(shed("queue_timeout", "the request has waited "+l.wait.String()+" for its turn"))
		return false
	}
}

// admits reports whether the n-th in the queue may wait.
func (l *limiter) admits(n int64) bool {
	return n <= l.queue || l.queue > 0 && l.pace.Load() > 0 && time.Duration(n*l.pace.Load()) <= l.wait/2
}

// leave gives the slot back.
func (x *exchange) leave() {
	if x.slot {
		x.slot = false
		x.h.limit.leave()
	}
}

func (l *limiter) leave() {
	<-l.slots
	if l.queued.Load() == 0 {
		if l.left.Load() != 0 { // mostly it is, and not written to by everybody
			l.left.Store(0)
		}
		return
	}
	now := int64(time.Since(l.began))
	last := l.left.Swap(now)
	if last == 0 {
		return
	}
	pace := l.pace.Load()
	if pace == 0 {
		pace = now - last
	}
	l.pace.Store(max(pace+(now-last-pace)/8, 1))
}

// shed is the answer to a request that there is no capacity for.
func shed(cause, message string) problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST003", Cause: cause, Title: "too many requests at once", Message: message, logged: message,
		Hint: "try again later; if it happens often, raise the limits on requests at once and on the pool",
	}
}
