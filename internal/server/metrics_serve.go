package server

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	metricsPath = "/metrics"
	// scrapeTimeout is how long a scraper may take to receive the metrics. It is
	// Prometheus' own default for a whole scrape.
	scrapeTimeout = 10 * time.Second
	// maxScrapes is how many scrapes are answered at once; others get a 503.
	maxScrapes = 4
)

// handler serves the metrics to scrapers. They are the same for everyone who may reach it.
func (m *metrics) handler(problems *log.Logger) http.Handler {
	inner := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: problems, MaxRequestsInFlight: maxScrapes, EnableOpenMetrics: true, // which alone has exemplars
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "metrics can only be read", http.StatusMethodNotAllowed)
			return
		}
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(scrapeTimeout)); err != nil {
			problems.Print("metrics: ", err)
		}
		inner.ServeHTTP(w, r)
	})
}

// operators serves the metrics and the profiles of the program. It is for the address
// that only those who run the server reach: a profile takes its time and tells much.
// /debug/pprof/cmdline is left out, since nobody needs the command line from there.
func (m *metrics) operators(problems *log.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(metricsPath, m.handler(problems))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// listenForOperators opens DBCONTENTS_METRICS_ADDR. The listener is nil if that is not set.
func (s *service) listenForOperators(ctx context.Context) (net.Listener, error) {
	addr := s.settings.MetricsAddr
	if addr == "" {
		return nil, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", string(addr))
	if err != nil {
		return nil, cannotListen("DBCONTENTS_METRICS_ADDR", addr, err)
	}
	return listener, nil
}

// serveOperators serves on the listener, if it is not nil, until stop is called.
func (s *service) serveOperators(listener net.Listener) (stop func()) {
	if listener == nil {
		return func() {}
	}
	server := &http.Server{
		Handler:        s.metrics.operators(s.netLog()),
		ReadTimeout:    readTimeout,
		WriteTimeout:   scrapeTimeout, // net/http/pprof adds the seconds that a profile takes
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       s.netLog(),
	}
	s.log.Info("serving metrics", "url", "http://"+reachable(listener.Addr())+metricsPath, "address", listener.Addr().String())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics are not served any more", "error", err)
		}
	}()
	return func() {
		server.Close()
		<-done
	}
}
