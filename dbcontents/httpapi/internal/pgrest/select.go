package pgrest

import (
	"slices"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// maxItems is how many items select, with those of its embeds, and order can have
// each. PostgreSQL's target list, which includes the order, has at most 1664 entries.
const maxItems = 800

var aggregates = []dbcontents.Aggregate{
	dbcontents.AggregateSum, dbcontents.AggregateAvg, dbcontents.AggregateCount, dbcontents.AggregateMin, dbcontents.AggregateMax,
}

// parseSelect reads a list of items. It returns nil for an empty list, which means all columns.
func parseSelect(text string) ([]dbcontents.Field, *Error) {
	if text == "" {
		return nil, nil
	}
	s := scanner{what: aSelect, before: "select=", text: text}
	fields, bad := s.items()
	if bad == nil && !s.end() {
		bad = s.afterItems(fields, "end of input")
	}
	if bad != nil {
		return nil, bad
	}
	return fields, nil
}

// items is item ("," item)*.
func (s *scanner) items() (fields []dbcontents.Field, bad *Error) {
	for {
		if s.selected == maxItems {
			return nil, s.expected("at most " + strconv.Itoa(maxItems) + " items")
		}
		s.selected++
		s.space()
		f, bad := s.item()
		if bad != nil {
			return nil, bad
		}
		fields = append(fields, f)
		if s.space(); !s.take(",") {
			return fields, nil
		}
	}
}

// afterItems is the error for what follows a list that should have ended.
func (s *scanner) afterItems(fields []dbcontents.Field, end string) *Error {
	if last := &fields[len(fields)-1]; last.Embed != nil || last.Omit {
		return s.expected(`"," or ` + end)
	}
	return s.expected(`"->>", "->", "::", ".", "," or ` + end)
}

// item is *, count(), a column that is left out, an embed, or a field with its alias,
// casts and aggregate.
func (s *scanner) item() (f dbcontents.Field, bad *Error) {
	if s.take("*") {
		return f, nil
	}
	if s.take("...") {
		return s.spread()
	}
	if s.take("-") {
		return s.omission()
	}
	alias := s.alias()
	if s.take("count()") {
		f.Alias, f.Aggregate = alias, "count"
		f.AggregateCast, bad = s.cast()
		return f, bad
	}
	s.space()
	bare := !s.at(`"`)
	if f, bad = s.field(); bad != nil {
		return f, bad
	}
	f.Alias = alias
	s.space()
	if len(f.Path) == 0 && (s.at("!") || s.at("(")) {
		if bare && f.Column == "count" {
			return f, s.expected("count(); the name of a table called count needs double quotes")
		}
		return s.embed(alias, dbcontents.Related{Table: f.Column})
	}
	if f.Cast, bad = s.cast(); bad != nil {
		return f, bad
	}
	if s.at(".") {
		if f.Aggregate, bad = s.aggregate(); bad != nil {
			return f, bad
		}
		f.AggregateCast, bad = s.cast()
	}
	return f, bad
}

// alias is a name before a colon, if there is one; "::" is a cast.
func (s *scanner) alias() string {
	start := s.pos
	name, bad := s.name()
	if bad == nil && !s.at("::") && s.take(":") {
		return name
	}
	s.pos = start
	return ""
}

// cast is the name of a type after "::", if there is one.
func (s *scanner) cast() (string, *Error) {
	if !s.take("::") {
		return "", nil
	}
	name := s.ident()
	if name == "" {
		return "", s.expected("the name of a type (letters, digits, _, $ and spaces)")
	}
	return name, nil
}

// aggregate is "." function "()".
func (s *scanner) aggregate() (dbcontents.Aggregate, *Error) {
	s.take(".")
	start := s.pos
	function := dbcontents.Aggregate(s.word())
	if !slices.Contains(aggregates, function) {
		s.pos = start
		return "", s.expected("sum(), avg(), count(), min() or max(); a name with a dot needs double quotes", words(aggregates)...)
	}
	if !s.take("()") {
		return "", s.expected(`"()"`)
	}
	return function, nil
}

// words are the elements of a list, for hints.
func words[T ~string](list []T) []string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return texts
}
