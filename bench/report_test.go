package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestResults(t *testing.T) {
	t.Parallel()
	r := &results{cells: map[key][]sample{}}
	c := cell{table{"t", 3}, 1}
	for i, rate := range []int{10, 30, 1, 20} {
		r.add(c, "a", sample{outcome: outcome{wall: time.Second, ok: 2 * rate}})
		r.add(c, "b", sample{outcome: outcome{wall: time.Second, ok: rate}, skipped: i == 2})
	}
	a, b := key{"t", 1, "a"}, key{"t", 1, "b"}
	if got := r.median(a, perSecond); got != 30 {
		t.Errorf("median %v, want that of 2, 20, 40, 60", got)
	}
	if got := r.ratio(a, b, perSecond); got != 2 {
		t.Errorf("ratio %v, want 2: every round has it", got)
	}
	if got := r.median(key{"t", 8, "a"}, perSecond); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
}

func TestTied(t *testing.T) {
	t.Parallel()
	c := cell{table{"t", 3}, 1}
	a, b := key{"t", 1, "a"}, key{"t", 1, "b"}
	for _, tt := range []struct {
		more, less int
		want       string
	}{
		{9, 6, "a tie, more in 9 of 15 rounds"},
		{11, 4, "a tie, more in 11 of 15 rounds"},
		{12, 3, ""},
		{15, 0, ""},
		{4, 0, "a tie, more in 4 of 4 rounds"},
		{5, 0, ""},
		{0, 0, ""},
	} {
		r := &results{cells: map[key][]sample{}}
		for i := range tt.more + tt.less {
			took := time.Second
			if i < tt.more {
				took++
			}
			r.add(c, "a", sample{outcome: outcome{wall: took}})
			r.add(c, "b", sample{outcome: outcome{wall: time.Second}})
		}
		if got := r.tied(a, b, wall); got != tt.want {
			t.Errorf("more in %d, less in %d: %q, want %q", tt.more, tt.less, got, tt.want)
		}
	}
}

func TestBars(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]bar{
		"x 1.15x (≤ 1.15x: ok)":         {"x", 1.15, 1.15, false, "x", ""},
		"x 1.16x (≤ 1.15x: **missed**)": {"x", 1.16, 1.15, false, "x", ""},
		"x 1.09x (≥ 1.1x: **missed**)":  {"x", 1.09, 1.1, true, "x", ""},
		"x 1.0004x (≤ 1x: **missed**)":  {"x", 1.0004, 1, false, "x", ""},
		"x 12.3 MiB (≤ 25 MiB: ok)":     {"x", 12.34, 25, false, " MiB", ""},
		"x 0.94x":                       {"x", 0.94, none, true, "x", ""},
		"x 1.0004x (≤ 1x: a tie)":       {"x", 1.0004, 1, false, "x", "a tie"},
		"x 0.99x (≤ 1x: ok)":            {"x", 0.99, 1, false, "x", "a tie"},
		"x ? ms (≤ 10 ms: **missed**)":  {"x", math.NaN(), 10, false, " ms", ""},
	} {
		if got := b.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"1,234,567": thousands(1234567.4), "999": thousands(999), "1,000": thousands(999.6), "?": thousands(math.NaN()),
		"1.23 s": duration(1.234), "12.3 ms": duration(0.01234), "50 µs": duration(50e-6), "0 µs": duration(0),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	document := "before\n" + tableMark + "old\n" + endMark + "after\n"
	got, err := between(document, tableMark, "new\n")
	if want := strings.Replace(document, "old", "new", 1); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for _, bad := range []string{"", tableMark, endMark, endMark + tableMark} {
		if _, err := between(bad, tableMark, "new\n"); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
