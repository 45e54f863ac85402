package main

import (
	"fmt"
	"math"
	"strings"
)

// A bar is what a figure has to reach.
type bar struct {
	label string
	value float64
	limit float64
	least bool   // the value must be at least the limit, else at most
	unit  string // of both
}

func (b bar) ok() bool {
	if b.least {
		return b.value >= b.limit
	}
	return b.value <= b.limit
}

func (b bar) String() string {
	sign, verdict := "≤", "**missed**"
	if b.least {
		sign = "≥"
	}
	if b.ok() {
		verdict = "ok"
	}
	value := "?"
	if !math.IsNaN(b.value) {
		value = fmt.Sprintf("%.3g", b.value)
	}
	return fmt.Sprintf("%s %s%s (%s %g%s: %s)", b.label, value, b.unit, sign, b.limit, b.unit, verdict)
}

// barsOf are the bars of one line of the table.
func (r *results) barsOf(t table, name string) string {
	var texts []string
	for _, b := range r.bars(t, name) {
		texts = append(texts, b.String())
	}
	return strings.Join(texts, "; ")
}

func (r *results) bars(t table, name string) []bar {
	at := func(clients int, name string) key { return key{t.rows, clients, name} }
	switch i := len(r.tables); {
	case t == r.tables[0] && (name == oursJSON || name == oursBorrowedJSON):
		limit := 1.1
		if name == oursBorrowedJSON {
			limit = 1.0
		}
		var bars []bar
		for _, n := range []int{1, 16, 64} {
			bars = append(bars, bar{fmt.Sprintf("%d: hand-written", n), r.ratio(at(n, name), at(n, handName), perSecond), limit, true, "x"})
		}
		return bars
	case t == r.tables[1] && name == oursJSON:
		return []bar{{"16: hand-written", r.ratio(at(16, name), at(16, handName), perSecond), 7, true, "x"}}
	case t == r.tables[i-1] && name == oursJSON:
		return []bar{
			{"wall: drain", r.ratio(at(1, name), at(1, drainName), wall), 1.15, false, "x"},
			{"CPU: drain", r.ratio(at(1, name), at(1, drainName), serverCPU), 1.5, false, "x"},
			{"first byte", 1000 * r.median(at(1, name), firstByte), 10, false, " ms"},
			{"peak", mib(r.memoryPeak(t, name)), 25, false, " MiB"},
		}
	case t == r.tables[i-1] && (name == oursNDJSON || name == oursCSV):
		return []bar{
			{"wall: JSON", r.ratio(at(1, name), at(1, oursJSON), wall), 1, false, "x"},
			{"peak", mib(r.memoryPeak(t, name)), 25, false, " MiB"},
		}
	}
	return nil
}
