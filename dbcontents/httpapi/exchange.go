package httpapi

import (
	"net/http"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
)

// An exchange is one request and its response.
type exchange struct {
	h       *Handler
	w       http.ResponseWriter
	r       *http.Request
	start   time.Time
	store   *dbcontents.Store // for its session, if Options.Session says one
	limits  map[string]Access // on its tables
	permit  admit.Permit      // its turn, and its place among the streams
	ask     question
	seen    Observation
	id      [1]string       // the value of X-Request-Id
	program *programHeaders // nil if there are none
}

// begin begins an exchange. The caller must defer end.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{h: h, w: w, r: r, start: time.Now(), store: h.store, limits: h.options.Access, permit: h.limiter.Permit()}
	if h.options.Session != nil {
		x.store = h.nobody // until it is known who is asking
	}
	header := w.Header()
	if len(header) > 0 {
		x.program = programHeadersIn(header)
	}
	x.identify(header)
	header["X-Content-Type-Options"] = noSniff
	if h.version != nil {
		header["Dbcontents-Version"] = h.version
	}
	return x
}

// Header values that never change are shared between responses. Set would
// allocate a slice for each of them in each response. Nothing changes the slices:
// Add, which a middleware may call, makes a new one.
var (
	noSniff      = []string{"nosniff"}
	varies       = []string{"Accept, Accept-Profile, Prefer, Range, Origin"}
	variesByType = []string{"Accept"}
	revalidated  = []string{"private, no-cache"}
	notStored    = []string{"no-store"}
	preflights   = []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
	complete     = []string{"complete"}
	truncated    = []string{"max-rows"}
)

// end gives back what the request holds, and reports the request. It is deferred,
// so it also runs if the response is aborted.
func (x *exchange) end() {
	x.permit.Release()
	x.seen.Wait = x.permit.Waited
	x.seen.Duration = time.Since(x.start)
	x.h.counters.count(&x.seen)
	if x.h.options.Observe != nil {
		x.h.options.Observe(x.r, x.seen)
	}
}

// empty responds without a body.
func (x *exchange) empty(status int) {
	setLength(x.w.Header(), 0)
	x.begins(status)
}

// begins sends the status line and the headers.
func (x *exchange) begins(status int) {
	x.seen.Status, x.seen.FirstByte = status, time.Since(x.start)
	x.w.WriteHeader(status)
}

// allow is the value of the header Allow.
const allow = "OPTIONS,GET,HEAD"

// readOnly responds to OPTIONS if the resource exists, refuses methods that do not
// read, and reports whether the request goes on.
func (x *exchange) readOnly(exists func() bool) bool {
	switch x.r.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodOptions:
		if exists != nil && !exists() {
			break
		}
		x.w.Header().Set("Allow", allow)
		x.empty(http.StatusOK)
	default:
		x.w.Header().Set("Allow", allow)
		x.problem(problem{
			Status: http.StatusMethodNotAllowed, Code: "PGRST117", Cause: "method_not_allowed", Title: "method not allowed",
			Message: "Unsupported HTTP method: " + cut(x.r.Method), Hint: "only reading is possible: use GET, HEAD or OPTIONS",
		})
	}
	return false
}
