package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// order of hosts as their addresses.
func orderOf(h *hosts, wanted func(*host) bool, list ...*host) (text string) {
	for _, x := range h.order(list, wanted) {
		text += x.address
	}
	return text
}

func fail(x *host) {
	x.begins()
	x.failed()
}

// A host that has failed rests, twice as long each time up to ten seconds, and is tried meanwhile only
// if the others fail too. Then one connection at a time finds out whether it is back.
func TestAHostThatFailedRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{inOrder: true}
		a, b := h.at("a", "a"), h.at("b", "b")
		b.begins()
		b.accepted(Standby, false)
		if got := orderOf(h, nil, a, b); got != "ab" {
			t.Errorf("an unknown host comes with those that are known: %s", got)
		}
		for _, rest := range []time.Duration{250, 500, 1000, 2000, 4000, 8000, 10000, 10000} {
			rest *= time.Millisecond
			fail(a)
			if got := orderOf(h, nil, a, b); got != "ba" {
				t.Errorf("just failed: %s", got)
			}
			time.Sleep(rest*3/4 - time.Millisecond)
			if got := orderOf(h, nil, a, b); got != "ba" {
				t.Errorf("before three quarters of %v: %s", rest, got)
			}
			time.Sleep(rest/4 + time.Millisecond)
			if got := orderOf(h, nil, a, b); got != "ab" {
				t.Errorf("after %v: %s", rest, got)
			}
		}
		a.begins() // somebody finds out
		if got := orderOf(h, nil, a, b); got != "ba" {
			t.Errorf("while somebody tries: %s", got)
		}
		a.accepted(Standby, false)
		if got := orderOf(h, nil, a, b); got != "ab" || a.failures != 8 {
			t.Errorf("%s after %d failures", got, a.failures)
		}
		fail(a)
		time.Sleep(firstRest)
		if got := orderOf(h, nil, a, b); got != "ab" {
			t.Errorf("the rest after a success is the first again: %s", got)
		}
	})
}

// Attempts that began before it was known that a host fails do not double its rest.
func TestFailuresTogetherCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{}
		a := h.at("a", "a")
		for range 5 {
			a.begins()
		}
		for range 5 {
			a.failed()
		}
		if a.rest != firstRest || a.failures != 5 || a.trying != 0 {
			t.Errorf("%v after %d failures, %d under way", a.rest, a.failures, a.trying)
		}
	})
}

// If all hosts rest, the one comes first whose rest is over first.
func TestAllRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{}
		a, b := h.at("a", "a"), h.at("b", "b")
		fail(a)
		time.Sleep(time.Second)
		fail(a)
		fail(b)
		if got := orderOf(h, nil, a, b); got != "ba" {
			t.Error(got)
		}
	})
}

// A host that was not what is asked for is tried after all others, as its role may have
// changed, and before those that rest.
func TestMisfitsComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{inOrder: true}
		a, b, c := h.at("a", "a"), h.at("b", "b"), h.at("c", "c")
		a.begins()
		a.accepted(Primary, true)
		if got := orderOf(h, nil, a, b, c); got != "bca" {
			t.Error(got)
		}
		if got := orderOf(h, func(x *host) bool { return x != b }, a, b, c); got != "cba" {
			t.Errorf("with a wish: %s", got)
		}
		fail(b)
		fail(c)
		if got := orderOf(h, nil, a, b, c); got != "abc" && got != "acb" {
			t.Errorf("the others rest: %s", got)
		}
	})
}

// Without an order of their own hosts are tried at random.
func TestHostsAreShuffled(t *testing.T) {
	h := &hosts{}
	a, b := h.at("a", "a"), h.at("b", "b")
	first := map[string]int{}
	for range 1000 {
		first[orderOf(h, nil, a, b)]++
	}
	if first["ab"] < 400 || first["ba"] < 400 {
		t.Errorf("%v", first)
	}
}

// What target_session_attrs asks for, in its own words.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		target                                  target
		primary, readOnlyPrimary, standby, none bool // who fits
	}{
		{"", true, true, true, true},
		{"read-write", true, false, false, true},
		{"read-only", false, true, true, false},
		{"primary", true, true, false, true},
		{"standby", false, false, true, true},
		{"prefer-standby", false, false, true, true},
	} {
		config, err := pgconn.ParseConfig("postgres://h/?target_session_attrs=" + string(tt.target))
		if tt.target == "" {
			config, err = pgconn.ParseConfig("postgres://h/")
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := targetOf(config.ValidateConnect); got != tt.target {
			t.Errorf("%q is taken for %q", tt.target, got)
		}
		for _, server := range []struct {
			role     Role
			readOnly bool
			fits     bool
		}{{Primary, false, tt.primary}, {Primary, true, tt.readOnlyPrimary}, {Standby, true, tt.standby}, {"", false, tt.none}} {
			if err := tt.target.misfit(server.role, server.readOnly); (err == nil) != server.fits {
				t.Errorf("%q: %+v: %v", tt.target, server, err)
			}
		}
	}
}
