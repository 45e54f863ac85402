package view

import (
	"bytes"
	"unicode/utf8"
)

const (
	// maxValue is how many bytes of a value a table shows, folded, and maxWhole how many
	// the page of one row shows.
	maxValue = 16 << 10
	maxWhole = 1 << 20
	// maxBeginning is how many bytes of a value a page shows once its longer values
	// have taken maxLong bytes.
	maxBeginning = 500
	maxLong      = 2 << 20
)

// A Cell is a value as PostgreSQL prints it.
type Cell struct {
	Text []byte // valid until the next row
	Null bool
	Cut  bool // the value goes on
}

// records reads CSV as Rows.WriteTo writes it, which has values as PostgreSQL prints
// them. It never holds the whole of a large value, nor more than one row.
type records struct {
	columns int
	most    int // bytes to keep of each value
	row     func(cells []Cell) error

	begun   bool   // the header line has been read
	text    []byte // the values of the current row
	start   int    // where the current value begins
	long    int    // bytes of values that are longer than maxBeginning
	cells   []Cell
	lengths []int
	quoted  bool // the current value is in quotes
	open    bool // its closing quote has not been seen for certain
	closed  bool // the last byte was a quote, which either closes the value or is the first half of an escaped quote
}

// Write takes the next part of the CSV.
func (r *records) Write(block []byte) (int, error) {
	for rest := block; len(rest) > 0; {
		switch {
		case r.open && r.closed:
			if r.closed = false; rest[0] == '"' {
				r.keep(rest[:1])
				rest = rest[1:]
			} else {
				r.open = false
			}
		case r.open:
			i := bytes.IndexByte(rest, '"')
			if r.closed = i >= 0; !r.closed {
				i = len(rest)
			}
			r.keep(rest[:i])
			rest = rest[min(i+1, len(rest)):]
		default:
			var err error
			if rest, err = r.plain(rest); err != nil {
				return 0, err
			}
		}
	}
	return len(block), nil
}

// plain handles what is outside of quotes, up to the next sign that means something.
func (r *records) plain(rest []byte) ([]byte, error) {
	switch rest[0] {
	case '"':
		r.quoted, r.open = true, true
	case ',':
		r.endValue()
	case '\r': // a line feed follows
	case '\n':
		r.endValue()
		return rest[1:], r.endRow()
	default:
		n := bytes.IndexAny(rest, "\",\r\n")
		if n < 0 {
			n = len(rest)
		}
		r.keep(rest[:n])
		return rest[n:], nil
	}
	return rest[1:], nil
}

// keep appends to the current value, up to one byte more than is shown. That byte
// tells that the value goes on.
func (r *records) keep(text []byte) {
	if room := r.limit() + 1 - (len(r.text) - r.start); room > 0 {
		r.text = append(r.text, text[:min(len(text), room)]...)
	}
}

// limit is how many bytes of a value are shown.
func (r *records) limit() int {
	if r.long > maxLong {
		return min(r.most, maxBeginning)
	}
	return r.most
}

func (r *records) endValue() {
	n := len(r.text) - r.start
	c := Cell{Null: n == 0 && !r.quoted}
	if n > r.limit() {
		n = r.limit()
		for n > 0 && !utf8.RuneStart(r.text[r.start+n]) {
			n--
		}
		r.text, c.Cut = r.text[:r.start+n], true
	}
	if n > maxBeginning {
		r.long += n
	}
	r.cells, r.lengths = append(r.cells, c), append(r.lengths, n)
	r.start, r.quoted = len(r.text), false
}

func (r *records) endRow() (err error) {
	if r.begun {
		start := 0
		for i, n := range r.lengths {
			r.cells[i].Text = r.text[start : start+n : start+n]
			start += n
		}
		err = r.row(r.cells[:min(len(r.cells), r.columns)]) // a table without columns has empty lines
	}
	r.begun = true
	r.text, r.start, r.cells, r.lengths = r.text[:0], 0, r.cells[:0], r.lengths[:0]
	return err
}
