package pgrest

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// MaxBytes is the length of the longest query string that is read. A string of that
// length cannot have more values than a statement, which has at most 65535.
const MaxBytes = 32 << 10

// formats are the values with which the key format chooses a format. With any other
// value it is a filter on a column.
var formats = []string{"json", "ndjson", "csv", "text", "html", "binary"}

// TokenKey is the key for the token of a page. A column may have the same name: a
// filter has a dot after its operator, and a token has no dot.
const TokenKey = "after"

// IsToken reports whether a parameter is the token of a page, and not a filter on a
// column of the same name.
func IsToken(key, value string) bool {
	return key == TokenKey && value != "" && !strings.Contains(value, ".")
}

// reserved are the keys that are not filters. Hints suggest them.
var reserved = []string{"select", "order", "limit", "offset", "and", "or", "not.and", "not.or", "format", TokenKey, "columns", "on_conflict"}

// Request is what a query string asks for.
type Request struct {
	// Query has Select, Where, Order, Limit, Offset and After set.
	Query dbcontents.Query
	// Format is json, ndjson, csv, text, html or binary. It is empty if the query string
	// does not choose one.
	Format string
	Args   []Arg // of a call
}

// parser builds a Request. If select is repeated, the first one counts.
type parser struct {
	Request
	selected bool
	root     level
	waiting  []parameter // of embeds
	below    []level     // of embeds with parameters
	call     bool        // it is the query string of a call
}

// Parse reads a raw query string.
func Parse(raw string) (Request, *Error) { return parse(raw, false) }

func parse(raw string, call bool) (Request, *Error) {
	if raw == "" {
		return Request{}, nil
	}
	if len(raw) > MaxBytes {
		return Request{}, &Error{
			Status: 414, Code: "PGRST100", Cause: "query_too_long",
			Message: "the query string has " + strconv.Itoa(len(raw)) + " bytes; at most " + strconv.Itoa(MaxBytes) + " are read",
			Hint:    "ask for less in one request",
		}
	}
	p := parser{call: call}
	for key, value := range Pairs(raw) {
		if bad := p.pair(key, value); bad != nil {
			bad.Parameter = key
			return Request{}, bad
		}
	}
	if bad := p.resolve(); bad != nil {
		return Request{}, bad
	}
	return p.Request, nil
}

// pair reads one parameter.
func (p *parser) pair(key, value string) (bad *Error) {
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		text := strings.ToValidUTF8(key+"="+value, "\uFFFD")
		return newError("PGRST100", `"failed to parse `+aTreePath+` (`+cut(text)+`)" (line 1, column 1)`,
			"it is not UTF-8", "encode text as UTF-8 and then as %XX")
	}
	switch key {
	case "select":
		if !p.selected {
			p.selected = true
			p.Query.Select, bad = parseSelect(value)
		}
		return bad
	case "columns", "on_conflict":
		return nil // they belong to writes
	case "format":
		if slices.Contains(formats, value) {
			p.Format = value
			return nil
		}
	case TokenKey:
		if !p.call && IsToken(key, value) {
			p.Query.After = value
			return nil
		}
	}
	// A name may hold dots in quotes, but then it ends with a quote.
	begin := strings.LastIndexByte(key, '.') + 1
	switch kind := key[begin:]; kind {
	case "and", "or", anOrder, aLimit, anOffset:
		logic := kind == "and" || kind == "or"
		path, negated, bad := parsePath(key, begin, logic)
		switch {
		case bad != nil:
			return bad
		case logic:
			return p.logic(key, path, kind, negated, value)
		case kind == anOrder:
			return p.order(key, path, value)
		}
		return p.number(key, path, kind, value)
	}
	if p.call {
		return p.arg(key, value)
	}
	return p.filter(key, value)
}

func (p *parser) filter(key, value string) *Error {
	path, filter, bad := parseFilter(key, value)
	if bad == nil {
		p.add(parameter{key: key, path: path, filter: filter})
		return nil
	}
	if meant := nearest.Of(key, reserved...); meant != "" && bad.Code == "PGRST100" {
		bad.Cause, bad.Hint = "key_unknown", "did you mean "+quote(meant)+"? "+rules[aTreePath]
	}
	if key == "format" {
		bad.Hint = "the formats are " + strings.Join(formats, ", ") + "; with any other value format is a column: " + rules[aFilter]
	}
	return bad
}

func (p *parser) logic(key string, path []string, op string, negated bool, value string) *Error {
	filter, bad := parseLogic(key, op, negated, value)
	p.add(parameter{key: key, path: path, filter: filter})
	return bad
}

func (p *parser) order(key string, path []string, value string) *Error {
	order, bad := parseOrder(key, value)
	p.add(parameter{key: key, path: path, kind: anOrder, order: order})
	return bad
}

// number reads limit or offset. An empty value, which a form sends, is ignored.
// PostgREST also ignores text that is not a number, and returns all rows.
func (p *parser) number(key string, path []string, kind, value string) *Error {
	if strings.TrimSpace(value) == "" {
		return nil
	}
	n, ok := integer(value)
	if !ok {
		s := scanner{what: kind, before: key + "=", text: value}
		s.space()
		return s.expected("a whole number")
	}
	p.add(parameter{key: key, path: path, kind: kind, number: n})
	return nil
}

// integer reads a number of any length. A number that does not fit into 64 bits
// becomes the nearest one that does.
func integer(s string) (n int64, ok bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && digits != s {
		return math.MinInt64, true
	}
	if err != nil {
		return math.MaxInt64, true
	}
	return n, true
}
