package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// The delays between attempts that fail, one after the other.
func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		fail := func(code string) (delay time.Duration) {
			probe, err := r.probe()
			if err != nil {
				t.Fatalf("an attempt that is due was refused: %v", err)
			}
			r.failed(probe, time.Now(), diagnosis.New(code, "", nil))
			if _, err := r.probe(); err == nil {
				t.Error("an attempt that is not due was let through")
			}
			delay = time.Until(r.next)
			time.Sleep(delay)
			return delay
		}
		const refused = "connection_refused"
		for i, want := range []time.Duration{firstDelay, 2 * firstDelay, 4 * firstDelay, lastDelay, lastDelay} {
			if got := fail(refused); got > want || got < want*3/4 {
				t.Errorf("delay %d is %v, want up to a quarter less than %v", i, got, want)
			}
		}
		if got := fail("wrong_password"); got > configDelay || got < configDelay*3/4 {
			t.Errorf("after a wrong password the delay is %v", got)
		}
		probe, err := r.probe()
		if !probe || err != nil {
			t.Fatalf("no probe: %v", err)
		}
		if _, err := r.probe(); err == nil {
			t.Error("there are two probes")
		}
		begun := time.Now().Add(-time.Second)
		r.succeeded(true)
		r.failed(false, begun, diagnosis.New(refused, "", nil))
		if r.down.Load() {
			t.Error("a failure from before the probe's success counts")
		}
		if got := fail(refused); got > firstDelay {
			t.Errorf("after a success the first delay is %v", got)
		}
	})
}

// A read that began long before it became the probe is the probe all the same:
// its failure is news, and the next attempt is let through in its time.
func TestProbeThatBeganLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recovery
		begun := time.Now()
		down := diagnosis.New("connection_refused", "", nil)
		r.failed(false, begun, down)
		time.Sleep(time.Until(r.next))
		if probe, err := r.probe(); !probe || err != nil {
			t.Fatalf("no probe: %v", err)
		}
		r.succeeded(true)
		time.Sleep(time.Second)
		r.failed(false, time.Now(), down)
		time.Sleep(time.Until(r.next))
		probe, err := r.probe()
		if !probe || err != nil {
			t.Fatalf("no probe: %v", err)
		}
		r.failed(probe, begun, down)
		time.Sleep(lastDelay)
		if probe, err := r.probe(); !probe || err != nil {
			t.Errorf("after the probe's failure nobody tries any more: %v", err)
		}
	})
}
