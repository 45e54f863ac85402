package telemetry_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const seed = `CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'a stored value'), (2, NULL);
	CREATE VIEW broken AS SELECT i AS id, 1 / (100000 - i) AS value FROM generate_series(1, 100000) AS i;
	CREATE VIEW broken_early AS SELECT 1 / (id - id) AS id FROM orders;
	CREATE TABLE hidden (id int);
	CREATE FUNCTION cheapest(most int) RETURNS SETOF orders LANGUAGE sql STABLE AS $$ SELECT * FROM orders WHERE id < most $$;`

// A lab is a Store and a server with all that they tell.
type lab struct {
	t        *testing.T
	db       *pgtest.DB
	store    *dbcontents.Store
	server   *httptest.Server
	spans    *tracetest.InMemoryExporter
	metrics  *metric.ManualReader
	observed chan httpapi.Observation
}

func newLab(t *testing.T, options telemetry.Options, adjust ...func(*httpapi.Options)) *lab {
	t.Helper()
	l := &lab{t: t, db: pgtest.New(t, seed), spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader(), observed: make(chan httpapi.Observation, 100)}
	options.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(l.spans))
	options.MeterProvider = metric.NewMeterProvider(metric.WithReader(l.metrics))
	if options.Propagator == nil {
		options.Propagator = propagation.TraceContext{}
	}
	observer := telemetry.New(options)
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: l.db.DSN, Tables: []string{"orders", "broken", "broken_early"}, Functions: []string{"cheapest"}, Trace: observer.Trace, PoolSize: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l.store = store
	handler := httpapi.Options{Observe: func(r *http.Request, o httpapi.Observation) {
		observer.Observe(r, o)
		l.observed <- o
	}}
	for _, f := range adjust {
		f(&handler)
	}
	l.server = httptest.NewServer(observer.Handler(httpapi.New(store, handler)))
	t.Cleanup(l.server.Close)
	return l
}

// ask sends a request, and returns what it has told, by the names of the spans.
func (l *lab) ask(method, path string, header ...string) map[string]tracetest.SpanStub {
	l.t.Helper()
	l.spans.Reset()
	request, err := http.NewRequestWithContext(l.t.Context(), method, l.server.URL+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := l.server.Client().Do(request)
	if err == nil {
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	<-l.observed
	spans := map[string]tracetest.SpanStub{}
	for end := time.Now().Add(5 * time.Second); len(spans) == 0; time.Sleep(time.Millisecond) {
		for _, span := range l.spans.GetSpans() {
			if span.SpanKind == trace.SpanKindServer { // the last to end
				for _, span := range l.spans.GetSpans() {
					if _, known := spans[span.Name]; !known { // the first of a name
						spans[span.Name] = span
					}
				}
			}
		}
		if time.Now().After(end) {
			l.t.Fatalf("%s: no span", path)
		}
	}
	return spans
}

// points are the counts of a histogram by their attributes.
func (l *lab) points(name string) (points map[string]uint64, one metricdata.HistogramDataPoint[float64], unit string) {
	l.t.Helper()
	var all metricdata.ResourceMetrics
	if err := l.metrics.Collect(context.Background(), &all); err != nil {
		l.t.Fatal(err)
	}
	points = map[string]uint64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			unit = m.Unit
			for _, point := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				points[text(point.Attributes.ToSlice())] = point.Count
				one = point
			}
		}
	}
	return points, one, unit
}

