package telemetry

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/httplabel"
)

// Handler makes a span for each request that next serves, in the trace that the request's headers
// tell of, without its tracestate. The client also says whether the trace is sampled, which the default sampler
// heeds: see the package's comment. What the span says comes from Observe, which the handler inside must have; a request
// that it does not see has a span without a route and a status. A panic, such as the one by
// which a response is broken off, ends the span and goes on to the server as it is.
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := t.propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		if parent := trace.SpanContextFromContext(ctx); parent.IsRemote() { // whose tracestate is any text, and would be in each span
			ctx = trace.ContextWithRemoteSpanContext(ctx, parent.WithTraceState(trace.TraceState{}))
		}
		ctx, span := t.tracer.Start(ctx, spanName(r, ""), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(describeRequest(r)...))
		returned := false
		defer func() {
			if !returned {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}()
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, spanKey{}, span)))
		returned = true
	})
}

// spanKey is where the context of a request has the span that Handler made.
type spanKey struct{}

// Observe measures a request and completes its span. Without Handler that is the span which another
// middleware has begun, such as otelhttp's. It is for [httpapi.Options].
func (t *Telemetry) Observe(r *http.Request, o httpapi.Observation) {
	ctx := r.Context()
	outcome := describeOutcome(o)
	if t.requests.Enabled(ctx) {
		t.requests.Record(ctx, o.Duration.Seconds(), metric.WithAttributes(append(describeRequest(r), outcome...)...))
	}
	span, ok := ctx.Value(spanKey{}).(trace.Span)
	if !ok {
		span = trace.SpanFromContext(ctx)
	}
	if !span.IsRecording() {
		return
	}
	span.SetName(spanName(r, o.Route))
	span.SetAttributes(outcome...)
	span.SetAttributes(
		attribute.String("dbcontents.outcome", o.Outcome()),
		attribute.String("dbcontents.request_id", o.RequestID),
		attribute.Int64("dbcontents.rows", o.Rows),
		attribute.Float64("dbcontents.wait", o.Wait.Seconds()),
		semconv.HTTPResponseBodySize(int(o.Bytes)),
	)
	if o.Format != "" {
		span.SetAttributes(attribute.String("dbcontents.format", string(o.Format)))
	}
	if fixed := o.Route != "" && o.Route != "*" && !strings.Contains(o.Route, "{"); fixed || o.Table != "" {
		span.SetAttributes(semconv.URLPath(r.URL.Path)) // it names nothing that does not exist
	}
	if failed(o) {
		span.SetStatus(codes.Error, "")
	}
	if o.FirstByte > 0 {
		span.AddEvent("first_byte", trace.WithTimestamp(time.Now().Add(o.FirstByte-o.Duration)))
	}
}

// failed reports whether a request failed by the server's fault, or while it was responded to.
func failed(o httpapi.Observation) bool { return o.Aborted || o.Status >= 500 || o.Status == 0 }

// describeRequest are the attributes that are known at the begin.
func describeRequest(r *http.Request) []attribute.KeyValue {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	version := "1.1"
	switch {
	case r.ProtoMajor > 1:
		version = string(rune('0' + r.ProtoMajor%10))
	case r.ProtoMinor == 0:
		version = "1.0"
	}
	return append(make([]attribute.KeyValue, 0, 6), semconv.HTTPRequestMethodKey.String(httplabel.Method(r.Method)), semconv.URLScheme(scheme), semconv.NetworkProtocolVersion(version))
}

// describeOutcome are the attributes that are known at the end. The status is what the client
// got; one that had gone before got none, and 499 says so.
func describeOutcome(o httpapi.Observation) (attributes []attribute.KeyValue) {
	if o.Status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(httplabel.Status(o.Status)))
	}
	if o.Route != "" && o.Route != "*" {
		attributes = append(attributes, semconv.HTTPRoute(o.Route))
	}
	if failed(o) {
		cause := o.Cause
		if cause == "" {
			cause = o.Outcome()
		}
		attributes = append(attributes, semconv.ErrorTypeKey.String(cause))
	}
	return attributes
}

// spanName is "GET /dbcontents/{table}", or the method alone if no route is known.
func spanName(r *http.Request, route string) string {
	name := httplabel.Method(r.Method)
	if name == httplabel.Other {
		name = "HTTP"
	}
	if route == "" || route == "*" {
		return name
	}
	return name + " " + route
}
