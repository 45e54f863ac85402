package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

func down(r *recovery, code string) {
	r.failed(false, time.Now(), diagnosis.New(code, "the database is away", nil))
}

// While an attempt is not due, everybody is told why the last one failed, and when
// the next one is.
func TestKnownCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		if probe, err := r.probe(); probe || err != nil {
			t.Fatalf("before anything has failed: %v, %v", probe, err)
		}
		down(&r, "connection_refused")
		_, err := r.probe()
		var f *diagnosis.Finding
		if !errors.As(err, &f) || f.Code != "connection_refused" || f.Detail != "the database is away" || f.RetryAfter <= 0 || f.RetryAfter > firstDelay {
			t.Errorf("%#v", err)
		}
		if err := r.beforeConnect(t.Context()); err == nil {
			t.Error("somebody who queued before could connect")
		}
		if err := r.beforeConnect(context.WithValue(t.Context(), probeKey{}, true)); err != nil {
			t.Errorf("the probe may not connect: %v", err)
		}
		if r.refusals.Load() != 2 || r.connects.Load() != 1 || r.failures.Load() != 1 {
			t.Errorf("%d refusals, %d connects, %d failures", r.refusals.Load(), r.connects.Load(), r.failures.Load())
		}
		f.RetryAfter = time.Hour // what was given out is the caller's
		if _, err := r.probe(); errors.As(err, &f) && f.RetryAfter > firstDelay {
			t.Error("a caller has changed what others are told")
		}
	})
}

// Of many who come when an attempt is due, one tries.
func TestOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		down(&r, "connection_refused")
		if err := r.probed(); err != nil {
			t.Errorf("nobody is at it, and still: %v", err)
		}
		time.Sleep(firstDelay)
		var mu sync.Mutex
		var all sync.WaitGroup
		probes, refused := 0, 0
		for range 100 {
			all.Go(func() {
				probe, err := r.probe()
				mu.Lock()
				defer mu.Unlock()
				if probe {
					probes++
				} else if err != nil {
					refused++
				}
			})
		}
		all.Wait()
		if probes != 1 || refused != 99 {
			t.Errorf("%d probes, %d refused", probes, refused)
		}
		if r.probed() == nil {
			t.Error("those who would wait for the probe are not told")
		}
		r.succeeded(true)
		if probe, err := r.probe(); probe || err != nil || r.probed() != nil || r.down.Load() {
			t.Errorf("after the probe's success: %v, %v", probe, err)
		}
	})
}

// A connection that was idle tells nothing about new ones until an attempt is due.
func TestIdleConnectionTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		down(&r, "wrong_password")
		r.succeeded(false)
		if !r.down.Load() {
			t.Error("an idle connection was taken for news")
		}
		time.Sleep(configDelay)
		r.succeeded(false)
		if r.down.Load() {
			t.Error("nobody may try, though an attempt is due")
		}
	})
}

// A probe whose caller has left makes room for another one, after the delay.
func TestProbeThatGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		down(&r, "connection_refused")
		time.Sleep(firstDelay)
		if probe, _ := r.probe(); !probe {
			t.Fatal("no probe")
		}
		r.gaveUp()
		if probe, err := r.probe(); probe || err == nil {
			t.Error("the next attempt is at once")
		}
		time.Sleep(firstDelay)
		if probe, err := r.probe(); !probe {
			t.Errorf("nobody may try any more: %v", err)
		}
	})
}
