package admit_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
)

func TestLendGivesTheTurnAndTakesOneAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := busy(t, small())
		order := []string{}
		err := p.Lend(t.Context(), 1, func() {
			other := l.Permit()
			if !other.TryTurn() || other.TryPlace() {
				t.Error("the turn should be free, and the place kept")
			}
			order = append(order, "lent")
			go func() {
				time.Sleep(time.Second)
				order = append(order, "given back")
				other.Release()
			}()
		})
		order = append(order, "goes on")
		if want := []string{"lent", "given back", "goes on"}; err != nil || !slices.Equal(order, want) || p.Waited != time.Second {
			t.Errorf("got %v, want %v; %v, after %v", order, want, err, p.Waited)
		}
		if other := l.Permit(); other.TryTurn() {
			t.Error("the turn was not taken again")
		}
		if err := p.Lend(t.Context(), 1001, func() { t.Error("there is no memory for one who waits") }); err != admit.ErrFull {
			t.Errorf("got %v", err)
		}
		p.Release()
		ran := false
		if err := p.Lend(t.Context(), 1001, func() { ran = true }); err != nil || !ran || l.Stats().Turns != 0 {
			t.Errorf("without a turn: %v, %v, %+v", err, ran, l.Stats())
		}
	})
}

func TestLendWhereNoTurnIsFreeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := busy(t, small())
		other := l.Permit()
		if err := p.Lend(t.Context(), 1000, func() { other.TryTurn() }); err != admit.ErrTimeout || l.Stats().Turns != 1 {
			t.Errorf("got %v, %+v", err, l.Stats())
		}
		p.Release()
		other.Release()
		if s := l.Stats(); s.Turns != 0 || s.Places != 0 || s.Waiting != 0 {
			t.Errorf("at the end: %+v", s)
		}
	})
}
