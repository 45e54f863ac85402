package server

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// An AccessLog writes a line about each request, and passes on the lines of
// other loggers that are given it as their writer. The owner flushes it at the end.
type AccessLog struct {
	*batch
	json bool
	from slog.Level // lines below are left out
}

// NewAccessLog writes to w, as JSON or else as text, what is at least at level from.
func NewAccessLog(w io.Writer, json bool, from slog.Level) *AccessLog {
	return &AccessLog{batch: newBatch(w), json: json, from: from}
}

// Observe is for httpapi's Options.
func (a *AccessLog) Observe(r *http.Request, o httpapi.Observation) {
	level := levelOf(o)
	if level < a.from {
		return
	}
	l := newLine(a.json, level, "request")
	l.string("method", r.Method)
	l.string("route", o.Route)
	l.int("status", int64(o.Status))
	l.int("rows", o.Rows)
	l.int("bytes", o.Bytes)
	l.milliseconds("duration_ms", o.Duration)
	l.milliseconds("wait_ms", o.Wait)
	l.string("remote", hostOf(r.RemoteAddr))
	l.string("request_id", o.RequestID)
	if o.Table != "" {
		l.string("table", o.Table)
	}
	if o.Route == "*" {
		path := r.URL.Path
		if confidential.ConnString(path) {
			path = confidential.Quote(path)
		}
		l.string("path", shorten(path))
	}
	if o.Aborted {
		l.bool("aborted", true)
	}
	if o.Err != nil {
		for _, attr := range reason(o.Cause, o.Err) {
			l.string(attr.Key, attr.Value.String())
		}
	}
	l.write(a.batch)
}

// levelOf is how much a request matters: what went wrong on our side is for
// the operator, what the client got wrong is not, and probes are noise.
func levelOf(o httpapi.Observation) slog.Level {
	switch {
	case o.Route == "/livez" || o.Route == "/readyz":
		return slog.LevelDebug
	case o.Status == http.StatusInternalServerError || o.Status == 0:
		return slog.LevelError
	case o.Status >= 500 || o.Aborted:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
