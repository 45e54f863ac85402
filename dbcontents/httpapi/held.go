package httpapi

import (
	"net/http"
	"sync"
)

const (
	// maxSmallBuffer is the largest buffer of a small response.
	maxSmallBuffer = maxSmall + maxSmall/4
	// maxHeldMemory is how much memory larger responses may take together while they are
	// written without a turn. Clients that read slowly are many.
	maxHeldMemory = 64 << 20
)

// The buffers of responses that are held back: small ones, and others.
var (
	smallBuffers = sync.Pool{New: func() any { return new(make([]byte, 0, maxSmall)) }}
	largeBuffers = sync.Pool{New: func() any { return new(make([]byte, 0, 4*maxSmall)) }}
)

// hold keeps a block back.
func (s *stream) hold(block []byte) {
	if cap(*s.held) <= maxSmallBuffer && len(*s.held)+len(block) > cap(*s.held) {
		large := largeBuffers.Get().(*[]byte)
		*large = append((*large)[:0], *s.held...)
		s.drop()
		s.held = large
	}
	*s.held = append(*s.held, block...)
}

// drop gives the buffer back.
func (s *stream) drop() {
	*s.held = (*s.held)[:0]
	switch n := cap(*s.held); {
	case n <= maxSmallBuffer:
		smallBuffers.Put(s.held)
	case n <= maxWhole+maxWhole/4:
		largeBuffers.Put(s.held)
	}
}

// detach gives the turn back before a whole response is written. The connection
// is back in the pool already, so a client that reads slowly takes nobody's turn.
// A large response needs memory of the budget for it, or else a place among the
// streams. detach reports false if there is neither. The caller gives the memory
// back to the budget.
func (s *stream) detach() (memory int64, ok bool) {
	x := s.x
	if memory, ok = x.reserve(cap(*s.held)); !ok {
		return 0, s.place()
	}
	x.permit.Release()
	return memory, true
}

// reserve takes memory of the budget for a body of n bytes that is written
// without a turn, and reports whether there was enough. The caller gives the
// memory back to the budget.
func (x *exchange) reserve(n int) (memory int64, ok bool) {
	if n <= maxSmallBuffer || x.r.Method == http.MethodHead {
		return 0, true
	}
	memory = int64(n)
	return memory, x.h.held.Take(memory)
}
