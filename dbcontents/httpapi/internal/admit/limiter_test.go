package admit_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
)

// small are bounds that a test can reach.
func small() admit.Config {
	return admit.Config{MaxTurns: 1, MaxPlaces: 1, MaxWaiting: 3, MaxMemory: 1000, Timeout: 10 * time.Second}
}

// busy returns a limiter whose only turn and only place are taken by a permit.
func busy(t *testing.T, c admit.Config) (*admit.Limiter, *admit.Permit) {
	t.Helper()
	l := admit.New(c)
	p := l.Permit()
	if !p.TryTurn() || !p.TryPlace() {
		t.Fatal("there is no turn or no place to begin with")
	}
	return l, &p
}

// The two ways to wait follow the same rules.
var waits = map[string]func(p *admit.Permit, ctx context.Context, memory int64) error{
	"turn":  (*admit.Permit).AwaitTurn,
	"place": (*admit.Permit).AwaitPlace,
}

// inBubble runs a test for both ways to wait, with time that passes by itself.
func inBubble(t *testing.T, test func(t *testing.T, wait func(p *admit.Permit, ctx context.Context, memory int64) error)) {
	t.Helper()
	t.Parallel()
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, wait) })
		})
	}
}

func TestTryTakesWhatIsFree(t *testing.T) {
	t.Parallel()
	l := admit.New(admit.Config{MaxTurns: 2, MaxPlaces: 1})
	first, second, third := l.Permit(), l.Permit(), l.Permit()
	for range 2 { // a permit that has a turn or a place does not take another
		if !first.TryTurn() || !first.TryPlace() {
			t.Error("the first permit should have a turn and the place")
		}
	}
	if !second.TryTurn() || third.TryTurn() {
		t.Error("of three permits two should have a turn")
	}
	if second.TryPlace() {
		t.Error("there is one place only")
	}
	want := admit.Stats{Turns: 2, MaxTurns: 2, Places: 1, MaxPlaces: 1}
	if got := l.Stats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	first.Release()
	if !third.TryTurn() || !third.TryPlace() {
		t.Error("what was given back should be free")
	}
}

func TestReleaseGivesBackOnce(t *testing.T) {
	t.Parallel()
	l, first := busy(t, small())
	first.Release()
	second := l.Permit()
	if !second.TryTurn() || !second.TryPlace() {
		t.Fatal("what was given back should be free")
	}
	first.Release()
	third := l.Permit()
	if third.TryTurn() || third.TryPlace() {
		t.Error("the second release gave back what another permit has")
	}
}

func TestOrderOfArrival(t *testing.T) {
	inBubble(t, func(t *testing.T, wait func(*admit.Permit, context.Context, int64) error) {
		l, first := busy(t, small())
		var order []int
		for i := range 3 {
			go func() {
				p := l.Permit()
				if err := wait(&p, t.Context(), 1); err != nil {
					t.Error(err)
				}
				order = append(order, i)
				time.Sleep(time.Second)
				p.Release()
			}()
			synctest.Wait()
		}
		if got := l.Stats().Waiting; got != 3 {
			t.Errorf("%d wait, want 3", got)
		}
		first.Release()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if want := []int{0, 1, 2}; !slices.Equal(order, want) {
			t.Errorf("got %v, want %v", order, want)
		}
		if got := l.Stats(); got.Waiting != 0 || got.Turns != 0 || got.Places != 0 {
			t.Errorf("at the end: %+v", got)
		}
	})
}

func TestFull(t *testing.T) {
	inBubble(t, func(t *testing.T, wait func(*admit.Permit, context.Context, int64) error) {
		for _, tt := range []struct {
			reason     string
			maxWaiting int
			memory     int64 // of each
			admitted   int
		}{
			{"as many as may wait do", 3, 1, 3},
			{"they take all memory", 3, 400, 2},
			{"one takes more than all memory", 3, 1001, 0},
			{"memory is used up to the last byte", 3, 500, 2},
			{"nobody may wait", -1, 1, 0},
		} {
			c := small()
			c.MaxWaiting = tt.maxWaiting
			l, first := busy(t, c)
			for i := range tt.admitted {
				go func() {
					p := l.Permit()
					if err := wait(&p, t.Context(), tt.memory); err != nil {
						t.Errorf("%s: number %d: %v", tt.reason, i, err)
					}
					p.Release()
				}()
				synctest.Wait()
			}
			start := time.Now()
			p := l.Permit()
			if err := wait(&p, t.Context(), tt.memory); err != admit.ErrFull || time.Since(start) != 0 {
				t.Errorf("%s: one more got %v after %v", tt.reason, err, time.Since(start))
			}
			first.Release()
			synctest.Wait()
			if got := l.Stats(); got.Waiting != 0 || got.Turns != 0 || got.Places != 0 {
				t.Errorf("%s: at the end: %+v", tt.reason, got)
			}
			if wait(&p, t.Context(), 1001) != nil && tt.maxWaiting > 0 && !p.TryTurn() {
				t.Errorf("%s: nothing is free at the end", tt.reason)
			}
		}
	})
}

func TestTimeoutCoversAllWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, wait func(*admit.Permit, context.Context, int64) error) {
		l, _ := busy(t, small())
		for _, before := range []time.Duration{0, 4 * time.Second, 10 * time.Second} {
			p := l.Permit()
			p.Waited = before
			start := time.Now()
			err := wait(&p, t.Context(), 1)
			if took := time.Since(start); err != admit.ErrTimeout || took != 10*time.Second-before || p.Waited != 10*time.Second {
				t.Errorf("after %v: %v after %v, %v in all", before, err, took, p.Waited)
			}
		}
	})
}

func TestEndOfContextEndsTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T, wait func(*admit.Permit, context.Context, int64) error) {
		l, first := busy(t, small())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := l.Permit()
		if err := wait(&p, ctx, 1000); !errors.Is(err, context.DeadlineExceeded) || p.Waited != time.Second {
			t.Errorf("got %v after %v", err, p.Waited)
		}
		p.Release()
		if got := l.Stats(); got.Waiting != 0 || got.Turns != 1 || got.Places != 1 {
			t.Errorf("after that: %+v", got)
		}
		first.Release()
		if err := wait(&p, t.Context(), 1000); err != nil {
			t.Errorf("the memory of the first wait was not given back: %v", err)
		}
	})
}

func TestAwaitPlaceGivesTheTurnBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := small()
		c.MaxTurns = 2
		l, streaming := busy(t, c)
		p := l.Permit()
		p.TryTurn()
		done := make(chan error)
		go func() { done <- p.AwaitPlace(t.Context(), 1) }()
		synctest.Wait()
		if !streaming.Contended() {
			t.Error("a stream should know that another waits for its place")
		}
		other := l.Permit()
		if !other.TryTurn() || !other.Contended() {
			t.Error("the turn of the one that waits should be free, and its new owner contended")
		}
		streaming.Release()
		if err := <-done; err != nil || !p.TryPlace() {
			t.Errorf("got %v", err)
		}
		if p.Contended() || other.Contended() || l.Contended() {
			t.Error("nobody waits")
		}
	})
}

func TestOnWaitIsCalledForTheFirstToWait(t *testing.T) {
	inBubble(t, func(t *testing.T, wait func(*admit.Permit, context.Context, int64) error) {
		calls := 0
		c := small()
		c.OnWait = func() { calls++ }
		l, first := busy(t, c)
		tooLarge := l.Permit()
		wait(&tooLarge, t.Context(), 1001)
		for _, want := range []int{1, 1} {
			go func() {
				p := l.Permit()
				wait(&p, t.Context(), 1)
				p.Release()
			}()
			synctest.Wait()
			if calls != want {
				t.Errorf("%d calls with %d that wait, want %d", calls, l.Stats().Waiting, want)
			}
		}
		first.Release()
	})
}

func TestBudget(t *testing.T) {
	t.Parallel()
	b := admit.NewBudget(100)
	for _, tt := range []struct {
		take int64
		ok   bool
		used int64
	}{{101, false, 0}, {60, true, 60}, {41, false, 60}, {40, true, 100}, {1, false, 100}, {0, true, 100}} {
		if ok := b.Take(tt.take); ok != tt.ok || b.Used() != tt.used {
			t.Errorf("take %d: %v, %d used; want %v, %d", tt.take, ok, b.Used(), tt.ok, tt.used)
		}
	}
	b.Return(60)
	if !b.Take(60) || b.Size() != 100 {
		t.Errorf("%d of %d used after a return", b.Used(), b.Size())
	}
}
