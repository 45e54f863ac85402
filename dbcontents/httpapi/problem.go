package httpapi

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// problemBase is what the type of a problem begins with; the cause follows.
const problemBase = "https://github.com/dbcontents/dbcontents-go/blob/main/docs/errors.md#"

// A problem is an RFC 9457 problem document that also has the members by which
// PostgREST's clients know an error: code, message, details and hint.
type problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail,omitempty"`
	Cause     string  `json:"cause"`
	RequestID string  `json:"request_id"`
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Details   *string `json:"details"`
	Hint      string  `json:"hint"`
}

// problem sends p; nothing may have been sent yet.
func (x *exchange) problem(p problem) {
	p.Type = problemBase + p.Cause
	p.RequestID = x.seen.RequestID
	if p.Message == "" {
		p.Message = p.Title
	}
	p.Detail = p.Message
	var body bytes.Buffer
	encoder := stdjson.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		panic("unreachable: a problem is made of strings: " + err.Error())
	}
	header := x.w.Header()
	header.Del("Content-Disposition")
	header.Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable && header.Get("Retry-After") == "" {
		// A second or two, not the same for all who were turned away at once.
		header.Set("Retry-After", strconv.Itoa(1+rand.IntN(2)))
	}
	x.seen.Cause = p.Cause
	if x.seen.Err == nil {
		x.seen.Err = errors.New(p.Message)
	}
	x.send(p.Status, "application/problem+json", body.Bytes())
}

// problemOf describes an error of the Store. What the request got wrong is
// told in full; what the database said is told by title and hint, unless Verbose.
func (x *exchange) problemOf(e *dbcontents.Error) problem {
	p := problem{Status: e.HTTPStatus(), Title: e.Title(), Cause: e.Code, Hint: e.Hint, Code: codeOf(e)}
	switch {
	case x.h.options.Verbose:
		p.Message = e.Error()
	case e.SQLState == "" && (errors.Is(e, dbcontents.ErrInvalid) || errors.Is(e, dbcontents.ErrNoTable)):
		p.Message = e.Detail
	}
	if e.Code == "table_not_exposed" {
		p.Hint = x.whatExists()
	}
	return p
}

// codeOf is PostgREST's code where it has one for the case, else the SQLSTATE.
func codeOf(e *dbcontents.Error) string {
	switch {
	case errors.Is(e, dbcontents.ErrNoTable):
		return "PGRST205"
	case e.Code == "column_unknown":
		return "42703"
	case e.Code == "pool_busy":
		return "PGRST003"
	case e.SQLState != "":
		return e.SQLState
	case errors.Is(e, dbcontents.ErrInvalid):
		return "PGRST100"
	case errors.Is(e, dbcontents.ErrUnavailable):
		return "PGRST000"
	case errors.Is(e, dbcontents.ErrInterrupted):
		return "PGRST001"
	}
	return "PGRSTX00"
}

// stopping is the answer to a request whose context the server has ended. The
// client has not gone away.
func stopping() problem {
	return problem{
		Status: http.StatusServiceUnavailable, Code: "PGRST001", Cause: "stopping", Title: "the server is stopping",
		Hint: "try again, or use another server",
	}
}

// noRoute is the answer to a path that does not exist.
func (x *exchange) noRoute() problem {
	return problem{
		Status: http.StatusNotFound, Code: "PGRST125", Cause: "path_unknown", Title: "no such path",
		Message: "there is nothing at " + shown(x.r.URL.Path), Hint: x.whatExists(),
	}
}

// whatExists lists the paths, from the configuration alone.
func (x *exchange) whatExists() string {
	prefix := x.h.options.Prefix
	names, more := x.h.store.Exposed()
	paths := []string{prefix}
	const most = 20
	for i, name := range names {
		if i == most {
			more = true
			break
		}
		paths = append(paths, prefix+"/"+name)
	}
	hint := "there are " + strings.Join(paths, ", ")
	if more {
		hint += " and more"
	}
	return hint + "; names are case-sensitive"
}

func (x *exchange) cannotStream() problem {
	p := problem{
		Status: http.StatusInternalServerError, Code: "PGRSTX00", Cause: "cannot_stream", Title: "the answer cannot be streamed",
		Message: "the answer is larger than " + strconv.Itoa(holdBackMost) + " bytes and something around the handler keeps it from streaming",
		Hint:    "give the middleware's ResponseWriter an Unwrap method, do not use http.TimeoutHandler, or ask for less with limit and select",
	}
	if !x.r.ProtoAtLeast(1, 1) {
		p.Status, p.Cause = http.StatusHTTPVersionNotSupported, "http_1_0"
		p.Message = "the answer is larger than " + strconv.Itoa(holdBackMost) + " bytes, and over HTTP/1.0 a broken transfer cannot be told from a whole one"
		p.Hint = "use HTTP/1.1 (nginx: proxy_http_version 1.1), or ask for less with limit and select"
	}
	return p
}
