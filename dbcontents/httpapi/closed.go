package httpapi

import (
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// closes reports whether the allow-list for t leaves nothing of it. Of what is closed no
// response tells but the 403 to a request for it.
func (x *exchange) closes(t *dbcontents.Table) bool {
	a, _ := x.accessTo(t)
	return a.Columns != nil && !slices.ContainsFunc(a.Columns, t.Has)
}

// failClosed responds to a request for what is closed.
func (x *exchange) failClosed(t *dbcontents.Table) {
	x.fail(&dbcontents.Error{
		Op: "query", Table: t.String(), Code: "columns_not_allowed", Detail: "the allow-list names no column of the table",
		Hint: "the allow-list for this table leaves no column to read; its names are case-sensitive",
	})
}

// open returns the names of tables that are not closed. It asks nobody: a table that is not known
// yet is taken to be closed if there is an allow-list for any table of its name.
func (x *exchange) open(names []string) []string {
	if len(x.limits) == 0 {
		return names
	}
	listed := map[string]bool{} // the keys, and all that a key can have behind its schema
	for key, a := range x.limits {
		if a.Columns == nil || strings.HasSuffix(key, "()") {
			continue
		}
		listed[key], listed[""] = true, true // the empty name is that of the default table, which may be any
		for i, c := range key {
			if c == '.' {
				listed[key[i+1:]] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		if !listed[name] {
			return false
		}
		t := x.store.Known("", name)
		return t == nil || x.closes(t)
	})
}

// noFunctionMeant is the hint of a function that there is not and that has a name like no other.
const noFunctionMeant = "only exposed functions that are STABLE or IMMUTABLE can be called, with the names of their parameters; names are case-sensitive"

// namesClosed reports whether a hint has the name of a function that is closed, or may be, as it is
// not known yet.
func (x *exchange) namesClosed(hint string) bool {
	for key, a := range x.limits {
		name, call := strings.CutSuffix(key, "()")
		if call && a.Columns != nil && strings.Contains(hint, name) && (len(a.Columns) == 0 || !x.knownOpen(name)) {
			return true
		}
	}
	return false
}

// knownOpen reports whether functions that a key can mean are known, and none of them is closed.
func (x *exchange) knownOpen(name string) bool {
	known := x.store.KnownFunctions("", name)
	for i, c := range name {
		if c == '.' {
			known = append(slices.Clip(known), x.store.KnownFunctions(name[:i], name[i+1:])...)
		}
	}
	return len(known) > 0 && !slices.ContainsFunc(known, x.closes)
}
