package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// bodyMost is how large the body of a request may be. It is read and means nothing.
	bodyMost = 64 << 10
	// bodyTimeout is how long it may take to arrive.
	bodyTimeout = 5 * time.Second
)

// withoutBody reads the body that a request may have although it is a GET, and reports
// whether the request goes on. It takes no turn meanwhile. As long as
// the body has not been read to its end, net/http does not listen for the client's
// leaving, and the query would go on without it. HTTP/2 always listens.
func (x *exchange) withoutBody() bool {
	body := x.r.Body
	if body == nil || body == http.NoBody || x.r.ProtoMajor != 1 {
		return true
	}
	control := http.NewResponseController(x.w)
	// Without read deadlines the server's own, if it has any, is the limit. net/http
	// clears the deadline at the end of the body.
	control.SetReadDeadline(time.Now().Add(bodyTimeout))
	n, err := io.Copy(io.Discard, io.LimitReader(body, bodyMost+1))
	var tooLarge *http.MaxBytesError // of a middleware
	switch {
	case n > bodyMost || errors.As(err, &tooLarge):
		x.refuseBody(problem{
			Status: http.StatusRequestEntityTooLarge, Code: "PGRST102", Cause: "body_too_large", Title: "the body of the request is too large",
			Message: "the request has a body of more than " + strconv.Itoa(bodyMost) + " bytes", Hint: "leave the body out; a read has no use for it",
		})
		return false
	case err != nil:
		x.refuseBody(problem{
			Status: http.StatusBadRequest, Code: "PGRST102", Cause: "body_incomplete", Title: "the body of the request is incomplete",
			Message: "the request announces a body that is malformed or did not arrive in time", Hint: "leave the body out; a read has no use for it",
		})
		return false
	}
	return true
}

// refuseBody answers, and has the connection closed, as what follows on it is
// the rest of the body.
func (x *exchange) refuseBody(p problem) {
	x.w.Header().Set("Connection", "close")
	x.problem(p)
}
