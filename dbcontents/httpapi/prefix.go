package httpapi

import (
	"net/http"
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

// Register mounts h in mux at Options.Prefix and all paths below it. It is short for
//
//	mux.Handle(prefix, h)
//	mux.Handle(prefix+"/", h)
//
// which is what a program writes that wraps h in middleware or uses another mux. Both patterns are needed: a
// ServeMux would redirect the path without the slash. Like Handle, Register panics if mux has one of them.
func (h *Handler) Register(mux *http.ServeMux) {
	if h.options.Prefix != "" {
		mux.Handle(h.options.Prefix, h)
	}
	mux.Handle(h.options.Prefix+"/", h)
}
