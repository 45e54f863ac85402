package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/telemetry"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

// However a request ends, its span, the metrics and the access log agree on it.
func TestOutcomesAgree(t *testing.T) {
	t.Parallel()
	spans, metrics := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	observer := telemetry.New(telemetry.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)), MeterProvider: metric.NewMeterProvider(metric.WithReader(metrics)), Propagator: propagation.TraceContext{},
	})
	db := pgtest.New(t, seed, "CREATE VIEW sleep AS SELECT 1 AS id, pg_sleep(60)::text AS value")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table", "broken", "sleep"}, FirstRowTimeout: time.Second, Trace: observer.Trace})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var log bytes.Buffer
	access := server.NewAccessLog(&log, true, slog.LevelInfo)
	ended := make(chan httpapi.Observation, 100)
	web := httptest.NewServer(observer.Handler(httpapi.New(store, httpapi.Options{MaxInFlight: 1, Queue: -1, Observe: func(r *http.Request, o httpapi.Observation) {
		observer.Observe(r, o)
		access.Observe(r, o)
		ended <- o
	}})))
	defer web.Close()

	// send returns the response's status; 0 if there is none, and its negative if the response is not complete.
	send := func(id, path string, limit time.Duration, header ...string) (status int, tag string) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/dbcontents"+path, nil)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		request.Header.Set("X-Request-Id", id)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := web.Client().Do(request)
		if err != nil {
			return 0, ""
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return -response.StatusCode, ""
		}
		return response.StatusCode, response.Header.Get("Etag")
	}
	_, tag := send("warm", "/test_table", wait)
	<-ended

	for _, tt := range []struct {
		id, path       string
		header         []string
		limit          time.Duration
		sees           int // by the client
		status         int
		outcome, cause string
		failed         bool
		table          string
		reads          string // error.type of the read, "-" if there is none
	}{
		{id: "complete", path: "/test_table", sees: 200, status: 200, outcome: "ok", table: "public.test_table"},
		{id: "unchanged", path: "/test_table", header: []string{"If-None-Match", tag}, sees: 304, status: 304, outcome: "not_modified", table: "public.test_table"},
		{id: "missing", path: "/nowhere", sees: 404, status: 404, outcome: "refused", cause: "table_not_exposed", reads: "-"},
		{id: "beyond", path: "/test_table?offset=100", header: []string{"Prefer", "count=exact"}, sees: 416, status: 416, outcome: "refused", cause: "range_invalid", table: "public.test_table"},
		{id: "slow", path: "/sleep", sees: 504, status: 504, outcome: "timeout", cause: "first_row_timeout", failed: true, reads: "first_row_timeout"},
		{id: "shed", path: "/test_table", sees: 503, status: 503, outcome: "shed", cause: "queue_full", failed: true, reads: "-"},
		{id: "hung-up", path: "/sleep", limit: 300 * time.Millisecond, sees: 0, status: 499, outcome: "gone", cause: "canceled", reads: "canceled"},
		{id: "broken-off", path: "/broken", sees: -200, status: 200, outcome: "aborted", cause: "value_failed", failed: true, table: "public.broken", reads: "22012"},
	} {
		spans.Reset()
		if tt.limit == 0 {
			tt.limit = wait
		}
		before := countOf(t, metrics, tt.status, tt.failed, tt.cause)
		occupied := make(chan struct{})
		if tt.id == "shed" { // somebody else has the only turn
			go func() {
				defer close(occupied)
				send("occupies", "/sleep", wait)
			}()
			for store.Stats().AcquiredConns == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		if got, _ := send(tt.id, tt.path, tt.limit, tt.header...); got != tt.sees {
			t.Errorf("%s: the client sees %d, want %d", tt.id, got, tt.sees)
		}
		o := <-ended
		if o.RequestID != tt.id || o.Outcome() != tt.outcome || o.Cause != tt.cause {
			t.Errorf("%s: observed %+v", tt.id, o)
		}
		request := requestSpan(t, spans, tt.id)
		if request.SpanContext.TraceID() == (trace.TraceID{}) {
			continue
		}
		want := map[string]string{"http.response.status_code": fmt.Sprint(tt.status), "dbcontents.outcome": tt.outcome, "http.route": "/dbcontents/{table}"}
		if tt.failed {
			want["error.type"] = tt.cause
		}
		attributes := map[string]string{}
		for _, a := range request.Attributes {
			attributes[string(a.Key)] = a.Value.String()
		}
		for key, value := range want {
			if attributes[key] != value {
				t.Errorf("%s: span has %s %q, want %q", tt.id, key, attributes[key], value)
			}
		}
		if failed := request.Status.Code.String() == "Error"; failed != tt.failed || attributes["error.type"] != want["error.type"] {
			t.Errorf("%s: span has status %v, error %q", tt.id, request.Status, attributes["error.type"])
		}
		reads := "-"
		for _, span := range spans.GetSpans() {
			if span.Parent.SpanID() == request.SpanContext.SpanID() && strings.HasPrefix(span.Name, "SELECT ") && span.Name != "SELECT pg_catalog" {
				reads = ""
				for _, a := range span.Attributes {
					if a.Key == "error.type" {
						reads = a.Value.String()
					}
				}
			}
		}
		if reads != tt.reads {
			t.Errorf("%s: the read ended with %q, want %q", tt.id, reads, tt.reads)
		}
		if after := countOf(t, metrics, tt.status, tt.failed, tt.cause); after != before+1 {
			t.Errorf("%s: counted %d times", tt.id, after-before)
		}
		if tt.id == "shed" {
			<-occupied
			<-ended
		}
		access.Flush()
		line := lineOf(t, log.String(), tt.id)
		if line["outcome"] != tt.outcome || line["status"] != float64(tt.status) || line["trace_id"] != request.SpanContext.TraceID().String() ||
			line["span_id"] != request.SpanContext.SpanID().String() || fmt.Sprint(line["cause"]) != orNil(tt.cause) || fmt.Sprint(line["table"]) != orNil(tt.table) {
			t.Errorf("%s: logged %v", tt.id, line)
		}
	}
}

func orNil(s string) string {
	if s == "" {
		return "<nil>"
	}
	return s
}

// requestSpan finds the span of a request, which may end a moment after its response.
func requestSpan(t *testing.T, spans *tracetest.InMemoryExporter, id string) tracetest.SpanStub {
	t.Helper()
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, span := range spans.GetSpans() {
			for _, a := range span.Attributes {
				if a.Key == "dbcontents.request_id" && a.Value.String() == id {
					return span
				}
			}
		}
	}
	t.Errorf("%s: no span", id)
	return tracetest.SpanStub{}
}

// countOf is how many requests were counted with a status and an error.
func countOf(t *testing.T, metrics *metric.ManualReader, status int, failed bool, cause string) (n uint64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := metrics.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if m.Name != "http.server.request.duration" {
			continue
		}
		for _, point := range m.Data.(metricdata.Histogram[float64]).DataPoints {
			code, _ := point.Attributes.Value("http.response.status_code")
			kind, found := point.Attributes.Value("error.type")
			if code.AsInt64() == int64(status) && found == failed && (!failed || kind.AsString() == cause) {
				n += point.Count
			}
		}
	}
	return n
}

// lineOf is the line of the access log about a request.
func lineOf(t *testing.T, log, id string) (line map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var one map[string]any
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatal(err)
		}
		if one["request_id"] == id {
			line = one
		}
	}
	return line
}
