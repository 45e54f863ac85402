package openapi

import (
	"encoding/json"
	"io"
)

// A writer writes JSON as a stream.
type writer struct {
	out  io.Writer
	buf  []byte
	more bool // something stands before what comes next
	err  error
}

// maxBuffered is how much the writer keeps before it writes.
const maxBuffered = 32 << 10

// next begins the next value or member.
func (w *writer) next() {
	if w.more {
		w.buf = append(w.buf, ',')
	}
	w.more = true
}

// open begins an object or an array by its bracket.
func (w *writer) open(bracket byte) {
	w.next()
	w.buf = append(w.buf, bracket)
	w.more = false
}

// close ends an object or an array by its bracket.
func (w *writer) close(bracket byte) {
	w.buf = append(w.buf, bracket)
	w.more = true
	if len(w.buf) > maxBuffered {
		w.flush()
	}
}

// key begins a member of an object. Its value must follow.
func (w *writer) key(name string) {
	w.next()
	w.buf = append(appendText(w.buf, name), ':')
	w.more = false
}

// entry is key on a new line.
func (w *writer) entry(name string) {
	w.next()
	w.line()
	w.buf = append(appendText(w.buf, name), ':')
	w.more = false
}

// line begins a new line.
func (w *writer) line() { w.buf = append(w.buf, '\n') }

// text writes a string.
func (w *writer) text(s string) {
	w.next()
	w.buf = appendText(w.buf, s)
}

// texts writes an array of strings.
func (w *writer) texts(list []string) {
	w.open('[')
	for _, s := range list {
		w.text(s)
	}
	w.close(']')
}

// raw writes JSON as it is.
func (w *writer) raw(json string) {
	w.next()
	w.buf = append(w.buf, json...)
}

// member writes a member whose value is JSON.
func (w *writer) member(name, json string) {
	w.key(name)
	w.raw(json)
}

// flush writes what is buffered. It returns the first error.
func (w *writer) flush() error {
	if w.err == nil {
		_, w.err = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

// appendText appends a string as JSON.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic("unreachable: a string can be encoded: " + err.Error())
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
