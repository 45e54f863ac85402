package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// problemBase is the beginning of the type of a problem. The cause follows it.
const problemBase = "https://github.com/dbcontents/dbcontents-go/blob/main/docs/errors.md#"

// A problem is an RFC 9457 problem document that also has the members by which
// PostgREST's clients know an error: code, message, details and hint.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Cause     string `json:"cause"`
	RequestID string `json:"request_id"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Details   any    `json:"details"` // nil, a string, or valid JSON
	Hint      string `json:"hint"`

	challenge  string        // the header WWW-Authenticate; a 401 without one has "Bearer"
	retryAfter time.Duration // zero means soon
	logged     string        // the text of Observation.Err; if it is empty, the title, because the message may quote the request
}

// contentsHeaders are headers that may have been set for contents, and that a
// problem does not have.
var contentsHeaders = []string{"Content-Disposition", "Content-Location", "Content-Profile", "Dbcontents-Lsn", "Preference-Applied"}

// problem responds with p. Nothing may have been sent yet.
func (x *exchange) problem(p problem) {
	p.Type = problemBase + p.Cause
	p.RequestID = x.seen.RequestID
	if p.Message == "" {
		p.Message = p.Title
	}
	p.Detail = p.Message
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		panic("unreachable: a problem is made of strings and JSON: " + err.Error())
	}
	header := x.w.Header()
	for _, name := range contentsHeaders {
		header.Del(name)
	}
	x.cacheControl(notStored)
	header.Add("Proxy-Status", "dbcontents; error="+p.Code)
	if p.Status == http.StatusServiceUnavailable && header.Get("Retry-After") == "" {
		// Some get a second more, so that clients that were turned away together do not
		// come back together.
		seconds := max(1, int(math.Ceil(p.retryAfter.Seconds())))
		header.Set("Retry-After", strconv.Itoa(seconds+rand.IntN(2)))
	}
	if p.Status == http.StatusUnauthorized && p.challenge == "" {
		p.challenge = "Bearer"
	}
	if p.challenge != "" {
		header.Add("WWW-Authenticate", p.challenge)
	}
	x.seen.Cause = p.Cause
	if x.seen.Err == nil {
		if p.logged == "" {
			p.logged = p.Title
		}
		x.seen.Err = errors.New(p.logged)
	}
	if x.forPeople() {
		page := x.problemPage(&p)
		var text bytes.Buffer
		if err := page.Write(&text); err != nil {
			panic("unreachable: the template takes any text: " + err.Error())
		}
		if text.Cap() <= maxSmallBuffer { // else there may be no memory for it, nor for the page that says so
			x.pageHeaders(&page.Frame)
			x.send(p.Status, negotiate.TypeHTML, text.Bytes())
			return
		}
	}
	x.send(p.Status, "application/problem+json", body.Bytes())
}

// problemOf is the problem for an error of the Store. It has the title, the hint,
// and the message that anyone may see. The database's own message is shown only
// with Options.Verbose.
func (x *exchange) problemOf(e *dbcontents.Error) problem {
	p := problem{
		Status: e.HTTPStatus(), Title: e.Title(), Cause: e.Code, Message: e.Message, Hint: e.Hint, Code: codeOf(e),
		retryAfter: e.RetryAfter,
	}
	if e.Addition != "" {
		p.Details = e.Addition
	}
	if x.h.options.Verbose && e.Code != "status_raised" { // its author wrote the message for the client
		p.Message = e.Error()
	}
	switch e.Code {
	case "table_not_exposed":
		p.Hint = x.whatExists(x.ask.query.Table)
	case "function_missing", "relationship_missing":
		p.Hint = x.withoutClosed(e.Hint)
	case "aggregates_off":
		p.Message = "Use of aggregate functions is not allowed"
	case "not_one_row":
		p.Message, p.Details = "Cannot coerce the result to a single JSON object", e.Detail
	case "relationship_ambiguous": // the addition lists the relationships
		if json.Valid([]byte(e.Addition)) {
			p.Details = json.RawMessage(e.Addition)
		}
	}
	return p
}

// maxQuoted is how many bytes of what a client sent are repeated to it.
const maxQuoted = 200

// quote quotes a part of what the client sent.
func quote(s string) string { return strconv.Quote(cut(s)) }

// cut shortens s to maxQuoted bytes of valid UTF-8.
func cut(s string) string {
	return strings.ToValidUTF8(confidential.Shorten(s, maxQuoted), "\uFFFD")
}

// codes are PostgREST's codes for causes of ours, or the codes of PostgreSQL that
// PostgREST passes on.
var codes = map[string]string{
	"column_unknown":   "42703",
	"type_unknown":     "42704",
	"select_denied":    "42501",
	"role_not_allowed": "42501",
	"aggregates_off":   "PGRST123",
	"not_one_row":      "PGRST116",
	"not_one_bytea":    "PGRST107",
	"pool_busy":        "PGRST003",

	"function_missing":       "PGRST202",
	"function_ambiguous":     "PGRST203",
	"relationship_missing":   "PGRST200",
	"relationship_ambiguous": "PGRST201",
	"embed_unknown":          "PGRST108",
	"related_order":          "PGRST118",
	"spread_aggregate":       "PGRST127",

	"too_costly": "54001", // which extensions of PostgreSQL that limit the cost use
}

// codeOf is PostgREST's code for an error, if it has one, or else the SQLSTATE.
func codeOf(e *dbcontents.Error) string {
	if code := codes[e.Code]; code != "" {
		return code
	}
	switch {
	case errors.Is(e, dbcontents.ErrNoTable):
		return "PGRST205"
	case e.SQLState != "":
		return e.SQLState
	case errors.Is(e, dbcontents.ErrTimeout):
		return "57014" // which is what PostgREST sends for a query that took too long
	case errors.Is(e, dbcontents.ErrInvalid):
		return "PGRST100"
	case errors.Is(e, dbcontents.ErrUnavailable):
		return "PGRST000"
	case errors.Is(e, dbcontents.ErrInterrupted):
		return "PGRST001"
	}
	return "PGRSTX00"
}

// stopping is the response to a request that the server has cancelled. The client
// is still there.
func stopping() problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST001", Cause: "stopping", Title: "the server is stopping",
		Hint: "try again, or use another server",
	}
}

// cannotStream is the response to a request whose contents are too large to be held
// back, and cannot be streamed.
func (x *exchange) cannotStream() problem {
	p := problem{
		Status: http.StatusInternalServerError, Code: "PGRSTX00", Cause: "cannot_stream", Title: "the answer cannot be streamed",
		Message: "the answer is larger than " + strconv.Itoa(maxWhole) + " bytes and something around the handler keeps it from streaming",
		Hint:    "give the middleware's ResponseWriter an Unwrap method, do not use http.TimeoutHandler, or ask for less with limit and select",
	}
	if !x.r.ProtoAtLeast(1, 1) {
		p.Status, p.Cause = http.StatusHTTPVersionNotSupported, "http_1_0"
		p.Message = "the answer is larger than " + strconv.Itoa(maxWhole) + " bytes, and over HTTP/1.0 a broken transfer cannot be told from a whole one"
		p.Hint = "use HTTP/1.1 (nginx: proxy_http_version 1.1), or ask for less with limit and select"
	}
	return p
}

// tooManyRows is the response to a client that wants all rows or none, where the
// server's maximum would cut them.
func tooManyRows() problem {
	return problem{
		Status: http.StatusBadRequest, Code: "PGRST124", Cause: "max_rows", Title: "more rows than the server gives at once",
		Message: "the answer would be cut at the server's maximum of rows, and max-rows=fail was preferred",
		Hint:    "read page by page: the answer without max-rows=fail has the address of the next page in Link; if a row embeds too many, give the embed a limit",
	}
}
