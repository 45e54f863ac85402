package wire

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// headerSize is that of a message of the protocol: its type, and a length that counts itself.
	headerSize = 5
	// dataRow is the type of a message that is a row.
	dataRow = 'D'
)

// A source reads a connection in bulk and hands pgproto3 one message at a time.
// So pgproto3 never holds the beginning of the next message, and a row that is
// here as a whole can be taken from the source's buffer instead, which spares
// it two copies and a walk through pgconn. All that is not such a row, what is
// malformed included, is left to pgproto3.
type source struct {
	r      io.Reader
	most   int    // the longest body that is accepted, 0 for any
	buf    []byte // of which start to end have arrived and were not given
	start  int
	end    int
	rest   int64 // of the message that pgproto3 has begun to read
	values [][]byte
}

func newSource(r io.Reader, most int) *source {
	return &source{r: r, most: most, buf: make([]byte, readBuffer)}
}

// Read gives what has arrived of one message.
func (s *source) Read(p []byte) (int, error) {
	for s.start == s.end || s.rest == 0 && s.end-s.start < headerSize {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	if s.rest == 0 {
		length := int32(binary.BigEndian.Uint32(s.buf[s.start+1:]))
		s.rest = 1 + max(int64(length), headerSize-1) // pgproto3 refuses a wrong length
	}
	here := s.buf[s.start:s.end]
	n := copy(p, here[:min(int64(len(here)), s.rest)])
	s.start += n
	s.rest -= int64(n)
	return n, nil
}

// fill reads behind what is left, which is never more than a part of a header.
func (s *source) fill() error {
	s.end = copy(s.buf, s.buf[s.start:s.end])
	s.start = 0
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// row takes the next message if it is a row that has arrived as a whole. Its
// values are valid until the next call of row or Read.
func (s *source) row() (values [][]byte, ok bool) {
	if s.rest > 0 || s.end-s.start < headerSize+2 || s.buf[s.start] != dataRow {
		return nil, false
	}
	body := s.buf[s.start+headerSize : s.end]
	length := int64(binary.BigEndian.Uint32(s.buf[s.start+1:])) - (headerSize - 1)
	if length < 2 || length > int64(len(body)) || s.most > 0 && length > int64(s.most) {
		return nil, false
	}
	body = body[:length]
	n := int(binary.BigEndian.Uint16(body))
	if n > cap(s.values) {
		s.values = make([][]byte, n)
	}
	values, body = s.values[:n], body[2:]
	for i := range values {
		if len(body) < 4 {
			return nil, false
		}
		size := int(int32(binary.BigEndian.Uint32(body)))
		body = body[4:]
		if size == -1 {
			values[i] = nil
			continue
		}
		if size < 0 || size > len(body) {
			return nil, false
		}
		values[i] = body[:size:size]
		body = body[size:]
	}
	s.start += headerSize + int(length)
	return values, true
}

// buffered is how many bytes have arrived and were not given.
func (s *source) buffered() int { return s.end - s.start }

// readBuffer is how much is read from a connection at once. pgx reads 8 KiB,
// which is what PostgreSQL sends at once; what has queued up meanwhile then
// costs a system call for each 8 KiB.
const readBuffer = 128 << 10

// ReadInPlace gives the one connection that is made with cc a source.
func ReadInPlace(cc *pgconn.Config) {
	var p *pacer
	var s *source
	cc.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		p = &pacer{r: r, pause: pause}
		s = newSource(p, cc.MaxProtocolMessageBodyLen)
		return pgproto3.NewFrontend(s, w)
	}
	cc.AfterConnect = func(_ context.Context, pg *pgconn.PgConn) error {
		m := MemoryOf(pg)
		m.pacer, m.source = p, s
		return nil
	}
}
