// Package confidential decides what of a configuration may be repeated in a
// message. A connection string or a password is easily pasted where something
// else belongs, and the message about it ends up in a log or a ticket.
package confidential

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// connString are the forms in which a text carries a password: a URL with a user,
// one of PostgreSQL's, a user and a password before a host, and key=value pairs.
var connString = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s/]*@|\bpostgres(ql)?://|:[^\s@]*@|pass(word|wd)?\s*=|\bpwd\s*=`)

// ConnString reports whether text is, or holds, something to connect with.
func ConnString(text string) bool { return connString.MatchString(text) }

const (
	longest = 128 // bytes of a value that may be repeated
	word    = 24  // of a run of letters, or of digits
	mixed   = 8   // from here on a run of both is taken for a password or a key
)

// Quote is value in double quotes for a message, or, if it may be a secret, a
// description of it. A short plain word is never taken for one, nor can it be told
// from one: what surely holds a secret must not be given to Quote.
func Quote(value string) string {
	switch {
	case ConnString(value):
		return "a connection string (not shown)"
	case secret(value):
		return "a value that may be a secret (not shown)"
	}
	return strconv.Quote(value)
}

// Name is a name that a stranger chose, of a path or a parameter, for a log: in double
// quotes, unless it is a connection string. Names are not secret in themselves.
func Name(name string) string {
	if ConnString(name) {
		return Quote(name)
	}
	return strconv.Quote(name)
}

// secret tells what is longer, or of more kinds of characters, than the values that
// people set: numbers, durations, addresses, paths, names and lists of these.
func secret(value string) bool {
	if len(value) > longest {
		return true
	}
	for _, run := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(`./:,-_*"[] `, c) }) {
		letters, digits := 0, 0
		for _, c := range run {
			switch {
			case unicode.IsLetter(c):
				letters++
			case unicode.IsDigit(c):
				digits++
			default:
				return len(value) >= mixed
			}
		}
		if letters > word || digits > word || letters > 0 && digits > 0 && letters+digits >= mixed {
			return true
		}
	}
	return false
}

// Shorten cuts text that a stranger sent to at most so many bytes, so that it does
// not fill a message. It does not cut through a character.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
