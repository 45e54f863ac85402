package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/telemetry"
)

// flushLimit is how long a stop waits until the last spans are sent. With the other limits the whole
// stop stays below the 30 s after which Kubernetes kills.
const flushLimit = 500 * time.Millisecond

const (
	defaultCollector = "http://localhost:4318"
	tracesPath       = "/v1/traces"
)

// traces sends spans to a collector. They wait in a queue that requests never wait for; what does
// not fit is dropped. Its methods may be called on nil, for a server without traces.
type traces struct {
	*telemetry.Telemetry
	provider *sdktrace.TracerProvider
	exporter *exporting
}

// maxAttribute is how long a text of a span may be, in bytes, unless the environment says it. It is never
// unlimited, as by default 2048 spans may wait in memory while a batch of 512 is being sent.
const maxAttribute = 2 << 10

// newTraces makes the traces that the environment asks for; nil if it asks for none. How spans are sampled, batched
// and sent is for the SDK, which reads the other standard variables itself.
func newTraces(s *settings, log *slog.Logger) *traces {
	collector := s.collector()
	if collector == "" {
		return nil
	}
	exporter := &exporting{log: log}
	otel.SetLogger(logr.Discard()) // the SDK's own quotes variables that it does not understand, and some are secrets
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		exporter.say(slog.LevelWarn, "OpenTelemetry reports an error", "error", shorten(oneLine(err)))
	}))
	ctx := context.Background()
	options := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(collector)}
	if headers := s.collectorHeaders(); headers != nil {
		options = append(options, otlptracehttp.WithHeaders(headers))
	}
	var err error
	if exporter.SpanExporter, err = otlptracehttp.New(ctx, options...); err != nil { // it has not connected yet; the environment is at fault
		log.Warn("traces are not sent", "error", shorten(oneLine(err)))
		return nil
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(semconv.ServiceName("dbcontents"), semconv.ServiceVersion(build().Version)), resource.WithFromEnv())
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES is not used", "error", shorten(oneLine(err)))
	}
	if s.ServiceName != "" {
		about, _ = resource.Merge(about, resource.NewSchemaless(semconv.ServiceName(s.ServiceName))) // fails for two schemas only
	}
	limits := sdktrace.NewSpanLimits() // by the environment
	if limits.AttributeValueLengthLimit < 0 {
		limits.AttributeValueLengthLimit = maxAttribute
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithRawSpanLimits(limits), sdktrace.WithResource(about))
	return &traces{
		Telemetry: telemetry.New(telemetry.Options{TracerProvider: provider, MeterProvider: noop.NewMeterProvider(), Propagator: propagation.TraceContext{}}),
		provider:  provider,
		exporter:  exporter,
	}
}

// handler makes a span for each request that s serves, but not for those that come all the
// time and tell nothing.
func (t *traces) handler(s http.Handler) http.Handler {
	if t == nil {
		return s
	}
	traced := t.Handler(s)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez", "/readyz", "/version", "/metrics", "/favicon.ico":
			s.ServeHTTP(w, r)
		default:
			traced.ServeHTTP(w, r)
		}
	})
}

func (t *traces) observe(r *http.Request, o httpapi.Observation) {
	if t != nil {
		t.Observe(r, o)
	}
}

// stop sends what is left, for a limited time. Afterwards nothing of traces is logged any more.
func (t *traces) stop() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
	defer cancel()
	t.exporter.end(t.provider.Shutdown(ctx))
}

// exporting logs when spans cannot be sent any more, and when they can be sent again.
type exporting struct {
	sdktrace.SpanExporter
	log *slog.Logger

	mu      sync.Mutex
	failing bool
	ended   bool
}

// ExportSpans implements [sdktrace.SpanExporter]. It never fails, as the SDK would log each failure.
func (e *exporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.mu.Lock()
	defer e.mu.Unlock()
	if failing := err != nil; failing != e.failing {
		e.failing = failing
		switch {
		case e.ended:
		case failing:
			e.log.Warn("traces cannot be sent", "error", shorten(oneLine(err)))
		default:
			e.log.Info("traces are sent again")
		}
	}
	return nil
}

// say logs, but not after the end.
func (e *exporting) say(level slog.Level, message string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended {
		e.log.Log(context.Background(), level, message, args...)
	}
}

// end logs if spans are lost, which err, of the flush, or the last export tells.
func (e *exporting) end(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err != nil:
		e.log.Warn("the last traces were not sent", "error", shorten(oneLine(err)))
	case e.failing:
		e.log.Warn("the last traces were not sent")
	}
	e.ended = true
}
