package httpapi

import (
	"net/url"
	"path"
	"strings"
)

// matches reports whether the path of a request can begin with a prefix. A client
// or a mux cleans and encodes paths, so some prefixes never arrive unchanged.
func matches(prefix string) bool {
	u, err := url.ParseRequestURI(prefix)
	return err == nil && prefix != "/" && path.Clean(prefix) == prefix &&
		u.Path == prefix && u.EscapedPath() == prefix && !strings.ContainsAny(prefix, "?#%")
}
