package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// The limits of a connection. There is none on a whole response, as that would
// end long downloads: httpapi sets one before each write instead.
const (
	readTimeout    = 5 * time.Second // for clients that send their headers a byte at a time; a body is not worth waiting for
	idleTimeout    = 60 * time.Second
	maxHeaderBytes = 64 << 10
)

// service is a server that runs.
type service struct {
	settings *settings
	store    *dbcontents.Store
	api      *httpapi.Handler
	log      *slog.Logger
	access   *AccessLog
	database availability
	metrics  *metrics     // nil if nobody asks for them
	scrape   http.Handler // serves /metrics; without metrics there, as any unknown path
	traces   *traces      // nil if there are none
}

// Serve serves until ctx ends and then stops in order, which is a success.
// listening, if not nil, is told the URL of the contents once there is a port; if it
// is nil, a person at a terminal is.
// A database that is down is no reason to fail: the server says so and serves
// when it is back.
func Serve(ctx context.Context, environ []string, stderr io.Writer, listening func(url string)) error {
	s := &service{}
	settings, store, err := open(environ, func(settings *settings, config *dbcontents.Config) {
		s.access, s.log = newLogs(settings, stderr)
		if s.traces = newTraces(settings, s.log); s.traces != nil {
			config.Trace = s.traces.Trace
		}
	})
	defer s.access.Flush()
	defer s.traces.stop()
	if err != nil {
		return err
	}
	s.settings, s.store, s.database.log = settings, store, s.log
	options := settings.options()
	options.Log, options.Observe = s.log, s.observe
	s.api = httpapi.New(store, options)
	s.scrape = s.api
	if settings.Metrics || settings.MetricsAddr != "" {
		s.metrics = newMetrics(s, options.Build)
	}
	if settings.Metrics {
		s.scrape = s.metrics.handler(s.netLog())
	}

	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", string(settings.Addr))
	if err != nil {
		store.Close()
		return cannotListen("ADDR", settings.Addr, err)
	}
	operators, err := s.listenForOperators(ctx)
	if err != nil {
		listener.Close()
		store.Close()
		return err
	}
	scheme := "http://"
	if settings.certificate != nil {
		scheme = "https://"
	}
	url := scheme + reachable(listener.Addr()) + string(settings.Prefix)
	if listening == nil && settings.LogFormat == "" && isTerminal(stderr) {
		io.WriteString(stderr, s.banner(url, options.Build, widthOf(stderr)))
	} else {
		s.announce(url, listener.Addr(), options.Build)
	}
	if c := settings.certificate; c != nil {
		c.log = s.log
		c.warn()
	}
	defer s.serveOperators(operators)() // to the very end, so that a stop can be watched
	if listening != nil {
		listening(url)
	}
	return s.run(ctx, listener)
}

// run serves on the listener until ctx ends.
func (s *service) run(ctx context.Context, inner net.Listener) error {
	listener := linger(inner)
	base, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	server := &http.Server{
		Handler:        s.traces.handler(s),
		ReadTimeout:    readTimeout, // the headers' too: a limit of their own would be another timer for each request
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       s.netLog(),
		BaseContext:    func(net.Listener) context.Context { return base },
		ConnState:      listener.observe,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.accept(server, listener) }()
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		s.firstCheck(ctx)
	}()

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serving: %w", err)
	}
	s.stop(server, listener, cancel, err != nil)
	<-checked
	if closeErr := s.store.Close(); closeErr != nil {
		s.log.Warn("a read did not end", "error", closeErr)
	}
	s.log.Info("stopped")
	return err
}

// accept serves on the listener, over TLS if there is a certificate. The listener
// stays inside of TLS: what has to arrive at a client is bytes of TLS.
func (s *service) accept(server *http.Server, listener net.Listener) error {
	if s.settings.certificate == nil {
		return server.Serve(listener)
	}
	server.TLSConfig = s.settings.certificate.config()
	// A deadline of an HTTP/2 stream cannot end a write to a connection that takes
	// nothing any more; this ends the connection.
	server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: time.Duration(s.settings.WriteTimeout)}
	return server.ServeTLS(listener, "", "")
}

// observe is called at the end of every request.
func (s *service) observe(r *http.Request, o httpapi.Observation) {
	s.database.observe(r, o)
	s.traces.observe(r, o)
	s.access.Observe(r, o)
	s.metrics.observe(r, o)
}

// ServeHTTP is the server's map of paths.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case metricsPath:
		s.scrape.ServeHTTP(w, r)
	case "/livez":
		s.api.Livez(w, r)
	case "/readyz":
		s.api.Readyz(w, r)
	case "/version":
		s.api.Version(w, r)
	case "/":
		s.api.Index(w, r)
	case "/favicon.ico": // browsers ask for it whatever pages say; theirs is in the page
		w.Header().Set("Cache-Control", "public, max-age=86400")
		w.WriteHeader(http.StatusNoContent)
	default: // a path that does not exist too: the answer says what does
		s.api.ServeHTTP(w, r)
	}
}

// announce is the first line of the log: which build, what is exposed, where.
func (s *service) announce(url string, addr net.Addr, b httpapi.Build) {
	config := s.store.Config()
	attrs := []any{
		"url", url, "address", addr.String(),
		"tables", config.Tables, "all_tables", config.AllTables, "schemas", s.settings.Schemas.names(),
		"pool_size", s.store.Stats().MaxConns, "version", b.Version,
	}
	for _, a := range []struct{ key, value string }{{"revision", b.Revision}, {"built", b.Time}, {"source", b.Source}, {"go", b.Go}} {
		if a.value != "" {
			attrs = append(attrs, a.key, a.value)
		}
	}
	s.log.Info("serving", attrs...)
}

// cannotListen is the error for an address that cannot be listened on, with the variable
// that has it.
func cannotListen(variable string, addr address, err error) error {
	f := &failure{code: exitFailure, err: fmt.Errorf("%s: cannot listen on %s: %w", variable, addr, err), hint: "set " + variable + " to an address of this machine, such as :8888"}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		f.hint = "another program uses that port; stop it, or set " + variable + " to another one, such as " + variable + "=:8889"
	case errors.Is(err, syscall.EACCES):
		f.hint = "ports below 1024 are for root; set " + variable + " to another one, such as " + variable + "=:8888"
	}
	return f
}

// reachable is the address under which this machine reaches the listener.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
