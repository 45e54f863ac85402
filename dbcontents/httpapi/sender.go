package httpapi

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// sendBlock is how much is sent within one write deadline. What is left
	// over joins the last block, which is up to twice as large.
	sendBlock = 128 << 10
	// rateWindow is the time spent waiting for a client before its rate counts.
	rateWindow = time.Minute
	// hurry is how many times less patient the handler is with a client that takes
	// up a turn while other requests wait for one.
	hurry = 4
)

// errSlowClient: the client reads slower than Options.MinRate.
var errSlowClient = errors.New("the client reads too slowly")

// A sender writes the body of a response: block by block, each with a deadline of
// its own, and it watches the client's rate.
type sender struct {
	x         *exchange
	control   http.ResponseController
	err       error // of the first write that failed
	waited    time.Duration
	waitedFor int64 // bytes sent in that time

	mu    sync.Mutex // of since, and of write deadlines set for a block under way
	since time.Time  // when the block under way was begun; zero if there is none
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
		err = io.ErrShortWrite // a middleware's writer that loses a part without a word
	}
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

// tooSlow checks the client's rate once a window.
func (s *sender) tooSlow() error {
	window, least := rateWindow, float64(s.x.h.options.MinRate)
	if s.pressed() {
		window, least = window/hurry, least*hurry
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

// starts sets the deadline of a block.
func (s *sender) starts(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = now
	s.deadline(s.pressed())
}

func (s *sender) ends() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
}

// deadline sets that of a block which began at since. A block under way has the
// shorter time from when others began to wait.
func (s *sender) deadline(pressed bool) error {
	patience := s.x.h.options.WriteTimeout
	end := s.since.Add(patience)
	if soon := time.Now().Add(patience / hurry); pressed && soon.Before(end) {
		end = soon
	}
	// A writer that knows no deadlines is no reason to withhold a small body.
	return s.control.SetWriteDeadline(end)
}

// pressed reports whether other requests wait for what this one takes up.
func (s *sender) pressed() bool { return s.x.permit.Contended() }

// senders are those whose requests take up a turn while they write.
type senders struct {
	mu  sync.Mutex
	all map[*sender]struct{}
}

// join makes s one of those that are hurried. The caller must part it before the
// request ends: no deadline may be set later.
func (l *senders) join(s *sender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*sender]struct{}{}
	}
	l.all[s] = struct{}{}
}

func (l *senders) part(s *sender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, s)
}

// hurry shortens the deadlines of the blocks under way, when requests begin to wait.
// A block that begins later sees by itself that they do.
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

// send answers with a whole body. It gives the turn back first: the read is over, and
// who does not take the body takes nobody's turn.
func (x *exchange) send(status int, contentType string, body []byte) {
	x.permit.Release()
	memory, ok := x.reserve(cap(body))
	if !ok {
		x.problem(streamsFull("there is no memory left to write the answer from"))
		return
	}
	defer x.h.held.Return(memory)
	x.seen.Status = status
	x.w.Header().Set("Content-Type", contentType)
	if x.r.Method == http.MethodHead {
		x.w.WriteHeader(status)
		return
	}
	setLength(x.w.Header(), len(body))
	x.w.WriteHeader(status)
	s := sender{x: x, control: *http.NewResponseController(x.w)}
	if err := s.send(body); x.seen.Err == nil {
		x.seen.Err = err
	}
}
