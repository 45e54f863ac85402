package pgrest

import (
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// maxDepth is how deep lists can be nested. Even with not before each of them, a
// filter is less deep than the Store accepts.
const maxDepth = 40

// parseLogic reads a logic tree. The operator, "and" or "or", comes from the key.
// Text after the closing parenthesis is ignored, because clients send one too many.
func parseLogic(key, op string, negated bool, value string) (dbcontents.Filter, *Error) {
	// PostgREST reads the operator and the list as one text, and counts columns in it.
	s := scanner{what: aLogicTree, before: key + "=", text: op + value, pos: len(op), hidden: len(op)}
	filter, bad := s.logicList(op)
	if negated {
		filter = dbcontents.Not(filter)
	}
	return filter, bad
}

// logicList is "(" term ("," term)* ")".
func (s *scanner) logicList(op string) (none dbcontents.Filter, bad *Error) {
	s.space()
	if !s.take("(") {
		return none, s.expected(`"("`)
	}
	if s.depth++; s.depth > maxDepth {
		return none, s.expected("at most " + strconv.Itoa(maxDepth) + " lists within another")
	}
	var terms []dbcontents.Filter
	for {
		s.space()
		term, bad := s.term()
		if bad != nil {
			return none, bad
		}
		terms = append(terms, term)
		s.space()
		if s.take(",") {
			continue
		}
		if !s.take(")") {
			return none, s.expected(`"," or ")"`)
		}
		s.depth--
		if op == "or" {
			return dbcontents.Or(terms...), nil
		}
		return dbcontents.And(terms...), nil
	}
}

// term is a list with its operator, or a filter. A column may be called "and", "or"
// or "not": only a parenthesis begins a list.
func (s *scanner) term() (dbcontents.Filter, *Error) {
	start := s.pos
	negated := s.take("not.")
	operator := s.pos
	word := s.word()
	s.space()
	if s.at("(") {
		if word != "and" && word != "or" {
			s.pos = operator
			return dbcontents.Filter{}, s.expected(`field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)`, "and", "or")
		}
		filter, bad := s.logicList(word)
		if negated {
			filter = dbcontents.Not(filter)
		}
		return filter, bad
	}
	s.pos = start
	f, bad := s.field()
	if bad != nil {
		return dbcontents.Filter{}, bad
	}
	if len(f.Path) == 0 && s.take(".count()") {
		f = rowCount(f.Column)
	}
	s.space()
	if !s.take(".") {
		return dbcontents.Filter{}, s.expected("delimiter (.)")
	}
	return s.operation(f, (*scanner).logicValue)
}

// logicValue is a value in a list: a quoted text, an array in braces, or all text up
// to a comma or a parenthesis.
func (s *scanner) logicValue() string {
	if s.at("{") {
		start := s.pos
		s.take("{")
		s.until("{}")
		if s.take("}") {
			return s.text[start:s.pos]
		}
		s.pos = start
	}
	return s.listItem()
}
