package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// noRoute is the answer to a path that does not exist.
func (x *exchange) noRoute() problem {
	return problem{
		Status: http.StatusNotFound, Code: "PGRST125", Cause: "path_unknown", Title: "no such path",
		Message: "there is nothing at " + shown(x.r.URL.Path), Hint: x.whatExists(""),
	}
}

// pathsMost is how many paths a hint lists.
const pathsMost = 20

// whatExists names the table that was probably meant, and lists the paths that
// can be read, as far as is known without asking the database.
func (x *exchange) whatExists(wrong string) string {
	var names, paths []string
	more := false
	for _, name := range x.h.store.Names() {
		path, ok := x.h.path(name)
		if !ok {
			continue
		}
		names = append(names, name)
		if more = len(paths) == pathsMost; !more {
			paths = append(paths, path)
		}
	}
	hint := "no table is known that could be read; names are case-sensitive"
	if len(paths) > 0 {
		hint = "there are " + strings.Join(paths, ", ")
		if more {
			hint += " and more"
		}
		hint += "; names are case-sensitive"
	}
	if meant := nearest.Of(wrong, names...); meant != "" {
		hint = "perhaps you meant " + shown(meant) + "; " + hint
	}
	return hint
}

// path is that of a table by its name alone, or of the default one if the name
// is empty. Not ok is a table that Options.Access closes, as far as is known, and
// a name that is no path to a browser.
func (h *Handler) path(name string) (path string, ok bool) {
	if t := h.store.Known("", name); name == "." || name == ".." || t != nil && h.options.closes(t) {
		return "", false
	}
	if name == "" {
		return h.options.Prefix, true
	}
	return h.options.Prefix + "/" + url.PathEscape(name), true
}