// text is attributes as one text.
func text(attributes []attribute.KeyValue) string {
	list := make([]string, len(attributes))
	for i, a := range attributes {
		list[i] = string(a.Key) + "=" + a.Value.String()
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func attributeOf(span tracetest.SpanStub, key string) string {
	for _, a := range span.Attributes {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

// Requests that are alike share what they say, and those that go on at the same time are not mixed up.
func TestAtTheSameTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{})
	paths := []string{"/dbcontents/orders", "/dbcontents/broken_early", "/dbcontents/rpc/cheapest?most=5", "/dbcontents/nothing"}
	const each, users = 5, 4
	var all sync.WaitGroup
	for range users {
		all.Go(func() {
			for i := range each * len(paths) {
				response, err := l.server.Client().Get(l.server.URL + paths[i%len(paths)])
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	all.Wait()
	for range each * users * len(paths) {
		<-l.observed
	}
	requests, _, _ := l.points("http.server.request.duration")
	const of = "http.request.method=GET http.response.status_code=%d http.route=/dbcontents/%s network.protocol.version=1.1 url.scheme=http"
	wantRequests := map[string]uint64{
		fmt.Sprintf(of, 200, "{table}"): each * users, fmt.Sprintf(of, 200, "rpc/{function}"): each * users,
		fmt.Sprintf(of, 404, "{table}"): each * users, "error.type=value_failed " + fmt.Sprintf(of, 500, "{table}"): each * users,
	}
	if !maps.Equal(requests, wantRequests) {
		t.Errorf("requests: %v, want %v", requests, wantRequests)
	}
	reads := map[string]uint64{}
	operations, _, _ := l.points("db.client.operation.duration")
	for name, n := range operations {
		for _, summary := range []string{"SELECT orders", "SELECT broken_early", "SELECT cheapest"} {
			if strings.Contains(name, "db.query.summary="+summary) {
				reads[fmt.Sprintf("%s %t", summary, strings.Contains(name, "error.type=22012"))] += n
			}
		}
	}
	wantReads := map[string]uint64{"SELECT orders false": each * users, "SELECT cheapest false": each * users, "SELECT broken_early true": each * users}
	if !maps.Equal(reads, wantReads) {
		t.Errorf("reads: %v, want %v, of %v", reads, wantReads, operations)
	}
}

// A request and its read are spans in the trace that the client has begun, and points in two histograms.
func TestRequestAndRead(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{})
	l.ask("GET", "/dbcontents/orders") // the connection, and what the catalog knows
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	spans := l.ask("GET", "/dbcontents/orders?id=lt.7654321&select=id", "Traceparent", parent, "X-Request-Id", "my-request")
	if len(spans) != 2 {
		t.Fatal(spans)
	}
	server, read := spans["GET /dbcontents/{table}"], spans["SELECT orders"]
	if server.SpanKind != trace.SpanKindServer || read.SpanKind != trace.SpanKindClient || server.SpanContext.TraceID().String() != parent[3:35] ||
		server.Parent.SpanID().String() != parent[36:52] || read.Parent.SpanID() != server.SpanContext.SpanID() || read.SpanContext.TraceID() != server.SpanContext.TraceID() {
		t.Errorf("spans are not where they belong: %+v, %+v", server, read)
	}
	if server.Status.Code != codes.Unset || read.Status.Code != codes.Unset || !server.EndTime.After(read.EndTime) {
		t.Errorf("status %v and %v", server.Status, read.Status)
	}
	wantServer := "dbcontents.format=json dbcontents.outcome=ok dbcontents.request_id=my-request dbcontents.rows=2 dbcontents.wait=W http.request.method=GET " +
		"http.response.body.size=21 http.response.status_code=200 http.route=/dbcontents/{table} network.protocol.version=1.1 url.path=/dbcontents/orders url.scheme=http"
	wait := attributeOf(server, "dbcontents.wait")
	if diff := cmp.Diff(wantServer, strings.Replace(text(server.Attributes), "wait="+wait, "wait=W", 1)); diff != "" {
		t.Error(diff)
	}
	host, port := attributeOf(read, "server.address"), attributeOf(read, "server.port")
	common := func(more string) string {
		return "db.collection.name=orders db.namespace=" + l.db.Name + "|public db.operation.name=SELECT db.query.summary=SELECT orders " + more
	}
	wantRead := common(`db.query.text=SELECT "orders"."id" FROM "public"."orders" WHERE ("orders"."id" OPERATOR(pg_catalog.<) $1) ` +
		"db.response.returned_rows=2 db.system.name=postgresql dbcontents.query.shape=" + attributeOf(read, "dbcontents.query.shape") +
		" dbcontents.wait=" + attributeOf(read, "dbcontents.wait") + " server.address=" + host + " server.port=" + port)
	if diff := cmp.Diff(wantRead, text(read.Attributes)); diff != "" || port == "" || len(attributeOf(read, "dbcontents.query.shape")) < 8 {
		t.Error(diff)
	}
	if len(server.Events) != 1 || server.Events[0].Name != "first_byte" || len(read.Events) != 1 || read.Events[0].Name != "first_row" ||
		server.Events[0].Time.Before(read.Events[0].Time) || server.Events[0].Time.After(server.EndTime) {
		t.Errorf("events %+v and %+v", server.Events, read.Events)
	}

	points, one, unit := l.points("http.server.request.duration")
	want := map[string]uint64{"http.request.method=GET http.response.status_code=200 http.route=/dbcontents/{table} network.protocol.version=1.1 url.scheme=http": 2}
	if diff := cmp.Diff(want, points); diff != "" || unit != "s" {
		t.Error(unit, diff)
	}
	if diff := cmp.Diff([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, one.Bounds); diff != "" {
		t.Error(diff)
	}
	points, one, unit = l.points("db.client.operation.duration")
	where := "server.address=" + host + " server.port=" + port
	want = map[string]uint64{
		common("db.system.name=postgresql " + where): 2,
		"db.namespace=" + l.db.Name + " db.operation.name=SELECT db.query.summary=SELECT pg_catalog db.system.name=postgresql " + where: 1,
	}
	if diff := cmp.Diff(want, points); diff != "" || unit != "s" {
		t.Error(unit, diff)
	}
	if diff := cmp.Diff([]float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}, one.Bounds); diff != "" {
		t.Error(diff)
	}
}

// What a read needs is inside of it or of its request: the look-up and the connection.
func TestLookupAndConnection(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{OmitSQL: true})
	spans := l.ask("GET", "/dbcontents/rpc/cheapest?most=2")
	lookup, connect, read := spans["SELECT pg_catalog"], spans["connect"], spans["SELECT cheapest"]
	server := spans["GET /dbcontents/rpc/{function}"]
	if len(spans) != 4 || lookup.Parent.SpanID() != server.SpanContext.SpanID() || connect.Parent.SpanID() != lookup.SpanContext.SpanID() || read.Parent.SpanID() != server.SpanContext.SpanID() {
		t.Errorf("got %+v", spans)
	}
	if attributeOf(read, "db.stored_procedure.name") != "cheapest" || attributeOf(read, "db.collection.name") != "" || attributeOf(read, "db.query.text") != "" {
		t.Errorf("got %v", read.Attributes)
	}
}

// Failures have the SQLSTATE or the name of the diagnosis, and a response that breaks off is told of and counted.
func TestFailures(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{})
	spans := l.ask("GET", "/dbcontents/broken_early")
	server, read := spans["GET /dbcontents/{table}"], spans["SELECT broken_early"]
	if read.Status.Code != codes.Error || attributeOf(read, "error.type") != "22012" || attributeOf(read, "db.response.status_code") != "22012" || read.Status.Description != "" {
		t.Errorf("got %v %v", read.Status, read.Attributes)
	}
	if server.Status.Code != codes.Error || attributeOf(server, "error.type") != "value_failed" || attributeOf(server, "http.response.status_code") != "500" {
		t.Errorf("got %v %v", server.Status, server.Attributes)
	}

	spans = l.ask("GET", "/dbcontents/broken")
	server, read = spans["GET /dbcontents/{table}"], spans["SELECT broken"]
	if server.Status.Code != codes.Error || attributeOf(server, "error.type") != "value_failed" || attributeOf(server, "http.response.status_code") != "200" ||
		attributeOf(server, "dbcontents.outcome") != "aborted" || attributeOf(read, "error.type") != "22012" || attributeOf(read, "db.response.returned_rows") != "99999" {
		t.Errorf("got %v %v, %v", server.Status, server.Attributes, read.Attributes)
	}
	points, _, _ := l.points("http.server.request.duration")
	for _, want := range []string{"error.type=value_failed http.request.method=GET http.response.status_code=200", "error.type=value_failed http.request.method=GET http.response.status_code=500"} {
		if found := slices.ContainsFunc(keys(points), func(s string) bool { return strings.HasPrefix(s, want) }); !found {
			t.Errorf("no %s in %v", want, points)
		}
	}

	l.ask("GET", "/dbcontents/orders")
	l.db.Exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dbcontents' AND datname = current_database()")
	spans = l.ask("GET", "/dbcontents/orders")
	read = spans["SELECT orders"]
	if attributeOf(read, "dbcontents.retries") != "1" || len(read.Events) != 2 || read.Events[0].Name != "retry" || read.Status.Code != codes.Unset || spans["connect"].Parent.SpanID() != read.SpanContext.SpanID() {
		t.Errorf("got %v %v", read.Attributes, read.Events)
	}
}

// Nothing that a stranger chooses, nothing that is stored and nothing hidden is told.
func TestTellsNoSecret(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{Propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})}, func(o *httpapi.Options) {
		o.Origins = []string{"*"}
		o.Session = func(r *http.Request) (dbcontents.Session, error) {
			if r.Header.Get("Authorization") == "Bearer refused" {
				return dbcontents.Session{}, &httpapi.Refusal{Message: "s3cr3t"}
			}
			return dbcontents.Session{}, nil
		}
	})
	refused := []string{"Authorization", "Bearer refused"}
	preflight := []string{"Origin", "https://s3cr3t.example", "Access-Control-Request-Method", "GET"}
	for _, request := range [][]string{
		{"GET", "/dbcontents/orders?note=eq.s3cr3t&select=s3cr3t:id,note-%3E%3Es3cr3t&order=id&limit=5"},
		{"GET", "/dbcontents/orders?note=like.*s3cr3t*&s3cr3t=eq.1"},
		{"GET", "/dbcontents/orders?select=id::s3cr3t"},
		{"GET", "/dbcontents/orders?id=eq.s3cr3t", "Authorization", "Bearer s3cr3t", "User-Agent", "s3cr3t", "Accept", "text/s3cr3t", "Baggage", "a=s3cr3t", "Tracestate", "a=b", "Cookie", "s3cr3t"},
		{"GET", "/dbcontents/s3cr3t?s3cr3t=s3cr3t"},
		{"GET", "/dbcontents/hidden"},
		{"GET", "/dbcontents/rpc/s3cr3t"},
		{"GET", "/dbcontents/rpc/cheapest?most=s3cr3t"},
		{"GET", "/s3cr3t"},
		{"S3CR3T", "/dbcontents/orders"},
		{"GET", "/dbcontents/orders", "X-Request-Id", "s3cr3t s3cr3t"},
		{"GET", "/dbcontents/orders", "Traceparent", "00-s3cr3t"},
		{"GET", "/dbcontents/orders", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Tracestate", "vendor=s3cr3t"},
		{"GET", "/dbcontents/orders", "Host", "s3cr3t"},
		append([]string{"GET", "/dbcontents/s3cr3t"}, refused...),
		append([]string{"GET", "/dbcontents/rpc/s3cr3t"}, refused...),
		append([]string{"GET", "/s3cr3t"}, refused...),
		append([]string{"OPTIONS", "/dbcontents/s3cr3t"}, preflight...),
		append([]string{"OPTIONS", "/dbcontents/rpc/s3cr3t"}, preflight...),
		append([]string{"OPTIONS", "/s3cr3t"}, preflight...),
	} {
		for name, span := range l.ask(request[0], request[1], request[2:]...) {
			all := strings.ToLower(fmt.Sprint(name, span.Attributes, span.Events, span.Status, span.SpanContext.TraceState(), span.Parent.TraceState()))
			for _, secret := range []string{"s3cr3t", "stored value", "hidden"} {
				if strings.Contains(all, secret) {
					t.Errorf("%v: %s", request, all)
				}
			}
		}
	}
	for _, name := range []string{"http.server.request.duration", "db.client.operation.duration"} {
		points, _, _ := l.points(name)
		if all := strings.ToLower(fmt.Sprint(points)); len(points) == 0 || strings.Contains(all, "s3cr3t") || strings.Contains(all, "hidden") {
			t.Errorf("%s: %s", name, all)
		}
	}
	points, _, _ := l.points("http.server.request.duration")
	for _, want := range []string{
		"http.request.method=_OTHER http.response.status_code=405", "http.response.status_code=401 http.route=/dbcontents/{table}",
		"http.response.status_code=401 http.route=/dbcontents/rpc/{function}", "http.request.method=OPTIONS http.response.status_code=200 http.route=/dbcontents/{table}",
	} {
		if !strings.Contains(fmt.Sprint(points), want) {
			t.Errorf("no %s in %v", want, points)
		}
	}
}

// A span's SQL is cut, as spans wait in memory until they are sent.
func TestLongSQLIsCut(t *testing.T) {
	t.Parallel()
	l := newLab(t, telemetry.Options{})
	var texts, shapes []string
	for _, n := range []int{3000, 3001} {
		spans := l.ask("GET", "/dbcontents/orders?or=("+strings.Repeat("id.eq.1,", n)+"id.eq.2)")
		read := spans["SELECT orders"]
		texts, shapes = append(texts, attributeOf(read, "db.query.text")), append(shapes, attributeOf(read, "dbcontents.query.shape"))
	}
	if len(texts[0]) != 2048 || texts[0] != texts[1] || !strings.HasPrefix(texts[0], "SELECT ") || shapes[0] == shapes[1] {
		t.Errorf("%d bytes: %q, shapes %v", len(texts[0]), texts[0], shapes)
	}
}

// A request that no Handler of ours sees has a span, and a panic goes on as it is.
func TestOtherHandlers(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	observer := telemetry.New(telemetry.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)), Propagator: propagation.TraceContext{}})
	handler := observer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
	}))
	for _, tt := range []struct {
		path   string
		status codes.Code
	}{{"/", codes.Unset}, {"/panic", codes.Error}} {
		spans.Reset()
		func() {
			defer func() {
				if v := recover(); (v == http.ErrAbortHandler) != (tt.status == codes.Error) {
					t.Errorf("recovered %v", v)
				}
			}()
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil))
		}()
		if got := spans.GetSpans(); len(got) != 1 || got[0].Name != "GET" || got[0].Status.Code != tt.status {
			t.Errorf("got %+v", got)
		}
	}
}

// The span of a request is Handler's, whatever other spans lie between, or else that of another middleware.
func TestObserveFindsTheSpan(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	observer := telemetry.New(telemetry.Options{TracerProvider: provider})
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, span := provider.Tracer("test").Start(r.Context(), "between")
		defer span.End()
		observer.Observe(r.WithContext(ctx), httpapi.Observation{Route: "/dbcontents", Status: 200})
	})
	for _, tt := range []struct {
		handler http.Handler
		want    []string
	}{{observer.Handler(inner), []string{"between", "GET /dbcontents"}}, {inner, []string{"GET /dbcontents"}}} {
		spans.Reset()
		tt.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/dbcontents", nil))
		var got []string
		for _, span := range spans.GetSpans() {
			got = append(got, span.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

func keys(points map[string]uint64) (list []string) {
	for key := range points {
		list = append(list, key)
	}
	return list
}
