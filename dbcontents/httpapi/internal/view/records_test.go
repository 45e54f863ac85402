package view

import (
	"reflect"
	"strings"
	"testing"
)

type kept struct {
	Text      string
	Null, Cut bool
}

// However the CSV is cut into parts, the cells are the same.
func TestRecords(t *testing.T) {
	t.Parallel()
	const most = 500
	long := strings.Repeat("é", most)
	const text = "a,b,c\r\n1,,\"\"\r\n\"x,\"\"y\"\"\r\n\",\"\"\"\",\"\"\"\"\"\"\r\n"
	csv := text + "\"" + long + "\"," + strings.Repeat("z", most) + "," + strings.Repeat("z", most+1) + "\r\n,,\r\n"
	want := [][]kept{
		{{Text: "1"}, {Null: true}, {}},
		{{Text: "x,\"y\"\r\n"}, {Text: `"`}, {Text: `""`}},
		{{Text: long[:most], Cut: true}, {Text: strings.Repeat("z", most)}, {Text: strings.Repeat("z", most), Cut: true}},
		{{Null: true}, {Null: true}, {Null: true}},
	}
	for _, size := range []int{1, 2, 3, 7, 100, len(csv)} {
		var rows [][]kept
		r := records{columns: 3, most: most, row: keep(&rows)}
		for rest := csv; rest != ""; {
			n := min(size, len(rest))
			if written, err := r.Write([]byte(rest[:n])); written != n || err != nil {
				t.Fatal(written, err)
			}
			rest = rest[n:]
		}
		if !reflect.DeepEqual(rows, want) {
			t.Errorf("parts of %d: %v", size, rows)
		}
	}
	var rows [][]kept
	r := records{most: most, row: keep(&rows)}
	if r.Write([]byte("\r\n\r\n\r\n")); len(rows) != 2 || len(rows[0]) != 0 {
		t.Errorf("rows without columns: %v", rows)
	}
}

func keep(rows *[][]kept) func([]Cell) error {
	return func(cells []Cell) error {
		row := []kept{}
		for _, c := range cells {
			row = append(row, kept{string(c.Text), c.Null, c.Cut})
		}
		*rows = append(*rows, row)
		return nil
	}
}

// Values that are long make those after them shorter, so that a page stays small.
func TestRecordsBudget(t *testing.T) {
	t.Parallel()
	var lengths []int
	r := records{columns: 1, most: maxValue, row: func(cells []Cell) error {
		lengths = append(lengths, len(cells[0].Text))
		return nil
	}}
	r.Write([]byte("a\r\n"))
	for range 300 {
		r.Write([]byte(strings.Repeat("x", 2*maxValue) + "\r\n"))
	}
	if lengths[0] != maxValue || lengths[299] != maxBeginning || cap(r.text) > 4*maxValue {
		t.Errorf("%d, %d, %d bytes kept", lengths[0], lengths[299], cap(r.text))
	}
}
