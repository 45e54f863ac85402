package httpapi

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

const (
	// maxFacet is how many frequent values are shown.
	maxFacet = 20
	// maxFacetValue is how many bytes a value may have that is in an address.
	maxFacetValue = 2000
)

// facets reports whether the frequent values of a column can be shown.
func (v *viewing) facets(c dbcontents.Column) bool {
	a, _ := v.x.accessTo(v.table)
	return v.x.h.config.Aggregates && v.x.ask.query.Function == "" && sortable(c.Type) && a.reads(c.Name) && allows(a.Filters, c.Name)
}

// frequent are the most frequent values of the column that the request names, among the rows that
// match its filters.
func (v *viewing) frequent(ctx context.Context) *view.Facet {
	name := v.own.Get("~facet")
	i := slices.IndexFunc(v.table.Columns, func(c dbcontents.Column) bool { return c.Name == name })
	if name == "" || i < 0 || !v.facets(v.table.Columns[i]) {
		return nil
	}
	base := v.unpaged()
	f := &view.Facet{Column: name, Close: v.pairs.Query()}
	ctx, cancel := context.WithTimeout(ctx, viewExtra)
	defer cancel()
	value, count := "~value", "~count"
	for v.table.Has(value) || v.table.Has(count) { // the order would mean the column
		value, count = value+"~", count+"~"
	}
	asked := &v.x.ask.query
	rows, err := v.x.store.Query(ctx, dbcontents.Query{
		Schema: asked.Schema, Table: asked.Table, Where: asked.Where, Allowed: asked.Allowed, Limit: maxFacet + 1,
		Select: []dbcontents.Field{{Column: name, Cast: "text", Alias: value}, {Aggregate: dbcontents.AggregateCount, Alias: count}},
		Order:  []dbcontents.Order{{Column: count, Desc: true}},
	})
	if err == nil {
		defer rows.Close()
		f.Values, err = facetValues(rows, base, view.Name(name))
	}
	switch {
	case err != nil:
		f.Values, f.Note = nil, "The values could not be counted."
		if errors.Is(err, dbcontents.ErrTimeout) {
			f.Note = "The values could not be counted within " + viewExtra.String() + ". Filter the rows first."
		}
	case len(f.Values) > maxFacet:
		f.Values, f.Note = f.Values[:maxFacet], "There are more values than these "+strconv.Itoa(maxFacet)+"."
	}
	return f
}

func facetValues(rows *dbcontents.Rows, base view.Pairs, key string) (list []view.FacetValue, err error) {
	for rows.Next() {
		var value *string
		var n int64
		if err := rows.Scan(&value, &n); err != nil {
			return nil, err
		}
		of := view.FacetValue{Null: value == nil, Count: n}
		is := "is.null"
		if value != nil {
			of.Text, is = cut(*value), "eq."+*value
		}
		if len(is) <= maxFacetValue {
			of.URL = base.And(key, is)
		}
		list = append(list, of)
	}
	return list, rows.Err()
}
