package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const (
	// maxPlain is how many characters of a value are shown without folding it, and
	// maxPlainLines how many lines. foldedTo is how many characters are shown of a folded one.
	maxPlain      = 120
	maxPlainLines = 4
	foldedTo      = 80
	// maxIndentation is how many bytes of indentation a document may get for each of its own. Nested deeply
	// enough, 16 KiB would become 30 MiB.
	maxIndentation = 8
)

// appendEscaped appends text as HTML has it, in a text and in an attribute.
// Control characters that HTML has no place for are shown as their pictures.
func appendEscaped(dst, text []byte) []byte {
	start := 0
	for i, c := range text {
		var as string
		switch {
		case c == '<':
			as = "&lt;"
		case c == '>':
			as = "&gt;"
		case c == '&':
			as = "&amp;"
		case c == '"':
			as = "&#34;"
		case c == '\'':
			as = "&#39;"
		case c == '\r':
			as = "&#13;"
		case c < ' ' && c != '\n' && c != '\t':
			as = string(rune(0x2400 + int(c)))
		default:
			continue
		}
		dst = append(append(dst, text[start:i]...), as...)
		start = i + 1
	}
	return append(dst, text[start:]...)
}

// maxWord is how many bytes of a name have room in the narrowest column for names.
const maxWord = 14

// appendName appends a name as HTML has it. A longer one than maxWord may be broken behind an
// underscore where there is no room for all of it.
func appendName(dst []byte, name string) []byte {
	long := len(name) > maxWord
	for {
		i := strings.IndexByte(name, '_') + 1
		if !long || i == 0 || i == len(name) {
			return appendEscaped(dst, []byte(name))
		}
		dst = append(appendEscaped(dst, []byte(name[:i])), "<wbr>"...)
		name = name[i:]
	}
}

// appendValue appends what is in the cell of a value. A long one is folded unless whole is true.
func (p *Page) appendValue(dst []byte, c Cell, column *Column, whole bool) []byte {
	switch {
	case c.Null:
		return append(dst, "<i>null</i>"...)
	case column.Kind == Document && !c.Cut:
		return p.appendDocument(dst, c.Text, whole)
	case whole:
		return appendCut(appendEscaped(dst, c.Text), c.Cut)
	}
	fold := c.Cut || len(c.Text) > maxPlain && utf8.RuneCount(c.Text) > maxPlain || bytes.Count(c.Text, newline) >= maxPlainLines
	if !fold {
		return appendEscaped(dst, c.Text)
	}
	dst = appendSummary(dst, c.Text)
	dst = appendCut(appendEscaped(append(dst, "<div>"...), c.Text), c.Cut)
	return append(dst, "</div></details>"...)
}

var newline = []byte{'\n'}

func appendCut(dst []byte, cut bool) []byte {
	if cut {
		dst = append(dst, "<b>… (cut)</b>"...)
	}
	return dst
}

// appendSummary begins a fold with the beginning of text, on one line.
func appendSummary(dst, text []byte) []byte {
	end, n := 0, 0
	for end < len(text) && n < foldedTo && text[end] != '\n' {
		_, size := utf8.DecodeRune(text[end:])
		end, n = end+size, n+1
	}
	dst = appendEscaped(append(dst, "<details><summary>"...), text[:end])
	if end < len(text) {
		dst = append(dst, '\xe2', '\x80', '\xa6') // …
	}
	return append(dst, "</summary>"...)
}

// appendDocument appends JSON so that it can be read. What is short stays on one line.
func (p *Page) appendDocument(dst, text []byte, whole bool) []byte {
	short := utf8.RuneCount(text) <= maxPlain/2 && bytes.IndexByte(text, '\n') < 0
	if len(text) == 0 || text[0] != '{' && text[0] != '[' || short {
		if len(text) <= maxPlain || whole {
			return appendEscaped(dst, text)
		}
	}
	p.indented.Reset()
	pretty := text
	if indentation(text) <= maxIndentation*len(text) && json.Indent(&p.indented, text, "", "  ") == nil {
		pretty = p.indented.Bytes()
	}
	if !whole {
		dst = appendSummary(dst, text)
	}
	dst = append(appendEscaped(append(dst, "<pre>\n"...), pretty), "</pre>"...)
	if !whole {
		dst = append(dst, "</details>"...)
	}
	return dst
}

// indentation is about how many bytes json.Indent adds to text.
func indentation(text []byte) (n int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			n += 1 + 2*depth
		case c == '}' || c == ']':
			depth--
			n += 1 + 2*depth
		case c == ',':
			n += 1 + 2*depth
		}
	}
	return n
}

// rightToLeft reports whether text has characters that are written from right to left, or
// that control the direction of others. The element around it then finds its own direction.
func rightToLeft(text []byte) bool {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, size := utf8.DecodeRune(text[i:])
		i += size
		switch {
		case c >= 0x590 && c <= 0x8ff, c >= 0xfb1d && c <= 0xfdff, c >= 0xfe70 && c <= 0xfeff, c >= 0x10800 && c <= 0x10fff,
			c >= 0x1e800 && c <= 0x1efff, c == 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
			return true
		}
	}
	return false
}
