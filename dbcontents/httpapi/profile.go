package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// profile returns the schema that Accept-Profile names, or nothing without that
// header. The schema must be exposed, and its name must match exactly.
func (x *exchange) profile() (schema string, bad *problem) {
	sent := x.r.Header["Accept-Profile"]
	if len(sent) == 0 {
		return "", nil
	}
	schemas := x.h.config.Schemas
	if slices.Contains(schemas, sent[0]) {
		return sent[0], nil
	}
	return "", &problem{
		Status: http.StatusNotAcceptable, Code: "PGRST106", Cause: "schema_not_exposed", Title: "the schema is not exposed",
		Message: "Invalid schema: " + cut(sent[0]), Hint: "Only the following schemas are exposed: " + strings.Join(schemas, ", "),
	}
}

// profiled reports whether the response has Content-Profile.
func (x *exchange) profiled() bool {
	return len(x.r.Header["Accept-Profile"]) > 0 || len(x.h.config.Schemas) > 1
}

// exists reports whether there is such a table. If not, it has responded.
func (x *exchange) exists(schema, table string) bool {
	if !x.takeTurn(x.r.Context(), dbcontents.Query{Schema: schema, Table: table}) {
		return false
	}
	if _, err := x.store.Table(x.r.Context(), schema, table); err != nil {
		x.fail(err)
		return false
	}
	return true
}
