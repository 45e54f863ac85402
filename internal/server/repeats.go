package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatsEvery is how often a cause that goes on is logged.
const repeatsEvery = 10 * time.Second

// repeats keeps a state of the server, such as a full queue or a database that is away, from
// filling the log with a line for each request that meets it. The first request of a cause
// is logged. The others are counted, and their number is logged every ten seconds until
// there were none for as long.
type repeats struct {
	handler slog.Handler

	mu     sync.Mutex
	causes map[string]*repeated // causes are our own names, so there are few
	over   bool
}

// repeated is a cause that a request had within the last repeatsEvery.
type repeated struct {
	more  int64 // requests since the last line
	level slog.Level
	timer *time.Timer
}

// first reports whether a request with the cause is the first one, and counts it otherwise.
func (r *repeats) first(cause string, level slog.Level) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.causes[cause]; known != nil {
		known.more++
		return false
	}
	if r.over {
		return true
	}
	if r.causes == nil {
		r.causes = map[string]*repeated{}
	}
	r.causes[cause] = &repeated{level: level, timer: time.AfterFunc(repeatsEvery, func() { r.tick(cause) })}
	return true
}

// tick ends an interval of a cause.
func (r *repeats) tick(cause string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.causes[cause]
	if known == nil { // stop was faster
		return
	}
	if known.more == 0 {
		delete(r.causes, cause)
		return
	}
	r.report(cause, known)
	known.timer.Reset(repeatsEvery)
}

// report logs how many requests a cause has had; the lock is held.
func (r *repeats) report(cause string, known *repeated) {
	if !r.handler.Enabled(context.Background(), known.level) {
		known.more = 0
		return
	}
	record := slog.NewRecord(time.Now(), known.level, "more requests failed for the same cause", 0)
	record.AddAttrs(slog.String("cause", cause), slog.Int64("requests", known.more), slog.String("within", repeatsEvery.String()))
	r.handler.Handle(context.Background(), record) //nolint:errcheck // batch.Write never fails
	known.more = 0
}

// stop logs what has not been logged yet. Later requests are all first ones.
func (r *repeats) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for cause, known := range r.causes {
		known.timer.Stop()
		if known.more > 0 {
			r.report(cause, known)
		}
	}
	r.causes, r.over = nil, true
}
