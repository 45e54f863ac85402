package dbcontents

import "strings"

// nearest is the name that was probably meant by one that does not exist, or
// "". The longer it is, the more of it may be wrong.
func nearest(name string, names []string) (best string) {
	least := min(len(name)/4+2, len(name)-1) + 1
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return n
		}
		if d := distance(strings.ToLower(name), strings.ToLower(n), least); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is how many bytes must be put in, left out or exchanged to make b
// of a (Levenshtein's), or most if that is not fewer.
func distance(a, b string, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			exchanged := corner
			if a[i] != b[j] {
				exchanged++
			}
			corner = row[j+1]
			row[j+1] = min(exchanged, corner+1, row[j]+1)
		}
	}
	return min(row[len(b)], most)
}
