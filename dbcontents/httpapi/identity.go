package httpapi

import (
	"math/rand/v2"
	"net/http"
	"strings"
)

// identify gives the request its id: the one that the program around the handler
// has set on the response, as that is in its own log, else the client's or a new one.
func (x *exchange) identify(header http.Header) {
	if set := header["X-Request-Id"]; len(set) > 0 && set[0] != "" {
		x.seen.RequestID = set[0]
		return
	}
	x.seen.RequestID = requestID(x.r)
	x.id[0] = x.seen.RequestID
	header["X-Request-Id"] = x.id[:]
}

// requestID takes the client's or the proxy's id if it is harmless, else makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-_.:", c)
	}) {
		return newID()
	}
	return id
}

// newID is a new request's, unlike all others, but no secret.
func newID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var id [26]byte
	for half, n := range [2]uint64{rand.Uint64(), rand.Uint64()} {
		for i := range 13 {
			id[13*half+i] = letters[n%32]
			n /= 32
		}
	}
	return string(id[:])
}
