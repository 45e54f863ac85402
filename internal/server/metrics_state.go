package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// stateMetrics collects what the Store, the handler and the server know anyhow. It reads
// them when it is scraped, so requests pay nothing for it.
type stateMetrics struct {
	store    func() dbcontents.Stats
	handler  func() httpapi.Stats
	database func() state
}

// moment is what a scrape sees.
type moment struct {
	store   dbcontents.Stats
	handler httpapi.Stats
	up      float64
}

// A reading is one series of stateMetrics.
type reading struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	label []string // the value of the label, if it has one
	value func(*moment) float64
}

func counter(name, help string, value func(*moment) float64) reading {
	return reading{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, nil, value}
}

func gauge(name, help string, value func(*moment) float64) reading {
	return reading{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, nil, value}
}

// poolConnections has a series for each state of a connection.
var poolConnections = prometheus.NewDesc("dbcontents_pool_connections",
	"Connections to the database, by state: acquired by a request, idle, or constructing.", []string{"state"}, nil)

// causes has a series for each cause that there was.
var causes = prometheus.NewDesc("dbcontents_causes_total",
	"What went wrong, by the name that responses, the log and docs/errors.md give it.", []string{"cause"}, nil)

func poolState(state string, value func(*moment) float64) reading {
	return reading{poolConnections, prometheus.GaugeValue, []string{state}, value}
}

var readings = []reading{
	gauge("dbcontents_up", "Whether the database could be used when a request or a probe last needed it: 1 if so, 0 if not or if not known yet.",
		func(m *moment) float64 { return m.up }),

	poolState("acquired", func(m *moment) float64 { return float64(m.store.AcquiredConns) }),
	poolState("idle", func(m *moment) float64 { return float64(m.store.IdleConns) }),
	poolState("constructing", func(m *moment) float64 { return float64(m.store.ConstructingConns) }),
	gauge("dbcontents_pool_max_connections", "The most connections that the pool may have.",
		func(m *moment) float64 { return float64(m.store.MaxConns) }),
	counter("dbcontents_pool_acquires_total", "Connections that were taken from the pool.",
		func(m *moment) float64 { return float64(m.store.Acquires) }),
	counter("dbcontents_pool_waits_total", "Connections that were waited for, because none was idle.",
		func(m *moment) float64 { return float64(m.store.Waits) }),
	counter("dbcontents_pool_wait_seconds_total", "How long connections were waited for in all, because none was idle.",
		func(m *moment) float64 { return m.store.AcquireWait.Seconds() }),
	counter("dbcontents_pool_given_up_total", "Waits for a connection that ended without one, by a limit or because the client left.",
		func(m *moment) float64 { return float64(m.store.GivenUp) }),
	counter("dbcontents_pool_connects_total", "Attempts to connect to the database.",
		func(m *moment) float64 { return float64(m.store.Connects) }),
	counter("dbcontents_pool_connects_failed_total", "Attempts to connect to the database that failed, made for a read.",
		func(m *moment) float64 { return float64(m.store.FailedConnects) }),

	counter("dbcontents_reads_total", "Reads that were begun.",
		func(m *moment) float64 { return float64(m.store.Reads) }),
	counter("dbcontents_retries_total", "Reads that were tried a second time before their first row, because the connection had died or the table had changed.",
		func(m *moment) float64 { return float64(m.store.Retries) }),
	counter("dbcontents_canceled_total", "Reads that were ended at the database before their last row.",
		func(m *moment) float64 { return float64(m.store.Canceled) }),
	counter("dbcontents_catalog_lookups_total", "Questions to the catalog of PostgreSQL.",
		func(m *moment) float64 { return float64(m.store.Lookups) }),
	gauge("dbcontents_catalog_bytes", "Memory taken by what is remembered of the catalog, estimated.",
		func(m *moment) float64 { return float64(m.store.TableBytes) }),
	gauge("dbcontents_plan_bytes", "Memory taken by the plans of queries that are remembered, estimated.",
		func(m *moment) float64 { return float64(m.store.PlanBytes) }),

	gauge("dbcontents_requests_in_flight", "Requests for contents that are worked on.",
		func(m *moment) float64 { return float64(m.handler.InFlight) }),
	gauge("dbcontents_requests_max_in_flight", "The most requests for contents that are worked on at once.",
		func(m *moment) float64 { return float64(m.handler.MaxInFlight) }),
	gauge("dbcontents_requests_queued", "Requests that wait for their turn, or for a place among the streams.",
		func(m *moment) float64 { return float64(m.handler.Queued) }),
	gauge("dbcontents_requests_max_queued", "How many requests may wait.",
		func(m *moment) float64 { return float64(m.handler.MaxQueued) }),
	gauge("dbcontents_streams", "Large responses that are being streamed.",
		func(m *moment) float64 { return float64(m.handler.Streams) }),
	gauge("dbcontents_max_streams", "The most large responses that are streamed at once.",
		func(m *moment) float64 { return float64(m.handler.MaxStreams) }),
	gauge("dbcontents_held_bytes", "Memory taken by whole responses that are being written without a connection.",
		func(m *moment) float64 { return float64(m.handler.Held) }),
}

// Describe names every metric once.
func (c *stateMetrics) Describe(descs chan<- *prometheus.Desc) {
	var last *prometheus.Desc
	for _, r := range readings {
		if r.desc != last {
			descs <- r.desc
		}
		last = r.desc
	}
	descs <- causes
}

// Collect reads all of them as of about one moment.
func (c *stateMetrics) Collect(metrics chan<- prometheus.Metric) {
	m := moment{store: c.store(), handler: c.handler()}
	if c.database() == up {
		m.up = 1
	}
	for _, r := range readings {
		metrics <- prometheus.MustNewConstMetric(r.desc, r.kind, r.value(&m), r.label...)
	}
	for cause, n := range m.handler.Causes {
		metrics <- prometheus.MustNewConstMetric(causes, prometheus.CounterValue, float64(n), cause)
	}
}
