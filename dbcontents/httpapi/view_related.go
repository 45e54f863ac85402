package httpapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// related is a relationship whose table has an address, and what limits requests for that.
type related struct {
	dbcontents.Relationship
	path   string
	access Access
}

// maxRelated is how many relationships the view looks at.
const maxRelated = 100

// relate finds the relationships to tables that the caller can open. Without them the view is
// complete, so that no failure matters.
func (v *viewing) relate(ctx context.Context) {
	x := v.x
	_, base := x.home()
	list, err := x.store.Relationships(ctx, v.table)
	if err != nil {
		return
	}
	for _, r := range list[:min(len(list), maxRelated)] {
		a, _ := x.accessTo(r.Table)
		from, _ := x.accessTo(v.table)
		path, ok := x.h.path(r.Table.Name)
		if !ok || x.closes(r.Table) || !allows(from.Embeds, r.Table.Name) || !allows(a.Operators, dbcontents.OpEq) || slices.ContainsFunc(r.Columns, func(pair [2]string) bool {
			return !from.reads(pair[0]) || !a.reads(pair[1]) || !allows(a.Filters, pair[1])
		}) {
			continue
		}
		first := x.store.Known("", r.Table.Name) // the address leads to the first table of that name
		if first == nil {
			if first, err = x.store.Table(ctx, "", r.Table.Name); err != nil {
				continue
			}
		}
		if first.Schema != r.Table.Schema {
			continue
		}
		path = base + strings.TrimPrefix(path, x.h.options.Prefix+"/")
		v.related = append(v.related, related{r, path, a})
	}
}

// reference is the link from the values of a column to the rows that they refer to.
func (v *viewing) reference(column string) *view.Link {
	for i := range v.related {
		r := &v.related[i]
		if r.Inverse || !slices.ContainsFunc(r.Columns, func(pair [2]string) bool { return pair[0] == column }) {
			continue
		}
		l := &view.Link{Path: r.path, Row: r.ToOne, Title: r.Table.Name}
		for _, pair := range r.Columns {
			cell, ok := v.cells[pair[0]]
			if !ok {
				l = nil
				break
			}
			l.Keys, l.Cells = append(l.Keys, view.Name(pair[1])), append(l.Cells, cell)
		}
		if l != nil {
			return l
		}
	}
	return nil
}

// incoming are links to the rows that refer to the row of the page, counted if that is asked for.
func (v *viewing) incoming() (list []view.Reference, count string) {
	counted := v.own.Get("~count") == "exact"
	ctx, cancel := context.WithTimeout(v.x.r.Context(), viewExtra)
	defer cancel()
	for i := range v.related {
		r := &v.related[i]
		where, pairs, ok := v.refers(r)
		if !r.Inverse || !ok {
			continue
		}
		a := view.Anchor{Text: r.Table.Name, Note: columnsOf(r), URL: r.path + pairs.Query()}
		ref := view.Reference{Anchor: a}
		if counted {
			ref.Count = v.countOf(ctx, r, where)
		}
		list = append(list, ref)
	}
	if !counted {
		count = append(slices.Clip(v.pairs), view.Pair{Key: "~view", Value: "row"}).And("~count", "exact")
	}
	return list, count
}

func columnsOf(r *related) string {
	names := make([]string, len(r.Columns))
	for i, pair := range r.Columns {
		names[i] = pair[1]
	}
	return "by " + strings.Join(names, ", ")
}

// refers are the filters on the related table for the row of the page.
func (v *viewing) refers(r *related) (where dbcontents.Filter, pairs view.Pairs, ok bool) {
	var filters []dbcontents.Filter
	for _, pair := range r.Columns {
		i, shown := v.cells[pair[0]]
		if !shown || i >= len(v.rows.Values) || v.rows.Values[i].Null || v.rows.Values[i].Cut {
			return where, nil, false
		}
		value := v.rows.Values[i].Text
		filters = append(filters, dbcontents.Where(pair[1], dbcontents.OpEq, value))
		pairs = append(pairs, view.Pair{Key: view.Name(pair[1]), Value: "eq." + value})
	}
	return dbcontents.And(filters...), pairs, true
}

// countOf counts rows of a related table, or says why it could not.
func (v *viewing) countOf(ctx context.Context, r *related, where dbcontents.Filter) string {
	rows, err := v.x.store.Query(ctx, dbcontents.Query{
		Schema: r.Table.Schema, Table: r.Table.Name, Where: where, Allowed: r.access.Columns, Count: dbcontents.CountExact, Limit: dbcontents.NoRows,
	})
	var e *dbcontents.Error
	switch {
	case errors.Is(err, dbcontents.ErrTimeout):
		return "not counted: it takes too long"
	case errors.As(err, &e):
		return "not counted: " + e.Title()
	}
	defer rows.Close()
	total, _ := rows.Total()
	return plural(total, "row")
}
