package httpapi

import (
	"net/http"
	"sync"
)

const (
	// smallHeld is the most that the buffer of a small answer holds.
	smallHeld = holdBack + holdBack/4
	// heldMost is how much memory answers larger than that may take while they are
	// written, together, without a turn: clients that read slowly are many.
	heldMost = 64 << 20
)

// The buffers of answers that are held back: of small ones, and of others.
var (
	holds      = sync.Pool{New: func() any { return new(make([]byte, 0, holdBack)) }}
	largeHolds = sync.Pool{New: func() any { return new(make([]byte, 0, 4*holdBack)) }}
)

// hold keeps a block back.
func (s *stream) hold(block []byte) {
	if cap(*s.held) <= smallHeld && len(*s.held)+len(block) > cap(*s.held) {
		large := largeHolds.Get().(*[]byte)
		*large = append((*large)[:0], *s.held...)
		s.drop()
		s.held = large
	}
	*s.held = append(*s.held, block...)
}

// drop gives the buffer to others.
func (s *stream) drop() {
	*s.held = (*s.held)[:0]
	switch n := cap(*s.held); {
	case n <= smallHeld:
		holds.Put(s.held)
	case n <= holdBackMost+holdBackMost/4:
		largeHolds.Put(s.held)
	}
}

// detach gives the turn back before a whole answer is written: its connection is
// back already, and a client that reads slowly takes nobody's turn. A large
// answer needs memory of those set aside for it, or else stays among the streams.
// It reports false if there is neither.
func (s *stream) detach() (memory int64, ok bool) {
	x := s.x
	if memory, ok = x.reserve(cap(*s.held)); !ok {
		return 0, s.place()
	}
	x.leave()
	return memory, true
}

// reserve takes memory for a body of n bytes that is written without a turn, and
// reports whether there is any left. The caller gives back what it got to limit.held.
func (x *exchange) reserve(n int) (memory int64, ok bool) {
	if n <= smallHeld || x.r.Method == http.MethodHead {
		return 0, true
	}
	if memory = int64(n); x.h.limit.held.Add(memory) > heldMost {
		x.h.limit.held.Add(-memory)
		return 0, false
	}
	return memory, true
}
