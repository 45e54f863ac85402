package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
)

// wait is how long a test waits for what should come soon. It is for busy machines.
const wait = 30 * time.Second

// A rig is a Store and a Handler around it, as a program has them, whose every
// answer, error and log line is searched for the password at the end.
type rig struct {
	*testing.T
	store   *dbcontents.Store
	handler *httpapi.Handler
	url     string
	heal    func()   // ends a fault that lasts
	secrets []string // nobody is told
	inside  []string // clients are not told: role and address

	mu   sync.Mutex
	told bytes.Buffer // all that was said to anyone
	seen []httpapi.Observation
}

// build makes a rig. Of options, Log and Observe are the rig's.
func build(t *testing.T, config dbcontents.Config, options httpapi.Options) *rig {
	t.Helper()
	r := &rig{T: t, heal: func() {}}
	r.hide(config.ConnString)
	if len(config.Tables) == 0 && !config.AllTables {
		config.Tables = []string{"test_table"}
	}
	// A row sets the limit that it is about; no other one may come first on a busy machine.
	for limit, generous := range map[*time.Duration]time.Duration{
		&config.ConnectTimeout: wait, &config.AcquireTimeout: 2 * wait, &config.FirstRowTimeout: 2 * wait, &config.LockTimeout: wait,
	} {
		if *limit == 0 {
			*limit = generous
		}
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	r.store = store
	options.Log = slog.New(slog.NewTextHandler(r, nil))
	options.Observe = func(request *http.Request, o httpapi.Observation) {
		options.Log.Info("request", "route", o.Route, "status", o.Status, "cause", o.Cause, "error", o.Err)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, o)
	}
	r.handler = httpapi.New(store, options)
	server := httptest.NewUnstartedServer(r.handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(r, nil), slog.LevelWarn)
	server.Start()
	r.url = server.URL
	t.Cleanup(func() {
		server.Close()
		r.released()
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		r.keptSecret()
	})
	return r
}

// hide takes from a connection string what may not be told.
func (r *rig) hide(dsn string) {
	u := parse(r.T, dsn)
	if password, ok := u.User.Password(); ok && password != "" {
		r.secrets = append(r.secrets, password)
	}
	r.inside = append(r.inside, u.User.Username(), u.Host)
}

// Write takes what is logged.
func (r *rig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told.Write(p)
}

func (r *rig) keptSecret() {
	r.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range r.secrets {
		if strings.Contains(r.told.String(), secret) {
			r.Errorf("the password is told:\n%s", r.told.String())
		}
	}
}

// released waits until no connection is in use.
func (r *rig) released() {
	r.Helper()
	r.eventually("no connection is in use", func() bool { return r.store.Stats().AcquiredConns == 0 })
}

// eventually waits for what takes effect outside of the test.
func (r *rig) eventually(what string, ok func() bool) {
	r.Helper()
	eventually(r.T, what, ok)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", wait, what)
		}
	}
}

// An answer is what an HTTP client gets.
type answer struct {
	*http.Response
	body string
	err  error // of reading the body
}

// get asks for a path.
func (r *rig) get(path string, header ...string) answer {
	r.Helper()
	return r.do(http.MethodGet, path, header...)
}

func (r *rig) do(method, path string, header ...string) answer {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), method, r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Fprintf(r, "%v %s\n", response.Header, body[:min(len(body), 100_000)])
	return answer{response, string(body), err}
}

// problem decodes a problem document.
func (r *rig) problem(a answer) (p struct{ Cause, Hint, Message string }) {
	r.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		r.Errorf("the answer is %s, %s: %.300s", a.Status, got, a.body)
	} else if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		r.Errorf("%v: %s", err, a.body)
	}
	return p
}

// read is what a Go caller does. Its error is searched for the password, too.
func (r *rig) read(table string) error {
	rows, err := r.store.Query(r.Context(), dbcontents.Query{Table: table})
	if err == nil {
		for rows.Next() {
		}
		err = rows.Close()
	}
	r.note(err)
	return err
}

func (r *rig) note(err error) {
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(r, "%v %+v %#v\n", e, e, e)
	}
}

// healthy waits until the table is served, and then wants it to be at once.
func (r *rig) healthy(table string) {
	r.Helper()
	r.eventually("the next healthy request succeeds", func() bool { return r.get("/dbcontents/"+table).StatusCode == http.StatusOK })
	if err := r.read(table); err != nil {
		r.Errorf("a healthy read: %v", err)
	}
	r.released()
}
