package httpapi

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// narrow applies the Range header to what limit and offset ask for: the rows
// that are in both. PostgREST's ranges have no unit: "0-9" or "10-". Everything
// else, such as a browser's bytes=0-, is ignored, and so is Range but for GET.
func narrow(q *dbcontents.Query, r *http.Request) *problem {
	lines := r.Header["Range"]
	if len(lines) == 0 || r.Method != http.MethodGet || q.Limit < 0 {
		return nil
	}
	first, last, ok := parseRange(lines[0])
	if !ok {
		return nil
	}
	if last < first {
		return unsatisfiable("The lower boundary must be lower than or equal to the upper boundary in the Range header.")
	}
	if q.Limit > 0 && q.Limit-1 <= math.MaxInt64-q.Offset {
		last = min(last, q.Offset+q.Limit-1)
	}
	if first = max(first, q.Offset); last < first {
		return unsatisfiable("Limit should be greater than or equal to zero.")
	}
	q.Offset, q.Limit = first, 0
	if last != math.MaxInt64 {
		q.Limit = last - first + 1
	}
	return nil
}

// parseRange reads "a-b" or "a-"; the latter ends at the greatest number.
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

// saturated reads digits; a number that is too large becomes the largest one.
func saturated(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64) // the error is the range's
	return n
}

func unsatisfiable(details string) *problem {
	return &problem{
		Status: http.StatusRequestedRangeNotSatisfiable, Code: "PGRST103", Cause: "range_invalid", Title: "requested range not satisfiable",
		Message: "Requested range not satisfiable", Details: &details,
		Hint: "ask for rows that there are, with Range: first-last or with limit and offset",
	}
}

// contentRange appends "first-last/total": rows is how many there are from
// offset on, and total is negative if it is not known.
func contentRange(b []byte, offset, rows, total int64) []byte {
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

// rangeStatus is the status of an answer of so many rows out of total.
func rangeStatus(rows, total int64) int {
	if total > rows {
		return http.StatusPartialContent
	}
	return http.StatusOK
}

// beyond is the problem of an offset behind the last row.
func beyond(offset, total int64) *problem {
	return unsatisfiable("An offset of " + strconv.FormatInt(offset, 10) + " was requested, but there are only " + strconv.FormatInt(total, 10) + " rows.")
}
