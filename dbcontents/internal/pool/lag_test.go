package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

// answer is what a standby says now.
func answer(x *host, lag time.Duration, known bool) {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.note(time.Now(), lag, known)
}

// The answer to an earlier question may come later, and says less. What is known of a server ends with it.
func TestOlderAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{maxLag: time.Second}
		x := h.at("a", "a")
		before := time.Now()
		time.Sleep(time.Second)
		answer(x, time.Minute, true)
		x.note(before, 0, true)
		if !x.isFar(time.Now()) || x.lag != time.Minute {
			t.Errorf("%+v", x.replay)
		}
		answer(x, 0, true)
		if x.isFar(time.Now()) {
			t.Errorf("after a later one: %+v", x.replay)
		}
		x.changed(Standby)
		answer(x, 0, false)
		if x.changed(Standby); x.replay == (replay{}) {
			t.Error("forgotten though nothing has changed")
		}
		if x.changed(Primary); x.replay != (replay{}) {
			t.Errorf("after a promotion: %+v", x.replay)
		}
		answer(x, 0, true)
		if fail(x); x.replay != (replay{}) {
			t.Errorf("after a failure: %+v", x.replay)
		}
	})
}

// A standby that is too far behind, or does not know how far, is tried after all others for a while, but for those that rest.
func TestFarStandbysComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{inOrder: true, maxLag: time.Second}
		a, b, c, d := h.at("a", "a"), h.at("b", "b"), h.at("c", "c"), h.at("d", "d")
		b.begins()
		b.accepted(Primary, true)
		fail(d)
		for _, known := range []bool{true, false} {
			answer(a, 2*time.Second, known)
			if got := orderOf(h, nil, d, a, b, c); got != "cbad" {
				t.Errorf("known: %v: %s", known, got)
			}
			time.Sleep(farFor)
			fail(d)
			if got := orderOf(h, nil, d, a, b, c); got != "acbd" {
				t.Errorf("after a while: %s", got)
			}
			fail(d)
		}
		answer(a, 2*time.Second, true)
		answer(a, time.Second, true)
		if got := orderOf(h, nil, d, a, b, c); got != "acbd" {
			t.Errorf("it has caught up: %s", got)
		}
	})
}

// A primary is wanted in the place of standbys only if all of them that can be had are too far behind.
func TestAPrimaryInThePlaceOfFarStandbys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, asked := range []target{"", "standby", "prefer-standby"} {
			h := &hosts{target: asked, maxLag: time.Second}
			primary, near, far := h.at("a", "a"), h.at("b", "b"), h.at("c", "c")
			primary.begins()
			primary.accepted(Primary, asked != "")
			has := func() bool { return h.has(func(x *host) bool { return x == primary }) }
			if has() != (asked == "") {
				t.Errorf("%q: before anything is known", asked)
			}
			answer(far, time.Minute, true)
			if has() != (asked == "") {
				t.Errorf("%q: with one that is near", asked)
			}
			fail(near)
			if has() != (asked != "standby") {
				t.Errorf("%q: the one that is near is away", asked)
			}
		}
	})
}
