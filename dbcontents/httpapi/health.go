package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

const (
	// readyFor is how long the outcome of a check is taken for the present state.
	readyFor = 2 * time.Second
	// checkTimeout bounds one check.
	checkTimeout = 10 * time.Second
)

// readiness remembers the last check.
type readiness struct {
	mu     sync.Mutex
	report dbcontents.Report
	until  time.Time // when it is too old
}

// Drain makes Readyz say that the server is stopping, so that load balancers
// send no more requests. Requests are answered all the same.
func (h *Handler) Drain() { h.draining.Store(true) }

// Livez answers 200 as long as the process answers at all. It never asks the
// database: a restart of this program would not bring that back.
func (h *Handler) Livez(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/livez", func(*exchange) (int, any) {
		return http.StatusOK, map[string]string{"status": "ok"}
	})
}

// Version answers with Options.Build.
func (h *Handler) Version(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/version", func(*exchange) (int, any) { return http.StatusOK, h.options.Build })
}

// readyz is the body of Readyz.
type readyz struct {
	Status string            `json:"status"`
	Cause  string            `json:"cause,omitempty"`
	Hint   string            `json:"hint,omitempty"`
	Broken []brokenStep      `json:"broken,omitempty"`
	Steps  []dbcontents.Step `json:"steps,omitempty"`
}

type brokenStep struct {
	Name  string `json:"name"`
	Cause string `json:"cause"`
	Hint  string `json:"hint"`
}

// Readyz answers 200 if the default table can be read, else 503 with the cause
// and its cure; other tables that could not be read when they were last looked at
// are listed under the 200, and do not delay it by more than half a second: see
// [dbcontents.Store.Ready]. A
// server that is busy with all its connections is ready: sent away, its load
// would make the next one busy. The database is asked at most every two seconds,
// while it is away when the Store's next attempt is due. With ?verbose every step is
// shown with its detail, which names hosts, roles and tables; what the database
// says of a failed read, which may quote what is stored, takes Options.Verbose.
//
// Neither this nor the other health checks wait for their turn among requests
// for contents.
func (h *Handler) Readyz(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/readyz", func(x *exchange) (int, any) {
		if h.draining.Load() {
			return http.StatusServiceUnavailable, readyz{Status: "draining", Cause: "draining", Hint: "the server is stopping; use another one"}
		}
		report := h.ready.check(r.Context(), h.store)
		body := readyz{Status: "ok"}
		for _, s := range report.Steps {
			if s.Reached && !s.OK {
				body.Broken = append(body.Broken, brokenStep{s.Name, s.Code, s.Hint})
			}
		}
		if _, verbose := r.URL.Query()["verbose"]; verbose {
			body.Steps = x.steps(report.Steps)
		}
		err := report.Err()
		if err == nil {
			return http.StatusOK, body
		}
		x.seen.Err = err
		body.Status = "unavailable"
		var e *dbcontents.Error
		if errors.As(err, &e) {
			body.Cause, body.Hint = e.Code, e.Hint
		}
		if body.Cause == "pool_busy" {
			body.Status = "busy"
			return http.StatusOK, body
		}
		return http.StatusServiceUnavailable, body
	})
}

// steps are those of a report, as strangers may see them.
func (x *exchange) steps(found []dbcontents.Step) []dbcontents.Step {
	if x.h.options.Verbose {
		return found
	}
	steps := slices.Clone(found)
	for i := range steps {
		var e *dbcontents.Error
		if errors.As(steps[i].Err, &e) && e.SQLState != "" && (e.Op == "read" || e.Op == "catalog" || strings.HasPrefix(steps[i].Name, "table")) {
			steps[i].Detail = e.Op + " " + e.Table + ": " + e.Title() + " (SQLSTATE " + e.SQLState + ")"
		}
	}
	return steps
}

// check is one at a time: those who come while it runs wait for its outcome.
// It goes on when its caller leaves, for the others.
func (c *readiness) check(ctx context.Context, store *dbcontents.Store) dbcontents.Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return c.report
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	c.report = store.Ready(ctx)
	age := readyFor
	var e *dbcontents.Error
	if errors.As(c.report.Err(), &e) && e.RetryAfter > 0 {
		age = min(age, e.RetryAfter) // the return is not to be noticed later than by reads
	}
	c.until = time.Now().Add(age)
	return c.report
}

// status answers a small JSON document that is never stored.
func (h *Handler) status(w http.ResponseWriter, r *http.Request, route string, answer func(*exchange) (int, any)) {
	x := h.begin(w, r)
	defer x.end()
	x.seen.Route = route
	if !x.readOnly(nil) {
		return
	}
	code, body := answer(x)
	text, err := json.Marshal(body)
	if err != nil {
		panic("unreachable: the document is made of strings: " + err.Error())
	}
	x.cacheControl(notStored)
	x.send(code, negotiate.TypeJSON, append(text, '\n'))
}
