package httpapi

import (
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	// holdBack is how much is kept until it is known whether the whole answer
	// fits in it: then a failure is a real status, and the length is known.
	holdBack = 64 << 10
	// holdBackMost is for clients and writers to which an answer cannot be
	// broken off visibly: they get whole answers up to this size, or an error.
	holdBackMost = 1 << 20
	// commitAfter is when an answer whose rows come slowly is sent as far as it
	// has come; that the first one was slow says nothing of the others.
	commitAfter = time.Second
	// rateWindow is the time spent waiting for a client before its rate counts.
	rateWindow = time.Minute
)

// errCannotStream: the answer is too large to hold back and cannot be streamed.
var errCannotStream = errors.New("the answer is too large to be sent in one piece")

// errCut: the server's maximum cut an answer that the client wanted whole or not at all.
var errCut = errors.New("the answer has more rows than the server gives at once")

// errSlowClient: the client reads slower than Options.MinRate.
var errSlowClient = errors.New("the client reads too slowly")

// causeSlowClient is the cause of an answer broken off for that reason.
const causeSlowClient = "slow_client"

// A stream is the writer between Rows.WriteTo and the client. It holds the
// answer back until it is complete or larger than holdBack ("late commit"), sets
// a deadline before every write, and watches the client's rate.
type stream struct {
	x         *exchange
	rows      *dbcontents.Rows
	start     time.Time
	control   http.ResponseController
	most      int  // how much is held back
	whole     bool // the answer must be held back as a whole
	unsized   bool // it is one to HEAD, too large to know its length
	held      *[]byte
	committed bool
	headers   lines
	err       error // of the first write that failed
	waited    time.Duration
	waitedFor int64 // bytes sent in that time
}

var holds = sync.Pool{New: func() any { return new(make([]byte, 0, holdBack)) }}

// stream answers with rows. A brief answer is one to HEAD whose rows are not looked at.
func (x *exchange) stream(rows *dbcontents.Rows, brief bool) {
	s := &stream{
		x: x, rows: rows, start: time.Now(),
		control: *http.NewResponseController(x.w), most: holdBack, held: holds.Get().(*[]byte),
	}
	defer func() {
		if cap(*s.held) <= holdBackMost {
			*s.held = (*s.held)[:0]
			holds.Put(s.held)
		}
	}()
	if brief {
		s.announce()
		return
	}
	ask := &x.ask
	if ask.query.Limit != 0 || ask.prefer.whole {
		s.most = holdBackMost // a page has headers that are known at its end
	}
	if x.r.Method != http.MethodHead && !x.r.ProtoAtLeast(1, 1) {
		// HTTP/1.0 ends a body by closing the connection: cut short or
		// complete look the same to its client.
		s.holdAll()
	}
	_, err := rows.WriteTo(s)
	if (err == nil || s.committed) && !s.unsized {
		x.seen.Rows = rows.Count()
	}
	if err == nil && ask.prefer.whole && rows.Truncated() {
		err = errCut
	}
	switch {
	case err == nil && s.unsized:
		s.announce()
	case err == nil:
		s.finish()
	case s.committed:
		s.abort(err)
	case errors.Is(err, errCannotStream):
		x.seen.Err = err
		x.problem(x.cannotStream())
	case errors.Is(err, errCut):
		x.problem(tooManyRows())
	default:
		x.fail(err)
	}
}

// holdAll is for an answer that must not be streamed.
func (s *stream) holdAll() { s.most, s.whole = holdBackMost, true }

// streams reports whether the writer is fit for more than a whole answer. A
// middleware's writer without Unwrap, or one that buffers, is not: neither a slow
// client nor a broken-off answer could be dealt with through it.
func (s *stream) streams() bool {
	if !errors.Is(s.deadline(), http.ErrNotSupported) {
		return true
	}
	if h := s.x.h; !h.warned.Swap(true) {
		h.options.Log.Warn("answers are held back and limited in size: the ResponseWriter knows no write deadlines; a middleware's writer needs an Unwrap method, and http.TimeoutHandler cannot be used",
			"limit_bytes", holdBackMost)
	}
	return false
}

func (s *stream) deadline() error {
	return s.control.SetWriteDeadline(time.Now().Add(s.x.h.options.WriteTimeout))
}

// Write takes one block from Rows.WriteTo.
func (s *stream) Write(block []byte) (int, error) {
	if !s.committed {
		if len(*s.held)+len(block) <= s.most && (s.whole || time.Since(s.start) < commitAfter) {
			*s.held = append(*s.held, block...)
			return len(block), nil
		}
		if s.x.r.Method == http.MethodHead {
			s.unsized = true
			// An early end and no failure: WriteTo finds no more rows.
			return len(block), s.rows.Close()
		}
		if s.whole {
			return 0, errCannotStream
		}
		if !s.streams() {
			s.holdAll()
			return s.Write(block)
		}
		s.commit()
		if err := s.send(*s.held); err != nil {
			return 0, err
		}
	}
	if err := s.send(block); err != nil {
		return 0, err
	}
	return len(block), nil
}

// send writes within the deadline and the minimum rate. A small part did not
// wait for a block to fill and must not wait in net/http's buffer either; a large
// one passes that by, and flushing would only cost two more system calls.
func (s *stream) send(block []byte) error {
	if len(block) == 0 {
		return nil
	}
	start := time.Now()
	s.deadline()
	n, err := s.x.w.Write(block)
	s.x.seen.Bytes += int64(n)
	if err == nil && len(block) < holdBack {
		err = s.control.Flush()
	}
	s.waited += time.Since(start)
	s.waitedFor += int64(n)
	if err == nil && s.waited >= rateWindow {
		if rate := s.x.h.options.MinRate; rate > 0 && float64(s.waitedFor) < float64(rate)*s.waited.Seconds() {
			err = errSlowClient
		}
		s.waited, s.waitedFor = 0, 0
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return err
}

// abort breaks the transfer off so that no client takes it for a whole one:
// HTTP/1.1 without the last chunk, HTTP/2 with a reset stream.
func (s *stream) abort(err error) {
	x := s.x
	x.seen.Aborted, x.seen.Err = true, err
	var e *dbcontents.Error
	if errors.As(err, &e) {
		x.seen.Cause = e.Code
	}
	if x.unsent(s.err); x.seen.Cause != causeSlowClient && x.stopped(err) {
		x.seen.Cause, x.seen.Err = "stopping", err
	} else if errors.Is(err, errCut) {
		x.seen.Cause = tooManyRows().Cause
	}
	// A deadline in the past keeps the server from writing the end of the body
	// even where a middleware swallows the panic.
	s.control.SetWriteDeadline(time.Unix(1, 0))
	panic(http.ErrAbortHandler)
}

// unsent takes note that an answer could not be written to its end: the client
// was too slow, or has gone. No error is nothing to note.
func (x *exchange) unsent(err error) {
	switch {
	case err == nil:
		return
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, errSlowClient):
		x.seen.Cause, x.seen.Err = causeSlowClient, errors.Join(errSlowClient, err)
	default:
		x.seen.Cause, x.seen.Err = "canceled", err
	}
	x.seen.Aborted = true
}
