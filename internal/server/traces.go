package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

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
}

// newTraces makes the traces that the environment asks for; nil if it asks for none. How spans are sampled, batched
// and sent is for the SDK, which reads the other standard variables itself.
func newTraces(s *settings, log *slog.Logger) *traces {
	collector := s.collector()
	if collector == "" {
		return nil
	}
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(collector))
	if err != nil { // it has not connected yet; the environment is at fault
		log.Warn("traces are not sent", "error", err)
		return nil
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(semconv.ServiceName("dbcontents"), semconv.ServiceVersion(build().Version)), resource.WithFromEnv())
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES is not used", "error", err)
	}
	if s.ServiceName != "" {
		about, _ = resource.Merge(about, resource.NewSchemaless(semconv.ServiceName(s.ServiceName))) // fails for two schemas only
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(&exporting{SpanExporter: exporter, log: log}), sdktrace.WithResource(about))
	return &traces{
		Telemetry: telemetry.New(telemetry.Options{TracerProvider: provider, MeterProvider: noop.NewMeterProvider(), Propagator: propagation.TraceContext{}}),
		provider:  provider,
	}
}

// collector is the URL that spans are sent to, empty if they are not.
func (s *settings) collector() string {
	switch {
	case bool(s.OTelDisabled) || s.TracesExporter == "none":
		return ""
	case s.TracesEndpoint != "":
		return string(s.TracesEndpoint)
	case s.OTLPEndpoint != "":
		return strings.TrimSuffix(string(s.OTLPEndpoint), "/") + tracesPath
	case s.TracesExporter == "otlp":
		return defaultCollector + tracesPath
	}
	return ""
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

// stop sends what is left, for a limited time.
func (t *traces) stop() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
	defer cancel()
	t.provider.Shutdown(ctx) //nolint:errcheck // exporting has logged it
}

// exporting logs when spans cannot be sent any more, and when they can be sent again.
type exporting struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing bool // the SDK never exports twice at once
}

// ExportSpans implements [sdktrace.SpanExporter]. It never fails, as the SDK would log each failure.
func (e *exporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if failing := err != nil; failing != e.failing {
		e.failing = failing
		if failing {
			e.log.Warn("traces cannot be sent", "error", shorten(strings.ReplaceAll(err.Error(), "\n", "; ")))
		} else {
			e.log.Info("traces are sent again")
		}
	}
	return nil
}

// exporterName is OTEL_TRACES_EXPORTER.
type exporterName string

func (v *exporterName) UnmarshalText(text []byte) error {
	*v = exporterName(text)
	if *v != "otlp" && *v != "none" {
		return refuse(text, "is not an exporter that this server has; want otlp or none")
	}
	return nil
}

// otlpProtocol is how spans are encoded and sent.
type otlpProtocol string

func (v *otlpProtocol) UnmarshalText(text []byte) error {
	*v = otlpProtocol(text)
	if *v != "http/protobuf" {
		return refuse(text, "is not a protocol that this server speaks; want http/protobuf, to which collectors listen at port 4318")
	}
	return nil
}

// endpoint is the URL of a collector.
type endpoint string

func (v *endpoint) UnmarshalText(text []byte) error {
	*v = endpoint(text)
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// Not quoted, as it may hold a password.
		return errors.New("it is not the URL of a collector; want one such as http://collector:4318, without a user, and with what it needs in OTEL_EXPORTER_OTLP_HEADERS")
	}
	return nil
}
