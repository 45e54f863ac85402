package pgrest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What can be parsed, in the words of PostgREST's messages.
const (
	aSelect    = "select parameter"
	anOrder    = "order"
	aFilter    = "filter"
	aLogicTree = "logic tree"
	aTreePath  = "tree path"
	aLimit     = "limit"
	anOffset   = "offset"
)

// A scanner reads one key or value from left to right.
type scanner struct {
	what   string // what is parsed
	before string // what precedes the text: the key of a value
	text   string
	pos    int // in bytes
	// hidden is the length of the operator before a logic list. It was put before the
	// text so that the list can be parsed, and messages do not show it.
	hidden int
	depth  int // how deep logic lists or embeds are nested here
	// selected and embeds are how many items and embeds a select list has so far, on all levels.
	selected, embeds int
}

func (s *scanner) end() bool { return s.pos == len(s.text) }

// at reports whether the text goes on with word.
func (s *scanner) at(word string) bool { return strings.HasPrefix(s.text[s.pos:], word) }

// take moves over word if it is there.
func (s *scanner) take(word string) bool {
	if !s.at(word) {
		return false
	}
	s.pos += len(word)
	return true
}

// while moves over the characters for which ok holds, and returns them.
func (s *scanner) while(ok func(rune) bool) string {
	start := s.pos
	for s.pos < len(s.text) {
		c, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if !ok(c) {
			break
		}
		s.pos += size
	}
	return s.text[start:s.pos]
}

// until moves to the first of chars, or to the end.
func (s *scanner) until(chars string) string {
	return s.while(func(c rune) bool { return !strings.ContainsRune(chars, c) })
}

func (s *scanner) space() { s.while(func(c rune) bool { return c == ' ' || c == '\t' }) }

// word is a run of ASCII letters, such as the name of an operator.
func (s *scanner) word() string {
	return s.while(func(c rune) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' })
}

func isIdent(c rune) bool {
	return unicode.IsLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '$' || c == ' '
}

// ident is a name without quotes and dashes, empty if there is none.
func (s *scanner) ident() string { return strings.Trim(s.while(isIdent), " ") }

// quoted is the text of a pair of double quotes, in which \ escapes the next character.
func (s *scanner) quoted() (text string, ok bool) {
	start := s.pos
	if !s.take(`"`) {
		return "", false
	}
	var b strings.Builder
	for !s.end() {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == '"':
			return b.String(), true
		case c == '\\' && !s.end():
			c = s.text[s.pos]
			s.pos++
		case c == '\\':
			continue
		}
		b.WriteByte(c) // the other bytes of a longer character follow in the next rounds
	}
	s.pos = start
	return "", false
}
