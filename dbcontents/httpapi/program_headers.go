package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// programHeaders are the headers that the program around the handler has set on
// the response and that the handler sets too. The handler adds to them.
type programHeaders struct{ vary, cacheControl, link []string }

// programHeadersIn returns nil if there are none, which is the usual case.
func programHeadersIn(header http.Header) *programHeaders {
	p := programHeaders{header["Vary"], header["Cache-Control"], header["Link"]}
	if p.vary == nil && p.cacheControl == nil && p.link == nil {
		return nil
	}
	return &p
}

// vary sets Vary.
func (x *exchange) vary(on []string) {
	if x.h.options.Session != nil {
		on = []string{strings.Join(append(on[:len(on):len(on)], "Authorization"), ", ")}
	}
	if x.program != nil && x.program.vary != nil {
		on = merge(x.program.vary, on, func(name string) bool { return name != "" })
	}
	x.w.Header()["Vary"] = on
}

// cacheControl sets Cache-Control. The stricter side wins: what the program
// forbids is added, and what it allows beyond ours is left out.
func (x *exchange) cacheControl(allow []string) {
	if x.program != nil && x.program.cacheControl != nil {
		allow = merge(allow, x.program.cacheControl, restricts)
	}
	x.w.Header()["Cache-Control"] = allow
}

// permissive are the directives that let more caches keep a response, or for longer.
var permissive = []string{"public", "max-age", "s-maxage", "immutable", "stale-while-revalidate", "stale-if-error"}

func restricts(directive string) bool {
	name, _, _ := strings.Cut(directive, "=")
	return name != "" && !slices.Contains(permissive, strings.ToLower(name))
}

// mergeLinks puts the program's links before ours. A trailer has ours only,
// because the program's have been sent already.
func (x *exchange) mergeLinks(header http.Header) {
	if x.program != nil {
		header["Link"] = slices.Concat(x.program.link, header["Link"])
	}
}

// merge returns one line with the members of the first header, and those members
// of the second that are wanted. Each member occurs once, whatever its case.
func merge(first, second []string, wanted func(string) bool) []string {
	var members []string
	add := func(lines []string, wanted func(string) bool) {
		for _, line := range lines {
			for member := range negotiate.List(line) {
				member = strings.Trim(member, " \t")
				same := func(other string) bool { return strings.EqualFold(member, other) }
				if member != "" && wanted(member) && !slices.ContainsFunc(members, same) {
					members = append(members, member)
				}
			}
		}
	}
	add(first, func(string) bool { return true })
	add(second, wanted)
	return []string{strings.Join(members, ", ")}
}
