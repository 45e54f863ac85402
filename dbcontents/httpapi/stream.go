package httpapi

import (
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	// maxSmall is how large a response may be that is held back until it is complete.
	// Then a failure has a real status, and the length is known.
	maxSmall = 64 << 10
	// maxWhole is how large a response may be that cannot be streamed: because the
	// client could not tell a broken one from a complete one, because the writer has
	// no deadlines, or because there is no place among the streams.
	maxWhole = 1 << 20
	// commitAfter is how long a response is held back while its rows come slowly.
	commitAfter = time.Second
)

// errCannotStream is for a response that is too large to hold back and cannot be streamed.
var errCannotStream = errors.New("the answer is too large to be sent in one piece")

// errCut is for a response that the server's maximum of rows cut short, although
// the client wanted all rows or none.
var errCut = errors.New("the answer has more rows than the server gives at once")

// causeSlowClient is the cause of a response that was broken off because its client
// read too slowly.
const causeSlowClient = "slow_client"

// A stream is the writer between Rows.WriteTo and the client. It holds the
// response back until it is complete or larger than maxSmall. A larger one needs a
// place among the streams.
type stream struct {
	sender
	rows       *dbcontents.Rows
	start      time.Time
	limit      int     // how much may be held back
	whole      bool    // the response must not be streamed
	unmeasured bool    // it is a response to HEAD, and too large to find out its length
	needsPlace bool    // it is too large to hold back, and there is no place among the streams
	held       *[]byte // what is held back
	tooLarge   bool    // errCannotStream was returned
	streaming  bool    // it has a place among the streams
	committed  bool    // the status line has been sent
	headers    headerBatch
}

// stream responds with rows. A brief response is one to HEAD for which the rows
// are not read. If the response needs a place among the streams and there is none,
// stream reports false: nothing has been sent, and the connection is free.
func (x *exchange) stream(rows *dbcontents.Rows, brief bool) bool {
	s := &stream{
		sender: sender{x: x, control: *http.NewResponseController(x.w)},
		rows:   rows, start: time.Now(), limit: maxSmall, held: smallBuffers.Get().(*[]byte),
	}
	defer s.end()
	if brief {
		s.announce()
		return true
	}
	ask := &x.ask
	if ask.query.Limit != 0 && ask.view == nil || ask.prefer.AllRows {
		s.limit = maxWhole // a page has headers that are only known at its end
	}
	if x.r.Method != http.MethodHead && !x.r.ProtoAtLeast(1, 1) {
		// HTTP/1.0 ends a body by closing the connection, so a client cannot tell a
		// broken response from a complete one.
		s.holdAll()
	}
	err := s.write()
	if (err == nil || s.committed) && !s.unmeasured && !s.needsPlace {
		x.seen.Rows = s.count()
	}
	if err == nil && ask.prefer.AllRows && !s.needsPlace && rows.Truncated() {
		err = errCut
	}
	switch {
	case err == nil && s.unmeasured:
		s.announce()
	case err == nil && s.needsPlace:
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

// write writes the rows in their format.
func (s *stream) write() error {
	if v := s.x.ask.view; v != nil {
		return v.write(s.rows, s)
	}
	if s.x.ask.representation.Format == dbcontents.Wire {
		return s.writeFormat()
	}
	_, err := s.rows.WriteTo(s)
	return err
}

// count is how many rows the response has.
func (s *stream) count() int64 {
	if v := s.x.ask.view; v != nil {
		return v.shownRows()
	}
	return s.rows.Count()
}

// end gives the buffer back and leaves the senders that can be hurried.
func (s *stream) end() {
	if s.streaming {
		s.x.h.sending.remove(&s.sender)
	}
	s.drop()
}

// place takes a place among the streams, and reports whether there was one.
func (s *stream) place() bool {
	if s.x.permit.TryPlace() {
		s.streaming = true
		s.x.h.sending.add(&s.sender)
	}
	return s.streaming
}

// holdAll holds the whole response back.
func (s *stream) holdAll() { s.limit, s.whole = maxWhole, true }

// canStream reports whether the writer has deadlines. A middleware's writer
// without Unwrap, or one that buffers, has none. Through such a writer the handler
// could neither give up a slow client nor break a response off.
func (s *stream) canStream() bool {
	// Each block sets its deadline. There must be none before: the response may wait
	// for its place.
	if !errors.Is(s.control.SetWriteDeadline(time.Time{}), http.ErrNotSupported) {
		return true
	}
	if h := s.x.h; !h.warned.Swap(true) {
		h.options.Log.Warn("answers are held back and limited in size: the ResponseWriter knows no write deadlines; a middleware's writer needs an Unwrap method, and http.TimeoutHandler cannot be used",
			"limit_bytes", maxWhole)
	}
	return false
}

// stopReading ends the read before its last row. This is no failure: WriteTo finds
// no more rows, and what it still writes is discarded.
func (s *stream) stopReading(block []byte) (int, error) { return len(block), s.rows.Close() }

// Write takes one block from Rows.WriteTo.
func (s *stream) Write(block []byte) (int, error) {
	if s.unmeasured || s.needsPlace {
		return len(block), nil
	}
	if !s.committed {
		size := len(*s.held) + len(block)
		if size <= s.limit && (s.whole || time.Since(s.start) < commitAfter) {
			s.hold(block)
			return len(block), nil
		}
		if s.x.r.Method == http.MethodHead {
			s.unmeasured = true
			return s.stopReading(block)
		}
		if s.whole {
			s.tooLarge = true
			return 0, errCannotStream
		}
		if !s.canStream() {
			s.holdAll()
			return s.Write(block)
		}
		if !s.place() {
			if size > maxWhole {
				s.needsPlace = true
				return s.stopReading(block)
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

// pass sends a part of a stream. A part is small because it is due although no
// block is full, so it must not wait in net/http's buffer either. A large part
// bypasses that buffer, and flushing would only cost two more system calls.
func (s *stream) pass(part []byte) error {
	err := s.send(part)
	if err == nil && len(part) > 0 && len(part) < maxSmall {
		if err = s.late(s.control.Flush()); err != nil && s.err == nil {
			s.err = err
		}
	}
	if err == nil {
		s.pause()
	}
	return err
}

// pause takes the deadline of a block away until the next one is begun. An
// HTTP/1.1 connection only looks at it when it writes. In HTTP/2 it would end the
// response although it is the database that is slow.
func (s *stream) pause() {
	if s.x.r.ProtoMajor > 1 {
		s.control.SetWriteDeadline(time.Time{})
	}
}

// resume sets a deadline for what net/http writes after the handler: the rest of
// its buffer and the trailers.
func (s *stream) resume() {
	if s.x.r.ProtoMajor > 1 {
		s.control.SetWriteDeadline(time.Now().Add(s.x.h.options.WriteTimeout))
	}
}

// abort breaks the response off so that no client takes it for a complete one: in
// HTTP/1.1 the last chunk is missing, and in HTTP/2 the stream is reset.
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
	// With a deadline in the past the server cannot write the end of the body, even
	// if a middleware recovers from the panic.
	s.control.SetWriteDeadline(time.Unix(1, 0))
	panic(http.ErrAbortHandler)
}

// unsent records why a response was not written to its end: the client was too
// slow, or has gone. A nil error records nothing.
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
