package httpapi

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// A format is a value of the query key format.
type format string

const (
	json   format = "json"
	ndjson format = "ndjson"
	csv    format = "csv"
	text   format = "text"
	html   format = "html"
)

const (
	formatNames = "json, ndjson, csv, text, html"
	mediaTypes  = "application/json, application/x-ndjson, text/csv, text/plain, text/html"
)

// contentTypes are header values, shared like those of begin.
var contentTypes = map[format][]string{
	json:   {"application/json; charset=utf-8"},
	ndjson: {"application/x-ndjson; charset=utf-8"},
	csv:    {"text/csv; charset=utf-8; header=present"},
	text:   {"text/plain; charset=utf-8"},
	html:   {"text/html; charset=utf-8"},
}

var formatsByType = map[string]format{
	"*/*": json, "application/json": json, "application/x-ndjson": ndjson, "text/csv": csv, "text/plain": text, "text/html": html,
}

// negotiate picks the format that the client likes best. Like PostgREST it
// reads the first Accept line only (some clients add a second one that they do
// not mean) and does not take text/* or application/* for a choice. A type with
// a higher q wins, then one without a star, then the earlier one.
func negotiate(header http.Header) (format, bool) {
	lines := header["Accept"]
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" {
		return json, true
	}
	var best format
	bestQuality, bestStar := 0.0, false
	for part := range strings.SplitSeq(lines[0], ",") {
		name, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		f, ok := formatsByType[name]
		if !ok {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			if quality, err = strconv.ParseFloat(q, 64); err != nil || quality < 0 || quality > 1 {
				continue
			}
		}
		star := name == "*/*"
		if quality > bestQuality || quality == bestQuality && quality > 0 && bestStar && !star {
			best, bestQuality, bestStar = f, quality, star
		}
	}
	return best, bestQuality > 0
}
