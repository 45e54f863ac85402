package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/admit"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// Options are the settings of a [Handler]. The zero value is ready to use.
type Options struct {
	// Prefix is the path under which the handler sees its requests, without a
	// slash at its end and without characters that a URL encodes. The default is
	// "/dbcontents". "/" is for a handler that has a host for itself, or whose prefix
	// is stripped: a table is then at "/{table}". A mux gives other patterns, such as
	// "/livez", priority over a table of that name.
	Prefix string
	// Verbose puts the detail of an error into responses: host, role and table
	// names, and the message of the database. It is for development.
	Verbose bool
	// Build is what Version shows. If it has a version, every response has it in the
	// header Dbcontents-Version.
	Build Build
	// MaxInFlight is how many requests for contents are worked on at once. The
	// default is the size of the pool, so that a request that has waited for its turn
	// does not wait for a connection as well. Who waits for a standby that is behind has
	// no turn meanwhile.
	MaxInFlight int
	// MaxStreams is how many of these may stream a response of more than 64 KiB. The
	// speed of the client then decides how long they keep their connection. A
	// response that finds no place is held back up to 1 MiB. If it is larger, the
	// request gives its connection back, waits for a place as for a turn, and reads
	// again; if it gets no place, it is a 503. Responses of 64 KiB to 1 MiB that are
	// being written share 64 MiB of memory. One for which there is no memory left
	// needs a place too, or is a 503 at once.
	//
	// The default is three quarters of the pool or of MaxInFlight, whichever is
	// smaller, but one less than all of it, so that small responses always find a
	// connection. A pool of one connection has one place, and no other request is
	// served while a large response takes it.
	MaxStreams int
	// Queue is how many requests may wait for their turn or for a place, and
	// QueueTimeout how long each may wait in all. Other requests get a 503 with
	// Retry-After. All requests that wait take at most 64 MiB of memory. More than
	// Queue may wait while requests end so fast that half of QueueTimeout is enough
	// for all of them. Fewer may wait while requests end so slowly that the wait would
	// be more than twice QueueTimeout. Requests that are wrong, and health checks, do
	// not wait. The defaults are 2500 and 30 s; with a negative Queue none may wait.
	Queue        int
	QueueTimeout time.Duration
	// WriteTimeout is how long a client may take to accept one block of about 128 KiB
	// before the handler gives it up. A client that is streamed to while other
	// requests wait has a quarter of this time. The default is 30 s.
	WriteTimeout time.Duration
	// MinRate is the lowest rate, in bytes per second, at which a client may read. It
	// is measured over a minute of waiting for the client. While other requests wait,
	// the rate is four times as high, measured over a quarter of a minute. The
	// default is 1024; negative means no limit.
	MinRate int
	// Access narrows what requests may ask of single tables. Its keys are
	// "schema.name", or "name" for a table of that name in every schema. Those of functions
	// have "()" behind the name; what limits a table limits no function that reads it. Do not
	// change it after New. An Access belongs to a name: a table that is renamed gets
	// the Access of its new name, or none. If all tables are exposed, New accepts any
	// key, because a table of that name may be made later.
	Access map[string]Access
	// Session, if it is not nil, says on whose behalf a request reads, see
	// [dbcontents.Store.As]. It is called for every request for contents and for Index,
	// before the request waits for its turn or for a connection, and may be called
	// concurrently. An error refuses the request: see [Refusal]. A *[dbcontents.Error] has
	// the response that it would have for a read, and any other error is a 500 whose text
	// goes to the log only. What a browser or a cache keeps of a response belongs to
	// its caller: responses vary by Authorization and are private.
	Session func(*http.Request) (dbcontents.Session, error)
	// SessionAccess, if it is not nil, returns the Access for requests of a session, in
	// the place of Access, which must be nil. It needs Session.
	SessionAccess func(dbcontents.Session) map[string]Access
	// Formats are further representations, which a request asks for by Accept. They cannot replace those of this package.
	Formats []Format
	// Ready, if it is not nil, is asked by Readyz whether what the program itself needs is
	// there, such as keys for tokens. It should not wait. Its error makes the response a 503
	// with the Cause and Hint of a [Refusal] or a *[dbcontents.Error].
	Ready func(context.Context) error
	// OpenAPI are the settings of the description of what can be read.
	OpenAPI OpenAPI
	// Origins are the origins, such as "https://example.org", whose scripts may read
	// responses in a browser (CORS), with cookies and Authorization. "*" stands for
	// every other origin, without cookies. The default is none.
	Origins []string
	// ServerTiming adds the header Server-Timing to responses. It has the
	// milliseconds of the stages parse, wait (for a turn and a connection) and
	// transaction. For a streamed response, transaction covers only the time before
	// the first byte.
	ServerTiming bool
	// LSN lets clients read their own writes from standbys. The request header Dbcontents-Min-Lsn
	// is [dbcontents.Query.MinLSN], and responses with contents have the header Dbcontents-Lsn,
	// [dbcontents.Rows.LSN]. Both tell clients how much is written to the database, tables that
	// they may not read included. Without LSN a request with that header is a 400.
	LSN bool
	// Log gets one warning if something around the handler keeps it from streaming
	// safely. Nil discards it. Requests are not logged: see Observe.
	Log *slog.Logger
	// Observe, if it is not nil, is called at the end of every request, in the
	// goroutine of the request. It is also called if the response is aborted.
	Observe func(*http.Request, Observation)
}

