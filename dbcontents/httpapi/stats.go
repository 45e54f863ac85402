package httpapi

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats are the counters since New, and what is under way now. Health checks count
// as requests.
type Stats struct {
	// Requests counts the requests that have ended. Rows and Bytes count what was sent
	// in response to them.
	Requests, Rows, Bytes int64
	// Shed counts the requests that got a 503 because too many were under way. Gone
	// counts the requests whose client had gone before the response.
	Shed, Gone int64
	// Aborted counts the responses that were broken off after they had begun.
	// SlowClients counts those of them whose client read too slowly.
	Aborted, SlowClients int64
	// InFlight is how many requests for contents have a turn now. Queued is how many
	// wait for a turn or for a place among the streams. MaxInFlight and MaxQueued are
	// Options.MaxInFlight and Options.Queue.
	InFlight, Queued, MaxInFlight, MaxQueued int
	// Streams is how many responses are streamed now. MaxStreams is Options.MaxStreams.
	Streams, MaxStreams int
	// Held is how many bytes of memory are taken by whole responses of more than
	// 64 KiB that are being written without a turn. MaxHeld is how many may be.
	Held, MaxHeld int64
	// Causes counts what went wrong, including aborted responses, by the stable name
	// that problem documents and Observation.Cause have.
	Causes map[string]int64
}

type counters struct {
	requests, rows, bytes, shed, gone, aborted, slow atomic.Int64

	mu     sync.Mutex
	causes map[string]int64 // our own names, and those of Refusals, so there are few
}

func (c *counters) count(o *Observation) {
	c.requests.Add(1)
	c.rows.Add(o.Rows)
	c.bytes.Add(o.Bytes)
	if o.Cause == "" {
		return
	}
	switch {
	case isShed(o.Cause):
		c.shed.Add(1)
	case o.Status == statusGone:
		c.gone.Add(1)
	}
	if o.Aborted {
		c.aborted.Add(1)
	}
	if o.Cause == causeSlowClient {
		c.slow.Add(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.causes == nil {
		c.causes = map[string]int64{}
	}
	c.causes[o.Cause]++
}

// isShed tells the causes of a 503 for which too many requests were under way.
func isShed(cause string) bool {
	return cause == "queue_full" || cause == "queue_timeout" || cause == "streams_full"
}

// statusGone is the status that proxies log for a client that has gone before the response.
const statusGone = 499

// Stats returns the counters. [dbcontents.Store.Stats] has those of the pool.
func (h *Handler) Stats() Stats {
	c, l := &h.counters, h.limiter.Stats()
	s := Stats{
		Requests: c.requests.Load(), Rows: c.rows.Load(), Bytes: c.bytes.Load(),
		Shed: c.shed.Load(), Gone: c.gone.Load(), Aborted: c.aborted.Load(), SlowClients: c.slow.Load(),
		InFlight: l.Turns, Queued: l.Waiting, MaxInFlight: l.MaxTurns, MaxQueued: l.MaxWaiting,
		Streams: l.Places, MaxStreams: l.MaxPlaces, Held: h.held.Used(), MaxHeld: h.held.Size(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Causes = maps.Clone(c.causes)
	return s
}
