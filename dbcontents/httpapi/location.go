package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// appendLocation appends the address of the response: the path of the table and
// the parameters, sorted by name and encoded again. If http.StripPrefix has removed
// a prefix, appendLocation puts it back.
func (x *exchange) appendLocation(b []byte, table string) []byte {
	b = append(b, x.outer()...)
	b = append(b, x.h.options.Prefix...)
	if x.ask.query.Function != "" {
		b = append(b, rpcPath...)
	} else {
		b = append(b, '/')
	}
	b = append(b, url.PathEscape(table)...)
	if x.r.URL.RawQuery == "" {
		return b
	}
	return appendPairs(b, sortedPairs(x.r.URL.RawQuery))
}

// outer is the prefix that http.StripPrefix has removed from the path, if there is one.
func (x *exchange) outer() string {
	path, _, _ := strings.Cut(x.r.RequestURI, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && path[0] != '/' { // the form that clients send to a proxy
		path = rest[max(strings.IndexByte(rest, '/'), 0):]
	}
	outer, ok := strings.CutSuffix(path, x.r.URL.EscapedPath())
	if !ok || !strings.HasPrefix(outer, "/") || outer == "/" || strings.HasPrefix(outer, "//") || strings.HasPrefix(outer, `/\`) {
		return "" // two slashes would begin the name of another host
	}
	return outer
}

// A pair is a decoded parameter of the query string.
type pair struct{ key, value string }

func sortedPairs(raw string) (pairs []pair) {
	for key, value := range pgrest.Pairs(raw) {
		pairs = append(pairs, pair{key, value})
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return pairs
}

// appendPairs appends a query string with its question mark, or nothing if there
// are no pairs.
func appendPairs(b []byte, pairs []pair) []byte {
	for i, p := range pairs {
		b = append(b, "?&"[min(i, 1)])
		b = append(append(append(b, url.QueryEscape(p.key)...), '='), url.QueryEscape(p.value)...)
	}
	return b
}

// link adds links to the next and the previous page, and reports whether there
// are any. They are query strings only, relative to the address that the client
// asked for: a proxy may have changed the path.
func (x *exchange) link(batch *headerBatch, next, prev string) bool {
	start := len(batch.text)
	for _, page := range [2]struct{ token, rel string }{{next, `>; rel="next"`}, {prev, `>; rel="prev"`}} {
		if page.token == "" {
			continue
		}
		if len(batch.text) > start {
			batch.text = append(batch.text, ", "...)
		}
		batch.text = append(batch.text, '<')
		batch.text = appendPairs(batch.text, x.pagePairs(page.token))
		batch.text = append(batch.text, page.rel...)
	}
	if len(batch.text) == start {
		return false
	}
	batch.end("Link")
	return true
}

// pagePairs are the parameters for the page of a token: those of this request,
// with the limit that a Range header may have set. The page begins at the token,
// so it has no offset.
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
