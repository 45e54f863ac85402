package httpapi

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Refusal is an error of Options.Session that decides the response: 401 for missing or
// wrong credentials, 403 for a caller who may not read here, 503 if that cannot be decided
// now. The zero value is a 401. Everything in it but Err is shown to the caller.
type Refusal struct {
	// Status is the status code, from 400 to 599. The default is 401.
	Status int
	// Code is the code that PostgREST has for this, such as "PGRST301", which its clients
	// look at. Cause is the stable name of ours, such as "token_expired": at most 64 letters
	// in lower case, digits and underscores. Responses, logs and metrics have it, and each is
	// counted apart, so let there be few. Any other text counts as none.
	// The defaults are "PGRST302" and "refused".
	Code, Cause string
	// Message says what is wrong, Details what else there is to say, and Hint what to
	// do. Message and Hint have defaults.
	Message, Details, Hint string
	// Challenge is the header WWW-Authenticate. The default for a 401 is "Bearer".
	Challenge string
	// RetryAfter sets Retry-After on a 503.
	RetryAfter time.Duration
	// Err is the cause, for the log; nil if Message says all.
	Err error
}

// Error is the message, and the cause if there is one.
func (r *Refusal) Error() string {
	text := r.Message
	if text == "" {
		text = "the request was refused"
	}
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

var goodCause = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

func (r *Refusal) problem() problem {
	p := problem{
		Status: r.Status, Code: r.Code, Cause: r.Cause, Title: "the request was refused", Message: r.Message, Hint: r.Hint,
		challenge: r.Challenge, retryAfter: r.RetryAfter, logged: strings.TrimSpace(r.Error()),
	}
	if p.Status < 400 || p.Status > 599 {
		p.Status = http.StatusUnauthorized
	}
	if p.Code == "" {
		p.Code = "PGRST302"
	}
	if !goodCause.MatchString(p.Cause) {
		p.Cause = "refused"
	}
	if r.Details != "" {
		p.Details = r.Details
	}
	switch {
	case p.Hint != "":
	case p.Status == http.StatusUnauthorized:
		p.Hint = "send credentials that this server accepts"
	case p.Status == http.StatusServiceUnavailable:
		p.Hint = "try again later"
	default:
		p.Hint = "ask those who run this server"
	}
	return p
}

// authenticate finds out on whose behalf the request is, and reports whether it goes on. It
// takes no turn and no connection.
func (x *exchange) authenticate() bool {
	if x.h.options.Session == nil {
		return true
	}
	x.vary(nil)
	session, err := x.h.options.Session(x.r)
	if err == nil {
		x.store = x.h.store.As(session)
		err = usable(x.store)
	}
	if err == nil && x.h.options.SessionAccess != nil {
		x.limits = x.h.options.SessionAccess(session)
		err = checkAccess(x.limits, x.h.store)
		if err != nil {
			err = &dbcontents.Error{Op: "access", Code: "session_invalid", Detail: "Options.SessionAccess: " + err.Error()}
		}
	}
	if err == nil {
		return true
	}
	var refusal *Refusal
	var e *dbcontents.Error
	switch {
	case errors.As(err, &refusal):
		x.problem(refusal.problem())
	case errors.As(err, &e):
		x.fail(err)
	case x.r.Context().Err() != nil:
		x.fail(&dbcontents.Error{Op: "session", Code: "canceled", Err: context.Cause(x.r.Context())})
	default:
		x.seen.Err = err
		x.problem(problem{
			Status: http.StatusInternalServerError, Code: "PGRSTX00", Cause: "session_failed", Title: "cannot tell who is asking",
			Hint: "the server could not find out on whose behalf the request is; see its log",
		})
	}
	return false
}

// usable returns what is wrong with the session of a Store, whatever is read with it.
func usable(store *dbcontents.Store) error {
	var e *dbcontents.Error
	if err := store.Validate(dbcontents.Query{}); errors.As(err, &e) && (e.Code == "role_not_allowed" || e.Code == "session_invalid") {
		return err
	}
	return nil
}
