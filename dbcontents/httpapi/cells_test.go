package httpapi

import (
	"reflect"
	"strings"
	"testing"
)

// However the CSV is cut into parts, the cells are the same.
func TestCells(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxCell)
	const text = "a,b,c\r\n1,,\"\"\r\n\"x,\"\"y\"\"\r\n\",\"\"\"\",\"\"\"\"\"\"\r\n"
	csv := text + "\"" + long + "\"," + strings.Repeat("z", maxCell) + "," + strings.Repeat("z", maxCell+1) + "\r\n,,\r\nbeyond,,\r\n"
	want := [][]cell{
		{{Text: "1"}, {Null: true}, {}},
		{{Text: "x,\"y\"\r\n"}, {Text: `"`}, {Text: `""`}},
		{{Text: long[:maxCell], Cut: true}, {Text: strings.Repeat("z", maxCell)}, {Text: strings.Repeat("z", maxCell), Cut: true}},
		{{Null: true}, {Null: true}, {Null: true}},
	}
	for _, size := range []int{1, 2, 3, 7, 100, len(csv)} {
		stopped := 0
		c := cells{columns: 3, maxRows: 4, stop: func() { stopped++ }}
		for rest := csv; rest != ""; {
			n := min(size, len(rest))
			if written, err := c.Write([]byte(rest[:n])); written != n || err != nil {
				t.Fatal(written, err)
			}
			rest = rest[n:]
		}
		if !reflect.DeepEqual(c.rows, want) || !c.more || c.full || stopped != 1 {
			t.Errorf("parts of %d: %v, more %v, full %v, stopped %d times", size, c.rows, c.more, c.full, stopped)
		}
	}
	c := cells{maxRows: 4}
	if c.Write([]byte("\r\n\r\n\r\n")); len(c.rows) != 2 || len(c.rows[0]) != 0 {
		t.Errorf("rows without columns: %v", c.rows)
	}
}
