package httpapi

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats are counters since New, as of one moment. Health checks count as
// requests like any other.
type Stats struct {
	// Requests counts those that have come to an end, Rows and Bytes what was
	// sent in answers to them.
	Requests, Rows, Bytes int64
	// Shed counts requests that were turned away with a 503, as too many were
	// under way; Gone those whose client left before an answer.
	Shed, Gone int64
	// Aborted counts answers that had begun and were broken off, SlowClients
	// those of them whose client was the reason.
	Aborted, SlowClients int64
	// InFlight and Queued are the requests for contents that are under way now
	// and that wait for their turn, or for a place among the streams; MaxInFlight and MaxQueued are Options.MaxInFlight and Queue.
	InFlight, Queued, MaxInFlight, MaxQueued int
	// Streams are the places taken by answers that are streamed now, and MaxStreams is Options.MaxStreams.
	Streams, MaxStreams int
	// Held is the memory, in bytes, of whole answers of more than 64 KiB that are
	// written now without a turn, and MaxHeld the most that there may be of it.
	Held, MaxHeld int64
	// Causes counts what went wrong, by the stable name that problem documents
	// and Observation.Cause have; aborted answers included.
	Causes map[string]int64
}

type counters struct {
	requests, rows, bytes, shed, gone, aborted, slow atomic.Int64

	mu     sync.Mutex
	causes map[string]int64 // nothing but our own names, so there are few
}

func (c *counters) count(o *Observation) {
	c.requests.Add(1)
	c.rows.Add(o.Rows)
	c.bytes.Add(o.Bytes)
	if o.Cause == "" {
		return
	}
	switch {
	case o.Cause == "queue_full" || o.Cause == "queue_timeout" || o.Cause == "streams_full":
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

// statusGone is what proxies log for a client that left before the answer.
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
