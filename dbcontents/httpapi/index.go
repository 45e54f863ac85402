package httpapi

import (
	stdjson "encoding/json"
	"html/template"
	"net/http"
	"net/url"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Index answers with what is exposed and which URLs to try: a page for a
// browser, else JSON.
func (h *Handler) Index(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	defer x.end()
	x.seen.Route = "/"
	if !x.readOnly(nil) {
		return
	}
	x.vary(variesByType)
	if !x.withoutBody() || !x.turn(r.Context(), dbcontents.Query{}) {
		return
	}
	tables, err := h.store.Tables(r.Context())
	if err != nil {
		x.fail(err)
		return
	}
	if a, _ := negotiate(r.Header); a.format == html {
		x.cacheControl(revalidated)
		x.render("index", indexData{Style: template.CSS(styleCSS), Prefix: h.options.Prefix, Tables: tables})
		return
	}
	type entry struct {
		Table   string   `json:"table"`
		Kind    string   `json:"kind"`
		Comment string   `json:"comment,omitempty"`
		URL     string   `json:"url"`
		Columns []string `json:"columns"`
	}
	list := struct {
		Tables []entry  `json:"tables"`
		Try    []string `json:"try"`
	}{[]entry{}, []string{h.options.Prefix, h.options.Prefix + "?format=csv&limit=10", "/readyz?verbose", "/version"}}
	for _, t := range tables {
		e := entry{Table: t.String(), Kind: t.Kind, Comment: t.Comment, URL: h.options.Prefix + "/" + url.PathEscape(t.Name)}
		a, _ := h.options.accessTo(t)
		e.Columns = a.columns(t)
		list.Tables = append(list.Tables, e)
	}
	text, err := stdjson.MarshalIndent(list, "", "  ")
	if err != nil {
		panic("unreachable: the list is made of strings: " + err.Error())
	}
	x.cacheControl(revalidated)
	x.send(http.StatusOK, contentTypes[json][0], append(text, '\n'))
}

type indexData struct {
	Style  template.CSS
	Prefix string
	Tables []*dbcontents.Table
}

// URL is the path of a table.
func (d indexData) URL(t *dbcontents.Table) string { return d.Prefix + "/" + url.PathEscape(t.Name) }
