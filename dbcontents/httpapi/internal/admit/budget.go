package admit

import "sync/atomic"

// A Budget is an amount of memory, in bytes, that requests share. It is made by
// [NewBudget], and is safe for concurrent use.
type Budget struct {
	used atomic.Int64
	size int64
}

// NewBudget makes a Budget of so many bytes.
func NewBudget(size int64) *Budget { return &Budget{size: size} }

// Take takes n bytes, and reports whether there were so many left. If not, it
// takes nothing.
func (b *Budget) Take(n int64) bool {
	if b.used.Add(n) > b.size {
		b.used.Add(-n)
		return false
	}
	return true
}

// Return gives n bytes back that were taken.
func (b *Budget) Return(n int64) { b.used.Add(-n) }

// Used returns how many bytes are taken now.
func (b *Budget) Used() int64 { return b.used.Load() }

// Size returns how many bytes there are in all.
func (b *Budget) Size() int64 { return b.size }
