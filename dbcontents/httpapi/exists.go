package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// noRoute is the response to a path that does not exist.
func (x *exchange) noRoute() problem {
	return problem{
		Status: http.StatusNotFound, Code: "PGRST125", Cause: "path_unknown", Title: "no such path",
		Message: "there is nothing at " + quote(x.r.URL.Path), Hint: x.whatExists(""), logged: "there is nothing at " + cut(confidential.Name(x.r.URL.Path)),
	}
}

// maxPaths is how many paths a hint lists.
const maxPaths = 20

// whatExists is a hint that names the table that was probably meant, and lists the
// paths that can be read. It does not ask the database.
func (x *exchange) whatExists(wrong string) string {
	names := x.store.Names()
	var paths []string
	more := false
	for i, name := range names {
		if more = len(paths) == maxPaths || i == 2*maxPaths; more {
			break
		}
		if path, ok := x.h.path(name); ok && !x.closed(name) {
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
	if meant := nearest.Of(wrong, names...); meant != "" && !x.closed(meant) {
		hint = "perhaps you meant " + quote(meant) + "; " + hint
	}
	return hint
}

// path returns the path of a table in the first schema that has one of this name,
// or of the default table if the name is empty. It reports false for the names "."
// and "..", which a browser resolves.
func (h *Handler) path(name string) (path string, ok bool) {
	switch name {
	case "":
		if h.options.Prefix == "" {
			return "/", true
		}
		return h.options.Prefix, true
	case ".", "..":
		return "", false
	}
	return h.options.Prefix + "/" + url.PathEscape(name), true
}

// closed reports whether Options.Access or SessionAccess closes the table of this name. If the table is not
// known yet, neither is whether a list of columns names one that it has, so it counts as closed.
func (x *exchange) closed(name string) bool {
	if len(x.limits) == 0 {
		return false
	}
	if t := x.store.Known("", name); t != nil {
		return x.closes(t)
	}
	for key, a := range x.limits {
		if (key == name || strings.HasSuffix(key, "."+name)) && a.Columns != nil {
			return true
		}
	}
	return false
}

// withoutClosed is the hint for an error of the Store, unless it suggests a function or related
// table that Options.Access or SessionAccess closes, of which the Store knows nothing.
func (x *exchange) withoutClosed(hint string) string {
	if meant, ok := strings.CutPrefix(hint, "Perhaps you meant to call the function "); ok {
		for key, a := range x.limits {
			name, call := strings.CutSuffix(key, "()")
			// Behind the function's name there may be its parameters in parentheses.
			if call && a.Columns != nil && len(a.Columns) == 0 && strings.Contains("."+meant+"(", "."+name+"(") {
				return "names are case-sensitive, those of parameters too"
			}
		}
	}
	if meant, ok := strings.CutPrefix(hint, "Perhaps you meant '"); ok {
		if name, _, _ := strings.Cut(meant, "' instead of '"); x.closed(name) {
			return "names are case-sensitive"
		}
	}
	return hint
}
