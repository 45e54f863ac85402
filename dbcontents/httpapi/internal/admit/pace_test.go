package admit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
)

// serve starts a request that holds a turn or a place for so long once it has it.
func serve(t *testing.T, l *admit.Limiter, hold time.Duration, place bool) {
	t.Helper()
	p := l.Permit()
	wait, try := p.AwaitTurn, p.TryTurn
	if place {
		wait, try = p.AwaitPlace, p.TryPlace
	}
	go func() {
		if try() || wait(t.Context(), 1) == nil {
			select {
			case <-time.After(hold):
			case <-t.Context().Done(): // the test is over
			}
		}
		p.Release()
	}()
	synctest.Wait()
}

// The pace of a queue decides how many more may wait than MaxWaiting, or how many fewer.
func TestPaceDecidesWhoMayWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason     string
		maxWaiting int
		hold       time.Duration // of each request
		before     int           // requests that were served before, as a queue
		pause      bool          // all of them have ended since
		place      bool
		want       int
	}{
		{"nothing is known yet", 2500, time.Hour, 0, false, false, 2500},
		{"slow, but in time", 150, 100 * time.Millisecond, 40, false, false, 150},
		{"so slow that it is hopeless", 2500, 100 * time.Millisecond, 40, false, false, 200}, // which takes twice the timeout
		{"too few measurements", 2500, 100 * time.Millisecond, 12, false, false, 2500},
		{"slow once, but that queue is gone", 2500, 100 * time.Millisecond, 40, true, false, 2500},
		{"fast", 50, 10 * time.Millisecond, 40, false, false, 500}, // which takes half the timeout
		{"fast once", 50, 10 * time.Millisecond, 40, true, false, 500},
		{"not fast enough", 50, 200 * time.Millisecond, 40, false, false, 50},
		{"fast, but nobody may wait", 0, 10 * time.Millisecond, 40, false, false, 0},
		{"places have no pace: fast", 50, 10 * time.Millisecond, 40, false, true, 50},
		{"places have no pace: slow", 2500, 100 * time.Millisecond, 40, false, true, 2500},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := admit.New(admit.Config{MaxTurns: 1, MaxPlaces: 1, MaxWaiting: tt.maxWaiting, MaxMemory: 1 << 30, Timeout: 10 * time.Second})
				time.Sleep(time.Second)
				for range tt.before {
					serve(t, l, tt.hold, tt.place)
				}
				if tt.pause {
					time.Sleep(time.Minute)
				} else if tt.before > 0 { // as far as one that works and one that waits
					for l.Stats().Waiting > 1 {
						time.Sleep(tt.hold)
						synctest.Wait()
					}
				}
				waiting := -1
				for waiting < l.Stats().Waiting {
					waiting = l.Stats().Waiting
					serve(t, l, tt.hold, tt.place)
					if waiting == 0 && l.Stats().Waiting == 0 && tt.want > 0 {
						waiting = -1 // it did not have to wait
					}
				}
				if waiting != tt.want {
					t.Errorf("%d may wait, want %d", waiting, tt.want)
				}
			})
		})
	}
}
