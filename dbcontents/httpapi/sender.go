package httpapi

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// sendBlock is how much is sent within one write deadline. The last block is up
	// to twice as large, because it includes the remainder.
	sendBlock = 128 << 10
	// rateWindow is how long the handler waits for a client before it checks the
	// client's rate.
	rateWindow = time.Minute
	// contendedFactor is how many times faster a client must read that takes up a
	// turn while other requests wait.
	contendedFactor = 4
)

// errSlowClient is for a client that reads more slowly than Options.MinRate.
var errSlowClient = errors.New("the client reads too slowly")

// A sender writes the body of a response block by block. Each block has its own
// deadline. The sender also checks the rate at which the client reads.
type sender struct {
	x         *exchange
	control   http.ResponseController
	err       error         // the error of the first write that failed
	waited    time.Duration // how long writes have taken since the last check of the rate
	waitedFor int64         // how many bytes were sent in that time

	mu    sync.Mutex // guards since, until, and the write deadline of the current block
	since time.Time  // when the current block was begun; zero if there is none
	until time.Time  // the write deadline
}

// send writes p.
func (s *sender) send(p []byte) error {
	for len(p) > 2*sendBlock {
		if err := s.block(p[:sendBlock]); err != nil {
			return err
		}
		p = p[sendBlock:]
	}
	if len(p) == 0 {
		return nil
	}
	return s.block(p)
}

func (s *sender) block(p []byte) error {
	start := time.Now()
	s.starts(start)
	n, err := s.x.w.Write(p)
	if n < len(p) && err == nil {
		err = io.ErrShortWrite // a middleware's writer that reports no error
	}
	err = s.late(err)
	s.ends()
	s.x.seen.Bytes += int64(n)
	s.waited += time.Since(start)
	s.waitedFor += int64(n)
	if err == nil {
		err = s.tooSlow()
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return err
}

// tooSlow checks the client's rate once in each window.
func (s *sender) tooSlow() error {
	window, least := rateWindow, float64(s.x.h.options.MinRate)
	if s.x.permit.Contended() {
		window, least = window/contendedFactor, least*contendedFactor
	}
	if s.waited < window {
		return nil
	}
	slow := least > 0 && float64(s.waitedFor) < least*s.waited.Seconds()
	s.waited, s.waitedFor = 0, 0
	if slow {
		return errSlowClient
	}
	return nil
}

// starts begins a block and sets its deadline.
func (s *sender) starts(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = now
	s.deadline(s.x.permit.Contended())
}

func (s *sender) ends() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
}

// late adds to the error of a write that it came after the deadline. Writers have other
// words for that: net/http says of an HTTP/2 connection that took nothing more, which it
// closes then, that the client disconnected.
func (s *sender) late(err error) error {
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.until) {
		return err
	}
	return errors.Join(errSlowClient, err)
}

// deadline sets the deadline of the block that began at since. If other requests
// wait, the shorter time counts from now.
func (s *sender) deadline(contended bool) error {
	patience := s.x.h.options.WriteTimeout
	end := s.since.Add(patience)
	if soon := time.Now().Add(patience / contendedFactor); contended && soon.Before(end) {
		end = soon
	}
	s.until = end
	// A writer without deadlines can still send a small body.
	return s.control.SetWriteDeadline(end)
}

// senders are the senders that have a turn while they write.
type senders struct {
	mu  sync.Mutex
	all map[*sender]struct{}
}

// add makes s one of the senders that can be hurried. The caller must remove it
// before the request ends, because no deadline may be set after that.
func (l *senders) add(s *sender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*sender]struct{}{}
	}
	l.all[s] = struct{}{}
}

func (l *senders) remove(s *sender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, s)
}

// hurry shortens the deadlines of the current blocks. It is called when a request
// begins to wait. Blocks that begin later have the shorter deadline anyway.
func (l *senders) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.all {
		s.mu.Lock()
		if !s.since.IsZero() {
			s.deadline(true)
		}
		s.mu.Unlock()
	}
}

// send responds with a whole body. It gives the turn back first: the read is over,
// so a client that does not read takes nobody's turn.
func (x *exchange) send(status int, contentType string, body []byte) {
	x.permit.Release()
	memory, ok := x.reserve(cap(body))
	if !ok {
		x.problem(streamsFull("there is no memory left to write the answer from"))
		return
	}
	defer x.h.held.Return(memory)
	x.w.Header().Set("Content-Type", contentType)
	if x.r.Method == http.MethodHead {
		x.begins(status)
		return
	}
	setLength(x.w.Header(), len(body))
	x.begins(status)
	s := sender{x: x, control: *http.NewResponseController(x.w)}
	if err := s.send(body); x.seen.Err == nil {
		x.seen.Err = err
	}
}
