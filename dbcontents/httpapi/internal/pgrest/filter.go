package pgrest

import (
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// operators are the operators in the order in which hints list them.
var operators = []dbcontents.Op{
	dbcontents.OpEq, dbcontents.OpNeq, dbcontents.OpGt, dbcontents.OpGte, dbcontents.OpLt, dbcontents.OpLte,
	dbcontents.OpLike, dbcontents.OpILike, dbcontents.OpMatch, dbcontents.OpIMatch, dbcontents.OpIn, dbcontents.OpIs, dbcontents.OpIsDistinct,
	dbcontents.OpTextSearch, dbcontents.OpPlainSearch, dbcontents.OpPhraseSearch, dbcontents.OpWebSearch,
	dbcontents.OpContains, dbcontents.OpContainedIn, dbcontents.OpOverlaps,
	dbcontents.OpLeftOf, dbcontents.OpRightOf, dbcontents.OpNotRightOf, dbcontents.OpNotLeftOf, dbcontents.OpAdjacent,
}

var operatorNames = words(operators)

var truths = []string{"null", "not_null", "true", "false", "unknown"}

// parseFilter reads the key and the value of a filter. The path leads to the embed
// whose rows are filtered.
func parseFilter(key, value string) (path []string, filter dbcontents.Filter, bad *Error) {
	path, f, bad := parseKey(key)
	if bad != nil {
		return nil, filter, bad
	}
	s := scanner{what: aFilter, before: key + "=", text: value}
	filter, bad = s.operation(f, (*scanner).rest)
	return path, filter, bad
}

// parseKey is (name ".")* field, or (name ".")+ "count()", which counts the rows of the
// last embed. Text after the field is ignored.
func parseKey(key string) (path []string, f dbcontents.Field, bad *Error) {
	s := scanner{what: aTreePath, text: key}
	for {
		name, bad := s.name()
		if bad != nil {
			return nil, f, bad
		}
		if s.at(".count()") && s.pos+len(".count()") == len(key) {
			return path, rowCount(name), nil
		}
		if !s.take(".") {
			f.Column = name
			return path, f, s.path(&f)
		}
		path = append(path, name)
	}
}

// rowCount is the number of rows of an embed, as a filter tests it.
func rowCount(embed string) dbcontents.Field {
	return dbcontents.Field{Column: embed, Aggregate: dbcontents.AggregateCount}
}

// parsePath is (name ".")*, the beginning of a key that is not a filter. For and and or,
// "not" may follow without quotes.
func parsePath(key string, size int, logic bool) (path []string, negated bool, bad *Error) {
	s := scanner{what: aTreePath, text: key}
	for s.pos < size {
		if logic && s.pos+len("not.") == size && s.take("not.") {
			return path, true, nil
		}
		name, bad := s.name()
		if bad != nil {
			return nil, false, bad
		}
		if !s.take(".") {
			return nil, false, s.expected("delimiter (.)")
		}
		path = append(path, name)
	}
	return path, false, nil
}

// operation is ("not.")? operator "." value.
func (s *scanner) operation(f dbcontents.Field, value func(*scanner) string) (none dbcontents.Filter, bad *Error) {
	negated := s.take("not.")
	op, name, bad := s.operator()
	if bad != nil {
		return none, bad
	}
	var operand any
	switch name {
	case "in":
		operand, bad = s.list()
	case "is":
		operand, bad = s.truth()
	default:
		operand = value(s)
	}
	if bad != nil {
		return none, bad
	}
	filter := dbcontents.Where(f, op, operand)
	if negated {
		filter = dbcontents.Not(filter)
	}
	return filter, nil
}

// operator reads an operator, what it has in parentheses, and the dot.
func (s *scanner) operator() (op dbcontents.Op, name string, bad *Error) {
	start := s.pos
	name = s.word()
	op = dbcontents.Op(name)
	if !op.Valid() {
		s.pos = start
		return "", "", s.expected(`"not" or operator (eq, gt, ...)`, operatorNames...)
	}
	// An operator takes any and all, or else the name of any configuration, or nothing.
	configured, quantified := (op + "(x)").Valid(), (op + "(any)").Valid()
	if (configured || quantified) && s.take("(") {
		inside, bad := s.modifier(configured)
		if bad != nil {
			return "", "", bad
		}
		op += dbcontents.Op("(" + inside + ")")
	}
	if !s.take(".") {
		return "", "", s.expected("delimiter (.)")
	}
	return op, name, nil
}

// modifier reads what follows an opening parenthesis, and the closing one.
func (s *scanner) modifier(configured bool) (inside string, bad *Error) {
	start := s.pos
	if configured {
		if inside = s.ident(); inside == "" {
			return "", s.expected("the name of a text search configuration")
		}
	} else if inside = s.word(); inside != "any" && inside != "all" {
		s.pos = start
		return "", s.expected(`"any" or "all"`, "any", "all")
	}
	if !s.take(")") {
		return "", s.expected(`")"`)
	}
	return inside, nil
}

// rest is a value outside of lists: the whole rest of the text, without quoting.
func (s *scanner) rest() string {
	text := s.text[s.pos:]
	s.pos = len(s.text)
	return text
}

// truth is the operand of is. Outside of lists, text after it is ignored.
func (s *scanner) truth() (string, *Error) {
	rest := s.text[s.pos:]
	for _, word := range truths {
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
			s.pos += len(word)
			return word, nil
		}
	}
	return "", s.expected("null, not_null, true, false or unknown", truths...)
}

// list is the operand of in.
func (s *scanner) list() ([]string, *Error) {
	s.space()
	if !s.take("(") {
		return nil, s.expected(`"("`)
	}
	s.space()
	var items []string
	for {
		item, _, _ := strings.Cut(s.listItem(), "\x00")
		items = append(items, item)
		if s.take(",") {
			continue
		}
		if !s.take(")") {
			return nil, s.expected(`"," or ")"`)
		}
		s.space()
		if len(items) == 1 && items[0] == "" {
			return []string{}, nil // in.() is the empty list
		}
		return items, nil
	}
}

// listItem is a quoted text that ends where an item can end, or else all text up to
// that point.
func (s *scanner) listItem() string {
	start := s.pos
	if text, ok := s.quoted(); ok && (s.end() || s.at(",") || s.at(")")) {
		return text
	}
	s.pos = start
	return s.until(",)")
}
