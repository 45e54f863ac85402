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
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// Version is the PostgreSQL that is downloaded.
const Version = string(embeddedpostgres.V17)

const archiveLimit = 128 << 20 // several times the size of PostgreSQL 17

// silence is how long a repository may send nothing. It is a variable for tests.
var silence = 30 * time.Second

// Fetch downloads, verifies and unpacks the programs into a new directory
// programs, below which they are in bin. It shows progress on standard error.
// Other files are made in the directory stage, for the caller to remove.
//
// The repository is trusted. Its checksum, which must be there, detects damage.
//
// While Fetch runs, the process's http.DefaultClient and TMPDIR are changed, so
// nothing else may run then.
func Fetch(ctx context.Context, repository, stage, programs string) error {
	// The library fetches only as the first part of a start, which then would run
	// PostgreSQL, as root too, and leave it behind when this process is killed. So
	// its start ends there: it is given a data directory that it cannot clear, as no
	// path that ends in a dot can be removed.
	defer setenv("TMPDIR", stage)() // for a log that it never removes
	runtime := filepath.Join(stage, "runtime")
	library := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V17).
		BinaryRepositoryURL(repository).
		CachePath(filepath.Join(stage, "archive")).
		BinariesPath(programs).
		RuntimePath(runtime).
		DataPath(stage + "/none/.").
		Port(0).
		Logger(io.Discard))
	c := newCourier(ctx, strings.HasPrefix(repository, "https:"))
	defer c.end()
	err := c.carry(library.Start)
	if failed := c.failed(); failed != nil {
		return failed // the library's own words leave the cause out
	}
	if _, missing := os.Stat(runtime); missing == nil {
		return nil // it makes this directory when all is unpacked
	}
	return err
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

// courier carries the library's requests and adds what it lacks: an end when the
// context ends or the repository falls silent, a limit of bytes, a checksum that
// must be there, the cause of a failure, and progress.
type courier struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	alarm  *time.Timer
	secure bool // HTTPS only, also behind redirects

	mu  sync.Mutex
	err error // the first
}

func newCourier(ctx context.Context, secure bool) *courier {
	c := &courier{secure: secure}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.alarm = time.AfterFunc(silence, func() { c.cancel(fmt.Errorf("nothing has come for %s", silence)) })
	return c
}

func (c *courier) end() {
	c.alarm.Stop()
	c.cancel(nil)
}

// carry calls get with http.DefaultClient, which is the library's, in the
// courier's hands.
func (c *courier) carry(get func() error) error {
	saved := http.DefaultClient
	defer func() { http.DefaultClient = saved }()
	http.DefaultClient = &http.Client{Transport: c}
	return get()
}

// fail remembers why, with the context's own reason in place of its "canceled".
func (c *courier) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = cmp.Or(c.err, context.Cause(c.ctx), err)
	return c.err
}

func (c *courier) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *courier) RoundTrip(request *http.Request) (*http.Response, error) {
	if c.secure && request.URL.Scheme != "https" {
		return nil, c.fail(errors.New("it leads to a place without HTTPS"))
	}
	response, err := http.DefaultTransport.RoundTrip(request.WithContext(c.ctx))
	if err != nil {
		return nil, c.fail(err)
	}
	redirected := response.StatusCode/100 == 3 && response.Header.Get("Location") != ""
	if response.StatusCode != http.StatusOK && !redirected {
		response.Body.Close()
		// The library would do without a checksum then.
		return nil, c.fail(fmt.Errorf("%s for %s", response.Status, request.URL.Path))
	}
	response.Body = &parcel{ReadCloser: response.Body, courier: c, size: response.ContentLength}
	return response, nil
}

// parcel is the body of a response.
type parcel struct {
	io.ReadCloser
	courier   *courier
	size, got int64 // size is -1 if unknown
	shown     int64 // steps of progress
}

func (p *parcel) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.got += int64(n)
	p.courier.alarm.Reset(silence)
	switch {
	case p.got > archiveLimit:
		err = p.courier.fail(fmt.Errorf("it is larger than %d MB", archiveLimit>>20))
	case err != nil && err != io.EOF:
		err = p.courier.fail(fmt.Errorf("broken off after %d bytes: %w", p.got, err))
	default:
		p.show()
	}
	return n, err
}

func (p *parcel) Close() error {
	if p.shown > 0 && (p.size < 0 || p.got < p.size) {
		fmt.Fprintln(os.Stderr) // ends the line of progress
	}
	return p.ReadCloser.Close()
}

// show adds a step to the line of progress for every tenth of an archive, or for
// every five megabytes if its size is unknown.
func (p *parcel) show() {
	const little, step = 1 << 16, 5 << 20
	switch {
	case p.size < 0:
		for ; p.got/step > p.shown; p.shown++ {
			fmt.Fprintf(os.Stderr, " %d MB", (p.shown+1)*step>>20)
		}
	case p.size > little: // no checksum
		for ; p.got*10/p.size > p.shown; p.shown++ {
			fmt.Fprintf(os.Stderr, " %d%%", (p.shown+1)*10)
			if p.shown == 9 {
				fmt.Fprintf(os.Stderr, " of %.1f MB, unpacking ...\n", float64(p.size)/1e6)
			}
		}
	}
}
