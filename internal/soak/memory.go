package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A memory watches the live heap, clients included, for growth.
type memory struct {
	quit    chan struct{}
	done    chan struct{}
	samples []uint64 // bytes
}

const (
	// samplesWanted is how often it looks; the first tenth of a run warms up.
	samplesWanted = 40
	// growthAllowed is what buffers in use at one moment and not at another make.
	growthAllowed = 24 << 20
)

func watchMemory(d time.Duration) *memory {
	m := &memory{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		ticker := time.NewTicker(d / samplesWanted)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				runtime.GC()
				var s runtime.MemStats
				runtime.ReadMemStats(&s)
				m.samples = append(m.samples, s.HeapAlloc)
			case <-m.quit:
				return
			}
		}
	}()
	return m
}

// stop ends it and reports growth: the median of the last third of the run
// against that of the first, after the warm-up.
func (m *memory) stop() error {
	close(m.quit)
	<-m.done
	first, last := m.ends()
	if last > first+growthAllowed {
		return fmt.Errorf("the live heap grew from %d to %d KiB", first>>10, last>>10)
	}
	return nil
}

func (m *memory) ends() (first, last uint64) {
	s := m.samples[len(m.samples)/10:]
	if len(s) == 0 {
		return 0, 0
	}
	third := (len(s) + 2) / 3
	return median(s[:third]), median(s[len(s)-third:])
}

func median(list []uint64) uint64 {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

func (m *memory) String() string {
	first, last := m.ends()
	return fmt.Sprintf("live heap, clients included: %d KiB at first, %d KiB at last, %d goroutines now", first>>10, last>>10, runtime.NumGoroutine())
}
