package main

import (
	"fmt"
	"math"
	"strings"
)

// none is the limit of a figure that is shown and has no bar.
var none = math.NaN()

// A bar is what a figure has to reach.
type bar struct {
	label string
	value float64
	limit float64
	least bool   // the value must be at least the limit, else at most
	unit  string // of both
	tie   string // why a value beyond the limit does not miss it; see tied
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
	} else if b.tie != "" {
		verdict = b.tie
	}
	value := "?"
	if !math.IsNaN(b.value) {
		value = fmt.Sprintf("%.3g", b.value)
		if fmt.Sprintf("%.3g", b.limit) == value && !b.ok() {
			value = fmt.Sprintf("%.5g", b.value) // missed by less than can be seen
		}
	}
	if math.IsNaN(b.limit) {
		return b.label + " " + value + b.unit
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
	at := func(clients int, name string) key { return key{t.name, clients, name} }
	byHand := func(clients int, limit float64) bar {
		return bar{fmt.Sprintf("%d: hand-written", clients), r.ratio(at(clients, name), at(clients, handName), perSecond), limit, true, "x", ""}
	}
	plain := func(clients int) bar {
		return bar{fmt.Sprintf("%d: without a session", clients), r.ratio(at(clients, name), at(clients, oursJSON), perSecond), none, true, "x", ""}
	}
	last := len(r.tables) - 1
	switch {
	case t == r.tables[0] && (name == oursJSON || name == oursBorrowedJSON):
		return []bar{byHand(1, none), byHand(16, none), byHand(64, none)}
	case (t == r.tables[0] || t == r.tables[1]) && name == oursSessionJSON:
		return []bar{plain(1), plain(16), plain(64)}
	case t == r.tables[1] && name == oursJSON:
		return []bar{byHand(1, 1.1), byHand(16, 1.1), byHand(64, 1.1)}
	case t == r.tables[1] && name == oursBorrowedJSON:
		return []bar{byHand(1, 1), byHand(16, 1), byHand(64, 1)}
	case t == r.tables[2] && name == oursJSON:
		return []bar{byHand(16, 7)}
	case t == r.tables[last] && name == oursJSON:
		return []bar{
			{"wall: drain", r.ratio(at(1, name), at(1, drainName), wall), 1.15, false, "x", ""},
			{"CPU: drain", r.ratio(at(1, name), at(1, drainName), serverCPU), 1.5, false, "x", ""},
			{"first byte", 1000 * r.median(at(1, name), firstByte), 10, false, " ms", ""},
			{"peak", mib(r.memoryPeak(t, name)), 25, false, " MiB", ""},
		}
	case t == r.tables[last] && (name == oursNDJSON || name == oursCSV):
		return []bar{
			{"wall: JSON", r.ratio(at(1, name), at(1, oursJSON), wall), 1, false, "x", r.tied(at(1, name), at(1, oursJSON), wall)},
			{"peak", mib(r.memoryPeak(t, name)), 25, false, " MiB", ""},
		}
	}
	return nil
}
