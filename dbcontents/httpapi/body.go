package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxBody is how large the body of a request may be. It is read and ignored.
	maxBody = 64 << 10
	// bodyTimeout is how long the body may take to arrive.
	bodyTimeout = 5 * time.Second
)

// discardBody reads the body that even a GET may have, and reports whether the
// request goes on. The request has no turn yet. Before the end of the body,
// net/http does not notice that the client has gone, and the query would go on
// for nobody. Over HTTP/2 it always notices.
func (x *exchange) discardBody() bool {
	body := x.r.Body
	if body == nil || body == http.NoBody || x.r.ProtoMajor != 1 {
		return true
	}
	control := http.NewResponseController(x.w)
	// If the writer has no read deadlines, the server's own timeout applies, if there is
	// one. net/http clears the deadline at the end of the body.
	control.SetReadDeadline(time.Now().Add(bodyTimeout))
	n, err := io.Copy(io.Discard, io.LimitReader(body, maxBody+1))
	var tooLarge *http.MaxBytesError // set by a middleware
	switch {
	case n > maxBody || errors.As(err, &tooLarge):
		x.refuseBody(problem{
			Status: http.StatusRequestEntityTooLarge, Code: "PGRST102", Cause: "body_too_large", Title: "the body of the request is too large",
			Message: "the request has a body of more than " + strconv.Itoa(maxBody) + " bytes", Hint: "leave the body out; a read has no use for it",
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

// refuseBody responds, and has the connection closed, because the rest of the body
// may follow on it.
func (x *exchange) refuseBody(p problem) {
	x.w.Header().Set("Connection", "close")
	x.problem(p)
}
