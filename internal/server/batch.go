package server

import (
	"io"
	"sync"
	"time"
)

const (
	// batchEvery is how often lines are written at most, and so how long one may
	// be held back, and be lost if the process is killed.
	batchEvery = 20 * time.Millisecond
	// batchMost is when they are written in any case.
	batchMost = 32 << 10
)

// A batch passes lines on to a writer: at once if there are few, and together
// if they come faster than every 20 ms, as a system call costs more than a line.
type batch struct {
	out io.Writer

	mu      sync.Mutex
	held    []byte
	written time.Time
	timer   *time.Timer
	armed   bool // the timer will write what is held
}

func newBatch(out io.Writer) *batch {
	b := &batch{out: out}
	b.timer = time.AfterFunc(time.Hour, b.Flush)
	b.timer.Stop()
	return b
}

// Write takes whole lines. It never fails: there is nobody to tell.
func (b *batch) Write(lines []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = append(b.held, lines...)
	if b.armed && len(b.held) < batchMost {
		return len(lines), nil
	}
	if wait := batchEvery - time.Since(b.written); wait > 0 && len(b.held) < batchMost {
		b.armed = true
		b.timer.Reset(wait)
		return len(lines), nil
	}
	b.write()
	return len(lines), nil
}

// Flush writes what is held.
func (b *batch) Flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = false
	b.write()
}

// write passes on what is held, as far as it can; the lock is held too.
func (b *batch) write() {
	if len(b.held) == 0 {
		return
	}
	b.out.Write(b.held)
	b.held, b.written = b.held[:0], time.Now()
}
