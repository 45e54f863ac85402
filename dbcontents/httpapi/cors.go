package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

// readable are the response headers that a script of another origin may read.
const readable = "Content-Location, Content-Profile, Content-Range, Dbcontents-Lsn, Dbcontents-Rows, Dbcontents-Status, ETag, Link, " +
	"Preference-Applied, Proxy-Status, Retry-After, WWW-Authenticate, X-Request-Id"

// crossOrigin allows scripts of another origin to read the response, if
// Options.Origins lists it. It reports whether the request was a preflight, to
// which it has responded.
func (x *exchange) crossOrigin() (preflight bool) {
	allowed := x.h.options.Origins
	if len(allowed) == 0 {
		return false
	}
	origin := x.r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	header := x.w.Header()
	switch {
	case slices.Contains(allowed, origin):
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Credentials", "true")
	case slices.Contains(allowed, "*"):
		header.Set("Access-Control-Allow-Origin", "*")
	default:
		return false
	}
	header.Set("Access-Control-Expose-Headers", readable)
	if x.r.Method != http.MethodOptions || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	headers := []string{"Authorization"}
	headers = append(headers, x.r.Header.Values("Access-Control-Request-Headers")...)
	header.Set("Access-Control-Allow-Methods", allow)
	header.Set("Access-Control-Allow-Headers", strings.Join(headers, ", "))
	header.Set("Access-Control-Max-Age", "86400")
	x.vary(preflights)
	x.empty(http.StatusOK)
	return true
}
