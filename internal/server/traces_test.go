package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

// A receiver is a collector that keeps what it is sent.
type receiver struct {
	URL string

	mu       sync.Mutex
	refuses  bool
	requests int
	resource map[string]string
	header   http.Header
	spans    []*otlp.Span
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var sent collector.ExportTraceServiceRequest
	c.requests++
	c.header = r.Header
	if c.refuses || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, from := range sent.ResourceSpans {
		c.resource = texts(from.Resource.Attributes)
		for _, scope := range from.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *receiver) refuse(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuses = on
}

// span finds a span by its name in a trace; the server's first check has others.
func (c *receiver) span(t *testing.T, trace, name string) *otlp.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if span.Name == name && hex(span.TraceId) == trace {
			return span
		}
	}
	t.Fatalf("no span %s among %v", name, c.spans)
	return nil
}

// texts are attributes that are texts.
func texts(attributes []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range attributes {
		m[a.Key] = a.Value.GetStringValue()
	}
	return m
}

// The server sends the spans of a request to a collector, in the client's trace, the last ones when it stops.
func TestTracesAreSent(t *testing.T) {
	t.Parallel()
	db, collector := pgtest.New(t, seed), newReceiver(t)
	s := serve(t, "DATABASE_URL="+db.DSN, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	s.get(t, "/livez")
	if response, _ := s.get(t, "/dbcontents/test_table?id=eq.1", "Traceparent", parent, "X-Request-Id", "traced"); response.StatusCode != 200 {
		t.Fatal(response.Status)
	}
	s.Stop(t)
	request, read := collector.span(t, parent[3:35], "GET /dbcontents/{table}"), collector.span(t, parent[3:35], "SELECT test_table")
	if hex(request.ParentSpanId) != parent[36:52] || hex(read.ParentSpanId) != hex(request.SpanId) ||
		request.Kind != otlp.Span_SPAN_KIND_SERVER || read.Kind != otlp.Span_SPAN_KIND_CLIENT {
		t.Errorf("got %v and %v", request, read)
	}
	if got := texts(read.Attributes); got["db.system.name"] != "postgresql" || !strings.Contains(got["db.query.text"], "$1") {
		t.Errorf("got %v", got)
	}
	if collector.resource["service.name"] != "dbcontents" || collector.resource["service.version"] == "" {
		t.Errorf("got %v", collector.resource)
	}
	for _, line := range s.Log.lines(t, "request") {
		switch line["route"] {
		case "/dbcontents/{table}":
			if line["trace_id"] != parent[3:35] || line["span_id"] != hex(request.SpanId) || line["request_id"] != "traced" || line["outcome"] != "ok" {
				t.Errorf("got %v", line)
			}
		case "/livez":
			if line["trace_id"] != nil {
				t.Errorf("got %v", line)
			}
		}
	}
	for _, span := range collector.spans {
		if strings.Contains(span.Name, "livez") || span.Name == "GET" {
			t.Errorf("got %v", span)
		}
	}
}

func hex(id []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range id {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// Nothing is sent unless the environment says so.
func TestTracesAreOff(t *testing.T) {
	t.Parallel()
	db, collector := pgtest.New(t, seed), newReceiver(t)
	for _, env := range [][]string{
		{},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_SDK_DISABLED=true"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + collector.URL + "/v1/traces", "OTEL_TRACES_EXPORTER=none"},
	} {
		s := serve(t, append([]string{"DATABASE_URL=" + db.DSN}, env...)...)
		s.get(t, "/dbcontents")
		s.Stop(t)
		for _, line := range s.Log.lines(t, "request") {
			if line["trace_id"] != nil {
				t.Errorf("%v: %v", env, line)
			}
		}
	}
	if collector.requests != 0 {
		t.Errorf("%d requests", collector.requests)
	}
}

// A collector that refuses, or is not there, changes nothing for requests, and is in the log once.
func TestTracesWithoutCollector(t *testing.T) {
	t.Parallel()
	db, collector := pgtest.New(t, seed), newReceiver(t)
	collector.refuse(true)
	s := serve(t, "DATABASE_URL="+db.DSN, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+collector.URL+"/v1/traces", "OTEL_SERVICE_NAME=mine")
	for range 5 {
		if response, _ := s.get(t, "/dbcontents"); response.StatusCode != 200 {
			t.Fatal(response.Status)
		}
		time.Sleep(150 * time.Millisecond)
	}
	s.Log.line(t, "traces cannot be sent")
	collector.refuse(false)
	s.get(t, "/dbcontents")
	s.Log.line(t, "traces are sent again")
	s.Stop(t)
	if n := len(s.Log.lines(t, "traces cannot be sent")); n != 1 || collector.resource["service.name"] != "mine" {
		t.Errorf("%d lines, service %v", n, collector.resource)
	}

	s = serve(t, "DATABASE_URL="+db.DSN, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	s.get(t, "/dbcontents")
	s.Log.line(t, "traces cannot be sent")
	start := time.Now()
	s.Stop(t)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
	s.Log.line(t, "the last traces were not sent")
}

// A stop does not wait for a collector that hangs. It says what is lost, and then nothing any more.
func TestTracesAtStop(t *testing.T) {
	t.Parallel()
	db, hold := pgtest.New(t, seed), make(chan struct{})
	release := sync.OnceFunc(func() { close(hold) })
	hangs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-hold
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(hangs.Close)
	t.Cleanup(release)
	s := serve(t, "DATABASE_URL="+db.DSN, "OTEL_EXPORTER_OTLP_ENDPOINT="+hangs.URL)
	s.get(t, "/dbcontents")
	time.Sleep(200 * time.Millisecond)
	s.Stop(t)
	s.Log.line(t, "the last traces were not sent")
	before := s.Log.String()
	release()
	time.Sleep(500 * time.Millisecond)
	if after := s.Log.String(); after != before {
		t.Errorf("logged after the end: %s", strings.TrimPrefix(after, before))
	}
}

// What a collector asks for is sent to it, the traces' own headers in the place of the others.
func TestTracesHeaders(t *testing.T) {
	t.Parallel()
	db, collector := pgtest.New(t, seed), newReceiver(t)
	s := serve(t, "DATABASE_URL="+db.DSN, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL,
		"OTEL_EXPORTER_OTLP_HEADERS=other=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=Api-Key=s3cr3t%204711, tenant = a=b")
	s.get(t, "/dbcontents")
	s.Stop(t)
	if h := collector.header; h.Get("Api-Key") != "s3cr3t 4711" || h.Get("Tenant") != "a=b" || h.Get("Other") != "" {
		t.Errorf("got %v", h)
	}
	if strings.Contains(s.Log.String(), "s3cr3t") {
		t.Errorf("a secret in %s", s.Log)
	}
}

// What the SDK has to say of its variables does not get past the log.
func TestTracesTellNoSecret(t *testing.T) {
	t.Parallel()
	_, s := started(t, "PGHOST=127.0.0.1", "PGPORT=1", "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_TIMEOUT=s3cr3t", "OTEL_EXPORTER_OTLP_CERTIFICATE=/s3cr3t", "OTEL_TRACES_SAMPLER=unheard-of")
	s.Log.line(t, "OpenTelemetry reports an error") // and each line is JSON
	if strings.Contains(s.Log.String(), "s3cr3t") {
		t.Errorf("a secret in %s", s.Log)
	}
}

// What cannot be used is told at the start, and no password with it.
func TestTracesConfiguration(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	err := server.Run(context.Background(), nil, []string{
		"OTEL_TRACES_EXPORTER=console", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_ENDPOINT=http://user:s3cr3t@collector:4318",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_HEADERS=a=b,s3cr3t", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=api-key=%zzs3cr3t",
	}, io.Discard, &stderr)
	if err == nil {
		t.Fatal("it runs")
	}
	for _, want := range []string{
		"OTEL_TRACES_EXPORTER: ", "OTEL_EXPORTER_OTLP_PROTOCOL: ", "port 4318", "OTEL_EXPORTER_OTLP_ENDPOINT: it holds", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: it is not",
		"OTEL_EXPORTER_OTLP_HEADERS: it is not", "OTEL_EXPORTER_OTLP_TRACES_HEADERS: it is not",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if strings.Contains(err.Error()+stderr.String(), "s3cr3t") {
		t.Errorf("a secret in %v", err)
	}
}
