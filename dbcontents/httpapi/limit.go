package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	defaultQueue        = 2500
	defaultQueueTimeout = 30 * time.Second
	// queueMemory bounds what all requests that wait may take, and waiterSize is
	// what one takes apart from what its client sent: two goroutines and the
	// connection's buffers.
	queueMemory = 64 << 20
	waiterSize  = 24 << 10
	// parsedSize is about the most that a byte of a query string takes as a part of
	// a Query: select=a,a,... was measured at 77 bytes, a filter at 40.
	parsedSize = 80
	// paceKnown is how many turns it takes to know how fast the queue moves.
	paceKnown = 16
)

// A limiter bounds the requests that are worked on at once, those of them that
// stream, and those that wait for their turn or for a place among the streams: these in
// number, time and memory. More are turned away at once.
type limiter struct {
	turns   line // a request at work has one
	streams line // one that streams has one too
	queue   int64
	wait    time.Duration
	memory  atomic.Int64 // of requests that wait
	held    atomic.Int64 // of answers that are written without a turn
	sending senders

	began time.Time
	left  atomic.Int64 // when a turn was last given back to one who waited, after began; 0: nobody waited
	pace  atomic.Int64 // the time between two of these, on average; 0: not known
	known atomic.Int64 // how many of these there were since somebody began to wait
}

// A line is where requests wait for one of a number of rooms, in the order they come.
type line struct {
	rooms  chan struct{} // a request that has one has put something in
	queued atomic.Int64
}

func (l *limiter) init(o Options, pool int) {
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = max(pool, 1)
	}
	if o.MaxStreams <= 0 {
		n := min(max(pool, 1), o.MaxInFlight)
		o.MaxStreams = max(n-(n+3)/4, 1)
	}
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	if o.QueueTimeout <= 0 {
		o.QueueTimeout = defaultQueueTimeout
	}
	l.began = time.Now()
	l.turns.rooms, l.streams.rooms = make(chan struct{}, o.MaxInFlight), make(chan struct{}, o.MaxStreams)
	l.queue, l.wait = int64(o.Queue), o.QueueTimeout
}

// waiting reports whether somebody waits.
func (l *limiter) waiting() bool { return l.turns.queued.Load() > 0 || l.streams.queued.Load() > 0 }

// turn waits until the request may take a connection, and reports whether it
// may; if not, it has been answered. The turn ends with the exchange, or with leave. A
// request that is wrong does not get as far as waiting.
func (x *exchange) turn(ctx context.Context, q dbcontents.Query) bool {
	l := &x.h.limit
	select {
	case l.turns.rooms <- struct{}{}:
		x.slot = true
		return true
	default:
	}
	if err := x.h.store.Validate(q); err != nil {
		x.fail(err)
		return false
	}
	weight := x.weight()
	n := l.turns.queued.Add(1)
	defer l.turns.queued.Add(-1)
	defer l.memory.Add(-weight)
	if !l.admits(n, l.memory.Add(weight)) {
		x.problem(shed("queue_full", "all "+strconv.Itoa(cap(l.turns.rooms))+" requests at once are under way, and as many as may wait for them wait"))
		return false
	}
	if n == 1 {
		l.sending.hurry()
	}
	var timely bool
	if x.slot, timely = x.queue(ctx, &l.turns); !timely {
		x.problem(shed("queue_timeout", "the request has waited "+l.wait.String()+" for its turn"))
	}
	return timely
}

// place takes a place among the streams, if there is one.
func (x *exchange) place() bool {
	if x.seat {
		return true
	}
	select {
	case x.h.limit.streams.rooms <- struct{}{}:
		x.seat = true
	default:
	}
	return x.seat
}

// awaitPlace waits for a place among the streams, without a turn, and then for a
// turn. It reports whether there are both; if not, the request has been answered.
func (x *exchange) awaitPlace(ctx context.Context) bool {
	x.leave()
	l := &x.h.limit
	weight := x.weight()
	n := l.streams.queued.Add(1)
	timely := l.memory.Add(weight) <= queueMemory && n <= l.queue
	why := "as many requests as may wait for a place among the streams wait"
	if timely {
		why = "the request has waited " + l.wait.String() + " for a place among the streams"
		if n == 1 {
			l.sending.hurry()
		}
		x.seat, timely = x.queue(ctx, &l.streams)
	}
	l.streams.queued.Add(-1)
	l.memory.Add(-weight)
	if !timely {
		x.problem(streamsFull(why))
		return false
	}
	return x.turn(ctx, x.ask.query)
}

// queue waits in line, for what is left of the time. It reports whether there is a room, and whether that, or the
// end of ctx, came in time.
func (x *exchange) queue(ctx context.Context, in *line) (has, timely bool) {
	start := time.Now()
	timer := time.NewTimer(x.h.limit.wait - x.seen.Wait) // of what it has waited before
	defer timer.Stop()
	defer func() { x.seen.Wait += time.Since(start) }()
	select {
	case in.rooms <- struct{}{}:
		return true, true
	case <-ctx.Done():
		return false, true // the Store says so, without a connection
	case <-timer.C:
		return false, false
	}
}

// weight is about how much memory the request takes while it waits.
func (x *exchange) weight() int64 {
	n := waiterSize + 2*len(x.r.RequestURI) + parsedSize*len(x.r.URL.RawQuery)
	for name, values := range x.r.Header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return int64(n)
}

// admits reports whether the n-th in the queue may wait, if all of it then takes so much memory.
func (l *limiter) admits(n, memory int64) bool {
	if memory > queueMemory {
		return false
	}
	expected := time.Duration(n * l.pace.Load())
	if n > l.queue {
		return l.queue > 0 && expected > 0 && expected <= l.wait/2
	}
	// Hopeless is known only of the queue that there is now.
	return l.known.Load() < paceKnown || expected <= 2*l.wait
}

// leave gives the turn back, and the place among the streams.
func (x *exchange) leave() {
	if x.seat {
		x.seat = false
		<-x.h.limit.streams.rooms
	}
	if x.slot {
		x.slot = false
		x.h.limit.leave()
	}
}

func (l *limiter) leave() {
	<-l.turns.rooms
	if l.turns.queued.Load() == 0 {
		if l.left.Load() != 0 { // mostly it is, and not written to by everybody
			l.left.Store(0)
			l.known.Store(0)
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
	l.known.Add(1)
}

// shed is the answer to a request that there is no capacity for.
func shed(cause, message string) problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST003", Cause: cause, Title: "too many requests at once", Message: message, logged: message,
		Hint: "try again later; if it happens often, raise the limits on requests at once and on the pool",
	}
}

// streamsFull is the answer to one that is too large to go without a place among the streams.
func streamsFull(why string) problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST003", Cause: "streams_full", Title: "too many large answers at once",
		Message: "as many large answers are being sent as there may be at once: " + why, logged: why,
		Hint:       "try again later, or ask for less at once with limit and select; if it happens often, raise the limit on streams and the pool",
		retryAfter: 2 * time.Second,
	}
}
