package pool

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// refused is what connecting fails with.
func refused() *diagnosis.Finding { return diagnosis.New("connection_refused", "", nil) }

// downBy is a recovery that knows since now that connecting fails by f.
func downBy(f *diagnosis.Finding) *recovery {
	r := &recovery{}
	r.failed(false, time.Now(), f)
	return r
}

// probeOf makes the caller the probe, when that is due.
func probeOf(t *testing.T, r *recovery) {
	t.Helper()
	time.Sleep(time.Until(r.next))
	if probe, err := r.probe(); !probe || err != nil {
		t.Fatalf("no probe: %v", err)
	}
}

// retryAfter is the time until the next attempt that an error tells.
func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	f := &diagnosis.Finding{}
	if !errors.As(err, &f) {
		t.Fatalf("%v is no finding", err)
	}
	return f.RetryAfter
}

// What people must mend is tried again after 5 s, each time; the first attempt that
// fails otherwise goes back to short delays.
func TestCausesThatPeopleMend(t *testing.T) {
	for i := range diagnosis.Table {
		d := &diagnosis.Table[i]
		if d.At&diagnosis.Connecting == 0 {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			want := firstDelay
			if d.Permanent {
				want = configDelay
			}
			r := downBy(diagnosis.New(d.Code, "", nil))
			if wait := time.Until(r.next); wait > want || wait <= want*3/4 {
				t.Errorf("%s: the next attempt is due in %v, want up to a quarter less than %v", d.Code, wait, want)
			}
			if !d.Permanent {
				return
			}
			probeOf(t, r)
			r.failed(true, time.Now(), diagnosis.New(d.Code, "", nil))
			if wait := time.Until(r.next); wait > configDelay || wait <= configDelay*3/4 {
				t.Errorf("%s: the attempt after the next is due in %v", d.Code, wait)
			}
			probeOf(t, r)
			r.failed(true, time.Now(), refused())
			if wait := time.Until(r.next); wait > lastDelay {
				t.Errorf("after %s was mended, the next attempt is due in %v", d.Code, wait)
			}
		})
	}
}

// Who is refused learns when the next attempt is due, at least 250 ms from now, is counted, and
// gets a finding of its own.
func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := diagnosis.New("wrong_password", "", nil)
		r := downBy(cause)
		if cause.RetryAfter != time.Until(r.next) {
			t.Errorf("the first one is told %v, and the next attempt is due in %v", cause.RetryAfter, time.Until(r.next))
		}
		time.Sleep(time.Second)
		_, err := r.probe()
		if got, want := retryAfter(t, err), time.Until(r.next); got != want {
			t.Errorf("RetryAfter is %v, want %v", got, want)
		}
		f := &diagnosis.Finding{}
		if errors.As(err, &f); f == cause || f.Code != cause.Code {
			t.Errorf("refused with %v", f)
		}
		time.Sleep(time.Until(r.next) - 1)
		_, err = r.probe()
		if got := retryAfter(t, err); got != firstDelay {
			t.Errorf("just before the attempt RetryAfter is %v", got)
		}
		if cause.RetryAfter <= 2*time.Second {
			t.Error("the finding of the first one was changed")
		}
		if got := r.refusals.Load(); got != 2 {
			t.Errorf("%d refusals were counted", got)
		}
	})
}

// Failures of others, which began before it was known, neither double the delay nor
// replace the cause.
func TestFailuresAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := downBy(refused())
		next := r.next
		for range 5 {
			late := diagnosis.New("wrong_password", "", nil)
			r.failed(false, time.Now(), late)
			if late.RetryAfter != max(time.Until(next), firstDelay) {
				t.Errorf("another one is told %v", late.RetryAfter)
			}
		}
		if r.next != next || r.cause.Code != "connection_refused" || r.failures.Load() != 6 {
			t.Errorf("the next attempt is due in %v, by %v; %d failures", time.Until(r.next), r.cause, r.failures.Load())
		}
	})
}

// Those who would wait for the probe's look-up are refused while it is under way, and only then.
func TestProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := downBy(refused())
		if err := r.probed(); err != nil {
			t.Errorf("refused before there is a probe: %v", err)
		}
		probeOf(t, r)
		if got := retryAfter(t, r.probed()); got != firstDelay {
			t.Errorf("RetryAfter is %v", got)
		}
		r.succeeded(true)
		if err := r.probed(); err != nil {
			t.Errorf("refused after the probe's success: %v", err)
		}
		r = downBy(refused())
		probeOf(t, r)
		r.failed(true, time.Now(), refused())
		if err := r.probed(); err != nil {
			t.Errorf("refused after the probe's failure: %v", err)
		}
	})
}

// A connection that was idle says nothing about new ones, until an attempt is due.
func TestSuccessOfAnIdleConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := downBy(refused())
		time.Sleep(time.Until(r.next) - 1)
		r.succeeded(false)
		if !r.down.Load() {
			t.Error("it is forgotten before the next attempt is due")
		}
		probeOf(t, r)
		r.succeeded(false)
		if !r.down.Load() {
			t.Error("it is forgotten while the probe is under way")
		}
		r.failed(true, time.Now(), refused())
		time.Sleep(time.Until(r.next))
		r.succeeded(false)
		if r.down.Load() || r.cause != nil || r.delay != 0 {
			t.Error("it is remembered when the next attempt is due")
		}
	})
}
