package httpapi

import (
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	// holdBack is how much is kept until it is known whether the whole answer
	// fits in it: then a failure is a real status, and the length is known.
	holdBack = 64 << 10
	// maxHoldBack is for clients and writers to which an answer cannot be
	// broken off visibly: they get whole answers up to this size, or an error. It is
	// also how far an answer gets that finds no place among the streams.
	maxHoldBack = 1 << 20
	// commitAfter is when an answer whose rows come slowly is sent as far as it
	// has come; that the first one was slow says nothing of the others.
	commitAfter = time.Second
)

// errCannotStream: the answer is too large to hold back and cannot be streamed.
var errCannotStream = errors.New("the answer is too large to be sent in one piece")

// errCut: the server's maximum cut an answer that the client wanted whole or not at all.
var errCut = errors.New("the answer has more rows than the server gives at once")

// causeSlowClient is the cause of an answer broken off for that reason.
const causeSlowClient = "slow_client"

// A stream is the writer between Rows.WriteTo and the client. It holds the
// answer back until it is complete or larger than holdBack ("late commit"), and
// needs a place among the streams for one that is.
type stream struct {
	sender
	rows      *dbcontents.Rows
	start     time.Time
	most      int  // how much is held back
	whole     bool // the answer must be held back as a whole
	unsized   bool // it is one to HEAD, too large to know its length
	unplaced  bool // it is too large to hold back, and too many are streamed already
	held      *[]byte
	placed    bool // has a place among the streams
	committed bool
	headers   lines
}

// stream answers with rows. A brief answer is one to HEAD whose rows are not looked at.
// It reports false, and has sent nothing, if the answer needs a place among the streams
// and there was none; its connection is free.
func (x *exchange) stream(rows *dbcontents.Rows, brief bool) bool {
	s := &stream{
		sender: sender{x: x, control: *http.NewResponseController(x.w)},
		rows:   rows, start: time.Now(), most: holdBack, held: smallBuffers.Get().(*[]byte),
	}
	defer s.end()
	if brief {
		s.announce()
		return true
	}
	ask := &x.ask
	if ask.query.Limit != 0 || ask.prefer.AllRows {
		s.most = maxHoldBack // a page has headers that are known at its end
	}
	if x.r.Method != http.MethodHead && !x.r.ProtoAtLeast(1, 1) {
		// HTTP/1.0 ends a body by closing the connection: cut short or
		// complete look the same to its client.
		s.holdAll()
	}
	_, err := rows.WriteTo(s)
	if (err == nil || s.committed) && !s.unsized && !s.unplaced {
		x.seen.Rows = rows.Count()
	}
	if err == nil && ask.prefer.AllRows && !s.unplaced && rows.Truncated() {
		err = errCut
	}
	switch {
	case err == nil && s.unsized:
		s.announce()
	case err == nil && s.unplaced:
		return false
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
	return true
}

// end gives back what the stream has taken.
func (s *stream) end() {
	if s.placed {
		s.x.h.sending.part(&s.sender)
	}
	s.drop()
}

// place takes one among the streams, if there is one.
func (s *stream) place() bool {
	if s.x.permit.TryPlace() {
		s.placed = true
		s.x.h.sending.join(&s.sender)
	}
	return s.placed
}

// holdAll is for an answer that must not be streamed.
func (s *stream) holdAll() { s.most, s.whole = maxHoldBack, true }

// streams reports whether the writer is fit for more than a whole answer. A
// middleware's writer without Unwrap, or one that buffers, is not: neither a slow
// client nor a broken-off answer could be dealt with through it.
func (s *stream) streams() bool {
	if !errors.Is(s.control.SetWriteDeadline(time.Now().Add(s.x.h.options.WriteTimeout)), http.ErrNotSupported) {
		return true
	}
	if h := s.x.h; !h.warned.Swap(true) {
		h.options.Log.Warn("answers are held back and limited in size: the ResponseWriter knows no write deadlines; a middleware's writer needs an Unwrap method, and http.TimeoutHandler cannot be used",
			"limit_bytes", maxHoldBack)
	}
	return false
}

// leaveOff ends the read before its last row, which is no failure: WriteTo finds
// no more rows, and what it still writes is dropped.
func (s *stream) leaveOff(block []byte) (int, error) { return len(block), s.rows.Close() }

// Write takes one block from Rows.WriteTo.
func (s *stream) Write(block []byte) (int, error) {
	if s.unsized || s.unplaced {
		return len(block), nil
	}
	if !s.committed {
		size := len(*s.held) + len(block)
		if size <= s.most && (s.whole || time.Since(s.start) < commitAfter) {
			s.hold(block)
			return len(block), nil
		}
		if s.x.r.Method == http.MethodHead {
			s.unsized = true
			return s.leaveOff(block)
		}
		if s.whole {
			return 0, errCannotStream
		}
		if !s.streams() {
			s.holdAll()
			return s.Write(block)
		}
		if !s.place() {
			if size > maxHoldBack {
				s.unplaced = true
				return s.leaveOff(block)
			}
			s.hold(block)
			return len(block), nil
		}
		s.commit()
		if err := s.pass(*s.held); err != nil {
			return 0, err
		}
	}
	if err := s.pass(block); err != nil {
		return 0, err
	}
	return len(block), nil
}

// pass sends a part of a stream. A small part did not wait for a block to fill and
// must not wait in net/http's buffer either; a large one passes that by, and
// flushing would only cost two more system calls.
func (s *stream) pass(part []byte) error {
	err := s.send(part)
	if err == nil && len(part) > 0 && len(part) < holdBack {
		if err = s.control.Flush(); err != nil && s.err == nil {
			s.err = err
		}
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
