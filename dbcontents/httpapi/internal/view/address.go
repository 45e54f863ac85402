package view

import (
	"net/url"
	"slices"
	"strings"
)

// A Pair is a decoded parameter of a query string.
type Pair struct{ Key, Value string }

// Pairs are the parameters of an address, in their order. It is not changed by its methods.
type Pairs []Pair

// Query is the query string, with its question mark: an address relative to every page.
func (p Pairs) Query() string {
	if len(p) == 0 {
		return "?"
	}
	var b strings.Builder
	for i, pair := range p {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(readable(pair.Key))
		b.WriteByte('=')
		b.WriteString(readable(pair.Value))
	}
	return b.String()
}

// readable is a part of a query string, percent-encoded as far as it must be.
func readable(s string) string {
	if !strings.ContainsAny(s, "(),*:") {
		return url.QueryEscape(s)
	}
	return unescaped.Replace(url.QueryEscape(s))
}

var unescaped = strings.NewReplacer("%28", "(", "%29", ")", "%2C", ",", "%2A", "*", "%3A", ":")

// Without is p without the parameters of these keys.
func (p Pairs) Without(keys ...string) Pairs {
	return p.Drop(func(_ int, pair Pair) bool { return slices.Contains(keys, pair.Key) })
}

// Drop is p without the parameters for which f is true.
func (p Pairs) Drop(f func(i int, pair Pair) bool) Pairs {
	var rest Pairs
	for i, pair := range p {
		if !f(i, pair) {
			rest = append(rest, pair)
		}
	}
	return rest
}

// With is p with one parameter of that key, in the place of those that it has. An empty value is none.
func (p Pairs) With(key, value string) Pairs {
	rest := p.Without(key)
	if value == "" {
		return rest
	}
	return append(slices.Clip(rest), Pair{key, value})
}

// Get returns the first value of a key.
func (p Pairs) Get(key string) string {
	for _, pair := range p {
		if pair.Key == key {
			return pair.Value
		}
	}
	return ""
}

// Name is a column's name as the query language writes it.
func Name(name string) string {
	plain := name != "" && strings.TrimSpace(name) == name
	for _, c := range name {
		plain = plain && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_')
	}
	if plain && !slices.Contains(reserved, name) {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// reserved are names that mean something else without quotes.
var reserved = []string{"select", "order", "limit", "offset", "and", "or", "not", "format", "after", "columns", "on_conflict", "count"}

// Items splits a list, such as the values of select and order, at its commas. What is
// in quotes and in parentheses stays together.
func Items(list string) (items []string) {
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			items = append(items, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(list[start:]); rest != "" || len(items) > 0 {
		items = append(items, rest)
	}
	return items
}

// And is the query string of p with one more parameter.
func (p Pairs) And(key, value string) string {
	return append(slices.Clip(p), Pair{key, value}).Query()
}
