package httpapi

// A format is a value of the query key format.
type format string

const (
	json   format = "json"
	ndjson format = "ndjson"
	csv    format = "csv"
	text   format = "text"
	html   format = "html"
	// octets is for one column.
	octets format = "binary"
)

const (
	formatNames = "json, ndjson, csv, text, html, binary"
	mediaTypes  = "application/json, application/vnd.pgrst.array+json, application/vnd.pgrst.object+json, " +
		"application/x-ndjson, text/csv, text/plain, text/html, and application/octet-stream for one bytea column"
)

// contentTypes are header values, shared like those of begin.
var contentTypes = map[format][]string{
	json:   {"application/json; charset=utf-8"},
	ndjson: {"application/x-ndjson; charset=utf-8"},
	csv:    {"text/csv; charset=utf-8; header=present"},
	text:   {"text/plain; charset=utf-8"},
	html:   {"text/html; charset=utf-8"},
	octets: {"application/octet-stream"},
}

var formatsByType = map[string]format{
	"*/*": json, "application/json": json, "application/x-ndjson": ndjson, "text/csv": csv, "text/plain": text, "text/html": html,
	"application/octet-stream": octets,
}
