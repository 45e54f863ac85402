package compile

import "strings"

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
