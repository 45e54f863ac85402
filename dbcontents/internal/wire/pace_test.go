package wire

import (
	"errors"
	"io"
	"slices"
	"testing"
)

// sized reads give as many bytes as they say.
type sized []int

func (s *sized) Read(buf []byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	n := (*s)[0]
	*s = (*s)[1:]
	return n, nil
}

func repeat(n int, sizes ...int) []int { return slices.Repeat(sizes, n) }

func TestPacer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		sizes  []int
		pauses int
	}{
		{"small results", repeat(1000, 300), 0},
		{"a result of some blocks", append(repeat(bulk, serverBlock), 100), 1},
		{"many such results", append(append(repeat(bulk-1, serverBlock), 100), append(repeat(bulk-1, serverBlock), 100)...), 0},
		{"a bulk that gathers", append(repeat(bulk, serverBlock), repeat(100, 3*serverBlock)...), 100},
		{"one record at a time", repeat(bulk+1+retryPause+bulk, serverBlock), 1},
		{"and once more after a while", repeat(bulk+1+retryPause+bulk+1, serverBlock), 2},
		{"a bulk of which now a little has gathered and now much", append(repeat(bulk, serverBlock), repeat(50, 3*serverBlock, readBuffer)...), 51},
		{"a server that is faster", repeat(1000, readBuffer), 0},
		{"a slow network", repeat(1000, 1448), 0},
	} {
		pauses := 0
		sizes := sized(tt.sizes)
		p := &pacer{r: &sizes, pause: func() { pauses++ }}
		buf := make([]byte, readBuffer)
		var err error
		for err == nil {
			_, err = p.Read(buf)
		}
		if !errors.Is(err, io.EOF) || pauses > tt.pauses+1 || pauses < tt.pauses {
			t.Errorf("%s: %d pauses, want %d and perhaps one before the end; %v", tt.reason, pauses, tt.pauses, err)
		}
	}
}

// A result that ended together with a block must not make the next one wait.
func TestPacerBegins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason  string
		crowded bool
		blocks  int
		pauses  int
	}{
		{"alone", false, bulk, 0},
		{"alone, and more", false, bulk + 1, 1},
		{"with others", true, crowdedBulk, 0},
		{"with others, and more", true, crowdedBulk + 1, 1},
	} {
		pauses := 0
		results := sized(repeat(2*tt.blocks, 2*serverBlock))
		p := &pacer{r: &results, pause: func() { pauses++ }}
		buf := make([]byte, readBuffer)
		for range 2 {
			p.begin(tt.crowded)
			for range tt.blocks {
				if _, err := p.Read(buf); err != nil {
					t.Fatal(err)
				}
			}
		}
		if pauses != 2*tt.pauses {
			t.Errorf("%s: %d pauses in two results of %d blocks, want %d", tt.reason, pauses, tt.blocks, 2*tt.pauses)
		}
	}
}
