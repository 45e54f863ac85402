package server

import (
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Spans wait in memory until they are sent, so none of their texts may be long.
func TestSpansAreLimited(t *testing.T) {
	t.Parallel()
	traces := newTraces(&settings{TracesEndpoint: "http://127.0.0.1:1/v1/traces"}, slog.New(slog.DiscardHandler))
	defer traces.stop()
	_, span := traces.provider.Tracer("test").Start(t.Context(), "test")
	span.SetAttributes(attribute.String("text", strings.Repeat("x", 3000)))
	span.End()
	if got := span.(sdktrace.ReadOnlySpan).Attributes()[0].Value.AsString(); len(got) != 2048 {
		t.Errorf("%d bytes", len(got))
	}
}
