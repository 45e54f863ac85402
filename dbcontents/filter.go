package dbcontents

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Filter is a condition on rows, made by [Where], [And], [Or] and [Not]. It is
// a value, is not changed by use, and may be part of several others. The zero
// Filter lets every row pass.
type Filter struct {
	root *condition // nil lets every row pass
}

// A condition is a node of a Filter.
type condition struct {
	kind  conditionKind
	parts []*condition // of and, or, not

	// of a test
	field    Field
	name     Op // without what is in parentheses
	op       operator
	modifier string // "any", "all", or a text search configuration
	state    string // of "is"
	value    string // as it is sent
	err      error  // why it is no test
}

type conditionKind uint8

const (
	test conditionKind = iota
	allOf
	anyOf
	noneOf
)

// Where tests a column, or a [Field] with a path, with an operator against a
// value. A null in the column makes the test neither true nor false, so that
// the row does not pass, with [Not] neither; "is" and "isdistinct" see nulls.
//
// The value is text as PostgreSQL reads it for the type of the column, and is
// sent as a parameter, never as SQL. Numbers, bool, []byte, [time.Time] and what
// implements [encoding.TextMarshaler] or [fmt.Stringer] are turned into text. A
// slice makes a list for "in", "(any)" and "(all)", and an array for every
// other operator; for "in" it is the only form. nil is for "is". What cannot
// be made a test is reported by the Query that uses it.
func Where[F string | Field](field F, op Op, value any) Filter {
	f := &condition{kind: test}
	switch field := any(field).(type) {
	case string:
		f.field.Column = field
	case Field:
		f.field = field
		f.field.Path = slices.Clone(field.Path)
	}
	f.setValue(op, value)
	return Filter{f}
}

// And lets pass what all filters let pass; without filters that is every row.
func And(filters ...Filter) Filter { return joined(allOf, filters) }

// Or lets pass what at least one of the filters lets pass; without filters
// that is no row.
func Or(filters ...Filter) Filter { return joined(anyOf, filters) }

// Not lets pass the rows for which filter is false, which are not those for
// which it is null.
func Not(filter Filter) Filter { return joined(noneOf, []Filter{filter}) }

// Fields are the fields that f tests, in the order in which they were given,
// with their operators, of which what is in parentheses is left out.
func (f Filter) Fields() iter.Seq2[Field, Op] {
	return func(yield func(Field, Op) bool) {
		for t := range f.root.tests() {
			if !yield(t.field, t.name) {
				return
			}
		}
	}
}

// tests are those of f in their order, which is that of its parameters.
func (f *condition) tests() iter.Seq[*condition] {
	return func(yield func(*condition) bool) { f.eachTest(yield) }
}

func (f *condition) eachTest(yield func(*condition) bool) bool {
	if f == nil {
		return true
	}
	if f.kind == test && !yield(f) {
		return false
	}
	for i := range f.parts {
		if !f.parts[i].eachTest(yield) {
			return false
		}
	}
	return true
}

func joined(kind conditionKind, filters []Filter) Filter {
	c := &condition{kind: kind, parts: make([]*condition, len(filters))}
	for i, f := range filters {
		c.parts[i] = f.root
	}
	return Filter{c}
}

// setValue makes value the one to compare with by op.
func (f *condition) setValue(op Op, value any) {
	var ok bool
	f.name, _, _ = op.cut()
	if f.op, f.modifier, ok = op.parse(); !ok {
		f.err = fmt.Errorf("unknown operator %q", shorten(string(op)))
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
	f.value, f.err = textOf(value)
	if f.op.kind == pattern {
		f.value = strings.ReplaceAll(f.value, "*", "%")
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
func (f *condition) check(table string, depth int) error {
	if f == nil {
		return nil
	}
	if depth > maxDepth {
		return invalid(table, "query_invalid", fmt.Sprintf("the filter is nested more than %d deep", maxDepth))
	}
	for i := range f.parts {
		if err := f.parts[i].check(table, depth+1); err != nil {
			return err
		}
	}
	if f.kind != test {
		return nil
	}
	switch x := &f.field; {
	case x.Column == "":
		return invalid(table, "name_invalid", "filter: the name of the column is empty")
	case x.Cast != "" || x.Aggregate != "" || x.AggregateCast != "" || x.Alias != "":
		return invalid(table, "query_invalid", "a filter's field has a column and a path only; that of column "+quoted(shorten(x.Column))+" has more")
	}
	if err := f.field.check(table); err != nil {
		return err
	}
	if f.err != nil {
		return invalid(table, "query_invalid", "filter on column "+quoted(shorten(f.field.Column))+": "+f.err.Error())
	}
	return nil
}
