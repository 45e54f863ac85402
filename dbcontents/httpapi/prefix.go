package httpapi

import (
	"net/url"
	"path"
	"strings"
)

// matches reports whether there are requests whose path begins with a prefix:
// those that a client or a mux would clean or encode never arrive as they are.
func matches(prefix string) bool {
	u, err := url.ParseRequestURI(prefix)
	return err == nil && prefix != "/" && path.Clean(prefix) == prefix &&
		u.Path == prefix && u.EscapedPath() == prefix && !strings.ContainsAny(prefix, "?#%")
}
