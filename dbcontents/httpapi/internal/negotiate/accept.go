// Package negotiate reads the request headers Accept, Prefer and Range. Its
// functions take the lines of one header and return what they ask for. They
// know nothing of the request they belong to, or of how a refusal is reported.
package negotiate

import (
	"mime"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Accept picks the representation that the client prefers. It reports false if
// the client accepts none that there is. Without the header, the choice is JSON.
//
// Like PostgREST it reads only the first line (some clients add a second one
// that they do not mean), and it does not match text/* and application/*. The
// highest q wins. Among equal ones, the media type with more parameters and
// fewer stars wins, and then the earlier one.
//
// Others are representations beside those of this package, which have the media
// type of their ContentType, without parameters.
func Accept(lines []string, others ...Representation) (best Representation, ok bool) {
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" {
		return ByName(dbcontents.JSON)
	}
	if format, ok := formatsByType[lines[0]]; ok {
		return ByName(format)
	}
	return choose(lines[0], false, others)
}

// PrefersOpenAPI reports whether the client prefers a description of the tables to their contents, in any
// representation.
func PrefersOpenAPI(lines []string, others ...Representation) bool {
	if len(lines) == 0 || !strings.Contains(strings.ToLower(lines[0]), openAPIType) {
		return false
	}
	r, ok := choose(lines[0], true, others)
	return ok && r.Format == OpenAPI
}

// choose is Accept for a line that has something. With described there is a description too.
func choose(line string, described bool, others []Representation) (best Representation, ok bool) {
	var bestQuality float64
	var bestDetail int
	for part := range List(line) {
		r, quality, detail := offer(part, others)
		if r.Format == OpenAPI && !described {
			continue
		}
		if quality > bestQuality || quality > 0 && quality == bestQuality && detail > bestDetail {
			best, bestQuality, bestDetail = r, quality, detail
		}
	}
	return best, bestQuality > 0
}

// offer returns the representation for one element of Accept, its q, and how
// specific the element is. A q of 0 means that there is no such representation.
func offer(element string, others []Representation) (r Representation, quality float64, detail int) {
	name, params, err := mime.ParseMediaType(element)
	if err != nil && name == "" {
		return r, 0, 0
	}
	quality = 1
	if q, ok := params["q"]; ok {
		if parsed, err := strconv.ParseFloat(q, 64); err == nil {
			quality = min(parsed, 1)
		}
		delete(params, "q")
	}
	detail = len(params) - strings.Count(name, "*")
	for _, other := range others {
		if other.ContentType[0] == name {
			return other, quality, detail
		}
	}
	if r, ok := byMediaType(name, params); ok {
		return r, quality, detail
	}
	return r, 0, 0
}

const (
	openAPIType = "application/openapi+json"
	arrayType   = "application/vnd.pgrst.array"
	objectType  = "application/vnd.pgrst.object"
)

// byMediaType returns the representation for a media type. Like PostgREST it
// ignores parameters that are not ours. It refuses an unknown value of a
// parameter that is ours.
func byMediaType(name string, params map[string]string) (r Representation, ok bool) {
	pgrst := true
	switch name {
	case arrayType, arrayType + "+json":
		r.Format = dbcontents.JSON
	case openAPIType:
		r.Format = OpenAPI
		return r, true
	case objectType, objectType + "+json":
		r.Format, r.Output.Object = dbcontents.JSON, true
	default:
		if r.Format, ok = formatsByType[name]; !ok {
			return r, false
		}
		pgrst = false
	}
	r.ContentType = contentTypes[r.Format]
	switch r.Format {
	case dbcontents.CSV:
		r.Output.Separator, ok = separators[params["separator"]]
		r.Output.SpreadsheetSafe = params["cells"] == "safe"
		return r, ok && (params["cells"] == "" || r.Output.SpreadsheetSafe)
	case dbcontents.JSON, dbcontents.NDJSON:
		r.Output.StripNulls = params["nulls"] == "stripped" && (pgrst || r.Format == dbcontents.NDJSON)
		r.Output.NumbersAsStrings = params["numbers"] == "string"
		if r.Output != (dbcontents.Output{}) {
			r.ContentType = []string{contentTypeOf(r)}
		}
		return r, params["numbers"] == "" || r.Output.NumbersAsStrings
	}
	return r, true
}

// separators are the values of the parameter separator of text/csv.
var separators = map[string]byte{
	"": 0, ",": ',', "comma": ',', ";": ';', "semicolon": ';', "\t": '\t', "tab": '\t', "|": '|', "pipe": '|',
}

// contentTypeOf is the content type of JSON with parameters.
func contentTypeOf(r Representation) string {
	name := "application/json"
	switch {
	case r.Format == dbcontents.NDJSON:
		name = "application/x-ndjson"
	case r.Output.Object:
		name = objectType + "+json"
	case r.Output.StripNulls:
		name = arrayType + "+json"
	}
	if r.Output.StripNulls {
		name += ";nulls=stripped"
	}
	if r.Output.NumbersAsStrings {
		name += ";numbers=string"
	}
	return name + "; charset=utf-8"
}
