package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// noRoute is the answer to a path that does not exist.
func (x *exchange) noRoute() problem {
	return problem{
		Status: http.StatusNotFound, Code: "PGRST125", Cause: "path_unknown", Title: "no such path",
		Message: "there is nothing at " + shown(x.r.URL.Path), Hint: x.whatExists(""), logged: "there is nothing at " + cut(confidential.Name(x.r.URL.Path)),
	}
}

// pathsMost is how many paths a hint lists.
const pathsMost = 20

// whatExists names the table that was probably meant, and lists the paths that
// can be read, as far as is known without asking the database.
func (x *exchange) whatExists(wrong string) string {
	names := x.h.store.Names()
	var paths []string
	more := false
	for i, name := range names {
		if more = len(paths) == pathsMost || i == 2*pathsMost; more {
			break
		}
		if path, ok := x.h.path(name); ok && !x.h.closed(name) {
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
	if meant := nearest.Of(wrong, names...); meant != "" && !x.h.closed(meant) {
		hint = "perhaps you meant " + shown(meant) + "; " + hint
	}
	return hint
}

// path is that of a table by its name alone, or of the default one if the name
// is empty. Not ok is a name that is no path to a browser.
func (h *Handler) path(name string) (path string, ok bool) {
	switch name {
	case "":
		return h.options.Prefix, true
	case ".", "..":
		return "", false
	}
	return h.options.Prefix + "/" + url.PathEscape(name), true
}

// closed reports whether Options.Access closes the table of a name, as far as is known.
func (h *Handler) closed(name string) bool {
	if len(h.options.Access) == 0 {
		return false
	}
	t := h.store.Known("", name)
	return t != nil && h.options.closes(t)
}
