package server

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/httplabel"
)

// The values of labels. None of them is a text that a request brings along, so nobody can
// make more series by asking for more: methods and statuses are those of package httplabel, a
// route is a pattern, and a cause is one of docs/errors.md.

// routeLabel is the pattern of the path. A request that is refused before it has one has
// that of unknown paths.
func routeLabel(route string) string {
	if route == "" {
		return "*"
	}
	return route
}

// statusLabel is empty if no response was begun.
func statusLabel(status int) string {
	if status == 0 {
		return ""
	}
	return strconv.Itoa(httplabel.Status(status))
}

// formatNone is for responses without contents, such as problems.
const formatNone = "none"

var formats = []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV, dbcontents.Text, dbcontents.Binary, formatHTML, formatNone}

// formatHTML is the format of the view.
const formatHTML = "html"

func formatLabel(o httpapi.Observation) string {
	if o.Format == "" || o.Cause != "" && !o.Aborted {
		return formatNone
	}
	return string(o.Format)
}

// The kinds of errors: what a caller or an operator can do about them. The first ten are
// the sentinels of package dbcontents.
var kinds = []struct {
	name     string
	sentinel error
}{
	{"config", dbcontents.ErrConfig},
	{"unavailable", dbcontents.ErrUnavailable},
	{"busy", dbcontents.ErrBusy},
	{"timeout", dbcontents.ErrTimeout},
	{"interrupted", dbcontents.ErrInterrupted},
	{"no_table", dbcontents.ErrNoTable},
	{"denied", dbcontents.ErrDenied},
	{"invalid", dbcontents.ErrInvalid},
	{"too_large", dbcontents.ErrTooLarge},
	{"closed", dbcontents.ErrClosed},
	{kindClient, context.Canceled},
	{kindInternal, nil},
}

const (
	kindClient   = "client"   // it left, or read too slowly
	kindInternal = "internal" // a 500 that is none of the others
)

// kindOf is the kind of what went wrong.
func kindOf(o httpapi.Observation) string {
	switch {
	case o.Cause == "canceled", o.Cause == "slow_client":
		return kindClient
	case o.Cause == "stopping", o.Cause == "draining":
		return "closed"
	case o.Cause == "max_rows":
		return "too_large"
	case shedCause(o.Cause):
		return "busy"
	}
	for _, k := range kinds {
		if k.sentinel != nil && errors.Is(o.Err, k.sentinel) {
			return k.name
		}
	}
	switch {
	case o.Status == http.StatusUnauthorized, o.Status == http.StatusForbidden:
		return "denied"
	case o.Status == http.StatusServiceUnavailable:
		return "unavailable"
	case o.Status >= 400 && o.Status < 500:
		return "invalid"
	}
	return kindInternal
}

// The reasons for which responses are broken off after they have begun.
const (
	abortedByClient   = "client_gone"
	abortedAsSlow     = "slow_client"
	abortedByStop     = "stopping"
	abortedByTimeout  = "timeout"
	abortedByDatabase = "database" // it ended the read, or the connection was lost
	abortedOtherwise  = "other"    // a value could not be computed or sent, or a limit on rows was met
)

var abortReasons = []string{abortedByClient, abortedAsSlow, abortedByStop, abortedByTimeout, abortedByDatabase, abortedOtherwise}

// abortReason is why a response was broken off whose failure is of the kind.
func abortReason(cause, kind string) string {
	switch {
	case cause == "slow_client":
		return abortedAsSlow
	case cause == "stopping":
		return abortedByStop
	case kind == kindClient:
		return abortedByClient
	case kind == "timeout":
		return abortedByTimeout
	case kind == "interrupted", kind == "unavailable", kind == "busy":
		return abortedByDatabase
	}
	return abortedOtherwise
}

// shedCauses are those of requests that are refused because too many are under way.
var shedCauses = []string{"queue_full", "queue_timeout", "streams_full"}

func shedCause(cause string) bool { return slices.Contains(shedCauses, cause) }

// A memo keeps what was made for each of a few keys. Reading takes no lock.
type memo[K comparable, V any] struct {
	known atomic.Pointer[map[K]V]
	mu    sync.Mutex
}

// get returns what is kept for key, and makes it if there is nothing yet.
func (m *memo[K, V]) get(key K, create func(K) V) V {
	if known := m.known.Load(); known != nil {
		if v, ok := (*known)[key]; ok {
			return v
		}
	}
	return m.add(key, create)
}

func (m *memo[K, V]) add(key K, create func(K) V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := map[K]V{}
	if known := m.known.Load(); known != nil {
		if v, ok := (*known)[key]; ok { // another request was faster
			return v
		}
		maps.Copy(next, *known)
	}
	v := create(key)
	next[key] = v
	m.known.Store(&next)
	return v
}
