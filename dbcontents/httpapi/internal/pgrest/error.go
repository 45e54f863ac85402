package pgrest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// An Error says what is wrong with a query string, in the members and codes by
// which PostgREST's clients know an error.
type Error struct {
	Status int    // of HTTP
	Code   string // PostgREST's, or an SQLSTATE
	// Cause is the stable name of the kind of mistake.
	Cause string
	// Parameter is the name of the parameter that is wrong, or empty. Unlike the texts
	// below, which quote the request, it may be logged.
	Parameter              string
	Message, Details, Hint string
}

// Error returns the message and the details, if there are any.
func (e *Error) Error() string {
	if e.Details == "" {
		return e.Message
	}
	return e.Message + ": " + e.Details
}

func newError(code, message, details, hint string) *Error {
	return &Error{Status: 400, Code: code, Cause: "query_invalid", Message: message, Details: details, Hint: hint}
}

// expected is the error at the scanner's position. It says what is there, what
// precedes it, and what should be there. The message is PostgREST's. The hint has
// the rule, and the one of the words that was probably meant.
func (s *scanner) expected(what string, words ...string) *Error {
	shown := s.text[s.hidden:]
	message := fmt.Sprintf(`"failed to parse %s (%s)" (line 1, column %d)`, s.what, cut(shown), 1+utf8.RuneCountInString(s.text[:s.pos]))
	unexpected := s.unexpected()
	details := "unexpected " + quote(unexpected)
	if unexpected == "" {
		details = "unexpected end of input"
	}
	if before := s.before + s.text[s.hidden:max(s.pos, s.hidden)]; before != "" {
		details += " after " + quote(tail(before))
	}
	hint := rules[s.what]
	if meant := nearest.Of(unexpected, words...); meant != "" {
		hint = "did you mean " + quote(meant) + "? " + hint
	}
	return newError("PGRST100", message, details+", expecting "+what, hint)
}

// rules are the rules that hints state, by what is parsed.
var rules = map[string]string{
	aSelect:    "select is a list of alias:column->path::cast, alias:table!hint!inner(list) for rows of related tables, and -column to leave one out of *; a name with other characters than letters, digits, _, $, spaces and inner dashes needs double quotes",
	anOrder:    "order is a list of column.asc or column.desc, each with .nullsfirst or .nullslast if wanted; table(column) sorts by a column of an embed",
	aFilter:    "a filter is column=operator.value or column=not.operator.value, such as id=eq.1; the operators are " + strings.Join(operatorNames, ", "),
	aLogicTree: "a logic tree is and=(column.operator.value,or(...)); a value with a comma or parenthesis needs double quotes",
	aLimit:     "limit is the most rows to return, a whole number, 0 for none; to filter by a column of that name write and=(limit.eq.1)",
	anOffset:   "offset is how many rows to skip, a whole number; to filter by a column of that name write and=(offset.eq.1)",
	aTreePath:  "a key is select, order, limit, offset, and, or, not.and, not.or, format or a column; for the rows of an embed, its name and a dot come before; a name with other characters than letters, digits, _, $, spaces and inner dashes needs double quotes",
}

// unexpected is the word or the character at the scanner's position.
func (s *scanner) unexpected() string {
	rest := s.text[s.pos:]
	end := strings.IndexFunc(rest, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' })
	switch {
	case end < 0:
		return rest
	case end == 0:
		_, end = utf8.DecodeRuneInString(rest)
	}
	return rest[:end]
}

// maxQuoted is how many bytes of a client's text a message repeats.
const maxQuoted = 100

func quote(s string) string { return `"` + cut(s) + `"` }

func cut(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	return strings.ToValidUTF8(s[:maxQuoted], "") + "..."
}

func tail(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	return "..." + strings.ToValidUTF8(s[len(s)-maxQuoted:], "")
}
