package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// canary is the password in all that is broken, and must be in no output.
const canary = "Kanarienvogel"

// A breakage is one way in which the contents cannot be served.
type breakage struct {
	reason string
	env    []string
	step   string // where check and /readyz stop
	code   string // what both say; several where the machine decides
	exit   int    // of check
	ready  int    // status of /readyz; 0 if the server does not start
}

// Every way to break the configuration, the network, TLS, authentication, the
// database, its tables and privileges is named by server check and by /readyz,
// alike, within ten seconds, and without the password.
func TestBreakages(t *testing.T) {
	var total, named atomic.Int32
	try := func(all []breakage) {
		var tasks sync.WaitGroup
		free := make(chan struct{}, 6) // most of them wait
		for _, b := range all {
			total.Add(1)
			free <- struct{}{}
			tasks.Go(func() {
				defer func() { <-free }()
				if t.Run(b.reason, b.try) {
					named.Add(1)
				}
			})
		}
		tasks.Wait()
	}
	t.Run("in a container", func(t *testing.T) {
		t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
		for _, b := range inContainer() {
			total.Add(1)
			if t.Run(b.reason, b.try) {
				named.Add(1)
			}
		}
	})
	db := pgtest.New(t, seed, trouble)
	try(slices.Concat(brokenConfiguration(t, db), brokenNetwork(t, db), brokenLogin(t, db), brokenTables(t, db)))
	cluster := newCluster(t)
	try(cluster.brokenTLS(t))
	cluster.full(t, try)
	cluster.frozen(t, try)
	cluster.stopping(t, try)
	fmt.Printf("breakages: %d of %d named\n", named.Load(), total.Load())
	if total.Load() < 40 {
		t.Errorf("%d breakages, want 40", total.Load())
	}
}

// quick are limits that make a test of what does not answer short.
var quick = []string{
	"ADDR=127.0.0.1:0", "DBCONTENTS_CONNECT_TIMEOUT=1s", "DBCONTENTS_ACQUIRE_TIMEOUT=3s", "DBCONTENTS_LOCK_TIMEOUT=200ms", "DBCONTENTS_FIRST_ROW_TIMEOUT=800ms",
}

// limit is how long a diagnosis may take, whatever is broken.
const limit = 10 * time.Second

func (b breakage) try(t *testing.T) {
	env := append(slices.Clone(quick), b.env...)
	start := time.Now()
	exit, stdout, stderr := run(t, []string{"check", "-json"}, env...)
	if took := time.Since(start); took > limit {
		t.Errorf("check took %v", took)
	}
	var report report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	b.diagnosed(t, "check", report.Steps)
	if exit != b.exit || report.OK || stderr == "" {
		t.Errorf("check: exit code %d, want %d: %s", exit, b.exit, stderr)
	}
	shown := stdout + stderr
	if b.ready == 0 {
		exit, stdout, stderr := run(t, nil, env...)
		if exit != b.exit || stderr == "" {
			t.Errorf("the server starts, or ends with exit code %d, want %d: %s", exit, b.exit, stderr)
		}
		shown += stdout + stderr
	} else {
		shown += b.readyz(t, env, report.Steps)
	}
	for _, secret := range secrets(t, env) {
		if strings.Contains(shown, secret) {
			t.Errorf("the password is shown: %s", shown)
		}
	}
}

// readyz asks a server that runs with env, which sees the same steps as check
// did, and returns all that it has shown.
func (b breakage) readyz(t *testing.T, env []string, checked []step) string {
	t.Helper()
	s := serve(t, env...)
	start := time.Now()
	response, text := s.get(t, "/readyz?verbose")
	if took := time.Since(start); took > limit {
		t.Errorf("/readyz took %v", took)
	}
	var body struct {
		Cause  string
		Broken []struct{ Name, Cause string }
		Steps  []step
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if response.StatusCode != b.ready || len(body.Broken) == 0 {
		t.Fatalf("/readyz: %s, want %d: %s", response.Status, b.ready, text)
	}
	b.diagnosed(t, "/readyz", body.Steps)
	if !b.is(body.Broken[0].Cause) || b.ready != 200 && !b.is(body.Cause) {
		t.Errorf("/readyz says %s, want %s", text, b.code)
	}
	names := func(steps []step) (all []string) {
		for _, s := range steps {
			all = append(all, s.Name)
		}
		return all
	}
	if got, want := names(body.Steps), names(checked[:len(checked)-1]); !slices.Equal(got, want) {
		t.Errorf("/readyz has the steps %v, check %v", got, want)
	}
	s.Stop(t)
	return text + s.Log.String()
}

type report struct {
	OK    bool
	Steps []step
}

type step struct {
	Name, Detail, Code, Hint string
	OK, Reached              bool
}

// diagnosed expects the first step that failed to be the one that was broken,
// with a cure, and no other layer behind it to have been reached.
func (b breakage) diagnosed(t *testing.T, who string, steps []step) {
	t.Helper()
	i := slices.IndexFunc(steps, func(s step) bool { return !s.OK })
	if i < 0 {
		t.Errorf("%s: nothing is wrong: %+v", who, steps)
		return
	}
	if s := steps[i]; !s.Reached || s.Name != b.step || !b.is(s.Code) || s.Hint == "" || s.Detail == "" {
		t.Errorf("%s: stops at %+v, want %s at %s", who, s, b.code, b.step)
	}
	for _, s := range steps[i+1:] {
		if s.Reached && !strings.HasPrefix(b.step, "table ") && b.ready != 200 {
			t.Errorf("%s: goes on to %+v", who, s)
		}
	}
}

func (b breakage) is(code string) bool { return slices.Contains(strings.Fields(b.code), code) }

// secrets are the passwords in an environment.
func secrets(t *testing.T, env []string) []string {
	t.Helper()
	all := []string{canary}
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, "DATABASE_URL="); ok {
			if u, err := url.Parse(value); err == nil && u.User != nil {
				if password, ok := u.User.Password(); ok && password != "" {
					all = append(all, password)
				}
			}
		}
	}
	return all
}

// with is a DSN with a change.
func with(t *testing.T, dsn string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// on makes a DSN the environment, with further variables.
func on(dsn string, more ...string) []string {
	return append([]string{"DATABASE_URL=" + dsn}, more...)
}

// refused is what a closed port of this machine is called here.
func refused() string {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return "loopback_in_container"
		}
	}
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		return "loopback_in_container"
	}
	return "connection_refused"
}
