package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// lines are headers that are set together: their text is one allocation and
// their values another, however many they are.
type lines struct {
	buffer [320]byte
	text   []byte // of all values, one after the other
	names  [8]string
	ends   [8]int
	n      int
}

// begin is for the first header of several.
func (l *lines) begin() *lines {
	l.text, l.n = l.buffer[:0], 0
	return l
}

// end names what was appended to text since the last end.
func (l *lines) end(name string) {
	l.names[l.n], l.ends[l.n] = name, len(l.text)
	l.n++
}

func (l *lines) set(header http.Header) {
	text, values, start := string(l.text), make([]string, l.n), 0
	for i := range l.n {
		values[i] = text[start:l.ends[i]]
		header[l.names[i]] = values[i : i+1 : i+1]
		start = l.ends[i]
	}
}

// unknown is a number that is not known.
const unknown = -1

// total is how many rows there are without limit and offset, if that was asked.
func (s *stream) total() int64 {
	if n, known := s.rows.Total(); known {
		return n
	}
	return unknown
}

// expected is how many rows an answer will have, as far as the total tells.
func (s *stream) expected(total int64) int64 {
	if total < 0 {
		return unknown
	}
	q := &s.x.ask.query
	rows := max(0, total-q.Offset)
	for _, most := range [2]int64{q.Limit, s.x.h.store.MaxRows()} {
		if most != 0 {
			rows = max(0, min(rows, most))
		}
	}
	return rows
}

// describe adds what an answer with so many rows says of itself, and returns its status.
func (s *stream) describe(l *lines, rows, total int64) (status int) {
	s.x.timing()
	l.text = s.x.appendLocation(l.text, s.rows.Table().Name)
	l.end("Content-Location")
	q := &s.x.ask.query
	if q.After != "" { // where its rows are is not known, but perhaps how many there are
		if total < 0 {
			return http.StatusOK
		}
		l.text = negotiate.AppendContentRange(l.text, 0, 0, total)
		l.end("Content-Range")
		return rangeStatus(max(rows, 0), total)
	}
	if rows < 0 {
		return http.StatusOK
	}
	l.text = negotiate.AppendContentRange(l.text, q.Offset, rows, total)
	l.end("Content-Range")
	return rangeStatus(rows, total)
}

// rangeStatus is the status of a response with so many rows out of total.
func rangeStatus(rows, total int64) int {
	if total > rows {
		return http.StatusPartialContent
	}
	return http.StatusOK
}

// announce answers HEAD with what is known without looking at the rows.
func (s *stream) announce() {
	l := s.headers.begin()
	total := s.total()
	s.x.seen.Status = s.describe(l, s.expected(total), total)
	l.set(s.x.w.Header())
	s.x.w.WriteHeader(s.x.seen.Status)
}

// commit sends the status line of an answer whose length is not known. From
// here on a failure can only break it off.
func (s *stream) commit() {
	l := s.headers.begin()
	total := s.total()
	s.x.seen.Status = s.describe(l, s.expected(total), total)
	header := s.x.w.Header()
	l.set(header)
	ours := trailers
	if s.x.ask.query.Pages {
		ours = trailersOfPage
	}
	if others := header["Trailer"]; others != nil {
		ours = slices.Concat(others, ours)
	}
	header["Trailer"] = ours
	s.committed = true
	s.x.w.WriteHeader(s.x.seen.Status)
	if s.x.outer != nil && s.x.ask.query.Pages {
		delete(header, "Link") // it has gone out, and is not to come again as a trailer
	}
}

var (
	trailers       = []string{"Dbcontents-Status, Dbcontents-Rows"}
	trailersOfPage = []string{"Dbcontents-Status, Dbcontents-Rows, Link"}
)

// finish ends a complete answer: in trailers if it was streamed, else in headers.
func (s *stream) finish() {
	if !s.committed {
		memory, ok := s.detach()
		if !ok {
			s.x.seen.Rows = 0
			s.x.problem(streamsFull("there is no memory left to write the answer from"))
			return
		}
		defer s.x.h.held.Return(memory)
	}
	l := s.headers.begin()
	header, rows := s.x.w.Header(), s.rows.Count()
	header["Dbcontents-Status"] = complete
	if s.rows.Truncated() {
		header["Dbcontents-Status"] = maxRows
	}
	l.text = strconv.AppendInt(l.text, rows, 10)
	l.end("Dbcontents-Rows")
	linked := s.x.ask.query.Pages && s.x.link(l, s.rows.NextPage(), s.rows.PrevPage())
	if s.committed {
		l.set(header)
		return
	}
	s.committed = true
	status := s.describe(l, rows, s.total())
	l.text = appendTag(l.text, s.x.ask.representation.ContentType[0], header.Get("Content-Profile"), *s.held, l.text)
	l.end("Etag")
	l.text = strconv.AppendInt(l.text, int64(len(*s.held)), 10)
	l.end("Content-Length")
	l.set(header)
	if linked {
		s.x.linked(header)
	}
	s.deliver(status)
}

// deliver sends an answer that was held back as a whole, unless the client has it.
func (s *stream) deliver(status int) {
	x := s.x
	header := x.w.Header()
	if unchanged(x.r.Header, header["Etag"][0]) {
		for _, name := range ofABody {
			header.Del(name)
		}
		x.seen.Status = http.StatusNotModified
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	x.seen.Status = status
	x.w.WriteHeader(status)
	if x.r.Method == http.MethodHead {
		return
	}
	err := s.send(*s.held)
	if err == nil {
		// Out of net/http's buffer: what is counted and logged is what was
		// written, and the client need not wait until that is done.
		if err = s.control.Flush(); errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	x.unsent(err)
}

// ofABody are the headers that an answer without its body does not have.
var ofABody = []string{"Content-Type", "Content-Length", "Content-Disposition", "Dbcontents-Rows", "Dbcontents-Status"}
