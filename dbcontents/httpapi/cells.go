package httpapi

import (
	"bytes"
	"unicode/utf8"
)

const (
	// maxCell is how many bytes of a value the HTML view shows.
	maxCell = 500
	// maxView is how many bytes one view keeps. A cell counts for its text and
	// cellCost more.
	maxView  = 4 << 20
	cellCost = 64
)

type cell struct {
	Text      string
	Null, Cut bool
}

// cells is a writer for CSV as Rows.WriteTo writes it, which has values as
// PostgreSQL prints them. It keeps what the HTML view shows: the first rows, and
// the beginning of each value. It never holds the whole of a large value.
type cells struct {
	columns int
	maxRows int    // how many rows to keep
	stop    func() // ends the read

	rows [][]cell
	more bool // there are rows behind those that are kept
	full bool // the reason is their size
	size int

	begun  bool   // the header line has been read
	row    []cell // the fields of the current row so far
	text   []byte // the beginning of the current field
	quoted bool   // the current field is in quotes
	open   bool   // its closing quote has not been seen for certain
	closed bool   // the last byte was a quote, which either closes the field or is the first half of an escaped quote
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

// plain handles a byte outside of quotes.
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

// keep appends to the current field, up to one byte more than is shown. That byte
// tells that the value goes on.
func (c *cells) keep(text []byte) {
	c.text = append(c.text, text[:min(len(text), maxCell+1-len(c.text))]...)
}

func (c *cells) endField() {
	f := cell{Null: len(c.text) == 0 && !c.quoted}
	if len(c.text) > maxCell {
		end := maxCell
		for !utf8.RuneStart(c.text[end]) {
			end--
		}
		c.text, f.Cut = c.text[:end], true
	}
	f.Text = string(c.text)
	c.text, c.quoted = c.text[:0], false
	if c.begun && len(c.rows) < c.maxRows {
		c.row = append(c.row, f)
		c.size += cellCost + len(f.Text)
	}
}

func (c *cells) endRow() {
	switch {
	case !c.begun:
		c.begun = true
		return
	case len(c.rows) == c.maxRows, c.size > maxView && len(c.rows) > 0:
		c.full = len(c.rows) < c.maxRows
		c.more = true
		c.stop()
		return
	}
	c.rows = append(c.rows, c.row[:min(len(c.row), c.columns)]) // a table without columns has empty lines
	c.row = make([]cell, 0, c.columns)
}
