package negotiate

import (
	"math"
	"strconv"
	"strings"
)

// A RangeError says why no row is in a range. Its text is PostgREST's.
type RangeError string

func (e RangeError) Error() string { return string(e) }

// The reasons why no row is in a range.
const (
	// ErrReversed is for a range that ends before it begins.
	ErrReversed RangeError = "The lower boundary must be lower than or equal to the upper boundary in the Range header."
	// ErrDisjoint is for a range that has no row in common with limit and offset.
	ErrDisjoint RangeError = "Limit should be greater than or equal to zero."
)

// Range narrows an offset and a limit to the rows that are also in the range of
// the first line. A limit of 0 means no limit, and a negative one no rows; the
// latter stays as it is. The error is a [RangeError].
//
// PostgREST's ranges have no unit: "0-9" or "10-". Anything else, such as the
// bytes=0- of a browser, is ignored.
func Range(lines []string, offset, limit int64) (newOffset, newLimit int64, err error) {
	if len(lines) == 0 || limit < 0 {
		return offset, limit, nil
	}
	first, last, ok := parseRange(lines[0])
	if !ok {
		return offset, limit, nil
	}
	if last < first {
		return 0, 0, ErrReversed
	}
	if limit > 0 && limit-1 <= math.MaxInt64-offset {
		last = min(last, offset+limit-1)
	}
	if first = max(first, offset); last < first {
		return 0, 0, ErrDisjoint
	}
	if last == math.MaxInt64 {
		return first, 0, nil
	}
	return first, last - first + 1, nil
}

// parseRange reads "a-b" or "a-". The latter ends at the largest number.
func parseRange(s string) (first, last int64, ok bool) {
	a, b, ok := strings.Cut(s, "-")
	if !ok || !isDigits(a) || b != "" && !isDigits(b) {
		return 0, 0, false
	}
	if b == "" {
		return saturated(a), math.MaxInt64, true
	}
	return saturated(a), saturated(b), true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// saturated reads digits. A number that is too large becomes the largest one.
func saturated(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64) // the only possible error is ErrRange
	return n
}

// AppendContentRange appends the value of Content-Range, "first-last/total", for
// so many rows from offset on. A negative total is unknown.
func AppendContentRange(b []byte, offset, rows, total int64) []byte {
	if rows == 0 {
		b = append(b, '*')
	} else {
		b = strconv.AppendInt(b, offset, 10)
		b = strconv.AppendInt(append(b, '-'), offset+rows-1, 10)
	}
	if b = append(b, '/'); total < 0 {
		return append(b, '*')
	}
	return strconv.AppendInt(b, total, 10)
}