// Build identifies the build of the running program. Empty members are left out.
type Build struct {
	Version  string `json:"version,omitempty"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Source   string `json:"source,omitempty"` // a digest of the source files
	Go       string `json:"go,omitempty"`
}

const (
	defaultPrefix       = "/dbcontents"
	defaultWriteTimeout = 30 * time.Second
	defaultMinRate      = 1024
)

// Handler serves the contents of the tables that a Store exposes. It is made
// by [New], is safe for concurrent use, and can be mounted in any mux.
type Handler struct {
	store    *dbcontents.Store
	nobody   *dbcontents.Store // for a session that may read nothing
	config   dbcontents.Config // of the store, which does not change
	options  Options
	version  []string // the value of the header Dbcontents-Version; nil for none
	limiter  *admit.Limiter
	sending  senders
	formats  []negotiate.Representation // of Options.Formats
	held     *admit.Budget              // memory for whole responses that are written without a turn
	counters counters
	ready    readiness
	draining atomic.Bool
	warned   atomic.Bool
}

// New makes a Handler that reads from store. The caller closes store. New panics on
// mistakes of the program: if store is nil, if the prefix is not a path like "/", "/a"
// or "/a/b", or if Options.Access has a key that names no exposed table or a name
// that no column can have, or is combined with SessionAccess.
func New(store *dbcontents.Store, o Options) *Handler {
	if store == nil {
		panic("httpapi: New needs a Store")
	}
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if o.Prefix == "/" {
		o.Prefix = "" // paths are the prefix, a slash and a name
	} else if !matches(o.Prefix) {
		panic(`httpapi: Options.Prefix must be a path as requests have it, such as "/", "/a" or "/a/b": without a slash at its end, empty parts, dots as parts, and what a URL encodes`)
	}
	if o.QueueTimeout <= 0 {
		o.QueueTimeout = defaultQueueTimeout
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	if o.MinRate == 0 {
		o.MinRate = defaultMinRate
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := checkAccess(o.Access, store); err != nil {
		panic("httpapi: Options.Access: " + err.Error())
	}
	if o.SessionAccess != nil && (o.Session == nil || o.Access != nil) {
		panic("httpapi: Options.SessionAccess needs Session, and cannot be combined with Access")
	}
	formats, err := representations(o.Formats)
	if err != nil {
		panic("httpapi: Options.Formats: " + err.Error())
	}
	limits := o.admission(store.Stats().MaxConns)
	h := &Handler{store: store, config: store.Config(), options: o, formats: formats, held: admit.NewBudget(maxHeldMemory)}
	h.nobody = store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{}})
	limits.OnWait = h.sending.hurry
	h.limiter = admit.New(limits)
	if o.Build.Version != "" {
		h.version = []string{o.Build.Version}
	}
	return h
}

// ServeHTTP responds with contents to {prefix}, {prefix}/ and {prefix}/{table}, with the
// result of a function to {prefix}/rpc/{function}, and to every other path with a 404 that says what exists.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	defer x.end()
	kind, route, escaped := h.find(r.URL.EscapedPath())
	x.seen.Route = route // before the request may be refused, so that a refusal has it
	if x.crossOrigin() || !x.authenticate() {
		return
	}
	name, err := url.PathUnescape(escaped)
	switch {
	case kind == unknownPath:
		x.problem(x.noRoute())
	case err != nil:
		x.problem(badName(escaped))
	case kind == functionPath:
		x.call(name)
	case kind == defaultPath && x.asksOpenAPI():
		x.openAPI()
	default:
		x.contents(name)
	}
}

// pathKind is what a path leads to.
type pathKind int

const (
	unknownPath pathKind = iota
	defaultPath
	tablePath
	functionPath
)

// find returns what a path leads to, its pattern, and the name in it, still encoded. A
// ServeMux would redirect unusual paths and respond with 405 in plain text before a
// handler sees the request.
func (h *Handler) find(path string) (kind pathKind, route, name string) {
	rest, ok := strings.CutPrefix(path, h.options.Prefix)
	switch {
	case ok && (rest == "" || rest == "/"):
		route, _ = h.path("")
		return defaultPath, route, ""
	case ok && rest[0] == '/' && !strings.Contains(rest[1:], "/"):
		return tablePath, h.options.Prefix + "/{table}", rest[1:]
	case ok && strings.HasPrefix(rest, rpcPath) && len(rest) > len(rpcPath) && !strings.Contains(rest[len(rpcPath):], "/"):
		return functionPath, h.options.Prefix + rpcPath + "{function}", rest[len(rpcPath):]
	}
	return unknownPath, "*", ""
}
