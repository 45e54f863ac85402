package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// A look is a look-up that all wait for who miss the same thing.
type look[T any] struct {
	asOf  time.Time
	done  chan struct{} // closed when the outcome is there
	found T
	err   error
	gone  bool // who asked has not waited for the answer
}

func newLook[T any]() *look[T] { return &look[T]{asOf: time.Now(), done: make(chan struct{})} }

// end tells all who wait that found is there, or err. ctx is that of who asked.
func (l *look[T]) end(ctx context.Context, err error) {
	l.err = err
	l.gone = errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && ended(ctx)
	close(l.done)
}

// wait waits for the outcome. again reports that there is none, as who asked has gone, so
// that another one must ask. mine tells that this is who asked.
func (l *look[T]) wait(ctx context.Context, mine bool) (found T, again bool, err error) {
	select {
	case <-l.done:
		return l.found, l.gone && !mine, l.err
	case <-ctx.Done():
		return found, false, diagnosis.Context(ctx)
	}
}

// ended reports whether ctx has ended, or should have.
func ended(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}
