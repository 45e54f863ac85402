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

// A progress passes on what an export writes, and shows on a terminal how far it is.
type progress struct {
	out      io.Writer
	terminal io.Writer
	rows     *dbcontents.Rows
	expected int64 // rows, 0 if that is not known
	bytes    int64
	start    time.Time
	shown    time.Time
}

func newProgress(out, terminal io.Writer, rows *dbcontents.Rows, expected int64) *progress {
	now := time.Now()
	return &progress{out: out, terminal: terminal, rows: rows, expected: expected, start: now, shown: now}
}

// Write is called by the goroutine that reads the rows, so that these can be counted.
func (p *progress) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	p.bytes += int64(n)
	if time.Since(p.shown) >= showEvery {
		p.shown = time.Now()
		share := ""
		if p.expected > 0 {
			// The estimate may be wrong: 100 % is for the end.
			share = fmt.Sprintf(", about %d %%", min(100*p.rows.Count()/p.expected, 99))
		}
		fmt.Fprintf(p.terminal, "\r%s%s\x1b[K", p.line(), share)
	}
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
	return fmt.Sprintf("%s rows, %.1f MB, %.1f MB/s", grouped(p.rows.Count()), megabytes, megabytes/seconds)
}

// grouped is n with its digits in groups of three.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
