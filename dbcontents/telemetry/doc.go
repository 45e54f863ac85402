// Package telemetry makes spans and metrics of OpenTelemetry from what a Store and its HTTP
// handler do.
//
// A program gives its three methods to what they observe:
//
//	t := telemetry.New(telemetry.Options{})
//	store, err := dbcontents.Open(dbcontents.Config{Trace: t.Trace, Tables: ...})
//	handler := t.Handler(httpapi.New(store, httpapi.Options{Observe: t.Observe}))
//
// # Spans
//
// A request has a span of kind SERVER with the name "GET /dbcontents/{table}". Inside of it, each read has one of kind CLIENT
// with the name "SELECT orders", and so have look-ups in the catalog ("SELECT pg_catalog") and new connections ("connect"). Their
// attributes are those of OpenTelemetry's stable conventions for HTTP servers and for PostgreSQL. A response that was broken
// off has the status Error and the reason in error.type. The event first_byte tells when the response
// began, first_row when the database had found the first row, and retry when the last further attempt began.
//
// Beside the conventions, spans of requests have dbcontents.outcome, see [httpapi.Observation.Outcome], dbcontents.request_id, dbcontents.format,
// dbcontents.rows and dbcontents.wait, and those of reads dbcontents.query.shape, a hash of the statement, dbcontents.wait, dbcontents.retries
// and dbcontents.closed_early. Times are in seconds.
//
// # Metrics
//
// The histograms http.server.request.duration and db.client.operation.duration have the attributes, units and buckets of the
// conventions. A response that was broken off counts, with error.type.
//
// # What is never told
//
// No value of a request gets into a span or a metric: no filter, no query string, no header but the id of the request and
// of its trace, no tracestate, and no path but of a table that exists. Methods that no standard knows are "_OTHER". Names of
// tables and functions are told only if they exist and are exposed, so attributes have few different values. Error messages are
// left out, as those of a database may quote what is stored. Of SQL, spans have the first 2 KiB.
//
// # Strangers
//
// The header traceparent says to which trace a request belongs, and whether that is sampled. If strangers send requests, let the proxy in
// front drop the header, or use a sampler that does not heed it, such as sdktrace.TraceIDRatioBased without ParentBased. Otherwise
// they may have every request sampled, or none, and add spans to traces whose ids they know.
package telemetry
