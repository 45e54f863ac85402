package httpapi

import (
	"iter"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// An answer is what a media type, or the query key format, asks for.
type answer struct {
	format      format
	output      dbcontents.Output
	contentType []string
}

// plain is a format as it is written without parameters.
func (f format) plain() answer { return answer{format: f, contentType: contentTypes[f]} }

// negotiate picks the answer that the client likes best. Like PostgREST it
// reads the first Accept line only (some clients add a second one that they do
// not mean) and does not take text/* or application/* for a choice. A type with
// a higher q wins, then one with more parameters and fewer stars, then the
// earlier one.
func negotiate(header http.Header) (best answer, ok bool) {
	lines := header["Accept"]
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" {
		return json.plain(), true
	}
	if f, ok := formatsByType[lines[0]]; ok {
		return f.plain(), true
	}
	var bestQuality float64
	var bestDetail int
	for part := range list(lines[0]) {
		a, quality, detail := offered(part)
		if quality > bestQuality || quality > 0 && quality == bestQuality && detail > bestDetail {
			best, bestQuality, bestDetail = a, quality, detail
		}
	}
	return best, bestQuality > 0
}

// list splits a header's value at its commas, but for those within quotes.
func list(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		quoted, start := false, 0
		for i := 0; i < len(line); i++ {
			switch c := line[i]; {
			case c == '"':
				quoted = !quoted
			case c == '\\' && quoted:
				i++
			case c == ',' && !quoted:
				if !yield(line[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(line[start:])
	}
}

// offered is the answer to one entry of Accept, with its q, 0 if there is no
// such answer, and how detailed the entry is.
func offered(entry string) (a answer, quality float64, detail int) {
	name, params, err := mime.ParseMediaType(entry)
	if err != nil && name == "" {
		return a, 0, 0
	}
	quality = 1
	if q, ok := params["q"]; ok {
		if parsed, err := strconv.ParseFloat(q, 64); err == nil {
			quality = min(parsed, 1)
		}
		delete(params, "q")
	}
	detail = len(params) - strings.Count(name, "*")
	if a, ok := answerTo(name, params); ok {
		return a, quality, detail
	}
	return a, 0, 0
}

const (
	arrayType  = "application/vnd.pgrst.array"
	objectType = "application/vnd.pgrst.object"
)

// answerTo is the answer in a media type. A parameter of another program is
// ignored, as PostgREST does; one of ours with a value that we do not know is not.
func answerTo(name string, params map[string]string) (a answer, ok bool) {
	pgrst := true
	switch name {
	case arrayType, arrayType + "+json":
		a.format = json
	case objectType, objectType + "+json":
		a.format, a.output.Object = json, true
	default:
		if a.format, ok = formatsByType[name]; !ok {
			return a, false
		}
		pgrst = false
	}
	a.contentType = contentTypes[a.format]
	if a.format == csv {
		a.output.Separator, ok = separators[params["separator"]]
		a.output.SpreadsheetSafe = params["cells"] == "safe"
		return a, ok && (params["cells"] == "" || a.output.SpreadsheetSafe)
	}
	if a.format != json && a.format != ndjson {
		return a, true
	}
	a.output.StripNulls = params["nulls"] == "stripped" && (pgrst || a.format == ndjson)
	a.output.NumbersAsStrings = params["numbers"] == "string"
	if a.output != (dbcontents.Output{}) {
		a.contentType = []string{contentTypeOf(a)}
	}
	return a, params["numbers"] == "" || a.output.NumbersAsStrings
}

// separators are the values of text/csv's parameter separator.
var separators = map[string]byte{
	"": 0, ",": ',', "comma": ',', ";": ';', "semicolon": ';', "\t": '\t', "tab": '\t', "|": '|', "pipe": '|',
}

// contentTypeOf is the content type of JSON that is not written as usual.
func contentTypeOf(a answer) string {
	name := "application/json"
	switch {
	case a.format == ndjson:
		name = "application/x-ndjson"
	case a.output.Object:
		name = objectType + "+json"
	case a.output.StripNulls:
		name = arrayType + "+json"
	}
	if a.output.StripNulls {
		name += ";nulls=stripped"
	}
	if a.output.NumbersAsStrings {
		name += ";numbers=string"
	}
	return name + "; charset=utf-8"
}

func notAcceptable(header http.Header) *problem {
	return &problem{
		Status: http.StatusNotAcceptable, Code: "PGRST107", Cause: "not_acceptable", Title: "none of the requested media types is available",
		Message: "None of these media types are available: " + cut(strings.TrimSpace(header.Get("Accept"))),
		Hint:    "available are " + mediaTypes,
	}
}
