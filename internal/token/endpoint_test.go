package token_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An endpoint stands in for the network: it answers requests for keys as it is told
// to, and notes when they came.
type endpoint struct {
	mu     sync.Mutex
	body   string        // what is served
	header http.Header   // with it
	err    error         // or this
	hangs  bool          // or nothing, until the request is cancelled
	takes  time.Duration // after so long
	calls  []time.Time
	urls   []string
}

var errOutage = errors.New("connection refused")

func (e *endpoint) client() *http.Client { return &http.Client{Transport: e} }

// set changes what is served.
func (e *endpoint) set(change func(e *endpoint)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e)
}

func (e *endpoint) serve(signers ...signer) {
	e.set(func(e *endpoint) { e.body, e.err, e.hangs = jwks(signers...), nil, false })
}

func (e *endpoint) fail() { e.set(func(e *endpoint) { e.err = errOutage }) }

// count is the number of requests so far.
func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls)
}

// gaps are the times between the requests.
func (e *endpoint) gaps() (gaps []time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := 1; i < len(e.calls); i++ {
		gaps = append(gaps, e.calls[i].Sub(e.calls[i-1]))
	}
	return gaps
}

// RoundTrip implements [http.RoundTripper].
func (e *endpoint) RoundTrip(request *http.Request) (*http.Response, error) {
	e.mu.Lock()
	e.calls, e.urls = append(e.calls, time.Now()), append(e.urls, request.URL.String())
	body, header, err, hangs, takes := e.body, e.header.Clone(), e.err, e.hangs, e.takes
	e.mu.Unlock()
	if hangs {
		takes = time.Hour
	}
	select {
	case <-time.After(takes):
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
}
