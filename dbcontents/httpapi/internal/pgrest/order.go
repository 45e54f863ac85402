package pgrest

import (
	"slices"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

var orderWords = []string{"asc", "desc", "nullsfirst", "nullslast"}

// parseOrder reads a list of keys to sort by. The parameter's name is key.
func parseOrder(key, text string) ([]dbcontents.Order, *Error) {
	s := scanner{what: anOrder, before: key + "=", text: text}
	var order []dbcontents.Order
	for {
		s.space()
		o, bad := s.orderKey()
		if bad != nil {
			return nil, bad
		}
		order = append(order, o)
		s.space()
		switch {
		case s.end():
			return order, nil
		case len(order) == maxItems:
			return nil, s.expected("at most " + strconv.Itoa(maxItems) + " keys")
		case !s.take(","):
			return nil, s.expected(`"->>", "->", delimiter (.), "," or end of input`)
		}
	}
}

func (s *scanner) orderKey() (o dbcontents.Order, bad *Error) {
	f, bad := s.field()
	if bad != nil {
		return o, bad
	}
	o.Column, o.Path, o.Text = f.Column, f.Path, f.Text
	if len(f.Path) == 0 && s.at("(") {
		if o, bad = s.relatedKey(f.Column); bad != nil {
			return o, bad
		}
	}
	s.space()
	expect, words := `"asc", "desc", "nullsfirst" or "nullslast"`, orderWords
	for s.at(".") {
		s.take(".")
		start := s.pos
		word := s.word()
		if !slices.Contains(words, word) {
			s.pos = start
			return o, s.expected(expect, words...)
		}
		switch word {
		case "asc", "desc":
			o.Desc = word == "desc"
			expect, words = `"nullsfirst" or "nullslast"`, orderWords[2:]
		default:
			o.Nulls = dbcontents.Nulls(word)
			return o, nil
		}
	}
	return o, nil
}
