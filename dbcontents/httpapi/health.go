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
	// readyFor is how long the outcome of a check is used again.
	readyFor = 2 * time.Second
	// checkTimeout bounds one check.
	checkTimeout = 10 * time.Second
)

// readiness remembers the last check.
type readiness struct {
	mu     sync.Mutex
	report dbcontents.Report
	until  time.Time // when the report is too old
}

// Drain makes Readyz report that the server is stopping, so that load balancers
// send no more requests. Requests that still come are served.
func (h *Handler) Drain() { h.draining.Store(true) }

// Livez responds with 200 as long as the process responds at all. It never asks the
// database, because restarting this program would not bring the database back.
func (h *Handler) Livez(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/livez", func(*exchange) (int, any) {
		return http.StatusOK, map[string]string{"status": "ok"}
	})
}

// Version responds with Options.Build.
func (h *Handler) Version(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/version", func(*exchange) (int, any) { return http.StatusOK, h.options.Build })
}

// readyz is the body of a response of Readyz.
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

// Readyz responds with 200 if the default table can be read, and otherwise with
// 503, the cause, and what to do. Options.Ready is asked too. A 200 says why other tables could not be
// read when they were last checked, once for each cause. They delay it by half a second at most: see
// [dbcontents.Store.Ready]. A server with all connections in use is ready: if its
// load were sent elsewhere, the next server would be busy too.
//
// Readyz asks the database at most every two seconds, and, while the database is
// away, when the Store's next attempt is due. With ?verbose the response has every
// step with its detail, which names hosts, roles and tables. Without it the response names none of them,
// because anybody may ask. The database's own
// message about a failed read may quote stored values, so it is shown only with
// Options.Verbose.
//
// Health checks do not wait for a turn among requests for contents.
func (h *Handler) Readyz(w http.ResponseWriter, r *http.Request) {
	h.status(w, r, "/readyz", func(x *exchange) (int, any) {
		if h.draining.Load() {
			return http.StatusServiceUnavailable, readyz{Status: "draining", Cause: "draining", Hint: "the server is stopping; use another one"}
		}
		report := h.ready.check(r.Context(), h.store)
		_, verbose := r.URL.Query()["verbose"]
		body := readyz{Status: "ok", Broken: broken(report.Steps, verbose)}
		if verbose {
			body.Steps = x.steps(report.Steps)
		}
		err := report.Err()
		var e *dbcontents.Error
		if busy := errors.As(err, &e) && e.Code == "pool_busy"; (err == nil || busy) && h.options.Ready != nil {
			if failed := h.options.Ready(r.Context()); failed != nil {
				err = failed
			}
		}
		if err == nil {
			return http.StatusOK, body
		}
		x.seen.Err = err
		body.Status, body.Cause, body.Hint = "unavailable", "not_ready", "the program around the handler is not ready; see the server's log"
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			p := refusal.problem()
			body.Cause, body.Hint = p.Cause, p.Hint
		case errors.As(err, &e):
			body.Cause, body.Hint = e.Code, e.Hint
		}
		if body.Cause == "pool_busy" {
			body.Status = "busy"
			return http.StatusOK, body
		}
		return http.StatusServiceUnavailable, body
	})
}

// broken lists the steps that failed. Unless it is verbose it has only the first word of their
// names, such as "table", and each cause once: the name of a table may be as secret as its
// contents, and how many tables there are is nobody's business.
func broken(steps []dbcontents.Step, verbose bool) (list []brokenStep) {
	for _, s := range steps {
		if !s.Reached || s.OK {
			continue
		}
		b := brokenStep{s.Name, s.Code, s.Hint}
		if !verbose {
			b.Name, _, _ = strings.Cut(b.Name, " ")
		}
		if verbose || !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	return list
}

// steps returns the steps of a report without what only Options.Verbose shows.
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

// check checks the Store, unless the last check is recent. Only one check runs at a
// time. Callers that come meanwhile wait for its outcome, so it goes on even if the
// caller that began it has gone.
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
		age = min(age, e.RetryAfter) // so that it notices the return of the database as early as reads do
	}
	c.until = time.Now().Add(age)
	return c.report
}

// status responds with a small JSON document that caches may not store.
func (h *Handler) status(w http.ResponseWriter, r *http.Request, route string, document func(*exchange) (int, any)) {
	x := h.begin(w, r)
	defer x.end()
	x.seen.Route = route
	if !x.readOnly(nil) {
		return
	}
	code, body := document(x)
	text, err := json.Marshal(body)
	if err != nil {
		panic("unreachable: the document is made of strings: " + err.Error())
	}
	x.cacheControl(notStored)
	x.send(code, negotiate.TypeJSON, append(text, '\n'))
}
