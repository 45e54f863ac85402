package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

// A tally is what has happened, by class of fault and by what clients did.
type tally struct {
	mu         sync.Mutex
	fault      string // what is broken now
	byFault    map[string]map[string]int64
	byAct      map[string]map[string]int64
	causes     map[string]int64
	violations []string
}

func newTally() *tally {
	return &tally{fault: quiet, byFault: map[string]map[string]int64{}, byAct: map[string]map[string]int64{}, causes: map[string]int64{}}
}

// begin says what is broken from now on.
func (t *tally) begin(fault string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = fault
}

func (t *tally) now() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fault
}

// count counts what a request comes to, for the fault during which it began.
func (t *tally) count(what string, ask func() string) {
	fault := t.now()
	outcome := ask()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, in := range []struct {
		rows map[string]map[string]int64
		row  string
	}{{t.byFault, fault}, {t.byAct, what}} {
		if in.rows[in.row] == nil {
			in.rows[in.row] = map[string]int64{}
		}
		in.rows[in.row][outcome]++
	}
}

func (t *tally) cause(cause string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.causes[cause]++
}

// mostViolations is how many are kept: the first ones tell the most.
const mostViolations = 100

func (t *tally) violation(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.violations) < mostViolations {
		t.violations = append(t.violations, "during "+t.fault+": "+text)
	}
}

// check makes a violation of an error.
func (t *tally) check(what string, err error) {
	if err != nil {
		t.violation(what + ": " + err.Error())
	}
}

// report prints the tables. Everybody has stopped.
func (t *tally) report(w io.Writer, least int64) {
	outcomes := []string{whole, brokenOff, refusal, left, wrong}
	for _, part := range []struct {
		title string
		rows  map[string]map[string]int64
	}{{"broken meanwhile", t.byFault}, {"what clients did", t.byAct}} {
		fmt.Fprintf(w, "\n%-28s %9s", part.title, "requests")
		for _, o := range outcomes {
			fmt.Fprintf(w, " %10s", o)
		}
		fmt.Fprintln(w)
		for _, name := range slices.Sorted(maps.Keys(part.rows)) {
			fmt.Fprintf(w, "%-28s %9d", name, sum(part.rows[name]))
			for _, o := range outcomes {
				fmt.Fprintf(w, " %10d", part.rows[name][o])
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintln(w, "\ncauses of refusals")
	for _, name := range slices.Sorted(maps.Keys(t.causes)) {
		fmt.Fprintf(w, "%-28s %9d\n", name, t.causes[name])
	}
	fmt.Fprintln(w)
	for _, v := range t.violations {
		fmt.Fprintln(w, "VIOLATION", v)
	}
	var all int64
	for _, row := range t.byFault {
		all += sum(row)
	}
	fmt.Fprintf(w, "%d requests, %d classes of faults with at least %d, %d violations\n", all, t.classes(least), least, len(t.violations))
}

func sum(row map[string]int64) (n int64) {
	for _, v := range row {
		n += v
	}
	return n
}

// classes counts those with enough requests.
func (t *tally) classes(least int64) (n int) {
	for name, row := range t.byFault {
		if name != quiet && sum(row) >= least {
			n++
		}
	}
	return n
}

// verdict is nil for a clean run that has tried everything often enough.
func (t *tally) verdict(least int64) error {
	var problems []error
	if n := len(t.violations); n > 0 {
		problems = append(problems, fmt.Errorf("%d violations", n))
	}
	for _, f := range faults {
		if n := sum(t.byFault[f.name]); n < least {
			problems = append(problems, fmt.Errorf("%d requests while broken: %s; want %d, so run longer", n, f.name, least))
		}
	}
	if sum(t.byFault[quiet]) == 0 {
		problems = append(problems, errors.New("no request while nothing was broken"))
	}
	return errors.Join(problems...)
}
