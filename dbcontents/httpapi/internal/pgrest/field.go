package pgrest

import (
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// maxSteps is how many steps a JSON path can have. PostgreSQL's stack limits it.
const maxSteps = 100

// name is a column's name or an alias.
func (s *scanner) name() (string, *Error) {
	if s.at(`"`) {
		name, ok := s.quoted()
		if !ok {
			return "", s.expected(`a name with its closing quote`)
		}
		return name, nil
	}
	return s.dashed(isIdent, "field name (* or [a..z0..9_$])")
}

// dashed is ident ("-" ident)*. A dash that begins an arrow does not count.
func (s *scanner) dashed(char func(rune) bool, what string) (string, *Error) {
	var before strings.Builder // the parts that end with a dash; usually empty
	for {
		part := strings.TrimSpace(s.while(char))
		if part == "" {
			return "", s.expected(what)
		}
		if s.at("->") || !s.take("-") {
			return before.String() + part, nil
		}
		before.WriteString(part + "-")
	}
}

// field is a name with a JSON path.
func (s *scanner) field() (f dbcontents.Field, bad *Error) {
	if f.Column, bad = s.name(); bad != nil {
		return f, bad
	}
	return f, s.path(&f)
}

// path is (("->" | "->>") key)*.
func (s *scanner) path(f *dbcontents.Field) *Error {
	for s.at("->") {
		if f.Text {
			return s.intoText()
		}
		if len(f.Path) == maxSteps {
			return s.expected("at most " + strconv.Itoa(maxSteps) + " steps")
		}
		s.take("->")
		f.Text = s.take(">")
		step, bad := s.step()
		if bad != nil {
			return bad
		}
		f.Path = append(f.Path, step)
	}
	return nil
}

// step is an index of an array if all of it is a number, and otherwise a key.
func (s *scanner) step() (any, *Error) {
	start := s.pos
	s.take("-")
	if digits := s.while(func(c rune) bool { return c >= '0' && c <= '9' }); digits != "" &&
		(s.end() || s.at("->") || s.at("::") || s.at(".") || s.at(",") || s.at(")")) {
		// PostgreSQL's indexes have 32 bits.
		if n, err := strconv.ParseInt(s.text[start:s.pos], 10, 32); err == nil {
			return int(n), nil
		}
		s.pos = start
		return nil, s.expected("an index of an array")
	}
	s.pos = start
	if s.at(`"`) {
		return s.name()
	}
	return s.dashed(func(c rune) bool { return !strings.ContainsRune("(-:.,>)", c) }, "any non reserved character different from: .,>()")
}

// intoText is the error for a step after ->>, as PostgreSQL would report it.
func (s *scanner) intoText() *Error {
	e := s.expected("the end of the path")
	e.Status, e.Code = 404, "42883"
	e.Message = "operator does not exist: text -> unknown"
	e.Hint = "->> gives text and must be the last step; use -> before it"
	return e
}
