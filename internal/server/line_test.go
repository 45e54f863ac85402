package server

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A line must be what log/slog would have written.
func TestLine(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", "plain", "two words", "a=b", `quo"te`, `back\slash`, "tab\there", "line\nend", "nul\x00", "\x7f", "ümlaut", "\xff", "<&>", "\u2028", "🙂", "'", "100%",
	}
	durations := []time.Duration{0, time.Microsecond, 999 * time.Microsecond, 1234567 * time.Nanosecond, time.Second, 10*time.Minute + time.Microsecond}
	for _, isJSON := range []bool{true, false} {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			var want, got bytes.Buffer
			options := &slog.HandlerOptions{Level: slog.LevelDebug}
			var handler slog.Handler = slog.NewTextHandler(&want, options)
			if isJSON {
				handler = slog.NewJSONHandler(&want, options)
			}
			l := newLine(isJSON, level, "a message")
			attrs := []slog.Attr{slog.Int64("n", -12), slog.Bool("yes", true)}
			l.int("n", -12)
			l.bool("yes", true)
			for _, text := range texts {
				attrs = append(attrs, slog.String("text", text))
				l.string("text", text)
			}
			for _, d := range durations {
				attrs = append(attrs, slog.Float64("d", float64(d.Microseconds())/1000))
				l.milliseconds("d", d)
			}
			slog.New(handler).LogAttrs(context.Background(), level, "a message", attrs...)
			l.write(&got)
			if timeless(want.String(), isJSON) != timeless(got.String(), isJSON) {
				t.Errorf("json %v, want\n%sgot\n%s", isJSON, want.String(), got.String())
			}
		}
	}
}

// timeless takes the time off a line, if there is one.
func timeless(line string, isJSON bool) string {
	start, end, layout := `time=`, " ", "2006-01-02T15:04:05.000Z07:00"
	if isJSON {
		start, end, layout = `{"time":"`, `"`, time.RFC3339Nano
	}
	text, rest, _ := strings.Cut(strings.TrimPrefix(line, start), end)
	if when, err := time.Parse(layout, text); err != nil || time.Since(when) > time.Minute || strings.Count(line, "\n") != 1 {
		return "no line with a time: " + line
	}
	return rest
}
