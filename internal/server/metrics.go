package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/httplabel"
)

// Buckets, in seconds.
var (
	// durationBuckets are those that OpenTelemetry names for http.server.request.duration.
	durationBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	// firstByteBuckets begin below what a small read takes, and end with the default of DBCONTENTS_QUERY_TIMEOUT. The
	// alert DbcontentsSlow compares them with half of DBCONTENTS_FIRST_ROW_TIMEOUT, so it cannot fire if that is twice the last one.
	firstByteBuckets = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 30, 60, 120, 300, 600}
)

// metrics are what GET /metrics shows. Requests count in them, and what the server
// knows anyhow is read when it is scraped, see stateMetrics.
//
// Every label has few values, whatever strangers ask for: see metrics_labels.go. There
// is none for the table. A nil *metrics observes nothing.
type metrics struct {
	registry *prometheus.Registry

	duration, firstByte                *prometheus.HistogramVec
	wait                               prometheus.Counter
	rows, bytes, errors, aborted, shed *prometheus.CounterVec

	responses  memo[responseLabels, *responseSeries]
	firstBytes memo[string, prometheus.Observer]
	failures   memo[failureLabels, []prometheus.Counter]
}

// responseLabels are of what every response counts in.
type responseLabels struct {
	method, route, format string
	status                int
}

// responseSeries are the series of one combination of labels. Looking each of them up
// for each request would take longer than counting.
type responseSeries struct {
	duration    prometheus.Observer
	rows, bytes prometheus.Counter
}

// failureLabels tell what a response that is no success counts in besides. The kind of a
// failure follows from its cause and its status.
type failureLabels struct {
	cause   string
	status  int
	aborted bool
}

func newMetrics(s *service, build httpapi.Build) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		duration: histogram("http_server_request_duration_seconds", "How long requests took, to the last byte of the response.",
			durationBuckets, "http_request_method", "http_response_status_code", "http_route"),
		firstByte: histogram("dbcontents_first_byte_seconds", "How long requests for contents took until the first byte of the response, the wait for their turn included, which does not depend on how large the response is.",
			firstByteBuckets, "http_route"),
		wait: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dbcontents_requests_wait_seconds_total", Help: "How long requests waited for their turn, for a place among the streams and for a connection.",
		}),
		rows:    counter("dbcontents_rows_total", "Rows that were sent.", "format"),
		bytes:   counter("dbcontents_response_bytes_total", "Bytes of response bodies that were sent.", "format"),
		errors:  counter("dbcontents_errors_total", "Requests that failed, responses that were broken off included, by what can be done about it.", "kind"),
		aborted: counter("dbcontents_responses_aborted_total", "Responses that were broken off after they had begun.", "reason"),
		shed:    counter("dbcontents_shed_total", "Requests that were refused because too many were under way, by the cause in the response and the log.", "reason"),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "dbcontents_build_info", Help: "Always 1. The labels say which build runs.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "source": build.Source, "goversion": build.Go},
	})
	info.Set(1)
	limit := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "dbcontents_first_row_timeout_seconds", Help: "DBCONTENTS_FIRST_ROW_TIMEOUT, to compare dbcontents_first_byte_seconds with.",
	})
	limit.Set(time.Duration(s.settings.FirstRowTimeout).Seconds())
	m.registry.MustRegister(
		m.duration, m.firstByte, m.wait, m.rows, m.bytes, m.errors, m.aborted, m.shed, info, limit,
		&stateMetrics{store: s.store.Stats, handler: s.api.Stats, database: s.database.now},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	// All are there from the start, because rate and increase do not see the first event of
	// a counter that begins with it.
	for _, k := range kinds {
		m.errors.WithLabelValues(k.name)
	}
	for _, reason := range abortReasons {
		m.aborted.WithLabelValues(reason)
	}
	for _, cause := range shedCauses {
		m.shed.WithLabelValues(cause)
	}
	for _, format := range formats {
		m.rows.WithLabelValues(string(format))
		m.bytes.WithLabelValues(string(format))
	}
	return m
}

// observe counts a request.
func (m *metrics) observe(r *http.Request, o httpapi.Observation) {
	if m == nil {
		return
	}
	s := m.responses.get(responseLabels{httplabel.Method(r.Method), routeLabel(o.Route), formatLabel(o), o.Status}, m.response)
	span := trace.SpanContextFromContext(r.Context())
	observe(s.duration, o.Duration, span)
	if o.FirstByte > 0 && o.Format != "" {
		observe(m.firstBytes.get(o.Route, m.firstByteOf), o.FirstByte, span)
	}
	if o.Wait > 0 {
		m.wait.Add(o.Wait.Seconds())
	}
	if o.Rows > 0 {
		s.rows.Add(float64(o.Rows))
	}
	s.bytes.Add(float64(o.Bytes))
	if o.Cause != "" || o.Aborted {
		m.failed(o)
	}
}

// observe counts a duration. If the request's span is sampled, its trace becomes the example
// of the bucket, of which each has one.
func observe(histogram prometheus.Observer, d time.Duration, span trace.SpanContext) {
	if with, ok := histogram.(prometheus.ExemplarObserver); ok && span.IsSampled() {
		with.ObserveWithExemplar(d.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
		return
	}
	histogram.Observe(d.Seconds())
}

// failed counts a request that is no success.
func (m *metrics) failed(o httpapi.Observation) {
	counters := m.failures.get(failureLabels{o.Cause, o.Status, o.Aborted}, func(l failureLabels) []prometheus.Counter {
		return m.failure(l, kindOf(o))
	})
	for _, counter := range counters {
		counter.Inc()
	}
}

// response finds the series of one combination of labels.
func (m *metrics) response(l responseLabels) *responseSeries {
	return &responseSeries{
		duration: m.duration.WithLabelValues(l.method, statusLabel(l.status), l.route),
		rows:     m.rows.WithLabelValues(l.format),
		bytes:    m.bytes.WithLabelValues(l.format),
	}
}

func (m *metrics) firstByteOf(route string) prometheus.Observer {
	return m.firstByte.WithLabelValues(route)
}

// failure finds the counters of one kind of failure.
func (m *metrics) failure(l failureLabels, kind string) []prometheus.Counter {
	found := []prometheus.Counter{m.errors.WithLabelValues(kind)}
	if l.aborted {
		found = append(found, m.aborted.WithLabelValues(abortReason(l.cause, kind)))
	}
	if shedCause(l.cause) {
		found = append(found, m.shed.WithLabelValues(l.cause))
	}
	return found
}
