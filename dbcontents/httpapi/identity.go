package httpapi

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// identify gives the request its id. The program around the handler may have set
// one on the response, which is in its own log too. Otherwise it is the client's
// id, or a new one.
func (x *exchange) identify(header http.Header) {
	if set := header["X-Request-Id"]; len(set) > 0 && set[0] != "" {
		x.seen.RequestID = set[0]
		return
	}
	x.seen.RequestID = requestID(x.r)
	x.id[0] = x.seen.RequestID
	header["X-Request-Id"] = x.id[:]
}

// requestID returns the id that the client or a proxy sent, if it is harmless in
// a log, and otherwise a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-_.:", c)
	}) {
		return rand.Text()
	}
	return id
}
