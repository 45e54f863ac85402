package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// A sample is one contender in one round of one cell.
type sample struct {
	outcome
	server, postgres, own time.Duration // CPU of the server, the database, and the benchmark itself
	others                time.Duration // CPU of all else on this machine
	peak                  int64
	skipped               bool
	foreign               bool // the database is not a process of this machine
}

// each is an amount of CPU per response.
func (s sample) each(d time.Duration) float64 { return d.Seconds() / float64(max(s.ok, 1)) }

// rate is complete responses a second.
func (s sample) rate() float64 { return float64(s.ok) / s.wall.Seconds() }

// A key is a cell and who was measured in it.
type key struct {
	table   string
	clients int
	name    string
}

// results are all samples, in the order of the rounds.
type results struct {
	options  options
	database string
	tables   []table
	cells    map[key][]sample
	memory   []memoryResult
}

func (r *results) add(c cell, name string, s sample) {
	k := key{c.table.name, c.clients, name}
	r.cells[k] = append(r.cells[k], s)
}

// median of what f gives for the samples of k; NaN if there are none.
func (r *results) median(k key, f func(sample) float64) float64 {
	var values []float64
	for _, s := range r.cells[k] {
		if !s.skipped {
			values = append(values, f(s))
		}
	}
	return median(values)
}

// spread is the least and the greatest of f over the rounds.
func (r *results) spread(k key, f func(sample) float64) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, s := range r.cells[k] {
		least, most = min(least, f(s)), max(most, f(s))
	}
	return least, most
}

// ratio is the median over the rounds of f for a, divided by f for b in the
// same round: what slows a whole round down does not count.
func (r *results) ratio(a, b key, f func(sample) float64) float64 {
	var values []float64
	for _, pair := range r.rounds(a, b) {
		values = append(values, f(pair[0])/f(pair[1]))
	}
	return median(values)
}

// rounds are the samples of a and b in the same rounds.
func (r *results) rounds(a, b key) (pairs [][2]sample) {
	for i := range min(len(r.cells[a]), len(r.cells[b])) {
		if s, t := r.cells[a][i], r.cells[b][i]; !s.skipped && !t.skipped {
			pairs = append(pairs, [2]sample{s, t})
		}
	}
	return pairs
}

// tied says so if f is not certainly more for a than for b: if chance alone puts a
// coin on one side in as many of the rounds, or in more, once in twenty times (sign test).
// Of two equals one would be beyond a limit of 1 in every second run.
func (r *results) tied(a, b key, f func(sample) float64) string {
	pairs, more := r.rounds(a, b), 0
	for _, pair := range pairs {
		if f(pair[0]) > f(pair[1]) {
			more++
		}
	}
	rounds := len(pairs)
	if rounds == 0 {
		return ""
	}
	chance, ways := 0.0, math.Pow(0.5, float64(rounds)) // ways to choose n rounds, over all outcomes
	for n := range rounds + 1 {
		if n >= more {
			chance += ways
		}
		ways *= float64(rounds-n) / float64(n+1)
	}
	if chance < 0.05 {
		return ""
	}
	return fmt.Sprintf("a tie, more in %d of %d rounds", more, rounds)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// worst is the greatest peak of a contender with a table.
func (r *results) worst(t table, name string) (peak int64) {
	for k, samples := range r.cells {
		if k.table == t.name && k.name == name {
			peak = max(peak, slices.MaxFunc(samples, func(a, b sample) int { return cmp.Compare(a.peak, b.peak) }).peak)
		}
	}
	return peak
}

// busy is how many answers were a 503.
func (r *results) busy(k key) (n int) {
	for _, s := range r.cells[k] {
		n += s.busy
	}
	return n
}

func wall(s sample) float64      { return s.wall.Seconds() }
func perSecond(s sample) float64 { return s.rate() }
func serverCPU(s sample) float64 { return s.each(s.server) }
func databaseCPU(s sample) float64 {
	if s.foreign {
		return math.NaN()
	}
	return s.each(s.postgres)
}

func firstByte(s sample) float64 { return s.first.Seconds() }
