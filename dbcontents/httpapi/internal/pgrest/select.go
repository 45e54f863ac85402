package pgrest

import (
	"slices"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// maxItems is how many items select and order can have each. PostgreSQL's target
// list, which includes the order, has at most 1664 entries.
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
	var fields []dbcontents.Field
	for {
		s.space()
		f, bad := s.item()
		if bad != nil {
			return nil, bad
		}
		fields = append(fields, f)
		s.space()
		switch {
		case s.end():
			return fields, nil
		case len(fields) == maxItems:
			return nil, s.expected("at most " + strconv.Itoa(maxItems) + " items")
		case !s.take(","):
			return nil, s.expected(`"->>", "->", "::", ".", "," or end of input`)
		}
	}
}

// item is *, count(), or a field with its alias, casts and aggregate.
func (s *scanner) item() (f dbcontents.Field, bad *Error) {
	if s.take("*") {
		return f, nil
	}
	if s.at("...") {
		return f, s.embedding()
	}
	alias := s.alias()
	if s.take("count()") {
		f.Alias, f.Aggregate = alias, "count"
		f.AggregateCast, bad = s.cast()
		return f, bad
	}
	s.space()
	if f, bad = s.field(); bad != nil {
		return f, bad
	}
	f.Alias = alias
	s.space()
	if s.at("!") || s.at("(") {
		return f, s.embedding()
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

// embedding is the error for columns of another table.
func (s *scanner) embedding() *Error {
	e := s.expected("a column")
	e.Code, e.Message = "PGRST127", "Feature not implemented"
	e.Details = "embedding other tables in select is not implemented: " + e.Details
	e.Hint = "read each table by its own request, or make a view that joins them; a name with a parenthesis or exclamation mark needs double quotes"
	return e
}

// notEmbedded is the error for a parameter that belongs to an embedded table.
func notEmbedded(table, key string) *Error {
	hint := "a column whose name holds a dot needs double quotes"
	if table == "not" {
		hint = "not comes before the operator: column=not.eq.value"
	}
	return newError("PGRST108", "'"+cut(table)+"' is not an embedded resource in this request", "in the key "+quote(key), hint)
}
