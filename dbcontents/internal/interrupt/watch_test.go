package interrupt

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Without a connection a Watch ends at once: nothing has to be asked of a server.
// How it cancels at a server is tested with one in package dbcontents.

var (
	wait  = &Limit{Code: "pool_busy", After: 5 * time.Second}
	first = &Limit{Code: "first_row_timeout", After: 2 * time.Second}
	total = &Limit{Code: "query_timeout", After: 10 * time.Second}
)

// code is that of the finding by which w has ended; empty if it has not.
func code(t *testing.T, w *Watch) string {
	t.Helper()
	synctest.Wait()
	err, ended := w.Ended()
	if !ended {
		if w.Err() != nil || !w.Has(nil) {
			t.Errorf("not ended, and Err = %v", w.Err())
		}
		return ""
	}
	var f *diagnosis.Finding
	if !errors.As(err, &f) || w.Err() == nil || w.Has(nil) {
		t.Fatalf("ended by %v, and Err = %v", err, w.Err())
	}
	return f.Code
}

func TestCallerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("somebody else has failed")
		ctx, cancel := context.WithCancelCause(t.Context())
		var w Watch
		w.Begin(ctx, wait)
		if got := code(t, &w); got != "" {
			t.Fatalf("ended at once: %s", got)
		}
		cancel(cause)
		if got := code(t, &w); got != "canceled" || w.Err() != context.Canceled {
			t.Errorf("%s, %v", got, w.Err())
		}
		if err, _ := w.Ended(); !errors.Is(err, cause) || !errors.Is(err, context.Canceled) {
			t.Errorf("the cause is lost: %v", err)
		}
		if !w.Settle() {
			t.Error("a connection that was never there cannot be used")
		}
	})
}

func TestCallerHasEndedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var w Watch
		w.Begin(ctx, wait)
		if _, ended := w.Ended(); !ended { // not some time later
			t.Error("it goes on")
		}
		w.Settle()
	})
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		work     time.Duration // when there is a connection; negative for never
		firstRow time.Duration // when the first row comes after that; negative for never
		first    *Limit
		total    *Limit
		at       time.Duration
		code     string
		deadline time.Duration // the caller's, 0 for none
	}{
		{reason: "no connection", work: -1, at: 5 * time.Second, code: "pool_busy"},
		{reason: "no row", work: time.Second, firstRow: -1, first: first, total: total, at: 3 * time.Second, code: "first_row_timeout"},
		{reason: "rows without end", work: time.Second, firstRow: time.Second, first: first, total: total, at: 11 * time.Second, code: "query_timeout"},
		{
			reason: "a first row that may take longer than the wait", work: 4 * time.Second, firstRow: -1, total: total, at: 12 * time.Second, code: "first_row_timeout",
			first: &Limit{Code: "first_row_timeout", After: 8 * time.Second},
		},
		{
			reason: "a first row that may take longer than all", work: time.Second, firstRow: -1, total: total, at: 11 * time.Second, code: "query_timeout",
			first: &Limit{Code: "first_row_timeout", After: time.Minute},
		},
		{reason: "the caller's deadline", work: time.Second, firstRow: -1, first: first, total: total, deadline: 2 * time.Second, at: 2 * time.Second, code: "deadline_exceeded"},
		{reason: "both at once", work: -1, deadline: 5 * time.Second, at: 5 * time.Second, code: "deadline_exceeded"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), func() {}
				if tt.deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
				}
				defer cancel()
				start := time.Now()
				var w Watch
				w.Begin(ctx, wait)
				defer w.Settle()
				if tt.work >= 0 {
					time.Sleep(tt.work)
					w.Work(tt.first, tt.total)
					if w.Worked() != 0 {
						t.Errorf("worked %v at the beginning", w.Worked())
					}
				}
				if tt.work >= 0 && tt.firstRow >= 0 {
					time.Sleep(tt.firstRow)
					w.FirstRow()
				}
				time.Sleep(tt.at - time.Since(start) - time.Millisecond)
				if got := code(t, &w); got != "" {
					t.Fatalf("ended too soon: %s", got)
				}
				time.Sleep(time.Millisecond)
				if got := code(t, &w); got != tt.code {
					t.Errorf("after %v: %q, want %q", time.Since(start), got, tt.code)
				}
			})
		})
	}
}

// What ends it first counts.
func TestEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var w Watch
		w.Begin(ctx, wait)
		w.EndSoon(nil) // closed early
		w.EndSoon(errors.New("too late"))
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if err, ended := w.Ended(); err != nil || !ended {
			t.Errorf("%v, %v", err, ended)
		}
		w.WaitAsked() // there is nobody to ask
		if !w.Settle() {
			t.Error("not usable")
		}
	})
}

// After Settle nothing ends it any more.
func TestSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var w Watch
		w.Begin(ctx, wait)
		w.Work(first, total)
		for range 2 {
			if !w.Settle() {
				t.Error("not usable")
			}
		}
		cancel()
		w.EndSoon(errors.New("too late"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if err, ended := w.Ended(); err != nil || ended {
			t.Errorf("%v, %v", err, ended)
		}
	})
}

// That the rows had arrived already does not hide that the caller has gone.
func TestSettleSeesTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var w Watch
		w.Begin(ctx, wait)
		cancel()
		w.Settle() // before anybody else could look
		if err, ended := w.Ended(); !ended || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v", err, ended)
		}
	})
}

// A zero Watch, of a query that never began, can be settled.
func TestZeroWatch(t *testing.T) {
	var w Watch
	if !w.Settle() {
		t.Error("not usable")
	}
}
