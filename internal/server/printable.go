package server

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable is text that moves no cursor, changes no colour and turns no words round where it is
// printed. A database or another server may have chosen it. Control characters, those for the
// direction of writing, and what is not UTF-8 are written as in a Go string. Lines stay lines.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		if c == '\n' || !controls(c) && (c != utf8.RuneError || size > 1) {
			b.WriteString(text[:size])
		} else {
			quoted := strconv.QuoteToASCII(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
}

// printableLine is printable on one line.
func printableLine(text string) string { return strings.ReplaceAll(printable(text), "\n", `\n`) }

// printableJSON is the same for JSON that is valid: it means what it meant.
func printableJSON(text string) string {
	var b strings.Builder
	for _, c := range text {
		if c != '\n' && controls(c) {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// controls reports whether a terminal does something for a character instead of showing it.
func controls(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029'
}
