package negotiate

import "github.com/dbcontents/dbcontents-go/dbcontents"

// HTML is a format of this package only: a table that a browser shows. The
// Store knows the other formats.
const HTML dbcontents.Format = "html"

// OpenAPI is a description of the tables instead of their contents.
const OpenAPI dbcontents.Format = "openapi"

// The content types that other responses than contents have too.
const (
	TypeJSON = "application/json; charset=utf-8"
	TypeHTML = "text/html; charset=utf-8"
	// TypeOpenAPI is that of a description.
	TypeOpenAPI = "application/openapi+json; charset=utf-8"
)

// MediaTypes lists every media type that a response can have, for people.
const MediaTypes = "application/json, application/vnd.pgrst.array+json, application/vnd.pgrst.object+json, " +
	"application/x-ndjson, text/csv, text/plain, text/html, and application/octet-stream for one bytea column"

// A Representation is the form of a response.
type Representation struct {
	Format dbcontents.Format
	Output dbcontents.Output
	// ContentType is the value of the response header. Responses share the
	// slice, so that setting the header allocates nothing. Do not change it.
	ContentType []string
}

// ByName returns the representation that a value of the query key format asks
// for. It reports false if there is no format of that name.
func ByName(name dbcontents.Format) (Representation, bool) {
	contentType, ok := contentTypes[name]
	return Representation{Format: name, ContentType: contentType}, ok
}

// contentTypes are the content types of formats without parameters.
var contentTypes = map[dbcontents.Format][]string{
	dbcontents.JSON:   {TypeJSON},
	dbcontents.NDJSON: {"application/x-ndjson; charset=utf-8"},
	dbcontents.CSV:    {"text/csv; charset=utf-8; header=present"},
	dbcontents.Text:   {"text/plain; charset=utf-8"},
	HTML:              {TypeHTML},
	dbcontents.Binary: {"application/octet-stream"},
}

// formatsByType are the formats that a media type without parameters asks for.
var formatsByType = map[string]dbcontents.Format{
	"*/*": dbcontents.JSON, "application/json": dbcontents.JSON, "application/x-ndjson": dbcontents.NDJSON,
	"text/csv": dbcontents.CSV, "text/plain": dbcontents.Text, "text/html": HTML, "application/octet-stream": dbcontents.Binary,
}
