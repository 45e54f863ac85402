package server

import (
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	usualWidth = 80  // of what is not a terminal, or does not tell
	leastWidth = 40  // below it nothing is wrapped any more
	mostWidth  = 110 // longer lines of prose are hard to read
)

func isTerminal(w io.Writer) bool {
	_, ok := columnsOf(w)
	return ok
}

func columnsOf(w io.Writer) (columns int, ok bool) {
	file, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return terminalColumns(file)
}

// widthOf is how long lines on w should be at most.
func widthOf(w io.Writer) int {
	columns, _ := columnsOf(w)
	if columns == 0 {
		columns = usualWidth
	}
	return min(max(columns, leastWidth), mostWidth)
}

// wrap breaks text at spaces into lines of at most so many characters. All but the first begin
// with indent; the first continues a line that has the length of indent already.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	column := utf8.RuneCountInString(indent)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// A palette colours words on a terminal; the zero value does not.
type palette struct{ on bool }

// paletteOf is that for w. NO_COLOR in the environment turns colours off, see https://no-color.org.
func paletteOf(w io.Writer, environ []string) palette {
	off := slices.ContainsFunc(environ, func(v string) bool {
		return strings.HasPrefix(v, "NO_COLOR=") && v != "NO_COLOR=" || v == "TERM=dumb"
	})
	return palette{isTerminal(w) && !off}
}

const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

func (p palette) paint(color, text string) string {
	if !p.on {
		return text
	}
	return color + text + plain
}
