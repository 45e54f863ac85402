package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// outer are the headers that the program around the handler had set on the
// response before, and that the handler sets too: it adds to them.
type outer struct{ vary, cacheControl, link []string }

// outerOf is nil if there are none, as mostly.
func outerOf(header http.Header) *outer {
	o := outer{header["Vary"], header["Cache-Control"], header["Link"]}
	if o.vary == nil && o.cacheControl == nil && o.link == nil {
		return nil
	}
	return &o
}

// vary says what the answer depends on.
func (x *exchange) vary(on []string) {
	if x.outer != nil && x.outer.vary != nil {
		on = united(x.outer.vary, on, func(name string) bool { return name != "" })
	}
	x.w.Header()["Vary"] = on
}

// cacheControl says how the answer may be kept. What the program allowed more
// than that does not count, and what it forbids does: the stricter one wins.
func (x *exchange) cacheControl(allow []string) {
	if x.outer != nil && x.outer.cacheControl != nil {
		allow = united(allow, x.outer.cacheControl, restricts)
	}
	x.w.Header()["Cache-Control"] = allow
}

// laxer are the directives that let an answer be kept longer, or by more.
var laxer = []string{"public", "max-age", "s-maxage", "immutable", "stale-while-revalidate", "stale-if-error"}

func restricts(directive string) bool {
	name, _, _ := strings.Cut(directive, "=")
	return name != "" && !slices.Contains(laxer, strings.ToLower(name))
}

// linked adds our addresses behind those of the program. They are ours alone
// in a trailer, as the program's have gone out.
func (x *exchange) linked(header http.Header) {
	if x.outer != nil {
		header["Link"] = slices.Concat(x.outer.link, header["Link"])
	}
}

// united is one value with the members of both headers, each once; of the second
// those that are wanted.
func united(first, second []string, wanted func(string) bool) []string {
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
