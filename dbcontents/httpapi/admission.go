package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/lend"
)

const (
	defaultQueue        = 2500
	defaultQueueTimeout = 30 * time.Second
	// maxWaitingMemory is how much memory all requests that wait may take together.
	maxWaitingMemory = 64 << 20
	// waiterSize is what a waiting request takes besides what its client sent: two
	// goroutines and the buffers of the connection.
	waiterSize = 24 << 10
	// parsedSize is about the most memory that one byte of a query string takes as
	// part of a Query: select=a,a,... was measured at 77 bytes, a filter at 40.
	parsedSize = 80
)

// admission returns the bounds of the limiter. Defaults depend on the number of
// connections in the pool.
func (o *Options) admission(pool int) admit.Config {
	c := admit.Config{
		MaxTurns: o.MaxInFlight, MaxPlaces: o.MaxStreams, MaxWaiting: o.Queue,
		MaxMemory: maxWaitingMemory, Timeout: o.QueueTimeout,
	}
	if c.MaxTurns <= 0 {
		c.MaxTurns = max(pool, 1)
	}
	if c.MaxPlaces <= 0 {
		n := min(max(pool, 1), c.MaxTurns)
		c.MaxPlaces = max(n-(n+3)/4, 1)
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = defaultQueue
	}
	return c
}

// takeTurn waits until the request may use a connection, and reports whether the
// request goes on. If it does not, it has been answered. A turn ends with the
// exchange at the latest.
//
// A request that would have to wait is checked first: one that is wrong in itself
// is refused at once. If ctx ends during the wait, the request goes on without a
// turn, and the Store refuses it without a connection.
func (x *exchange) takeTurn(ctx context.Context, q dbcontents.Query) bool {
	if x.permit.TryTurn() {
		return true
	}
	if err := x.store.Validate(q); err != nil {
		x.fail(err)
		return false
	}
	switch err := x.permit.AwaitTurn(ctx, waitingMemory(x.r)); {
	case errors.Is(err, admit.ErrFull):
		turns := strconv.Itoa(x.h.limiter.Stats().MaxTurns)
		x.problem(shed("queue_full", "all "+turns+" requests at once are under way, and as many as may wait for them wait"))
		return false
	case errors.Is(err, admit.ErrTimeout):
		x.problem(shed("queue_timeout", "the request has waited "+x.h.options.QueueTimeout.String()+" for its turn"))
		return false
	}
	return true
}

// lending lets others have the request's turn while a read waits for a server that is behind.
func (x *exchange) lending(ctx context.Context) context.Context {
	if x.ask.query.MinLSN == "" && x.h.config.MaxLag == 0 {
		return ctx // no read waits
	}
	return lend.With(ctx, func(ctx context.Context, wait func()) bool {
		return x.permit.Lend(ctx, waitingMemory(x.r), wait) == nil
	})
}

// takePlace waits for a place among the streams, without a turn, and then for a
// turn. It reports whether the request goes on. If it does not, it has been answered.
func (x *exchange) takePlace(ctx context.Context) bool {
	switch err := x.permit.AwaitPlace(ctx, waitingMemory(x.r)); {
	case errors.Is(err, admit.ErrFull):
		x.problem(streamsFull("as many requests as may wait for a place among the streams wait"))
		return false
	case errors.Is(err, admit.ErrTimeout):
		x.problem(streamsFull("the request has waited " + x.h.options.QueueTimeout.String() + " for a place among the streams"))
		return false
	}
	return x.takeTurn(ctx, x.ask.query)
}

// waitingMemory is about how much memory a request takes while it waits.
func waitingMemory(r *http.Request) int64 {
	n := waiterSize + 2*len(r.RequestURI) + parsedSize*len(r.URL.RawQuery)
	for name, values := range r.Header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return int64(n)
}

// shed is the response to a request for which there is no capacity.
func shed(cause, message string) problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST003", Cause: cause, Title: "too many requests at once", Message: message, logged: message,
		Hint: "try again later; if it happens often, raise the limits on requests at once and on the pool",
	}
}

// streamsFull is the response to a request that needs a place among the streams
// and gets none.
func streamsFull(why string) problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST003", Cause: "streams_full", Title: "too many large answers at once",
		Message: "as many large answers are being sent as there may be at once: " + why, logged: why,
		Hint:       "try again later, or ask for less at once with limit and select; if it happens often, raise the limit on streams and the pool",
		retryAfter: 2 * time.Second,
	}
}
