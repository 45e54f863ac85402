package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A sample is one contender in one round of one cell.
type sample struct {
	outcome
	server, postgres, own time.Duration // CPU of the server, the database, and the benchmark itself
	peak                  int64
	skipped               bool
	foreign               bool // the database is not a process of this machine
}

// each is an amount of CPU per answer.
func (s sample) each(d time.Duration) float64 { return d.Seconds() / float64(max(s.ok, 1)) }

// rate is complete answers a second.
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

// ratio is the median over the rounds of f for a, divided by f for b in the
// same round: what slows a whole round down does not count.
func (r *results) ratio(a, b key, f func(sample) float64) float64 {
	var values []float64
	for i := range min(len(r.cells[a]), len(r.cells[b])) {
		if s, t := r.cells[a][i], r.cells[b][i]; !s.skipped && !t.skipped {
			values = append(values, f(s)/f(t))
		}
	}
	return median(values)
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
