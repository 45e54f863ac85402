package httpapi

import (
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// countRows replaces each selected column called count by count(). It reports
// whether there was one, and aggregates are on. Before PostgREST had aggregates,
// select=count counted the rows of a table without such a column, and some clients
// still send it.
func (x *exchange) countRows(q *dbcontents.Query) bool {
	counted := *q
	counted.Select, counted.Pages = slices.Clone(q.Select), false
	found := false
	for i, f := range counted.Select {
		if f.Column == "count" && len(f.Path) == 0 && f.Aggregate == "" && !f.Omit {
			counted.Select[i] = dbcontents.Field{Aggregate: "count", AggregateCast: f.Cast, Alias: f.Alias}
			found = true
		}
	}
	if !found || x.store.Validate(counted) != nil {
		return false
	}
	*q = counted
	return true
}
