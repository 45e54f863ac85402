package httpapi

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// listed responds with the list of tables to a browser at the prefix, and reports whether it
// has. It does so if the list is asked for, and if there is no default table because all tables are exposed.
func (x *exchange) listed() bool {
	if !x.forPeople() {
		return false
	}
	var ask question
	x.separate(&ask)
	asked := false
	for _, p := range ask.own {
		asked = asked || p.Key == "~find"
	}
	if c := &x.h.config; !asked && (!c.AllTables || len(c.Tables) > 0) {
		return false
	}
	if !asked {
		if !x.takeTurn(x.r.Context(), dbcontents.Query{}) {
			return true
		}
		if _, err := x.store.Table(x.r.Context(), "", ""); !errors.Is(err, dbcontents.ErrNoTable) {
			return false
		}
	}
	x.list()
	return true
}

// listPage responds with the list of tables as a page.
func (x *exchange) listPage(tables []*dbcontents.Table, entries []indexEntry) {
	var ask question
	x.separate(&ask)
	page := &view.Index{Frame: view.Frame{Title: "Tables", Place: []view.Anchor{{Text: "Tables"}}}, Find: ask.own.Get("~find"), Kept: ask.pairs, Clear: ask.pairs.And("~find", "")}
	named := map[string]*dbcontents.Table{}
	for _, t := range tables {
		named[t.String()] = t
	}
	sizes := x.sizes(tables)
	page.Sizes = len(sizes) > 0
	for _, e := range entries {
		t := named[e.Table]
		row := view.Table{Name: t.Name, Kind: e.Kind, Comment: e.Comment, Note: e.Note, Columns: e.Columns}
		if e.Profile == "" && e.URL != "" {
			row.URL = x.outer() + e.URL
		}
		if s, ok := sizes[e.Table]; ok {
			row.Rows, row.Size = view.Number(s.Rows), view.Bytes(s.Bytes)
		}
		page.Add(t.Schema, row)
	}
	var body bytes.Buffer
	if err := page.Write(&body); err != nil {
		panic("unreachable: the template takes any text: " + err.Error())
	}
	x.cacheControl(revalidated)
	x.pageHeaders(&page.Frame)
	x.send(http.StatusOK, negotiate.TypeHTML, body.Bytes())
}

// sizes are the sizes of tables, where nothing of them is hidden. The page does without them if they cannot be had.
func (x *exchange) sizes(tables []*dbcontents.Table) map[string]dbcontents.Size {
	if x.h.options.Session != nil {
		return nil
	}
	sizes, err := x.store.Sizes(x.r.Context(), tables)
	if err != nil {
		return nil
	}
	for _, t := range tables {
		if a, _ := x.accessTo(t); a.Columns != nil {
			delete(sizes, t.String())
		}
	}
	return sizes
}
