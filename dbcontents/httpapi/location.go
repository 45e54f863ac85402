package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// appendLocation appends the answer's own address: the table's path and the
// parameters, sorted by name and encoded anew. A prefix that http.StripPrefix
// took off is put back.
func (x *exchange) appendLocation(b []byte, table string) []byte {
	path, _, _ := strings.Cut(x.r.RequestURI, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && path[0] != '/' { // as a proxy is asked
		path = rest[max(strings.IndexByte(rest, '/'), 0):]
	}
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

// link adds the addresses of the neighbouring pages. They are queries only,
// relative to the address that was asked for, which a proxy may have changed. It
// reports whether there are any.
func (x *exchange) link(l *lines, next, prev string) bool {
	start := len(l.text)
	for _, page := range [2]struct{ token, rel string }{{next, `>; rel="next"`}, {prev, `>; rel="prev"`}} {
		if page.token == "" {
			continue
		}
		if len(l.text) > start {
			l.text = append(l.text, ", "...)
		}
		l.text = append(l.text, '<')
		l.text = appendPairs(l.text, x.pagePairs(page.token))
		l.text = append(l.text, page.rel...)
	}
	if len(l.text) == start {
		return false
	}
	l.end("Link")
	return true
}

// pagePairs are the parameters of a page by its token: those of this request
// with the limit that a Range header may have set. The page begins at the token
// and not at an offset.
func (x *exchange) pagePairs(token string) (pairs []pair) {
	for key, value := range pgrest.Pairs(x.r.URL.RawQuery) {
		if key != "limit" && key != "offset" && !pgrest.IsToken(key, value) {
			pairs = append(pairs, pair{key, value})
		}
	}
	if limit := x.ask.query.Limit; limit > 0 {
		pairs = append(pairs, pair{"limit", strconv.FormatInt(limit, 10)})
	}
	return append(pairs, pair{pgrest.TokenKey, token})
}
