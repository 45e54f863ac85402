package server

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// asJSON tells the form of the log's lines.
func asJSON(s *settings, w io.Writer) bool {
	return s.LogFormat != "text" && (s.LogFormat != "" || !isTerminal(w))
}

func newLog(s *settings, w io.Writer, json bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.Level(s.LogLevel)}
	if json {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// observe is called at the end of every request: it writes the access log and
// watches the state of the database.
func (s *service) observe(r *http.Request, o httpapi.Observation) {
	s.database.observe(r, o)
	level := levelOf(o)
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	l := newLine(s.json, level, "request")
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
		l.string("path", shorten(r.URL.Path))
	}
	if o.Aborted {
		l.bool("aborted", true)
	}
	if o.Err != nil {
		for _, attr := range reason(o.Cause, o.Err) {
			l.string(attr.Key, attr.Value.String())
		}
	}
	l.write(s.lines)
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

// reason is an error for the log: its text, its stable name (that of the error
// itself if cause is empty) and what to do.
func reason(cause string, err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("error", strings.ReplaceAll(err.Error(), "\n", "; "))}
	var e *dbcontents.Error
	if errors.As(err, &e) {
		attrs = append(attrs, slog.String("hint", e.Hint))
		if cause == "" {
			cause = e.Code
		}
	}
	if cause != "" {
		attrs = append(attrs, slog.String("cause", cause))
	}
	return attrs
}

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

// shorten keeps what a stranger sent from filling the log.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
