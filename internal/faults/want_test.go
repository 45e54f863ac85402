package faults

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A want is what a failure comes to.
type want struct {
	path   string // the table, and a query string for HTTP; empty is the default one
	status int
	cause  string // one of these, space-separated
	is     error  // sentinel
	state  string
	as     func(error) bool // further, in the chain of the Go error
	within time.Duration    // both are answered in that time; 0 is any
	held   int              // connections that others hold meanwhile
}

// fails wants the request, and then the read by Go, to fail.
func (r *rig) fails(w want) {
	r.Helper()
	table := ""
	if w.path != "" {
		table = "/" + w.path
	}
	before := r.counts()
	start := time.Now()
	a := r.get("/dbcontents" + table)
	p := r.problem(a)
	if a.StatusCode != w.status || !oneOf(w.cause, p.Cause) || p.Hint == "" {
		r.Errorf("HTTP: %s, cause %q, hint %q; want %d, %s", a.Status, p.Cause, p.Hint, w.status, w.cause)
	}
	if slices.ContainsFunc(r.inside, func(s string) bool { return strings.Contains(a.body, s) }) {
		r.Errorf("HTTP: the client is told of the inside: %s", a.body)
	}
	if has := a.Header.Get("Retry-After") != ""; has != (w.status == http.StatusServiceUnavailable) {
		r.Errorf("HTTP: %s with Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}
	r.moved(before, p.Cause)
	name, _, _ := strings.Cut(w.path, "?")
	r.diagnosed(w, r.read(name))
	if took := time.Since(start); w.within > 0 && took > 2*w.within {
		r.Errorf("two answers took %v, want each within %v", took, w.within)
	}
	r.eventually("its connection is back", func() bool { return r.store.Stats().AcquiredConns == w.held })
}

// diagnosed wants the Go error.
func (r *rig) diagnosed(w want, err error) {
	r.Helper()
	var e *dbcontents.Error
	switch {
	case !errors.As(err, &e):
		r.Errorf("Go: %v (%T), want a *dbcontents.Error", err, err)
	case w.is != nil && !errors.Is(err, w.is), !oneOf(w.cause, e.Code), e.Hint == "", w.state != "" && e.SQLState != w.state:
		r.Errorf("Go: %+v, want %v, %s, SQLSTATE %s", e, w.is, w.cause, w.state)
	case w.as != nil && !w.as(err):
		r.Errorf("Go: the cause of %v is not in its chain", err)
	}
	var pgErr *pgconn.PgError
	if w.state != "" && (!errors.As(err, &pgErr) || pgErr.Code != w.state) {
		r.Errorf("Go: the chain of %v lacks the database's error %s", err, w.state)
	}
}

func oneOf(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// counts are the counters that one failed request moves by one.
type counts struct {
	reads, errors, aborted int64
	causes                 map[string]int64
}

func (r *rig) counts() counts {
	s, h := r.store.Stats(), r.handler.Stats()
	return counts{reads: s.Reads, errors: s.Errors, aborted: h.Aborted, causes: h.Causes}
}

// moved wants one read, one failure and one request with the cause since before.
func (r *rig) moved(before counts, cause string) {
	r.Helper()
	r.eventually("the request is counted by its cause "+cause, func() bool { return r.counts().causes[cause] == before.causes[cause]+1 })
	if c := r.counts(); c.reads != before.reads+1 || c.errors != before.errors+1 {
		r.Errorf("counters: before %+v, after %+v", before, c)
	}
}
