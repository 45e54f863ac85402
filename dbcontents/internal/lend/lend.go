// Package lend lets others have what a caller holds for a read, while the read only waits.
package lend

import "context"

// A Lender runs wait, and lets others have meanwhile what its caller holds. It reports false if it is not to be had
// again, or if wait was not run, as there is no room for one who waits; then the read must end.
type Lender func(ctx context.Context, wait func()) (again bool)

type key struct{}

// With makes a context whose reads wait by means of l.
func With(ctx context.Context, l Lender) context.Context { return context.WithValue(ctx, key{}, l) }

// Wait runs wait as the Lender of ctx does, if it has one.
func Wait(ctx context.Context, wait func()) (again bool) {
	if l, ok := ctx.Value(key{}).(Lender); ok {
		return l(ctx, wait)
	}
	wait()
	return true
}
