package dbcontents

import "io"

// part lets the caller have a range.
func (e *exporting) part(r Range, rows *Rows) error {
	called := false
	var failed error
	out := counted{exporting: e, from: rows}
	err := e.Part(r, func(w io.Writer) error {
		if called {
			return newError("export", e.table, "query_invalid", "write was called a second time for one range", nil)
		}
		called, out.w = true, w
		_, failed = rows.WriteTo(&out)
		return failed
	})
	if failed != nil || err != nil {
		e.progress(-out.rows, -out.bytes, 0) // it is not there, or will be written again
	}
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return rows.writeFailed(err)
	case !called:
		return rows.fail(newError("export", e.table, "query_invalid", "Part has returned nil without a call of write", nil))
	}
	return nil
}

// skips reports whether a range is left out, which then counts as finished.
func (e *exporting) skips(r Range) bool {
	if e.Skip == nil || !e.askSkip(r) {
		return false
	}
	e.finished()
	return true
}

// askSkip calls Skip, for one range at a time.
func (e *exporting) askSkip(r Range) bool {
	e.skipping.Lock() // not mu, which Part needs to write, whatever of its own it has locked
	defer e.skipping.Unlock()
	return e.Skip(r)
}

func (e *exporting) finished() { e.progress(0, 0, 1) }

// progress counts, and tells the caller.
func (e *exporting) progress(rows, bytes int64, ranges int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done.Rows += rows
	e.done.Bytes += bytes
	e.done.Finished += ranges
	if e.Progress != nil {
		e.Progress(e.done)
	}
}

// counted passes on what Rows write, and counts it.
type counted struct {
	*exporting
	from        *Rows
	w           io.Writer
	rows, bytes int64 // counted
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := writeAll(c.w, b)
	c.progress(c.from.count-c.rows, int64(n), 0)
	c.rows = c.from.count
	c.bytes += int64(n)
	return n, err
}
