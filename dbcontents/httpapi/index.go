package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// An indexEntry is a table in the index.
type indexEntry struct {
	Table   string `json:"table"`
	Kind    string `json:"kind"`
	Comment string `json:"comment,omitempty"`
	// URL is empty if no URL leads to the table.
	URL string `json:"url,omitempty"`
	// Profile is the Accept-Profile that the URL needs. Without it, the URL leads to
	// the table of that name in another schema.
	Profile string   `json:"accept_profile,omitempty"`
	Note    string   `json:"note,omitempty"`
	Columns []string `json:"columns"`
}

// Index responds with the tables that are exposed and with URLs to try, as HTML for
// a browser and as JSON for others. If the URL of a table leads to another table of
// that name in an earlier schema, its entry has the Accept-Profile that it needs.
func (h *Handler) Index(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	defer x.end()
	x.seen.Route = "/"
	if !x.authenticate() || !x.readOnly(nil) {
		return
	}
	x.vary(variesByType)
	if x.discardBody() {
		x.list()
	}
}

// list responds with the tables.
func (x *exchange) list() {
	r := x.r
	if !x.takeTurn(r.Context(), dbcontents.Query{}) {
		return
	}
	tables, err := x.store.Tables(r.Context())
	if err != nil {
		x.fail(err)
		return
	}
	names := x.store.Names() // as Tables has just found them
	entries := x.entries(tables, names)
	if x.forPeople() {
		x.listPage(tables, entries)
		return
	}
	list := struct {
		Tables []indexEntry `json:"tables"`
		Try    []string     `json:"try"`
	}{entries, x.toTry(r.Context(), entries, names)}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		panic("unreachable: the list is made of strings: " + err.Error())
	}
	x.cacheControl(revalidated)
	x.send(http.StatusOK, negotiate.TypeJSON, append(text, '\n'))
}

// entries describes tables. Names are the names that lead to a table without a schema.
func (x *exchange) entries(tables []*dbcontents.Table, names []string) []indexEntry {
	entries := []indexEntry{}
	leads := map[string]bool{} // whether the next table of this name is the one it leads to
	for _, name := range names {
		leads[name] = true
	}
	for _, t := range tables {
		first := leads[t.Name]
		leads[t.Name] = false
		e := indexEntry{Table: t.String(), Kind: t.Kind, Comment: t.Comment, Columns: []string{}}
		if x.closes(t) {
			continue
		}
		a, _ := x.accessTo(t)
		for _, c := range t.Only(a.Columns).Columns {
			e.Columns = append(e.Columns, c.Name)
		}
		path, ok := x.h.path(t.Name)
		switch {
		case ok && first:
			e.URL = path
		case ok && slices.Contains(x.h.config.Schemas, t.Schema):
			e.URL, e.Profile = path, t.Schema
			e.Note = "without the header Accept-Profile: " + t.Schema + " the URL leads to the table of that name in another schema"
		default:
			e.Note = "no URL leads to this table, as another one has its name; expose its schema, or a view under another name"
		}
		entries = append(entries, e)
	}
	return entries
}

// toTry returns URLs that can be read now: of the default table, or else of another one.
func (x *exchange) toTry(ctx context.Context, entries []indexEntry, names []string) []string {
	url := ""
	if len(names) > 0 && names[0] == "" && !x.defaultClosed(ctx) {
		url, _ = x.h.path("")
	}
	for i := 0; url == "" && i < len(entries); i++ {
		if entries[i].Profile == "" {
			url = entries[i].URL
		}
	}
	if url == "" {
		return []string{}
	}
	return []string{url, url + "?format=csv&limit=10"}
}

// defaultClosed reports whether an Access closes the default table. If it
// cannot find out, it reports true.
func (x *exchange) defaultClosed(ctx context.Context) bool {
	if len(x.limits) == 0 {
		return false
	}
	t, err := x.store.Table(ctx, "", "")
	return err != nil || x.closes(t)
}
