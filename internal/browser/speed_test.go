package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A timing is what the browser knows of how a page was loaded, in bytes and milliseconds.
type timing struct {
	Cells                       int
	Wire, First, Whole, Painted float64
}

// A page of a thousand rows of twenty columns is small on the wire. How long the browser takes for it,
// from the first byte until it has all and has laid it out, depends on the machine, and is logged.
func TestLargePage(t *testing.T) { // not beside others, which would be measured as well
	columns := make([]string, 19)
	for i := range columns {
		columns[i] = "i * 7 % 1000 AS c" + string(rune('a'+i))
	}
	b := open(t, serve(t, "CREATE TABLE lean AS SELECT i AS id, "+strings.Join(columns, ", ")+" FROM generate_series(1, 1000) i; ALTER TABLE lean ADD PRIMARY KEY (id); ANALYZE lean"))
	var took []float64
	for range 5 {
		b.visit("/dbcontents/lean?limit=1000")
		seen, err := chromedp.Run(b.ctx, chromedp.Evaluate[timing](`new Promise(done => requestAnimationFrame(() => setTimeout(() => {
			const n = performance.getEntriesByType('navigation')[0];
			done({cells: document.querySelectorAll('#rows tbody tr > *').length, wire: n.transferSize, first: n.responseStart - n.requestStart,
				whole: n.domComplete - n.responseStart, painted: performance.now() - n.responseStart});
		})))`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if seen.Cells != 20_000 || seen.Wire > 300<<10 {
			t.Errorf("the page has %d cells and takes %.0f bytes", seen.Cells, seen.Wire)
		}
		took = append(took, seen.Whole)
		t.Logf("%.0f KiB on the wire; the first byte after %.0f ms, the whole page %.0f ms later, and it was painted after %.0f ms", seen.Wire/1024, seen.First, seen.Whole, seen.Painted)
	}
	slices.Sort(took)
	t.Logf("from the first byte to the whole page: the median of %.0f is %.0f ms", took, took[2])
	b.silent()
}
