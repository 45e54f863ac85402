package server

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// showEvery is how often the line of progress changes at most.
const showEvery = 200 * time.Millisecond

// eraseLine empties the line of a terminal on which the cursor is.
const eraseLine = "\r\x1b[K"

// A progress shows on a terminal how far an export is.
type progress struct {
	terminal io.Writer
	rows     int64
	bytes    int64
	start    time.Time
	shown    time.Time
}

func newProgress(terminal io.Writer) *progress {
	now := time.Now()
	return &progress{terminal: terminal, start: now, shown: now}
}

// written takes note that so many rows and bytes are written, which are so many of all. The
// latter may be estimates, or 0 if they are not known.
func (p *progress) written(rows, bytes, part, all int64) {
	p.rows, p.bytes = rows, bytes
	if time.Since(p.shown) < showEvery {
		return
	}
	p.shown = time.Now()
	share := ""
	if all > 0 {
		// The estimate may be wrong: 100 % is for the end.
		share = fmt.Sprintf(", about %d %%", min(100*part/all, 99))
	}
	fmt.Fprintf(p.terminal, "\r%s%s\x1b[K", p.line(), share)
}

// of is a Writer that passes on to out what rows write, and shows it.
func (p *progress) of(out io.Writer, rows *dbcontents.Rows, expected int64) io.Writer {
	return progressWriter{p, out, rows, expected}
}

// A progressWriter is called by the goroutine that reads the rows, so that these can be counted.
type progressWriter struct {
	*progress
	out      io.Writer
	from     *dbcontents.Rows
	expected int64
}

func (w progressWriter) Write(b []byte) (int, error) {
	n, err := w.out.Write(b)
	w.written(w.from.Count(), w.bytes+int64(n), w.from.Count(), w.expected)
	return n, err
}

// end replaces the line by the outcome, or removes it.
func (p *progress) end(complete bool) {
	if !complete {
		io.WriteString(p.terminal, eraseLine)
		return
	}
	fmt.Fprintf(p.terminal, "\r%s, complete in %s\x1b[K\n", p.line(), time.Since(p.start).Round(10*time.Millisecond))
}

func (p *progress) line() string {
	seconds := max(time.Since(p.start).Seconds(), 0.001)
	megabytes := float64(p.bytes) / 1e6
	return fmt.Sprintf("%s rows, %.1f MB, %.1f MB/s", grouped(p.rows), megabytes, megabytes/seconds)
}

// grouped is n with its digits in groups of three.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
