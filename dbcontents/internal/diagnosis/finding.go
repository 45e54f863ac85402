package diagnosis

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A Finding is what has gone wrong, named. It is an error. Op and table of what
// was being done are not its business.
type Finding struct {
	Code     string // of a Diagnosis
	SQLState string // from the database, else empty
	// Detail says what is wrong with the concrete names; it may quote the
	// database, and so what is stored.
	Detail string
	// Message, Addition and Hint may be shown to anyone.
	Message, Addition, Hint string
	Err                     error // the cause, nil if the code says all
	// RetryAfter is the time until the next attempt to connect, zero if that is not the reason.
	RetryAfter time.Duration
}

// Error is the detail, else the code.
func (f *Finding) Error() string {
	if f.Detail != "" {
		return f.Detail
	}
	return f.Code
}

// Unwrap returns the cause.
func (f *Finding) Unwrap() error { return f.Err }

// New makes a Finding with the hint that the table has for code. Without a cause
// detail is what we have found wrong ourselves, and if that is the request, it
// holds nothing that is stored.
func New(code, detail string, cause error) *Finding {
	d := ByCode(code)
	f := &Finding{Code: code, Detail: detail, Hint: d.Hint, Err: cause}
	if cause == nil && (d.Kind == Invalid || d.Kind == NoTable) {
		f.Message = detail
	}
	return f
}

// toClient takes over what a function that raised the error has to say to the
// client. One of another server has not spoken to ours.
func (f *Finding) toClient(cause error) {
	var said *pgconn.PgError
	if f.Code != "status_raised" || !errors.As(cause, &said) || said.Routine != Raise {
		return
	}
	f.Message, f.Addition = said.Message, said.Detail
	if said.Hint != "" {
		f.Hint = OneLine(said.Hint)
	}
}

// OneLine keeps a driver's multi-line text from breaking a log line.
func OneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n\t") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// Context is the Finding for a context that has ended: [context.Canceled] or the
// caller's own deadline, with its cause if the caller gave one. A context that
// does not know of its end yet has passed its deadline.
func Context(ctx context.Context) *Finding {
	err := ctx.Err()
	code, detail := "canceled", "the caller gave up"
	if err == nil || err == context.DeadlineExceeded {
		err = context.DeadlineExceeded
		code, detail = "deadline_exceeded", "the caller's deadline passed"
	}
	if cause := context.Cause(ctx); cause != nil && cause != err {
		err = &causedError{err, cause}
		detail += ": " + cause.Error()
	}
	return New(code, detail, err)
}

// causedError is a context's error together with its cause.
type causedError struct{ err, cause error }

func (e *causedError) Error() string   { return e.cause.Error() }
func (e *causedError) Unwrap() []error { return []error{e.err, e.cause} }
