package httpapi

import (
	"bytes"
	"unicode/utf8"
)

const (
	// cellMost is how many bytes of a value are shown.
	cellMost = 500
	// viewMost bounds what a page of the HTML view keeps, and with it what the page is
	// made of. A cell counts as cellCost more than its text.
	viewMost = 4 << 20
	cellCost = 64
)

type cell struct {
	Text      string
	Null, Cut bool
}

// cells takes CSV as Rows.WriteTo writes it, which has values as PostgreSQL prints
// them, and keeps what the HTML view shows: the first rows, and of each value its beginning.
// A large value is never kept as a whole.
type cells struct {
	columns int
	most    int    // rows to keep
	stop    func() // ends the read

	rows [][]cell
	more bool // there are rows beyond those that are kept
	full bool // because they would be too large
	size int

	begun  bool   // the header line is over
	row    []cell // as far as it has come
	text   []byte // of the present field, its beginning
	quoted bool   // the field is in quotes
	open   bool   // it is not yet known whether they have ended
	closed bool   // the last byte was a quote: the end, or the first half of one in the text
}

// Write takes the next part of the CSV.
func (c *cells) Write(block []byte) (int, error) {
	for rest := block; len(rest) > 0 && !c.more; {
		switch {
		case c.open && c.closed:
			if c.closed = false; rest[0] == '"' {
				c.keep(rest[:1])
				rest = rest[1:]
			} else {
				c.open = false
			}
		case c.open:
			i := bytes.IndexByte(rest, '"')
			if c.closed = i >= 0; !c.closed {
				i = len(rest)
			}
			c.keep(rest[:i])
			rest = rest[min(i+1, len(rest)):]
		default:
			c.plain(rest[0])
			rest = rest[1:]
		}
	}
	return len(block), nil
}

// plain takes a byte outside of quotes.
func (c *cells) plain(b byte) {
	switch b {
	case '"':
		c.quoted, c.open = true, true
	case ',':
		c.endField()
	case '\r': // a line feed follows
	case '\n':
		c.endField()
		c.endRow()
	default:
		c.keep([]byte{b})
	}
}

// keep keeps what is needed of a value: one byte more than is shown tells that it goes on.
func (c *cells) keep(text []byte) {
	c.text = append(c.text, text[:min(len(text), cellMost+1-len(c.text))]...)
}

func (c *cells) endField() {
	f := cell{Null: len(c.text) == 0 && !c.quoted}
	if len(c.text) > cellMost {
		end := cellMost
		for !utf8.RuneStart(c.text[end]) {
			end--
		}
		c.text, f.Cut = c.text[:end], true
	}
	f.Text = string(c.text)
	c.text, c.quoted = c.text[:0], false
	if c.begun && len(c.rows) < c.most {
		c.row = append(c.row, f)
		c.size += cellCost + len(f.Text)
	}
}

func (c *cells) endRow() {
	switch {
	case !c.begun:
		c.begun = true
		return
	case len(c.rows) == c.most, c.size > viewMost && len(c.rows) > 0:
		c.full = len(c.rows) < c.most
		c.more = true
		c.stop()
		return
	}
	c.rows = append(c.rows, c.row[:min(len(c.row), c.columns)]) // a row without columns is an empty line
	c.row = make([]cell, 0, c.columns)
}
