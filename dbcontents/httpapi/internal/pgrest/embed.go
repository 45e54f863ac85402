package pgrest

import (
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// maxEmbeds is how many embeds a request can have, and maxEmbedDepth how deep they can
// be nested. The time that PostgreSQL takes to plan a statement grows with its joins.
const (
	maxEmbeds     = 32
	maxEmbedDepth = 8
)

// spread is an embed without an alias, behind its dots.
func (s *scanner) spread() (f dbcontents.Field, bad *Error) {
	s.space()
	name, bad := s.name()
	if bad != nil {
		return f, bad
	}
	s.space()
	return s.embed("", dbcontents.Related{Table: name, Spread: true})
}

// embed is what follows the name of an embed: ("!" param){0,2} "(" items? ")".
func (s *scanner) embed(alias string, r dbcontents.Related) (f dbcontents.Field, bad *Error) {
	switch {
	case s.embeds == maxEmbeds:
		return f, s.expected("at most " + strconv.Itoa(maxEmbeds) + " embeds in a request")
	case s.depth == maxEmbedDepth:
		return f, s.expected("at most " + strconv.Itoa(maxEmbedDepth) + " embeds within another")
	}
	s.embeds++
	if bad = s.embedParams(&r); bad != nil {
		return f, bad
	}
	if !s.take("(") {
		return f, s.expected(`"!" or "("`)
	}
	f = dbcontents.Field{Alias: alias, Embed: &r}
	if s.space(); s.take(")") {
		r.Select = []dbcontents.Field{}
		return f, nil
	}
	s.depth++
	if r.Select, bad = s.items(); bad != nil {
		return f, bad
	}
	s.depth--
	if !s.take(")") {
		return f, s.afterItems(r.Select, `")"`)
	}
	return f, nil
}

// embedParams reads a hint and a kind of join, in any order. In quotes, inner and left
// are hints.
func (s *scanner) embedParams(r *dbcontents.Related) *Error {
	joined := false
	for s.take("!") {
		start, bare := s.pos, !s.at(`"`)
		param, bad := s.name()
		if bad != nil {
			return bad
		}
		join := bare && (param == "inner" || param == "left")
		switch {
		case join && joined:
			s.pos = start
			return s.expected("one of !inner and !left")
		case join:
			joined, r.Inner = true, param == "inner"
		case r.Hint != "" || param == "":
			s.pos = start
			return s.expected("one hint")
		default:
			r.Hint = param
		}
		s.space()
	}
	return nil
}

// omission is the column that is left out, behind its dash.
func (s *scanner) omission() (f dbcontents.Field, bad *Error) {
	start := s.pos
	f.Omit = true
	if f.Column, bad = s.name(); bad == nil && f.Column == "" {
		s.pos = start
		bad = s.expected("the name of a column")
	}
	return f, bad
}

// relatedKey is what follows the name of an embed by which rows are sorted: "(" field ")".
func (s *scanner) relatedKey(embed string) (o dbcontents.Order, bad *Error) {
	if embed == "" {
		return o, s.expected("the name of an embed before it")
	}
	s.take("(")
	s.space()
	f, bad := s.field()
	if bad != nil {
		return o, bad
	}
	s.space()
	if !s.take(")") {
		return o, s.expected(`"->>", "->" or ")"`)
	}
	return dbcontents.Order{Embed: embed, Column: f.Column, Path: f.Path, Text: f.Text}, nil
}
