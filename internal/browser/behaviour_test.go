package browser

import (
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// address is the query string of the page.
func (b *tab) address() string {
	b.Helper()
	return eval[string](b, "location.pathname + decodeURIComponent(location.search)")
}

func (b *tab) at(want string) {
	b.Helper()
	if got := b.address(); got != want {
		b.Fatalf("the browser is at %s, want %s", got, want)
	}
}

// chips are what the page says is asked for.
func (b *tab) chips() []string {
	b.Helper()
	return eval[[]string](b, "Array.from(document.querySelectorAll('.chips bdi'), e => e.textContent)")
}

// back goes back in the browser's history.
func (b *tab) back(want string) {
	b.Helper()
	b.run(chromedp.Evaluate[chromedp.Void]("history.back()"))
	for range 100 {
		if b.address() == want {
			return
		}
		b.run(chromedp.Sleep(50 * time.Millisecond))
	}
	b.at(want)
}

const rows = "/dbcontents/film?select=film_id,title,rating,length&limit=25"

// Everything that a person does with a table is a link or a form, and each leads to an address that
// means the same to a program.
func TestBehaviour(t *testing.T) {
	t.Parallel()
	server := serve(t)
	t.Run("sort", func(t *testing.T) {
		b := open(t, server)
		b.visit(rows)
		b.click("th:nth-child(4) a")
		b.at(rows + "&order=length")
		b.click("th:nth-child(4) a")
		b.at(rows + "&order=length.desc")
		if sorted := eval[string](b, "document.querySelector('th:nth-child(4)').ariaSort"); sorted != "descending" {
			t.Errorf("aria-sort is %s", sorted)
		}
		b.click("th:nth-child(4) a")
		b.at(rows)
		b.silent()
	})
	t.Run("filter", func(t *testing.T) {
		b := open(t, server)
		b.visit(rows)
		fill := `(() => { const f = document.querySelectorAll('.filter td'); f[1].querySelector('input:not([type=hidden])').value = 'alab_ma';
			f[3].querySelector('select').value = 'gte'; f[3].querySelector('input:not([type=hidden])').value = '100'; })()`
		b.run(chromedp.Evaluate[chromedp.Void](fill))
		b.click("button[form=filter]")
		b.at(rows + `&title=ilike.*alab\_ma*&length=gte.100`)
		if n := eval[int](b, "document.querySelectorAll('#rows tbody tr').length"); n != 0 {
			t.Errorf("an underscore stands for any character: %d rows", n)
		}
		b.click(`.chips li:nth-child(2) a`)
		b.at(rows + "&length=gte.100") // the first chip is that of the columns
		if want := []string{"length ≥ 100", "4 of 14"}; !slices.Contains(b.chips(), want[0]) || !slices.Contains(b.chips(), want[1]) {
			t.Errorf("the chips are %q", b.chips())
		}
		b.click(".chips .clear a")
		b.at("/dbcontents/film?limit=25")
		b.silent()
	})
	t.Run("without a script", func(t *testing.T) {
		b := open(t, server)
		b.visit(rows)
		// A form that is sent by a program runs no script of the page.
		b.click("button[form=filter]")
		b.at(rows)
		b.leads("document.querySelector('.filter input:not([type=hidden])').value = '7', document.getElementById('filter').submit()")
		b.at(rows + "&film_id=eq.7")
		b.silent()
	})
	t.Run("pages", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?order=title&limit=25")
		first := b.column("1")
		b.click("[rel=next]")
		second := b.column("1")
		b.click("[rel=next]")
		b.click("[rel=prev]")
		if diff := cmp.Diff(second, b.column("1")); diff != "" {
			t.Errorf("forth and back: %s", diff)
		}
		b.click("[rel=first]")
		if diff := cmp.Diff(first, b.column("1")); diff != "" || len(first) != 25 || slices.Contains(first, second[0]) {
			t.Errorf("the first page: %s", diff)
		}
		b.silent()
	})
	t.Run("fold", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?film_id=eq.5")
		b.run(chromedp.Click(chromedp.CSS("tbody summary")), chromedp.WaitVisible(chromedp.CSS("tbody details[open] > div")))
		if text := eval[string](b, "document.querySelector('tbody details > div').innerText"); !strings.HasSuffix(text, `Reviewers called it "long".`) {
			t.Errorf("unfolded it is %q", text)
		}
		b.silent()
	})
	t.Run("references", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/rental?limit=25")
		b.click("#rows tbody tr:nth-child(2) td:nth-child(3) a")
		b.at("/dbcontents/film?film_id=eq.15&~view=row")
		b.click("td a")
		b.at("/dbcontents/language?language_id=eq.4&~view=row")
		b.back("/dbcontents/film?film_id=eq.15&~view=row")
		b.back("/dbcontents/rental?limit=25")
		b.click("#rows tbody tr:nth-child(2) th a")
		b.at("/dbcontents/rental?rental_id=eq.2&~view=row")
		b.visit("/dbcontents/customer?customer_id=eq.7&~view=row")
		b.click("section p a")
		if counts := eval[[]string](b, "Array.from(document.querySelectorAll('.incoming li'), e => e.innerText)"); !slices.Contains(counts, "payment by customer_id 17 rows") || !slices.Contains(counts, "rental by customer_id 17 rows") {
			t.Errorf("the references are %q", counts)
		}
		b.click(".incoming a")
		if !strings.Contains(b.address(), "?customer_id=eq.7") || len(b.column("1")) != 17 {
			t.Errorf("%s has %d rows", b.address(), len(b.column("1")))
		}
		b.silent()
	})
	t.Run("tools", func(t *testing.T) {
		b := open(t, server)
		b.visit(rows)
		place := func(selector string) string {
			return eval[string](b, "JSON.stringify(document.querySelector("+quoted(selector)+").getBoundingClientRect())")
		}
		opened := func() []string {
			return eval[[]string](b, "Array.from(document.querySelectorAll('.tool[open] summary'), e => e.textContent)")
		}
		above, button := place("#rows"), place("button[form=filter]")
		for _, name := range []string{"Columns", "Export", "Link & code"} {
			b.run(b.press("summary", name))
			if got := opened(); !slices.Equal(got, []string{name}) || place("#rows") != above || place("button[form=filter]") != button {
				t.Errorf("%s opens %q, or moves what is below", name, got)
			}
		}
		b.run(chromedp.KeyEvent(kb.Escape))
		if focus := eval[string](b, "document.activeElement.textContent"); len(opened()) != 0 || focus != "Link & code" {
			t.Errorf("after Escape %q are open, and the focus is on %q", opened(), focus)
		}
		b.run(b.press("summary", "Export"), b.press("h1", ""))
		if len(opened()) != 0 {
			t.Errorf("after a click elsewhere %q are open", opened())
		}
		b.silent()
	})
	t.Run("facet", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?length=gt.100")
		b.click(`[aria-label="Frequent values of rating"]`)
		b.at("/dbcontents/film?length=gt.100&~facet=rating")
		values := eval[[]string](b, "Array.from(document.querySelectorAll('.facet li'), e => e.innerText)")
		if len(values) != 5 {
			t.Errorf("the values are %q", values)
		}
		b.click(".facet li a")
		if !strings.HasPrefix(b.address(), "/dbcontents/film?length=gt.100&rating=eq.") {
			t.Errorf("a value leads to %s", b.address())
		}
		b.silent()
	})
	t.Run("columns", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?rating=eq.PG")
		b.run(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('[name=\"~show\"]').forEach((e, i) => e.checked = i < 2)"))
		b.click("[name='~columns']")
		b.at("/dbcontents/film?rating=eq.PG&select=film_id,title")
		b.run(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('[name=\"~show\"]').forEach(e => e.checked = true)"))
		b.click("[name='~columns']")
		b.at("/dbcontents/film?rating=eq.PG")
		b.silent()
	})
	t.Run("export", func(t *testing.T) {
		b := open(t, server)
		b.visit(rows + "&order=length.desc&length=lt.60")
		link := eval[string](b, "Array.from(document.querySelectorAll('.tool a')).find(e => e.textContent === 'CSV').href")
		response, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		records, err := csv.NewReader(response.Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		shown := eval[[][]string](b, "Array.from(document.querySelectorAll('#rows tbody tr'), r => Array.from(r.cells, c => c.textContent))")
		if diff := cmp.Diff(records[1:], shown); diff != "" || len(shown) != 25 {
			t.Errorf("CSV and page differ: %s", diff)
		}
		safe := eval[string](b, "Array.from(document.querySelectorAll('.tool a')).find(e => e.textContent.includes('spreadsheets')).href")
		if response, err = http.Get(safe); err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), `,"AL`) && !strings.Contains(string(text), `"A`) {
			t.Errorf("for spreadsheets: %.200s", text)
		}
		b.silent()
	})
	t.Run("hostile names and values", func(t *testing.T) {
		b := open(t, server)
		b.visit("/?~find=odd")
		b.click(".index th a")
		title := eval[string](b, "document.title")
		b.click("th:nth-child(2) a")
		b.run(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('.filter input:not([type=hidden])')[2].value = 'a'"))
		b.click("button[form=filter]")
		if got := b.column("2"); title != `public.odd <script>alert(1)</script>` || eval[string](b, "document.title") != title ||
			len(got) != 1 || got[0] != `<img src=x onerror="document.title = 2">` || eval[int](b, "document.images.length") != 0 {
			t.Errorf("%q: %q", title, got)
		}
		b.click("#rows tbody th a")
		if n := eval[int](b, "document.querySelectorAll('.row tbody tr').length"); n != 3 {
			t.Errorf("the row has %d columns", n)
		}
		b.silent()
	})
	t.Run("directions", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?film_id=eq.4")
		if d := eval[[]string](b, "Array.from(document.querySelectorAll('#rows tbody tr > *')).slice(0, 4).map(e => getComputedStyle(e).direction)"); !slices.Equal(d, []string{"ltr", "rtl", "rtl", "ltr"}) {
			t.Errorf("the directions are %q", d)
		}
		b.silent()
	})
	t.Run("errors", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?titel=eq.x")
		if text := eval[string](b, "document.querySelector('main').innerText"); !strings.Contains(text, "400 Bad Request") || !strings.Contains(text, "title") || !strings.Contains(text, "column_unknown") {
			t.Errorf("the page says %q", text)
		}
		b.click(".ways a")
		b.at("/dbcontents/film")
		b.visit("/nowhere/at/all")
		b.click(".ways a")
		if h1 := eval[string](b, "document.querySelector('h1').textContent"); h1 != "Tables" {
			t.Errorf("a way back leads to %q", h1)
		}
	})
	t.Run("keyboard", func(t *testing.T) {
		b := open(t, server)
		b.visit("/dbcontents/film?limit=25")
		var order []string
		for range 14 {
			b.run(chromedp.KeyEvent("\t"))
			order = append(order, eval[string](b, "document.activeElement.closest('header, .total, .tools, .scroll, .pager, .skip').className || 'header'"))
			if eval[string](b, "getComputedStyle(document.activeElement).outlineStyle") == "none" {
				t.Errorf("nothing shows where the focus is: %s", eval[string](b, "document.activeElement.outerHTML"))
			}
		}
		if want := []string{"skip", "header", "total", "tools", "scroll"}; !cmp.Equal(slices.Compact(order), want) {
			t.Errorf("the focus goes %q, want %q", slices.Compact(order), want)
		}
	})
}
