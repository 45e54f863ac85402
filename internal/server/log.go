package server

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func newLog(s *settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.Level(s.LogLevel)}
	if s.LogFormat == "text" || s.LogFormat == "" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
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
	var all [16]slog.Attr // so that what is appended below does not move the rest
	attrs := append(all[:0],
		slog.String("method", r.Method),
		slog.String("route", o.Route),
		slog.Int("status", o.Status),
		slog.Int64("rows", o.Rows),
		slog.Int64("bytes", o.Bytes),
		slog.Float64("duration_ms", milliseconds(o.Duration)),
		slog.Float64("wait_ms", milliseconds(o.Wait)),
		slog.String("remote", hostOf(r.RemoteAddr)),
		slog.String("request_id", o.RequestID),
	)
	if o.Table != "" {
		attrs = append(attrs, slog.String("table", o.Table))
	}
	if o.Route == "*" {
		attrs = append(attrs, slog.String("path", shorten(r.URL.Path)))
	}
	if o.Aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if o.Err != nil {
		attrs = append(attrs, reason(o.Cause, o.Err)...)
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
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

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

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
