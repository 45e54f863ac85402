package compile

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// A Condition is a node of a filter: a test, or what joins others. It is never changed
// once it was made; nil matches every row.
type Condition struct {
	kind  conditionKind
	parts []*Condition // of and, or, not

	// of a comparison
	Field    Field
	Name     string // of the operator, without what is in parentheses
	op       operator
	modifier string // "any", "all", or a text search configuration
	state    string // of "is"
	Value    string // as it is sent
	err      error  // why it is none
}

type conditionKind uint8

const (
	comparison conditionKind = iota
	allOf
	anyOf
	negated
)

// Where compares field by the operator op, in the words of the query language, with
// value. What cannot be compared is reported by [Query.Check].
func Where(field Field, op string, value any) *Condition {
	f := &Condition{kind: comparison, Field: field}
	f.Field.Path = slices.Clone(field.Path)
	f.setValue(op, value)
	return f
}

// And matches rows that match all parts.
func And(parts []*Condition) *Condition { return &Condition{kind: allOf, parts: parts} }

// Or matches rows that match at least one of the parts.
func Or(parts []*Condition) *Condition { return &Condition{kind: anyOf, parts: parts} }

// Not matches rows for which part is false.
func Not(part *Condition) *Condition { return &Condition{kind: negated, parts: []*Condition{part}} }

// Tests are the comparisons of f in their order, which is that of its parameters.
func (f *Condition) Tests() iter.Seq[*Condition] {
	return func(yield func(*Condition) bool) { f.eachTest(yield) }
}

func (f *Condition) eachTest(yield func(*Condition) bool) bool {
	if f == nil {
		return true
	}
	if f.kind == comparison && !yield(f) {
		return false
	}
	for i := range f.parts {
		if !f.parts[i].eachTest(yield) {
			return false
		}
	}
	return true
}

// setValue makes value the one to compare with by op.
func (f *Condition) setValue(op string, value any) {
	var ok bool
	f.Name, _, _ = cutOp(op)
	if f.op, f.modifier, ok = parseOp(op); !ok {
		f.err = unknownOp(op)
		return
	}
	switch f.op.kind {
	case isState:
		f.state, ok = stateOf(value)
		if !ok {
			f.err = fmt.Errorf("%q is compared with %v; want null, not_null, true, false or unknown", op, shorten(fmt.Sprint(value)))
		}
		return
	case inList:
		if !isList(value) {
			f.err = fmt.Errorf("%q needs a list of values, not a %T", op, value)
			return
		}
	}
	f.Value, f.err = textOf(value)
	if f.op.kind == pattern {
		f.Value = strings.ReplaceAll(f.Value, "*", "%")
	}
}

func stateOf(value any) (sql string, ok bool) {
	word := "null"
	if value != nil {
		word = strings.ToLower(fmt.Sprint(value))
	}
	sql, ok = states[word]
	return sql, ok
}

// maxDepth is how deep filters may lie in each other; PostgreSQL's own limit
// is the size of its stack.
const maxDepth = 100

// check refuses what can be refused without knowing the table.
func (f *Condition) check(depth int) error {
	if f == nil {
		return nil
	}
	if depth > maxDepth {
		return refuse("query_invalid", fmt.Sprintf("the filter is nested more than %d deep", maxDepth))
	}
	for i := range f.parts {
		if err := f.parts[i].check(depth + 1); err != nil {
			return err
		}
	}
	if f.kind != comparison {
		return nil
	}
	switch x := &f.Field; {
	case x.Column == "":
		return refuse("name_invalid", "filter: the name of the column is empty")
	case x.Aggregate == "count" && len(x.Path) == 0 && !x.Text && x.Cast == "" && x.AggregateCast == "" && x.Alias == "":
		if !f.counts() {
			return refuse("query_invalid", "the number of rows of "+strconv.Quote(shorten(x.Column))+" is compared by eq, neq, gt, gte, lt, lte or in")
		}
	case x.Cast != "" || x.Aggregate != "" || x.AggregateCast != "" || x.Alias != "" || x.Omit || x.Embed != nil:
		return refuse("query_invalid", "a filter's field has a column and a path only; that of column "+strconv.Quote(shorten(x.Column))+" has more")
	}
	if err := f.Field.check(); err != nil {
		return err
	}
	if f.err != nil {
		return refuse("query_invalid", "filter on column "+strconv.Quote(shorten(f.Field.Column))+": "+f.err.Error())
	}
	return nil
}

