package browser

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// sales refer to the table that the quickstart serves.
const sales = `
CREATE TABLE sale (id int PRIMARY KEY, item bigint NOT NULL REFERENCES test_table, customer text, quantity int NOT NULL, note text);
COMMENT ON TABLE sale IS 'what was sold, and to whom';
INSERT INTO sale SELECT i, 1 + i % 5, (ARRAY['Mary', 'Rosemary', 'John, "Jack"', NULL, ''])[1 + i % 5 * 3 % 5], i * 7 % 50,
	CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'for "the shop", again' END FROM generate_series(1, 60) i;
ANALYZE`

// spot is where the middle of an element is that a mouse can reach: it is in the window, and nothing
// lies above it. It is null if there is no such element.
const spot = `((selector, text) => {
	const e = Array.from(document.querySelectorAll(selector)).find(e => text === '' || e.textContent.trim() === text);
	if (!e) return null;
	e.scrollIntoView({block: 'nearest', inline: 'nearest'});
	const r = e.getClientRects()[0];
	if (!r) return null;
	const x = r.left + r.width / 2, y = r.top + r.height / 2, top = document.elementFromPoint(x, y);
	return top && e.contains(top) ? [x, y] : null;
})`

// press moves the mouse to the first element of a CSS selector that has the text, if there is one, and clicks.
func (b *tab) press(selector, text string) chromedp.Action[chromedp.Void] {
	b.Helper()
	at := eval[[]float64](b, spot+"("+quoted(selector)+","+quoted(text)+")")
	if len(at) != 2 {
		b.Fatalf("nobody can click on %s %q on %s", selector, text, b.address())
	}
	return chromedp.MouseClickXY(at[0], at[1])
}

// follow clicks on what leads to another page, and waits for it.
func (b *tab) follow(selector, text string) {
	b.Helper()
	click := b.press(selector, text)
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, click); err != nil {
		b.Fatalf("%s %q on %s: %v", selector, text, b.address(), err)
	}
}

// downloaded is the file that a click leads to, with its name.
func (b *tab) downloaded(selector, text string) (name, content string) {
	b.Helper()
	dir := b.TempDir()
	b.run(call(browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}), b.press(selector, text))
	for range 200 {
		files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
		if err != nil {
			b.Fatal(err)
		}
		if len(files) == 1 {
			body, err := os.ReadFile(files[0])
			if err != nil {
				b.Fatal(err)
			}
			return filepath.Base(files[0]), string(body)
		}
		b.run(chromedp.Sleep(50 * time.Millisecond))
	}
	b.Fatalf("%s %q on %s downloads nothing", selector, text, b.address())
	return "", ""
}

// asCSV is what the page shows, as CSV: null is nothing, and an empty text is two quotes.
func (b *tab) asCSV() string {
	b.Helper()
	lines := eval[[][]string](b, `[Array.from(document.querySelectorAll('#rows thead tr:first-child bdi'), e => e.textContent)].concat(
		Array.from(document.querySelectorAll('#rows tbody tr'), r => Array.from(r.cells, c => c.querySelector('i') ? '' : c.textContent === '' ? '""' :
			/[",\r\n]/.test(c.textContent) ? '"' + c.textContent.replaceAll('"', '""') + '"' : c.textContent)))`)
	var csv strings.Builder
	for _, line := range lines {
		csv.WriteString(strings.Join(line, ",") + "\r\n")
	}
	return csv.String()
}

// Somebody who knows no address, no query language and no key finds what they look for, and takes it
// along: they click, and type one word.
func TestByMouseAlone(t *testing.T) {
	t.Parallel()
	seed, err := os.ReadFile("../../examples/quickstart/seed.sql")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, serve(t, string(seed), sales))
	b.run(chromedp.EmulateViewport(1280, 800))
	b.visit("/")

	b.follow(".index a", "sale")
	b.at("/dbcontents/sale")
	b.run(b.press(`[aria-label="Filter customer"]`, ""), chromedp.KeyEvent("MARY"))
	b.follow("button", "Filter by the fields below")
	b.at("/dbcontents/sale?customer=ilike.*MARY*")
	if got := b.column("1"); len(got) != 24 {
		t.Errorf("the filter finds %d rows: %q", len(got), got)
	}
	b.follow("#rows thead a", "quantity")
	b.follow("#rows thead a", "quantity")
	const found = "/dbcontents/sale?customer=ilike.*MARY*&order=quantity.desc"
	b.at(found)
	sorted := b.column("4")
	if len(sorted) != 24 || sorted[0] != "49" {
		t.Errorf("sorted by quantity, the rows have %q", sorted)
	}

	item := b.column("2")[0]
	b.follow("#rows tbody tr:first-child td:nth-child(2) a", item)
	b.at("/dbcontents/test_table?id=eq." + item + "&~view=row")
	if value := eval[string](b, "document.querySelector('.row tbody tr:nth-child(2) td').textContent"); value == "" || eval[string](b, "document.querySelector('.row tbody td').textContent") != item {
		t.Errorf("the row of item %s has %q", item, value)
	}
	b.back(found)
	if diff := cmp.Diff(sorted, b.column("4")); diff != "" {
		t.Errorf("back, the rows are others: %s", diff)
	}

	b.run(b.press("summary", "Export"))
	name, content := b.downloaded(".tool[open] p:first-child a", "CSV")
	if diff := cmp.Diff(b.asCSV(), content); diff != "" || name != "sale.csv" || strings.Count(content, "\r\n") != 25 {
		t.Errorf("%s is not what the page shows (-page +file): %s", name, diff)
	}
	b.at(found) // a download leaves the page where it is

	// The quickstart's own table, which has all kinds of values.
	b.run(b.press("h1", "")) // closes what is open
	b.follow("header a", "Tables")
	b.follow(".index a", "test_table")
	b.run(b.press("summary", "Export"))
	name, content = b.downloaded(".tool[open] p:first-child a", "CSV")
	if diff := cmp.Diff(b.asCSV(), content); diff != "" || name != "test_table.csv" || !strings.Contains(content, `"12"" pizza"`) {
		t.Errorf("%s is not what the page shows (-page +file): %s", name, diff)
	}
	b.silent()
}
