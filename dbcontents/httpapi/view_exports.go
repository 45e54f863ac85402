package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// as is the address of rows in another format.
func as(pairs view.Pairs, format string) view.Pairs {
	rest := pairs.Drop(func(_ int, p view.Pair) bool { return p.Key == "format" && isFormat(p.Value) })
	return append(rest, view.Pair{Key: "format", Value: format})
}

// shown are the parameters of the rows that the page shows. The limit is always there, as
// other formats have another default.
func (v *viewing) shown() view.Pairs {
	if v.row {
		return v.pairs
	}
	return v.pairs.With("limit", number(v.limit))
}

// exports are the same rows in other formats, and the request as a program has it.
func (v *viewing) exports(p *view.Page) {
	formats := func(name string, pairs view.Pairs) view.Export {
		return view.Export{Name: name, Links: []view.Anchor{
			{Text: "JSON", URL: as(pairs, "json").Query()},
			{Text: "NDJSON", URL: as(pairs, "ndjson").Query(), Note: "one JSON object on each line"},
			{Text: "CSV", URL: as(pairs, "csv").Query()},
			{Text: "CSV for spreadsheets", URL: as(pairs, "csv").And("~cells", "safe"), Note: "no text is taken for a formula"},
			{Text: "text", URL: as(pairs, "text").Query(), Note: "the values of one column: the only one selected, or the second one"},
		}}
	}
	if v.row {
		p.Exports = []view.Export{formats("this row", v.shown())}
	} else {
		p.Exports = []view.Export{formats("these rows", v.shown()), formats("all rows", v.unpaged().Without("limit"))}
	}
	url := v.x.absolute() + as(v.shown(), "").Drop(func(_ int, pair view.Pair) bool { return pair == view.Pair{Key: "format"} }).Query()
	url = strings.TrimSuffix(url, "?")
	p.Snippets = []view.Snippet{
		{Name: "address of the data", Text: url},
		{Name: "curl", Text: "curl -H 'Accept: application/json' '" + strings.ReplaceAll(url, "'", `'\''`) + "'"},
		{Name: "Go", Text: "response, err := http.Get(" + strconv.Quote(url) + ")\nif err != nil {\n\treturn err\n}\ndefer response.Body.Close()\nvar rows []map[string]any\nerr = json.NewDecoder(response.Body).Decode(&rows)"},
	}
}

// absolute is the address of the page as the client has it, without its query string.
func (x *exchange) absolute() string {
	scheme := "http"
	if x.r.TLS != nil || x.r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + cut(x.r.Host) + x.outer() + x.r.URL.EscapedPath()
}

// totals are how many rows there are, as far as that is known.
func (v *viewing) totals(p *view.Page, rows *dbcontents.Rows) {
	exact := v.own.Get("~count") == "exact"
	if !exact {
		p.Exact = v.pairs.And("~count", "exact")
	}
	total, known := rows.Total()
	switch {
	case !known:
	case exact || v.x.ask.prefer.Count == "exact":
		p.Total, p.Exact = plural(total, "row"), ""
	default:
		p.Total = "about " + plural(total, "row")
	}
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return view.Number(n) + " " + one + "s"
}

// sizes are how many rows a page may have.
func (v *viewing) sizes(p *view.Page) {
	for _, n := range [...]int64{25, 100, 500, 1000} {
		if n > v.most {
			break
		}
		a := view.Anchor{Text: view.Number(n)}
		if n != v.limit {
			a.URL = v.pairs.With("limit", number(n)).Query()
		}
		p.Sizes = append(p.Sizes, a)
	}
}

// maxRepeated is how many bytes of a query string the page of a problem repeats. Escaped, each may be five.
const maxRepeated = 4 << 10

// problemPage is p for people, and what the browser may do with it.
func (x *exchange) problemPage(p *problem) *view.Problem {
	home, _ := x.home()
	page := &view.Problem{
		Frame: view.Frame{Title: strconv.Itoa(p.Status) + " " + p.Title, Home: home}, Status: p.Status, StatusText: http.StatusText(p.Status),
		Summary: p.Title, Message: p.Message, Hint: p.Hint, Cause: p.Cause, Code: p.Code, RequestID: p.RequestID,
	}
	if s, ok := p.Details.(string); ok {
		page.Details = s
	}
	if p.Status >= http.StatusInternalServerError && len(x.r.URL.RawQuery) <= maxRepeated {
		page.Ways = append(page.Ways, view.Anchor{Text: "Try again", URL: "?" + x.r.URL.RawQuery})
	}
	if x.r.URL.RawQuery != "" {
		page.Ways = append(page.Ways, view.Anchor{Text: "Without any parameters", URL: "?"})
	}
	page.Ways = append(page.Ways, view.Anchor{Text: "All tables", URL: home})
	return page
}
