package dbcontents

import "strings"

// Op is an operator of a [Filter], in the query language's own words:
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

// An operator is what an Op means.
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

var operators = map[Op]operator{
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

// cut splits o at its parenthesis.
func (o Op) cut() (name Op, rest string, modified bool) {
	word, rest, modified := strings.Cut(string(o), "(")
	return Op(word), rest, modified
}

// parse splits o into operator and modifier: "any", "all", or a text search configuration.
func (o Op) parse() (op operator, modifier string, ok bool) {
	name, rest, modified := o.cut()
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
