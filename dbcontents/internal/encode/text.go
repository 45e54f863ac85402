package encode

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// The text of a value is checked to be UTF-8, once, wherever it is not plain
// ASCII: PostgreSQL converts or verifies what it sends as UTF8, but what is in
// between (a pooler, a foreign server) is not ours to trust with the validity
// of an answer.

// raw is for json and jsonb, whose text is a JSON value already.
func raw(dst, src []byte) []byte {
	if !validText(src) {
		return nil
	}
	return append(dst, src...)
}

// rawOneLine is raw for NDJSON: json is kept as it was stored, line ends
// included. In JSON these stand only between tokens, where a space is as good.
func rawOneLine(dst, src []byte) []byte {
	start := len(dst)
	if dst = raw(dst, src); dst == nil {
		return nil
	}
	oneLine(dst[start:])
	return dst
}

func oneLine(json []byte) {
	for i, c := range json {
		if c == '\n' || c == '\r' {
			json[i] = ' '
		}
	}
}

// copied is for bytes that mean nothing here.
func copied(dst, src []byte) []byte { return append(dst, src...) }

// Printed is a value as PostgreSQL prints it, sent as text.
func Printed(dst, src []byte) []byte { return raw(dst, src) }

func validText(src []byte) bool {
	i := 0
	for ; len(src)-i >= 8; i += 8 {
		if binary.LittleEndian.Uint64(src[i:])&highBits != 0 {
			return utf8.Valid(src[i:])
		}
	}
	return utf8.Valid(src[i:])
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// hasSpecial tells whether any of eight bytes must be escaped in JSON: below
// 0x20, a quote or a backslash. It may say so of a byte above such a one, never
// the reverse (the arithmetic carries upwards only); bytes from 0x80 on are not special.
func hasSpecial(w uint64) bool {
	quote, backslash := w^('"'*lowBits), w^('\\'*lowBits)
	return ((w-' '*lowBits)&^w|(quote-lowBits)&^quote|(backslash-lowBits)&^backslash)&highBits != 0
}

const hexDigits = "0123456789abcdef"

// jsonString writes text as a JSON string with PostgreSQL's escapes (escape_json in json.c).
func jsonString(dst, src []byte) []byte {
	dst = append(dst, '"')
	start, i := 0, 0
	var high uint64
	for i < len(src) {
		if len(src)-i >= 8 {
			w := binary.LittleEndian.Uint64(src[i:])
			if !hasSpecial(w) {
				high |= w
				i += 8
				continue
			}
		}
		c := src[i]
		if c >= ' ' && c != '"' && c != '\\' {
			high |= uint64(c)
			i++
			continue
		}
		dst = append(dst, src[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	if high&highBits != 0 && !utf8.Valid(src) {
		return nil
	}
	return append(append(dst, src[start:]...), '"')
}

// csvText writes text as one field of RFC 4180.
func csvText(dst, src []byte) []byte { return csvTextBetween(dst, src, ',', false) }

// csvTextBetween is csvText with another separator than the comma, and with
// quotes also where they are not needed.
func csvTextBetween(dst, src []byte, separator byte, quotes bool) []byte {
	if !validText(src) {
		return nil
	}
	if len(src) == 0 {
		return append(dst, `""`...) // nothing at all is null
	}
	if !quotes && bytes.IndexByte(src, separator) < 0 && bytes.IndexByte(src, '"') < 0 &&
		bytes.IndexByte(src, '\n') < 0 && bytes.IndexByte(src, '\r') < 0 {
		return append(dst, src...)
	}
	dst = append(dst, '"')
	if len(src) <= short {
		for _, c := range src {
			if c == '"' {
				dst = append(dst, c)
			}
			dst = append(dst, c)
		}
		return append(dst, '"')
	}
	for {
		i := bytes.IndexByte(src, '"')
		if i < 0 {
			return append(append(dst, src...), '"')
		}
		dst = append(append(dst, src[:i+1]...), '"')
		src = src[i+1:]
	}
}

// short is the length up to which looking at every byte of a text costs less
// than calling bytes.IndexByte for each of its quotes.
const short = 64
