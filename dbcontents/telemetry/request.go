package telemetry

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/httplabel"
)

// spanOfServer is made once, as each option that is made costs memory.
var spanOfServer = trace.WithSpanKind(trace.SpanKindServer)

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
		d := t.requestsAlike.of(keyOf(r))
		ctx, span := t.tracer.Start(ctx, d.name, spanOfServer, trace.WithAttributes(d.attributes...))
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
	d := t.requestsAlike.of(keyOf(r).with(o))
	if t.requests.Enabled(ctx) {
		t.requests.Record(ctx, o.Duration.Seconds(), d.measured...)
	}
	span, ok := ctx.Value(spanKey{}).(trace.Span)
	if !ok {
		span = trace.SpanFromContext(ctx)
	}
	if !span.IsRecording() {
		return
	}
	span.SetName(d.name)
	attributes := append(make([]attribute.KeyValue, 0, 10), d.attributes[atBegin:]...)
	attributes = append(attributes,
		attribute.String("dbcontents.outcome", o.Outcome()),
		attribute.String("dbcontents.request_id", o.RequestID),
		attribute.Int64("dbcontents.rows", o.Rows),
		attribute.Float64("dbcontents.wait", o.Wait.Seconds()),
		semconv.HTTPResponseBodySize(int(o.Bytes)),
	)
	if o.Format != "" {
		attributes = append(attributes, attribute.String("dbcontents.format", string(o.Format)))
	}
	if fixed := o.Route != "" && o.Route != "*" && !strings.Contains(o.Route, "{"); fixed || o.Table != "" {
		attributes = append(attributes, semconv.URLPath(r.URL.Path)) // it names nothing that does not exist
	}
	span.SetAttributes(attributes...)
	if failed(o) {
		span.SetStatus(codes.Error, "")
	}
	if o.FirstByte > 0 {
		span.AddEvent("first_byte", trace.WithTimestamp(time.Now().Add(o.FirstByte-o.Duration)))
	}
}

// failed reports whether a request failed by the server's fault, or while it was responded to.
func failed(o httpapi.Observation) bool { return o.Aborted || o.Status >= 500 || o.Status == 0 }

// A requestKey is what the span and the metric of a request have in common. Each part of it has few values.
type requestKey struct {
	method, scheme, version string
	// What is known at the end.
	status       int
	route, cause string
}

// keyOf is what is known at the begin.
func keyOf(r *http.Request) requestKey {
	key := requestKey{method: httplabel.Method(r.Method), scheme: "http", version: "1.1"}
	if r.TLS != nil {
		key.scheme = "https"
	}
	switch {
	case r.ProtoMajor > 1:
		key.version = string(rune('0' + r.ProtoMajor%10))
	case r.ProtoMinor == 0:
		key.version = "1.0"
	}
	return key
}

// with adds what is known at the end. The status is what the client got; one that had gone before got none,
// and 499 says so.
func (k requestKey) with(o httpapi.Observation) requestKey {
	k.status = httplabel.Status(o.Status)
	if o.Route != "*" {
		k.route = o.Route
	}
	if failed(o) {
		if k.cause = o.Cause; k.cause == "" {
			k.cause = o.Outcome()
		}
	}
	return k
}

// atBegin is how many attributes of a request are known at the begin.
const atBegin = 3

// describeRequest names a request "GET /dbcontents/{table}", or by the method alone if no route is known.
func describeRequest(k requestKey) *description {
	name := k.method
	if name == httplabel.Other {
		name = "HTTP"
	}
	attributes := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(k.method), semconv.URLScheme(k.scheme), semconv.NetworkProtocolVersion(k.version)}
	if k.status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(k.status))
	}
	if k.route != "" {
		name += " " + k.route
		attributes = append(attributes, semconv.HTTPRoute(k.route))
	}
	if k.cause != "" {
		attributes = append(attributes, semconv.ErrorTypeKey.String(k.cause))
	}
	return newDescription(name, attributes)
}
