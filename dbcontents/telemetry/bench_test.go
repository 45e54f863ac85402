package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/telemetry"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// BenchmarkRequest measures what spans and metrics cost a small request.
func BenchmarkRequest(b *testing.B) {
	db := pgtest.New(b, seed)
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	for name, options := range map[string]*telemetry.Options{
		"without":   nil,
		"metrics":   {TracerProvider: noop.NewTracerProvider(), MeterProvider: metrics},
		"unsampled": {TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), MeterProvider: metrics},
		"sampled":   {TracerProvider: sdktrace.NewTracerProvider(), MeterProvider: metrics},
	} {
		b.Run(name, func(b *testing.B) {
			config := dbcontents.Config{ConnString: db.DSN, Tables: []string{"orders"}}
			var api httpapi.Options
			wrap := func(h http.Handler) http.Handler { return h }
			if options != nil {
				t := telemetry.New(*options)
				config.Trace, api.Observe, wrap = t.Trace, t.Observe, t.Handler
			}
			store, err := dbcontents.Open(config)
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			handler := wrap(httpapi.New(store, api))
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/dbcontents/orders", nil))
			}
		})
	}
}
