// Package tally counts numbered tests, so that a run can say in one line how
// many of its rows passed, and fails if one is missing.
package tally

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// A Tally is the outcome of the numbered tests of one package. Its methods may
// be called by tests that run in parallel.
type Tally struct {
	Name string // what the line begins with
	Rows int    // how many numbers there are, from 1

	mu       sync.Mutex
	passed   []int
	failed   []int
	postgres string
}

// TB is what a Tally needs of a *testing.T.
type TB interface {
	Failed() bool
	Cleanup(func())
}

// Add makes t a test of row n. version is that of the PostgreSQL server, as in server_version_num.
func (m *Tally) Add(t TB, n, version int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.postgres = fmt.Sprintf("%d.%d", version/10000, version%100)
	t.Cleanup(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if t.Failed() {
			m.failed = append(m.failed, n)
		} else {
			m.passed = append(m.passed, n)
		}
	})
}

// Report prints the outcome, and appends it to the file that
// DBCONTENTS_TEST_REPORT names, as go test shows the output of a package that
// passes only with -v. Of a whole run it wants every row.
func (m *Tally) Report(whole bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	passed, failed := distinct(m.passed), distinct(m.failed)
	passed = slices.DeleteFunc(passed, func(n int) bool { return slices.Contains(failed, n) })
	line := fmt.Sprintf("%s: %d passed", m.Name, len(passed))
	if len(failed) > 0 {
		line += fmt.Sprintf(", failed %v", failed)
	}
	line += fmt.Sprintf(", %d total, PostgreSQL %s", m.Rows, m.postgres)
	fmt.Println(line)
	if !whole {
		return nil
	}
	if len(passed) != m.Rows {
		return fmt.Errorf("%s: %d rows passed, not %d", m.Name, len(passed), m.Rows)
	}
	return appendReport(line)
}

func distinct(rows []int) []int {
	rows = slices.Clone(rows)
	slices.Sort(rows)
	return slices.Compact(rows)
}

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
