package telemetry_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/telemetry"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// exampleDatabase is a database with a table of planets.
func exampleDatabase() (dsn string, drop func()) {
	db, drop := pgtest.ForExample("CREATE TABLE planets (name text PRIMARY KEY, moons int); INSERT INTO planets VALUES ('Earth', 1), ('Mars', 2)")
	return db.DSN, drop
}

// A program with spans for requests and for what they read. A real one has an exporter in the
// place of the list in memory, such as otlptracehttp, and may leave the providers to otel.SetTracerProvider.
func ExampleNew() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t := telemetry.New(telemetry.Options{TracerProvider: provider, Propagator: propagation.TraceContext{}})

	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}, Trace: t.Trace})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	server := httptest.NewServer(t.Handler(httpapi.New(store, httpapi.Options{Observe: t.Observe})))

	response, err := http.Get(server.URL + "/dbcontents/planets?moons=gt.1")
	if err != nil {
		log.Fatal(err)
	}
	response.Body.Close()
	server.Close()
	for _, span := range spans.GetSpans() {
		fmt.Println(span.SpanKind, span.Name)
	}
	// Output:
	// client connect
	// client SELECT pg_catalog
	// client SELECT planets
	// server GET /dbcontents/{table}
}

// The library alone, without HTTP: a read belongs to the span that its context has.
func ExampleTelemetry_Trace() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t := telemetry.New(telemetry.Options{TracerProvider: provider})
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}, Trace: t.Trace})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx, work := provider.Tracer("example").Start(context.Background(), "nightly export")
	names, err := dbcontents.Read[string](ctx, store, dbcontents.Query{Select: dbcontents.Columns("name"), Where: dbcontents.Where("moons", dbcontents.OpEq, 2)})
	if err != nil {
		log.Fatal(err)
	}
	work.End()
	fmt.Println(names)
	for _, span := range spans.GetSpans() {
		if span.Parent.SpanID() == work.SpanContext().SpanID() {
			fmt.Println(span.Name)
		}
	}
	// Output:
	// [Mars]
	// SELECT pg_catalog
	// SELECT planets
}

// Handler wraps whatever serves the contents, here a mux that has other routes too.
func ExampleTelemetry_Handler() {
	t := telemetry.New(telemetry.Options{})
	store, err := dbcontents.Open(dbcontents.Config{ConnString: os.Getenv("DATABASE_URL"), AllTables: true, Trace: t.Trace})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	contents := httpapi.New(store, httpapi.Options{Observe: t.Observe})
	mux := http.NewServeMux()
	mux.Handle("/dbcontents/", t.Handler(contents))
	mux.HandleFunc("/livez", contents.Livez) // without a span
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

// Observe alone measures requests, without any span.
func ExampleTelemetry_Observe() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	reader := metric.NewManualReader() // or an exporter
	t := telemetry.New(telemetry.Options{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader))})
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	handler := httpapi.New(store, httpapi.Options{Observe: t.Observe})
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/dbcontents/planets", nil))

	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		log.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		for _, point := range m.Data.(metricdata.Histogram[float64]).DataPoints {
			route, _ := point.Attributes.Value("http.route")
			fmt.Println(m.Name, route.AsString(), point.Count)
		}
	}
	// Output: http.server.request.duration /dbcontents/{table} 1
}
