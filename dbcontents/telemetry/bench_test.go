package telemetry_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/telemetry"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A contender is a handler with or without telemetry.
type contender struct {
	name    string
	request func()
	wall    []time.Duration // of a request, each the mean of a block
	cpu     []time.Duration // of this process
}

// contenders are handlers that differ in their telemetry, the first of which has none. They use the same
// connection, as one may have its server process on a better place of the machine than another.
func contenders(b *testing.B, request func(http.Handler) func()) (list []*contender) {
	db := pgtest.New(b, seed)
	poolConfig, err := pgxpool.ParseConfig(db.DSN)
	if err != nil {
		b.Fatal(err)
	}
	poolConfig.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(b.Context(), poolConfig)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	spans := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	b.Cleanup(func() { spans.Shutdown(context.Background()) })
	for _, c := range []struct {
		name    string
		options *telemetry.Options
	}{
		{"without", nil},
		{"metrics", &telemetry.Options{TracerProvider: noop.NewTracerProvider(), MeterProvider: metrics}},
		{"unsampled", &telemetry.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), MeterProvider: metrics}},
		{"sampled", &telemetry.Options{TracerProvider: spans, MeterProvider: metrics, Propagator: propagation.TraceContext{}}},
	} {
		config := dbcontents.Config{Pool: pool, Tables: []string{"orders"}}
		var api httpapi.Options
		wrap := func(h http.Handler) http.Handler { return h }
		if c.options != nil {
			t := telemetry.New(*c.options)
			config.Trace, api.Observe, wrap = t.Trace, t.Observe, t.Handler
		}
		store, err := dbcontents.Open(config)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { store.Close() })
		list = append(list, &contender{name: c.name, request: request(wrap(httpapi.New(store, api)))})
	}
	return list
}

// compare lets contenders respond to blocks of requests in random order, so that whatever else the machine does
// hits them alike, and reports the medians for a request, and how much more they are than the first one's.
func compare(b *testing.B, list []*contender) {
	const block = 20
	order := slices.Clone(list)
	for b.Loop() {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, c := range order {
			start, used := time.Now(), cpuTime(b)
			for range block {
				c.request()
			}
			c.wall, c.cpu = append(c.wall, time.Since(start)/block), append(c.cpu, (cpuTime(b)-used)/block)
		}
	}
	b.ReportMetric(0, "ns/op")
	report := func(unit string, of func(*contender) []time.Duration) {
		for _, c := range list {
			slices.Sort(of(c))
			median := func(c *contender) float64 { return float64(of(c)[len(of(c))/2]) }
			b.ReportMetric(median(c)/1000, c.name+"-"+unit+"-µs")
			b.ReportMetric(100*median(c)/median(list[0])-100, c.name+"-"+unit+"-%")
		}
	}
	report("wall", func(c *contender) []time.Duration { return c.wall })
	report("cpu", func(c *contender) []time.Duration { return c.cpu })
	for _, c := range list {
		b.ReportMetric(testing.AllocsPerRun(200, c.request), c.name+"-allocs")
	}
}

// cpuTime is what this process has used so far.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkRequest measures what spans and metrics add to a small request: to the handler alone, and over a
// connection that is kept, with its client.
func BenchmarkRequest(b *testing.B) {
	b.Run("handler", func(b *testing.B) {
		compare(b, contenders(b, func(h http.Handler) func() {
			return func() {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/dbcontents/orders", nil))
			}
		}))
	})
	b.Run("connection", func(b *testing.B) {
		compare(b, contenders(b, func(h http.Handler) func() {
			server := httptest.NewServer(h)
			b.Cleanup(server.Close)
			return func() {
				response, err := server.Client().Get(server.URL + "/dbcontents/orders")
				if err != nil {
					b.Fatal(err)
				}
				defer response.Body.Close()
				if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
			}
		}))
	})
}
