package httpapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/pgrest"
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

func sortedPairs(raw string) (pairs []pair) {
	for key, value := range pgrest.Pairs(raw) {
		pairs = append(pairs, pair{key, value})
	}
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
