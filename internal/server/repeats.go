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
// and a table is logged. The others are counted, and their number is logged every ten seconds
// until there were none for as long.
type repeats struct {
	handler slog.Handler

	mu    sync.Mutex
	known map[repeatedKey]*repeated
	over  bool
}

// repeatedKey is what requests fail of. Causes are our own names, and tables are those that
// were found, so there are few. Most failures are of no table.
type repeatedKey struct{ cause, table string }

// repeated is what a request failed of within the last repeatsEvery.
type repeated struct {
	more  int64 // requests since the last line
	level slog.Level
	timer *time.Timer
}

// first reports whether a request that fails of the key is the first one, and counts it otherwise.
func (r *repeats) first(key repeatedKey, level slog.Level) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.known[key]; known != nil {
		known.more++
		return false
	}
	if r.over {
		return true
	}
	if r.known == nil {
		r.known = map[repeatedKey]*repeated{}
	}
	r.known[key] = &repeated{level: level, timer: time.AfterFunc(repeatsEvery, func() { r.tick(key) })}
	return true
}

// tick ends an interval of a key.
func (r *repeats) tick(key repeatedKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.known[key]
	if known == nil { // stop was faster
		return
	}
	if known.more == 0 {
		delete(r.known, key)
		return
	}
	r.report(key, known)
	known.timer.Reset(repeatsEvery)
}

// report logs how many more requests failed of the key; the lock is held.
func (r *repeats) report(key repeatedKey, known *repeated) {
	if !r.handler.Enabled(context.Background(), known.level) {
		known.more = 0
		return
	}
	record := slog.NewRecord(time.Now(), known.level, "more requests failed for the same cause", 0)
	record.AddAttrs(slog.String("cause", key.cause), slog.Int64("requests", known.more), slog.String("within", repeatsEvery.String()))
	if key.table != "" {
		record.AddAttrs(slog.String("table", key.table))
	}
	r.handler.Handle(context.Background(), record) //nolint:errcheck // batch.Write never fails
	known.more = 0
}

// stop logs what has not been logged yet. Later requests are all first ones.
func (r *repeats) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, known := range r.known {
		known.timer.Stop()
		if known.more > 0 {
			r.report(key, known)
		}
	}
	r.known, r.over = nil, true
}
