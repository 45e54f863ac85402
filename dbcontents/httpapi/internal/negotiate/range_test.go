package negotiate_test

import (
	"math"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

func TestRange(t *testing.T) {
	t.Parallel()
	const largest = math.MaxInt64
	for _, tt := range []struct {
		reason                string
		header                string // none if empty
		offset, limit         int64
		wantOffset, wantLimit int64
		err                   error
	}{
		{"no header", "", 3, 2, 3, 2, nil},
		{"first and last", "0-1", 0, 0, 0, 2, nil},
		{"open end", "12-", 0, 0, 12, 0, nil},
		{"one row", "5-5", 0, 0, 5, 1, nil},
		{"a number that is too large", "99999999999999999999-", 0, 0, largest, 0, nil},
		{"bytes are ignored", "bytes=0-1", 3, 2, 3, 2, nil},
		{"a suffix is ignored", "-5", 3, 2, 3, 2, nil},
		{"text is ignored", "a-b", 3, 2, 3, 2, nil},
		{"a sign is ignored", "+1-2", 3, 2, 3, 2, nil},
		{"reversed", "10-2", 0, 0, 0, 0, negotiate.ErrReversed},
		{"no rows stay no rows", "5-1", 0, -1, 0, -1, nil},
		{"the limit ends first", "0-9", 0, 2, 0, 2, nil},
		{"the range begins later", "3-9", 0, 5, 3, 2, nil},
		{"the offset is later", "3-9", 8, 0, 8, 2, nil},
		{"nothing in common", "5-9", 0, 2, 0, 0, negotiate.ErrDisjoint},
		{"offset and limit together are too large", "0-9", largest, 2, 0, 0, negotiate.ErrDisjoint},
		{"the limit of an open range", "2-", 0, 5, 2, 3, nil},
	} {
		var lines []string
		if tt.header != "" {
			lines = []string{tt.header, "0-0"}
		}
		offset, limit, err := negotiate.Range(lines, tt.offset, tt.limit)
		if offset != tt.wantOffset || limit != tt.wantLimit || err != tt.err {
			t.Errorf("%s: got offset %d, limit %d, %v", tt.reason, offset, limit, err)
		}
	}
}

func TestAppendContentRange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		offset, rows, total int64
		want                string
	}{
		{0, 15, -1, "0-14/*"},
		{3, 2, 15, "3-4/15"},
		{99, 0, -1, "*/*"},
		{0, 0, 0, "*/0"},
	} {
		if got := string(negotiate.AppendContentRange(nil, tt.offset, tt.rows, tt.total)); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}
