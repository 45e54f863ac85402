package faults

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const (
	rows        = 60
	maxOmitted  = 3
	parallelism = "24" // most rows wait: for a timeout, or for the database
)

func TestMain(m *testing.M) {
	flag.Parse()
	whole := true
	parallel := parallelism
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.list":
			whole = whole && f.Value.String() == ""
		case "test.parallel":
			parallel = f.Value.String()
		}
	})
	flag.Set("test.parallel", parallel)
	stopNames := serveNames()
	code := pgtest.Main(m)
	stopNames()
	for _, err := range []error{private.stop(), mortal.stop(), removeProgram(), matrix.report(whole && code == 0), goleak.Find(idleHTTP...)} {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// idleHTTP are the connections that the client of a Docker engine keeps.
var idleHTTP = []goleak.Option{
	goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
	goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
}

// matrix is what the rows came to.
var matrix tally

type tally struct {
	mu       sync.Mutex
	passed   []int
	failed   []int
	omitted  []string // with reasons
	postgres string
}

// begin makes t the test of row n, in parallel with others.
func begin(t *testing.T, n int) {
	t.Helper()
	t.Parallel()
	version := pgtest.ServerVersion(t)
	matrix.mu.Lock()
	defer matrix.mu.Unlock()
	matrix.postgres = fmt.Sprintf("%d.%d", version/10000, version%100)
	t.Cleanup(func() {
		matrix.mu.Lock()
		defer matrix.mu.Unlock()
		if t.Failed() {
			matrix.failed = append(matrix.failed, n)
		} else {
			matrix.passed = append(matrix.passed, n)
		}
	})
}

// report prints the outcome; of a whole run it wants all rows.
func (m *tally) report(whole bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.Sort(m.passed)
	line := fmt.Sprintf("fault matrix: %d passed, %d not injected", len(m.passed), len(m.omitted))
	if len(m.omitted) > 0 {
		line += " (" + strings.Join(m.omitted, "; ") + ")"
	}
	if len(m.failed) > 0 {
		line += fmt.Sprintf(", failed %v", m.failed)
	}
	line += fmt.Sprintf(", %d total, PostgreSQL %s", rows, m.postgres)
	fmt.Println(line)
	if !whole {
		return nil
	}
	switch distinct := slices.Compact(m.passed); {
	case len(distinct)+len(m.omitted) != rows:
		return fmt.Errorf("the matrix has %d rows, not %d", len(distinct)+len(m.omitted), rows)
	case len(m.omitted) > maxOmitted:
		return fmt.Errorf("%d rows were not injected; at most %d may be", len(m.omitted), maxOmitted)
	}
	return appendReport(line)
}

// appendReport puts the line where the gate finds it, as go test shows the
// output of a package that passes only with -v.
func appendReport(line string) error {
	name := os.Getenv("DBCONTENTS_TEST_REPORT")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}
