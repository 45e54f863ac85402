package dbcontents

import (
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

const (
	// blockSize is how much is written at once.
	blockSize = 128 << 10
	// flushAfter is how long rows of a slow query are kept back to fill a block.
	flushAfter = time.Second
)

// blocks are the buffers between encoder and writer, one for each read under
// way. A block that a huge row has made large is not kept.
var blocks = sync.Pool{New: func() any { return new(make([]byte, 0, blockSize+blockSize/4)) }}

// WriteTo writes all rows in the Query's format and closes r. It implements
// [io.WriterTo].
//
// It writes blocks of about 128 KiB, each by one call of w.Write, or what there
// is when a second has passed since the last one; so memory does not grow with
// the number of rows. Nothing is written before the first block is full or the
// read has ended: if the read fails before that, n is 0 and the caller can
// still answer with an error. The connection is back in the pool before the
// last block is written. If the read fails after the first block, what was
// written is cut short, and JSON of it does not parse.
//
// It is for rows of which nothing was read: after Next it fails with
// [ErrInvalid], and of rows that are closed or read to their end with [ErrClosed]. A w that
// takes less than it was given is an error, [io.ErrShortWrite] unless it says which.
func (r *Rows) WriteTo(w io.Writer) (n int64, err error) {
	if err := r.usable("write"); err != nil {
		return 0, err
	}
	if err := r.unread("WriteTo"); err != nil {
		return 0, err
	}
	defer r.Close()
	switch {
	case r.plan == nil, r.query.Format == "":
		return 0, r.fail(invalid(r.tableName(), "query_invalid", "the rows were read as Go values; set Query.Format to write them"))
	case r.query.Format == encode.Wire:
		return 0, r.fail(invalid(r.tableName(), "query_invalid", "the format wire has no form in which rows are written; use RawValues"))
	}
	if r.query.Output.Object {
		return r.writeOne(w)
	}
	err = r.encode(false, func(block []byte) error {
		m, err := writeAll(w, block)
		n += int64(m)
		if err != nil {
			return r.writeFailed(err)
		}
		return nil
	})
	return n, err
}

// encode gives all rows in the Query's format to write, in blocks of whole rows, and closes
// r. With part they are some of those of a larger result: what comes before the first row of all and
// behind the last one is left out, and every row is one that follows another.
func (r *Rows) encode(part bool, write func(block []byte) error) error {
	pooled := blocks.Get().(*[]byte)
	block := (*pooled)[:0]
	defer func() {
		if block != nil && cap(block) <= 4*blockSize {
			*pooled = block
			blocks.Put(pooled)
		}
	}()

	writer := r.plan.Writer.ForOne()
	written := time.Now()
	flush := func() error {
		err := write(block)
		block = block[:0]
		written = time.Now()
		return err
	}
	if !part {
		block = writer.Begin(block)
	}
	for first := !part; ; first = false {
		values, ok := r.next()
		if !ok {
			break
		}
		start := len(block)
		if block = writer.Row(block, values, first); block == nil {
			return r.malformed()
		}
		if len(block)-start > r.store.config.MaxRowBytes {
			return r.fail(r.tooLarge())
		}
		// The clock is asked only where the next row may have to be waited for.
		if len(block) >= blockSize || r.flight.Buffered() == 0 && time.Since(written) >= flushAfter {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	r.cut = writer.Cut()
	if err := r.Close(); err != nil {
		return err
	}
	switch {
	case part:
	case r.count == 0:
		block = writer.None(block)
	default:
		block = writer.End(block)
	}
	if len(block) == 0 {
		return nil
	}
	return flush()
}

// unread refuses to write rows of which something was read.
func (r *Rows) unread(by string) error {
	switch {
	case !r.used:
		r.used = true
		return nil
	case r.err != nil:
		return r.err
	case r.released:
		return newError("write", r.tableName(), "rows_closed", "the rows were closed or read before; "+by+" needs rows of which nothing was read", nil)
	}
	return r.fail(invalid(r.tableName(), "query_invalid", "Next or Claim was called before "+by+", which would leave rows out; use one of the two"))
}

var errInvalidWrite = errors.New("the writer returned an impossible number of bytes")

// writeAll is w.Write that does not believe a writer that breaks its contract.
func writeAll(w io.Writer, b []byte) (n int, err error) {
	n, err = w.Write(b)
	switch {
	case n < 0 || n > len(b):
		return 0, errors.Join(err, errInvalidWrite)
	case n < len(b) && err == nil:
		err = io.ErrShortWrite
	}
	return n, err
}

// writeOne is WriteTo for Output.Object. Nothing is written before all rows are
// counted; one row is kept.
func (r *Rows) writeOne(w io.Writer) (n int64, err error) {
	var object []byte
	writer := r.plan.Writer.ForOne()
	values, ok := r.next()
	if ok {
		if object = writer.Row(nil, values, true); object == nil {
			return 0, r.malformed()
		}
		if len(object) > r.store.config.MaxRowBytes {
			return 0, r.fail(r.tooLarge())
		}
	}
	r.cut = writer.Cut()
	for ok {
		_, ok = r.next()
	}
	if err := r.Close(); err != nil {
		return 0, err
	}
	if r.count != 1 {
		return 0, r.fail(invalid(r.tableName(), "not_one_row", "The result contains "+strconv.FormatInt(r.count, 10)+" rows"))
	}
	m, err := writeAll(w, object)
	if err != nil {
		err = r.writeFailed(err)
	}
	return int64(m), err
}

// malformed is for a value that could not be encoded.
func (r *Rows) malformed() error {
	r.dropRelated()
	return r.fail(newError("read", r.tableName(), "invalid_value", "a value is not what its type says, or not UTF-8", nil))
}

// tooLarge is for a row that becomes too large when it is written.
func (r *Rows) tooLarge() error {
	return newError("read", r.tableName(), "row_too_large", "a row takes more than "+strconv.Itoa(r.store.config.MaxRowBytes)+" bytes as it is written, see Config.MaxRowBytes", nil)
}

// writeFailed is for an error of WriteTo's writer. If the reason is that the
// read's own context has ended, that says more.
func (r *Rows) writeFailed(err error) error {
	if reason, _ := r.watch.Ended(); reason != nil {
		return r.fail(classify("read", r.tableName(), diagnosis.Reading, reason))
	}
	return r.fail(newError("write", r.tableName(), "writer_failed", err.Error(), err))
}
