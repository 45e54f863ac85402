package telemetry

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Options are the settings of a [Telemetry]. The zero value uses OpenTelemetry's global providers.
type Options struct {
	// TracerProvider makes the spans, and MeterProvider the histograms. The defaults are the
	// global ones, which do nothing until a program sets them.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Propagator finds the trace that a request belongs to in its headers. The default is the global one.
	Propagator propagation.TextMapPropagator
	// OmitSQL leaves db.query.text out of spans. It has no values in any case.
	OmitSQL bool
}

// Telemetry makes spans and histograms of what a Store and a Handler do. It is made by [New] and is
// safe for concurrent use.
type Telemetry struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	omitSQL    bool
	requests   metric.Float64Histogram
	operations metric.Float64Histogram

	// What all requests and operations that are alike say, made for the first of them.
	requestsAlike   *memo[requestKey]
	operationsAlike *memo[dbcontents.Operation]
}

// scope is the name under which backends show who made a span.
const scope = "github.com/dbcontents/dbcontents-go/dbcontents/telemetry"

// New makes a Telemetry.
func New(o Options) *Telemetry {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.Propagator == nil {
		o.Propagator = otel.GetTextMapPropagator()
	}
	meter := o.MeterProvider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	// The buckets are those of the semantic conventions.
	histogram := func(name, description string, buckets ...float64) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(buckets...))
		if err != nil { // the name is wrong for this provider; what it gives can be used all the same
			otel.Handle(err)
		}
		return h
	}
	return &Telemetry{
		tracer:     o.TracerProvider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
		propagator: o.Propagator,
		omitSQL:    o.OmitSQL,
		requests:   histogram("http.server.request.duration", "Duration of HTTP server requests.", 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
		operations: histogram("db.client.operation.duration", "Duration of database client operations.", 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10),

		requestsAlike:   newMemo(describeRequest),
		operationsAlike: newMemo(describeOperation),
	}
}
