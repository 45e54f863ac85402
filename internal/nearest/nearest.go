// Package nearest finds the name that was probably meant.
package nearest

import (
	"strings"
	"unicode/utf8"
)

// most is the longest name that is compared, and the most names that are: both
// may come from strangers.
const most = 63

// Of returns the one of names that differs least from name: by few enough
// insertions, deletions, changes and swaps of neighbours that it is likely what
// was meant, without regard to case. It is empty if there is none.
func Of(name string, names ...string) string {
	if name == "" || len(name) > most {
		return ""
	}
	wrong := []rune(strings.ToLower(name))
	best, least := "", 1+max(1, len(wrong)/3)
	for _, candidate := range names[:min(len(names), 2000)] {
		if len(candidate) > 4*most || candidate == name {
			continue
		}
		right := utf8.RuneCountInString(candidate)
		// Words as short as "eq" have many neighbours.
		if right-len(wrong) >= least || len(wrong)-right >= least || len(wrong) < 2 {
			continue
		}
		if d := distance(wrong, []rune(strings.ToLower(candidate))); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of edits between a and b, a swap of neighbours being one.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
