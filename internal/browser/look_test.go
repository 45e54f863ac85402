package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// pages are looked at in each width and in each colour.
var pages = []struct{ name, path, then string }{
	{"index", "/", ""},
	{"find", "/dbcontents?~find=rental_id", ""},
	{"film", "/dbcontents/film", "document.querySelector('tbody details').open = true"},
	{"filtered", "/dbcontents/film?rental_rate=gt.1&or=(rating.eq.PG,length.gt.100)&select=film_id,title,rental_rate,rating,length,language!film_language_id_fkey(name)&order=rental_rate.desc,title&limit=25", ""},
	{"tools", "/dbcontents/film?rating=eq.PG", "document.querySelectorAll('.tool')[0].open = true"},
	{"code", "/dbcontents/film?rating=eq.PG", "document.querySelectorAll('.tool')[2].open = true"},
	{"facet", "/dbcontents/film?~facet=rating", ""},
	{"row", "/dbcontents/film?film_id=eq.5&~view=row&~count=exact", ""},
	{"customer", "/dbcontents/customer", "document.querySelector('tbody details').open = true"},
	{"odd", "/dbcontents/odd%20%3Cscript%3Ealert(1)%3C%2Fscript%3E", ""},
	{"error", "/dbcontents/film?titel=eq.x", ""},
	{"nowhere", "/dbcontents/films", ""},
}

// Every page, narrow and wide, light and dark: nothing sticks out, no rule of
// accessibility is broken, and the browser has no complaint.
func TestLook(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t))
	for _, p := range pages {
		for _, width := range []int64{375, 1024, 1920} {
			for _, scheme := range []string{"light", "dark"} {
				b.look(width, scheme)
				b.visit(p.path)
				if p.then != "" {
					b.run(chromedp.Evaluate[chromedp.Void](p.then))
				}
				name := fmt.Sprintf("%s-%d-%s", p.name, width, scheme)
				if over := eval[float64](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
					b.Errorf("%s: the page is %v pixels wider than the window", name, over)
				}
				for _, broken := range eval[[]string](b, rules) {
					b.Errorf("%s: %s", name, broken)
				}
				b.picture(name)
			}
		}
	}
	b.forgive("the server responded with a status of") // what the console says of each problem
	b.silent()
}
