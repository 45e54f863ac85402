package httpapi

import (
	"net/url"
	"slices"
	"strings"
)

// appendLocation appends the answer's own address: the table's path and the
// parameters, sorted by name and encoded anew. A prefix that http.StripPrefix
// took off is put back.
func (x *exchange) appendLocation(b []byte, table string) []byte {
	path, _, _ := strings.Cut(x.r.RequestURI, "?")
	if outer, ok := strings.CutSuffix(path, x.r.URL.EscapedPath()); ok && strings.HasPrefix(outer, "/") {
		b = append(b, outer...)
	}
	b = append(append(b, x.h.options.Prefix...), '/')
	b = append(b, url.PathEscape(table)...)
	if x.r.URL.RawQuery == "" {
		return b
	}
	return appendPairs(b, sortedPairs(x.r.URL.RawQuery))
}

// A pair is a parameter of the query string, decoded.
type pair struct{ key, value string }

// pairsOf splits a query string that was parsed without error.
func pairsOf(raw string) (pairs []pair) {
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		k, err := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(value)
		if err == nil && err2 == nil {
			pairs = append(pairs, pair{k, v})
		}
	}
	return pairs
}

func sortedPairs(raw string) []pair {
	pairs := pairsOf(raw)
	slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return pairs
}

// appendPairs appends a query string with its question mark; none for no pairs.
func appendPairs(b []byte, pairs []pair) []byte {
	for i, p := range pairs {
		b = append(b, "?&"[min(i, 1)])
		b = append(append(append(b, url.QueryEscape(p.key)...), '='), url.QueryEscape(p.value)...)
	}
	return b
}
