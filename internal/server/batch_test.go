package server

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes notes what is written, and when.
type writes struct {
	mu    sync.Mutex
	start time.Time
	texts []string
	times []time.Duration
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts, w.times = append(w.texts, string(p)), append(w.times, time.Since(w.start))
	return len(p), nil
}

func TestBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &writes{start: time.Now()}
		b := newBatch(w)
		b.Write([]byte("first\n")) // at once
		time.Sleep(batchEvery / 2)
		b.Write([]byte("second\n")) // with the third, 20 ms after the first
		b.Write([]byte("third\n"))
		time.Sleep(10 * batchEvery)
		b.Write([]byte("fourth\n")) // at once again
		b.Write([]byte("fifth\n"))
		b.Flush() // at the end
		b.Flush()
		want := []string{"first\n", "second\nthird\n", "fourth\n", "fifth\n"}
		if got := strings.Join(w.texts, "|"); got != strings.Join(want, "|") {
			t.Fatalf("written %q, want %q", w.texts, want)
		}
		if w.times[0] != 0 || w.times[1] != batchEvery || w.times[2] != 10*batchEvery+batchEvery/2 {
			t.Errorf("written at %v", w.times)
		}

		w.texts = nil
		line := bytes.Repeat([]byte("x"), batchMost/4-1)
		line = append(line, '\n')
		for range 8 {
			b.Write(line)
		}
		if len(w.texts) != 2 || len(w.texts[0]) != batchMost {
			t.Errorf("%d writes; a batch is written when it is full", len(w.texts))
		}
		time.Sleep(time.Second)
		if len(w.texts) != 2 {
			t.Errorf("something was written twice: %d writes", len(w.texts))
		}
	})
}

// No line is lost or torn, however many write at once.
func TestBatchOfManyWriters(t *testing.T) {
	t.Parallel()
	w := &writes{start: time.Now()}
	b := newBatch(w)
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for range 5000 {
				b.Write([]byte("a line\n"))
			}
		})
	}
	done.Wait()
	b.Flush()
	if all := strings.Join(w.texts, ""); all != strings.Repeat("a line\n", 40_000) {
		t.Errorf("%d bytes came through of %d", len(all), 40_000*len("a line\n"))
	}
}
