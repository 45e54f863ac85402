package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

// ask is a question to a standby, as Pool.Lag makes it.
func ask(x *host) Lag {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	return Lag{time.Now(), x, x.mark(time.Now())}
}

// A standby that has replayed what it had received is behind by no more than the time since then. What was received
// longer ago than the limit says nothing.
func TestMarksBoundTheLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{maxLag: 10 * time.Second}
		x := h.at("a", "a")
		if q := ask(x); q.Mark() != "" {
			t.Errorf("before any answer: %+v", q)
		}
		ask(x).Answer(0, true, false, "0/1")
		for at := range 100 { // each second it receives more, and the last transaction is old
			time.Sleep(time.Second)
			q := ask(x)
			age := time.Since(q.mark.at)
			if q.Mark() == "" || age > h.maxLag || at > 10 && age < h.maxLag/2 {
				t.Fatalf("at %d the mark is %v old: %+v", at, age, q)
			}
			if lag, known := q.Answer(time.Hour, true, true, "0/2"); !known || lag != age || x.far {
				t.Fatalf("at %d: %v behind, far: %v", at, lag, x.far)
			}
			q = ask(x)
			if lag, known := q.Answer(0, false, true, ""); !known || lag != time.Since(q.mark.at) {
				t.Fatalf("at %d it does not know: %v behind", at, lag)
			}
		}
		if lag, _ := ask(x).Answer(time.Hour, true, false, ""); lag != time.Hour || !x.far {
			t.Errorf("a mark that was not replayed: %v, far: %v", lag, x.far)
		}
		time.Sleep(h.maxLag + time.Second)
		if q := ask(x); q.Mark() != "" {
			t.Errorf("after the limit: %+v", q)
		}
		fail(x)
		if x.replay != (replay{}) {
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
			ask(a).Answer(2*time.Second, known, false, "")
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
		ask(a).Answer(2*time.Second, true, false, "")
		ask(a).Answer(time.Second, true, false, "")
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
			ask(far).Answer(time.Minute, true, false, "")
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
