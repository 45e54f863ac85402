package server

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// newLogs makes the access log and the logger for everything else. Their lines go
// to w in the order in which they are logged.
func newLogs(s *settings, w io.Writer) (*AccessLog, *slog.Logger) {
	level := slog.Level(s.LogLevel)
	json := s.LogFormat != "text" && (s.LogFormat != "" || !isTerminal(w))
	access := NewAccessLog(w, json, level)
	access.slow = time.Duration(s.FirstRowTimeout) / 2
	return access, slog.New(access.handler)
}

// reason returns the attributes of an error: its text, its hint, and its cause. If
// cause is empty, it is the code of the error.
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

// connectionLog takes what net/http logs, a line a call.
type connectionLog struct{ log *slog.Logger }

// netLog is where net/http logs to.
func (s *service) netLog() *log.Logger { return log.New(connectionLog{s.log}, "", 0) }

// Write logs at debug level what any stranger can make net/http say, as often as they
// like, such as that a TLS handshake failed.
func (l connectionLog) Write(line []byte) (int, error) {
	text, level := strings.TrimSuffix(string(line), "\n"), slog.LevelWarn
	for _, begin := range []string{
		"http: TLS handshake error from ",
		"http2: server connection error from ",
		"http2: server: error reading preface from client ",
		"http2: server closing client connection: ",
		"http2: received GOAWAY ",
		"timeout waiting for SETTINGS frames from ",
	} {
		if strings.HasPrefix(text, begin) {
			text, level = shorten(text), slog.LevelDebug
		}
	}
	l.log.Log(context.Background(), level, text)
	return len(line), nil
}

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

// shorten limits how much of a client's text gets into the log.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
