// Package pgfetch downloads PostgreSQL programs from a Maven repository.
//
// It is apart from pgtest so that the library it uses stays out of the go.sum of
// a program that imports dbcontents: go mod tidy counts what tests of imported
// packages need.
package pgfetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// Version is the PostgreSQL that is downloaded.
const Version = string(embeddedpostgres.V17)

const archiveLimit = 128 << 20 // several times the size of PostgreSQL 17

const mostRedirects = 10 // of one request

// idleTimeout is how long a repository may send nothing. It is a variable for tests.
var idleTimeout = 30 * time.Second

// Fetch downloads, verifies and unpacks the programs into a new directory
// programs, below which they are in bin. It shows progress on standard error.
// Other files are made in the directory stage, for the caller to remove.
//
// The repository is trusted. Its checksum, which must be there, detects damage. Its
// address, and all to which it redirects, must be HTTPS, or HTTP on this machine.
//
// While Fetch runs, the process's http.DefaultClient and TMPDIR are changed, so
// nothing else may run then.
func Fetch(ctx context.Context, repository, stage, programs string) error {
	address, err := url.Parse(repository)
	if err != nil || !secure(address) && !local(address) {
		return errors.New("the address of a repository must begin with https:// (http:// is for this machine only)") // the cause would quote it
	}
	// The library fetches only as the first part of a start, which then would run
	// PostgreSQL, as root too, and leave it behind when this process is killed. So
	// its start ends there: it is given a data directory that it cannot clear, as no
	// path that ends in a dot can be removed.
	defer setenv("TMPDIR", stage)() // for a log that it never removes
	runtime := filepath.Join(stage, "runtime")
	library := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V17).
		BinaryRepositoryURL(address.String()).
		CachePath(filepath.Join(stage, "archive")).
		BinariesPath(programs).
		RuntimePath(runtime).
		DataPath(stage + "/none/.").
		Port(0).
		Logger(io.Discard))
	t := newTransport(ctx, secure(address))
	defer t.end()
	err = t.withTransport(library.Start)
	if failed := t.failed(); failed != nil {
		return failed // the library's own words leave the cause out
	}
	if _, missing := os.Stat(runtime); missing == nil {
		return nil // it makes this directory when all is unpacked
	}
	return err
}

func secure(address *url.URL) bool { return address.Scheme == "https" }

// local reports whether an address is HTTP on this machine.
func local(address *url.URL) bool {
	host := address.Hostname()
	return address.Scheme == "http" && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

func setenv(name, value string) (restore func()) {
	saved, set := os.LookupEnv(name)
	os.Setenv(name, value)
	return func() {
		if set {
			os.Setenv(name, saved)
		} else {
			os.Unsetenv(name)
		}
	}
}

// transport sends the library's requests and adds what it lacks: an end when the
// context ends or the repository sends nothing, a limit of bytes, a checksum that
// must be there, the cause of a failure, and progress.
type transport struct {
	ctx       context.Context
	cancel    context.CancelCauseFunc
	idleTimer *time.Timer
	secure    bool // HTTPS only, also behind redirects

	mu  sync.Mutex
	err error // the first
}

func newTransport(ctx context.Context, secure bool) *transport {
	t := &transport{secure: secure}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	t.idleTimer = time.AfterFunc(idleTimeout, func() { t.cancel(fmt.Errorf("no data received for %s", idleTimeout)) })
	return t
}

func (t *transport) end() {
	t.idleTimer.Stop()
	t.cancel(nil)
}

// withTransport calls get while http.DefaultClient, which the library uses, sends by t.
func (t *transport) withTransport(get func() error) error {
	saved := http.DefaultClient
	defer func() { http.DefaultClient = saved }()
	http.DefaultClient = &http.Client{Transport: t, CheckRedirect: t.checkRedirect}
	return get()
}

func (t *transport) checkRedirect(request *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= mostRedirects:
		return t.fail(errors.New("too many redirects"))
	case !secure(request.URL) && (t.secure || !local(request.URL)):
		return t.fail(errors.New("redirected to an address without HTTPS"))
	}
	return nil
}

// fail remembers why, with the context's own reason in place of its "canceled".
func (t *transport) fail(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = cmp.Or(t.err, context.Cause(t.ctx), err)
	return t.err
}

func (t *transport) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request.WithContext(t.ctx))
	if err != nil {
		return nil, t.fail(err)
	}
	redirected := response.StatusCode/100 == 3 && response.Header.Get("Location") != ""
	if response.StatusCode != http.StatusOK && !redirected {
		response.Body.Close()
		// The library would do without a checksum then.
		return nil, t.fail(fmt.Errorf("%s for %s", response.Status, request.URL.Path))
	}
	response.Body = &progressBody{ReadCloser: response.Body, transport: t, size: response.ContentLength}
	return response, nil
}

// progressBody is the body of a response, and shows how much of it has come.
type progressBody struct {
	io.ReadCloser
	transport *transport
	size, got int64 // size is -1 if unknown
	shown     int64 // steps of progress
}

func (p *progressBody) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.got += int64(n)
	p.transport.idleTimer.Reset(idleTimeout)
	switch {
	case p.got > archiveLimit:
		err = p.transport.fail(fmt.Errorf("it is larger than %d MB", archiveLimit>>20))
	case err != nil && err != io.EOF:
		err = p.transport.fail(fmt.Errorf("broken off after %d bytes: %w", p.got, err))
	default:
		p.show()
	}
	return n, err
}

func (p *progressBody) Close() error {
	if p.shown > 0 && (p.size < 0 || p.got < p.size) {
		fmt.Fprintln(os.Stderr) // ends the line of progress
	}
	return p.ReadCloser.Close()
}

// show adds a step to the line of progress for every tenth of an archive, or for
// every five megabytes if its size is unknown.
func (p *progressBody) show() {
	const smallFile, step = 1 << 16, 5 << 20
	switch {
	case p.size < 0:
		for ; p.got/step > p.shown; p.shown++ {
			fmt.Fprintf(os.Stderr, " %d MB", (p.shown+1)*step>>20)
		}
	case p.size > smallFile: // no checksum
		for ; p.got*10/p.size > p.shown; p.shown++ {
			fmt.Fprintf(os.Stderr, " %d%%", (p.shown+1)*10)
			if p.shown == 9 {
				fmt.Fprintf(os.Stderr, " of %.1f MB, unpacking ...\n", float64(p.size)/1e6)
			}
		}
	}
}
