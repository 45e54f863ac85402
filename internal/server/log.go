package server

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// newLogs makes the two logs of a server, which write to w in one order.
func newLogs(s *settings, w io.Writer) (*AccessLog, *slog.Logger) {
	level := slog.Level(s.LogLevel)
	json := s.LogFormat != "text" && (s.LogFormat != "" || !isTerminal(w))
	access := NewAccessLog(w, json, level)
	options := &slog.HandlerOptions{Level: level}
	if json {
		return access, slog.New(slog.NewJSONHandler(access, options))
	}
	return access, slog.New(slog.NewTextHandler(access, options))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
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
