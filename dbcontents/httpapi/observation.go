package httpapi

import (
	"net/http"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Observation is the outcome of one request, for access logs and metrics.
type Observation struct {
	// Route is the pattern that the path matched, such as "/dbcontents/{table}", or
	// "*" if it matched none. It is known also if the request was refused before it was
	// known who is asking, and does not mean that what the path names exists. Table is "schema.name", if a table was found, and
	// "schema.name()" for a function.
	Route, Table string
	RequestID    string
	// Status is the status code that was sent, or 499 if the client had gone before.
	Status int
	Rows   int64
	Bytes  int64 // of the body
	// Format is the one in which contents were asked for, such as "json" or "html".
	Format dbcontents.Format
	// Duration is how long the whole request took. Wait is how much of that it waited
	// for its turn, for a place among the streams and for a connection. FirstByte is how
	// long it took until the response began, or zero if it never did.
	Duration, Wait, FirstByte time.Duration
	// Aborted is true if the response was broken off after it had begun.
	Aborted bool
	// Cause is the stable name of what went wrong, as in the problem document. It is
	// "slow_client" if the client read too slowly, and empty for a success.
	Cause string
	// Err is what went wrong, or nil for a success. For a mistake in the request it
	// has the name of the parameter, but not the value, which may be a secret of the
	// client. Messages of the database may quote any value.
	Err error
}

// Outcome is how the request ended, in one word for logs and metrics:
//
//   - "ok": with what was asked for.
//   - "not_modified": the client has it already (304).
//   - "refused": with a mistake of the client, or what it may not have (300, and 400 to 498).
//   - "gone": the client had gone before the response.
//   - "shed": with a 503, because too many requests were under way.
//   - "timeout": with a 504, because the read ran out of its time.
//   - "failed": with any other failure.
//   - "aborted": the response was broken off after it had begun; Cause says why.
func (o Observation) Outcome() string {
	switch {
	case o.Aborted:
		return "aborted"
	case o.Status == statusGone:
		return "gone"
	case isShed(o.Cause):
		return "shed"
	case o.Status == http.StatusNotModified:
		return "not_modified"
	case o.Status == http.StatusGatewayTimeout:
		return "timeout"
	case o.Status >= 200 && o.Status < 300:
		return "ok"
	case o.Status >= 300 && o.Status < 500:
		return "refused"
	}
	return "failed"
}
