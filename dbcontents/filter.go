package dbcontents

import (
	"iter"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
)

// Filter is a condition on rows, made by [Where], [And], [Or] and [Not]. It is
// a value, is not changed by use, and may be part of several others. The zero
// Filter matches every row.
type Filter struct {
	root *compile.Condition // nil matches every row
}

// Where tests a column, or a [Field] with a path, with an operator against a
// value. A null in the column makes the test neither true nor false, so that
// the row does not pass, with [Not] neither; "is" and "isdistinct" see nulls.
//
// The value is text as PostgreSQL reads it for the type of the column, and is
// sent as a parameter, never as SQL. Numbers, bool, []byte (for bytea), [time.Time],
// [json.RawMessage] and what implements [driver.Valuer], [encoding.TextMarshaler] or
// [fmt.Stringer], in this order, are turned into text. A
// slice makes a list for "in", "(any)" and "(all)", and an array for every
// other operator; for "in" it is the only form. nil is for "is".
// What cannot be made a test is reported by the Query that uses it.
func Where[F string | Field](field F, op Op, value any) Filter {
	var of compile.Field
	switch field := any(field).(type) {
	case string:
		of.Column = field
	case Field:
		of = field.compiled()
	}
	return Filter{compile.Where(of, string(op), value)}
}

// And matches rows that match all filters. Without filters it matches every row.
func And(filters ...Filter) Filter { return Filter{compile.And(roots(filters))} }

// Or matches rows that match at least one filter. Without filters it matches no row.
func Or(filters ...Filter) Filter { return Filter{compile.Or(roots(filters))} }

// Not matches rows for which filter is false. Rows for which it is null do not match.
func Not(filter Filter) Filter { return Filter{compile.Not(filter.root)} }

// Fields are the fields that f tests, in the order in which they were given,
// with their operators, without what is in parentheses.
func (f Filter) Fields() iter.Seq2[Field, Op] {
	return func(yield func(Field, Op) bool) {
		for c := range f.root.Tests() {
			f := &c.Field
			if !yield(Field{
				Column: f.Column, Path: f.Path, Text: f.Text, Cast: f.Cast, Aggregate: Aggregate(f.Aggregate), AggregateCast: f.AggregateCast, Alias: f.Alias,
			}, Op(c.Name)) {
				return
			}
		}
	}
}

func roots(filters []Filter) []*compile.Condition {
	all := make([]*compile.Condition, len(filters))
	for i, f := range filters {
		all[i] = f.root
	}
	return all
}

// Op is an operator of a [Filter], in the query language's own words, each of which
// is a constant too:
//
//	eq neq gt gte lt lte isdistinct   comparison
//	in                                one of a list
//	is                                null, not_null, true, false or unknown
//	like ilike                        pattern, with * or % for any text, and _ for any character
//	match imatch                      POSIX regular expression
//	cs cd ov                          contains, is contained, overlaps: arrays, ranges, jsonb
//	sl sr nxr nxl adj                 ranges: left of, right of, not right of, not left of, adjacent
//	fts plfts phfts wfts              full-text search: to_tsquery, plainto_, phraseto_, websearch_to_tsquery
//
// ilike and imatch do not distinguish upper and lower case. After eq, gt, gte,
// lt, lte, like, ilike, match and imatch, "(any)" or "(all)" compares with each
// value of a list; after the full-text operators comes the configuration to
// use, as in "fts(english)".
type Op string

// The operators. What may stand in parentheses is added: OpEq + "(any)".
const (
	OpEq  Op = "eq"
	OpNeq Op = "neq"
	OpGt  Op = "gt"
	OpGte Op = "gte"
	OpLt  Op = "lt"
	OpLte Op = "lte"
	// OpIsDistinct is OpNeq that takes null for a value.
	OpIsDistinct Op = "isdistinct"
	OpIn         Op = "in"
	OpIs         Op = "is"

	OpLike   Op = "like"
	OpILike  Op = "ilike"
	OpMatch  Op = "match"
	OpIMatch Op = "imatch"

	OpContains     Op = "cs"
	OpContainedIn  Op = "cd"
	OpOverlaps     Op = "ov"
	OpLeftOf       Op = "sl"
	OpRightOf      Op = "sr"
	OpNotRightOf   Op = "nxr"
	OpNotLeftOf    Op = "nxl"
	OpAdjacent     Op = "adj"
	OpTextSearch   Op = "fts"
	OpPlainSearch  Op = "plfts"
	OpPhraseSearch Op = "phfts"
	OpWebSearch    Op = "wfts"
)

// Valid reports whether o is an operator, with what it has in parentheses.
func (o Op) Valid() bool { return compile.IsOp(string(o)) }
