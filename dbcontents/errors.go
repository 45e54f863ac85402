package dbcontents

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// The sentinels that every error of this package matches with [errors.Is],
// but for a few: a read whose caller gave up is [context.Canceled], and an error
// that the database reports matches none if the diagnosis table does not know
// it, if a value could not be computed, if a view misses something, if a server does not say
// how far it is (lsn_unknown), or if a function chose an HTTP status.
// A caller's own deadline matches both ErrTimeout and [context.DeadlineExceeded].
var (
	// ErrConfig: the [Config] or the connection string cannot be used.
	ErrConfig = errors.New("invalid configuration")
	// ErrUnavailable: the database cannot be reached or does not let us in.
	ErrUnavailable = errors.New("database unavailable")
	// ErrBusy: there is no capacity, or another session holds a lock; a later try may succeed.
	ErrBusy = errors.New("busy")
	// ErrTimeout: the read ran out of its own time.
	ErrTimeout = errors.New("timeout")
	// ErrInterrupted: the read had begun and broke off; what was delivered is not the whole.
	ErrInterrupted = errors.New("read interrupted")
	// ErrNoTable: the table is not exposed, or does not exist.
	ErrNoTable = errors.New("no such table")
	// ErrDenied: the role may not read it, reading it would write, or an allow-list leaves nothing of it.
	ErrDenied = errors.New("access denied")
	// ErrInvalid: the request is wrong; repeating it cannot help.
	ErrInvalid = errors.New("invalid request")
	// ErrTooLarge: a row or value exceeds a limit.
	ErrTooLarge = errors.New("too large")
	// ErrClosed: the Store, Snapshot or Rows is closed, or the owner of a borrowed pool has closed that.
	ErrClosed = errors.New("closed")
)

// Error is the one error type of this package. It matches its sentinel through
// [errors.Is] and its cause through [errors.As]: for an error that the
// database reported, a *pgconn.PgError is in the chain. It never holds a
// password or a connection string. An Error is not changed after it was
// returned and may be shared.
type Error struct {
	// Op is what was being done: "open", "query", "read", "write", "snapshot", "catalog",
	// "check", "ping", "close" and others.
	Op string
	// Table is the table as "schema.name" if one was concerned, else empty.
	Table string
	// Code is the stable name of the diagnosis, such as "table_missing".
	Code string
	// SQLState is the five-character code from the database, empty if it did not come from there.
	SQLState string
	// Detail says what is wrong with the concrete names (host, role, table), in
	// the words of the database if it has reported the error, which may quote
	// what is stored: for logs and operators, not for untrusted clients.
	Detail string
	// Message says what is wrong with the request and may be shown to anyone: it
	// holds nothing that is stored. PostgreSQL's messages are rebuilt for it in
	// English. A function of this database that raises SQLSTATE PTnnn, which asks
	// for the HTTP status nnn, sets it to its MESSAGE. Empty if Title and Hint say all.
	Message string
	// Addition is what PostgreSQL, or such a function, says in addition, its
	// DETAIL; the function's HINT is then in Hint. Mostly empty.
	Addition string
	// Hint says what to do, in one line that names nothing from inside and may be shown to anyone.
	Hint string
	// Err is the cause; nil if the diagnosis is all there is to say.
	Err error
	// RetryAfter is the time until the Store's next attempt to connect, if the
	// last one failed: until then every read that needs a new connection fails
	// with the same Code, at once. Zero if that is not the reason.
	RetryAfter time.Duration
}

// Error is the text "op table: detail", in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Table != "" {
		b.WriteByte(' ')
		b.WriteString(e.Table)
	}
	b.WriteString(": ")
	switch {
	case e.Detail != "":
		b.WriteString(diagnosis.OneLine(e.Detail))
	case e.Err != nil:
		b.WriteString(diagnosis.OneLine(e.Err.Error()))
	default:
		b.WriteString(e.Code)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of e's diagnosis.
func (e *Error) Is(target error) bool {
	s := sentinels[diagnosis.ByCode(e.Code).Kind]
	return s != nil && s == target
}

// sentinels are those of the kinds of diagnosis.
var sentinels = [...]error{
	diagnosis.Config: ErrConfig, diagnosis.Unavailable: ErrUnavailable, diagnosis.Busy: ErrBusy, diagnosis.Timeout: ErrTimeout,
	diagnosis.Interrupted: ErrInterrupted, diagnosis.NoTable: ErrNoTable, diagnosis.Denied: ErrDenied, diagnosis.Invalid: ErrInvalid,
	diagnosis.TooLarge: ErrTooLarge, diagnosis.Closed: ErrClosed,
}

// HTTPStatus is the status that an HTTP server should answer with for e, as
// long as nothing has been sent: 404 for [ErrNoTable], 503 for [ErrBusy], and
// so on. It is here because the diagnosis table is the only place that knows.
// A function that raised PTnnn has chosen nnn, if that is the status of an error.
func (e *Error) HTTPStatus() int {
	if digits, ok := strings.CutPrefix(e.SQLState, "PT"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 400 && n < 600 {
			return n
		}
	}
	return diagnosis.ByCode(e.Code).Status
}

// Title is the constant, short description of e's diagnosis, the same for
// every Error of one Code.
func (e *Error) Title() string { return diagnosis.ByCode(e.Code).Title }

// errorOf makes the Error of what was found out, while op was being done with table. It
// is the one place where Errors are made.
func errorOf(op, table string, f *diagnosis.Finding) *Error {
	return &Error{
		Op: op, Table: table, Code: f.Code, SQLState: f.SQLState, Detail: f.Detail, Message: f.Message, Addition: f.Addition,
		Hint: f.Hint, Err: f.Err, RetryAfter: f.RetryAfter,
	}
}

// newError makes an Error of [diagnosis.New].
func newError(op, table, code, detail string, cause error) *Error {
	return errorOf(op, table, diagnosis.New(code, detail, cause))
}

// invalid is the error for a request that is wrong in itself.
func invalid(table, code, detail string) *Error {
	return newError("query", table, code, detail, nil)
}

// classify makes the Error for an error of the driver, or of a room below, see [diagnosis.Of].
func classify(op, table string, at diagnosis.Stage, err error) *Error {
	// Not deeper in the chain: the cause of a caller's context may be another Error.
	switch e := err.(type) {
	case *Error:
		return e
	case *diagnosis.Finding:
		return errorOf(op, table, e)
	}
	switch {
	case errors.Is(err, wire.ErrSessionChanged), errors.Is(err, wire.ErrMisplaced):
		return newError(op, table, "connection_lost", err.Error(), err)
	case errors.Is(err, wire.ErrOtherTypes):
		return newError(op, table, "plan_changed", err.Error(), err)
	}
	return errorOf(op, table, diagnosis.Of(at, err))
}

// codeOf is the Code of an Error in err's chain, empty if there is none.
func codeOf(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}
