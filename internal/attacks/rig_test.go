package attacks

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// wait is how long a test waits for what should come soon. It is for busy machines.
const wait = 30 * time.Second

// A rig is a database, a Store, a Handler and a server, as a program has them.
type rig struct {
	*testing.T
	db      *pgtest.DB
	store   *dbcontents.Store
	handler *httpapi.Handler
	server  *httptest.Server

	mu  sync.Mutex
	log strings.Builder // what was logged, errors of requests among it
}

// build makes a rig on db. Without a ConnString or a Pool it reads as a role that may
// read everything in the schema public. Of options, Log and Observe are the rig's.
func build(t *testing.T, db *pgtest.DB, config dbcontents.Config, options httpapi.Options) *rig {
	t.Helper()
	r := &rig{T: t, db: db}
	if config.ConnString == "" && config.Pool == nil {
		config.ConnString = db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE")
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	r.store = store
	// Registered now, since httpapi.New panics if options are invalid.
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	r.serve(options)
	return r
}

// serveStore makes a rig on a Store, which the caller closes.
func serveStore(t *testing.T, store *dbcontents.Store, options httpapi.Options) *rig {
	t.Helper()
	r := &rig{T: t, store: store}
	r.serve(options)
	return r
}

func (r *rig) serve(options httpapi.Options) {
	options.Log = slog.New(slog.NewTextHandler(r, nil))
	options.Observe = func(_ *http.Request, o httpapi.Observation) {
		options.Log.Info("request", "route", o.Route, "table", o.Table, "status", o.Status, "cause", o.Cause, "error", o.Err)
	}
	r.handler = httpapi.New(r.store, options)
	r.server = httptest.NewServer(r.handler)
	r.Cleanup(r.server.Close)
}

// Write takes what is logged.
func (r *rig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

// logged is all that was logged so far.
func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// A response is what an HTTP client gets, its body read.
type response struct {
	*http.Response
	body string
}

// get asks for a path, given raw. header are names and values in turn.
func (r *rig) get(path string, header ...string) response {
	r.Helper()
	return r.do(http.MethodGet, path, header...)
}

func (r *rig) do(method, path string, header ...string) response {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), method, r.server.URL, nil)
	if err != nil {
		r.Fatal(err)
	}
	request.URL.Opaque = "//" + request.URL.Host + path // sent as it is
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	answer, err := r.server.Client().Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.Fatal(err)
	}
	return response{answer, string(body)}
}

// text is all that a client can see of a response, its headers among it.
func (a response) text() string {
	var b strings.Builder
	b.WriteString(a.Status + "\n")
	a.Header.Write(&b)
	a.Trailer.Write(&b)
	b.WriteString("\n" + a.body)
	return b.String()
}

// A problem is a problem document.
type problem struct {
	Status                            int
	Cause, Code, Title, Message, Hint string
	Details                           *string
}

// problem decodes a problem document.
func (r *rig) problem(a response) (p problem) {
	r.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		r.Errorf("the response is %s, %s: %.300s", a.Status, got, a.body)
	} else if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		r.Errorf("%v: %s", err, a.body)
	}
	return p
}