// counts reports whether f can compare with a number of rows.
func (f *Condition) counts() bool {
	switch f.Name {
	case "eq", "neq", "gt", "gte", "lt", "lte", "in":
		return f.modifier == "" && f.err == nil
	}
	return false
}

// An operator is what a word of the query language means.
type operator struct {
	sql  string // the operator, or the function that makes a tsquery
	kind operatorKind
}

type operatorKind uint8

const (
	comparing  operatorKind = iota + 1
	quantified              // comparing, and takes (any) and (all)
	pattern                 // quantified, with * for %
	isDistinct
	inList
	isState
	fullText
)

var operators = map[string]operator{
	"eq": {"=", quantified}, "gt": {">", quantified}, "gte": {">=", quantified}, "lt": {"<", quantified}, "lte": {"<=", quantified},
	"match": {"~", quantified}, "imatch": {"~*", quantified}, "like": {"~~", pattern}, "ilike": {"~~*", pattern},
	"neq": {"<>", comparing}, "isdistinct": {"IS DISTINCT FROM", isDistinct},
	"cs": {"@>", comparing}, "cd": {"<@", comparing}, "ov": {"&&", comparing},
	"sl": {"<<", comparing}, "sr": {">>", comparing}, "nxr": {"&<", comparing}, "nxl": {"&>", comparing}, "adj": {"-|-", comparing},
	"in": {"= ANY", inList}, "is": {"IS", isState},
	"fts": {"to_tsquery", fullText}, "plfts": {"plainto_tsquery", fullText},
	"phfts": {"phraseto_tsquery", fullText}, "wfts": {"websearch_to_tsquery", fullText},
}

// states are what "is" asks for, and its SQL.
var states = map[string]string{
	"null": "NULL", "not_null": "NOT NULL", "true": "TRUE", "false": "FALSE", "unknown": "UNKNOWN",
}

// cutOp splits op at its parenthesis.
func cutOp(op string) (name, rest string, modified bool) { return strings.Cut(op, "(") }

// IsOp reports whether text is an operator, with what it has in parentheses.
func IsOp(text string) bool {
	_, _, ok := parseOp(text)
	return ok
}

// otherWords are words of other languages for operators, beside SQL's own.
var otherWords = map[string]string{
	"==": "eq", "equals": "eq", "===": "eq", "ne": "neq", "!=": "neq", "!==": "neq", "less": "lt", "greater": "gt", "ge": "gte", "le": "lte",
	"contains": "cs", "contained": "cd", "overlaps": "ov", "regex": "match", "regexp": "match", "search": "wfts", "isnull": "is",
}

// unknownOp says that text is no operator, and names the one that was probably meant.
func unknownOp(text string) error {
	word := strings.ToLower(strings.TrimSpace(text))
	if name, _, modified := cutOp(word); modified && IsOp(name) {
		takes := "nothing"
		switch operators[name].kind {
		case quantified, pattern:
			takes = "any or all"
		case fullText:
			takes = "the name of a text search configuration"
		}
		return fmt.Errorf("unknown operator %q; %s takes %s in parentheses", shorten(text), name, takes)
	}
	meant := otherWords[word]
	if IsOp(word) {
		meant = word
	}
	for name, op := range operators {
		if strings.EqualFold(op.sql, word) && op.kind != inList && op.kind != fullText {
			meant = name
		}
	}
	names := slices.Sorted(maps.Keys(operators))
	if meant == "" {
		name, rest, _ := cutOp(word)
		meant = nearest.Of(name, names...)
		if whole := meant + "(" + rest; IsOp(whole) {
			meant = whole
		}
	}
	if meant == "" {
		return fmt.Errorf("unknown operator %q; the operators are %s", shorten(text), strings.Join(names, ", "))
	}
	return fmt.Errorf("unknown operator %q; perhaps you meant %q", shorten(text), meant)
}

// parseOp splits text into operator and modifier: "any", "all", or a text search configuration.
func parseOp(text string) (op operator, modifier string, ok bool) {
	name, rest, modified := cutOp(text)
	op, ok = operators[name]
	if !ok || !modified {
		return op, "", ok
	}
	modifier, ok = strings.CutSuffix(rest, ")")
	switch op.kind {
	case quantified, pattern:
		ok = ok && (modifier == "any" || modifier == "all")
	case fullText:
		ok = ok && isIdent(modifier)
	default:
		ok = false
	}
	return op, modifier, ok
}
